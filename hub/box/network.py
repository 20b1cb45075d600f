"""What carries the messages of one box: the broker, a cable to it for each participant, and their faults."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, Literal

from hardware.host.clock import ScaledClock
from hardware.host.entropy import Entropy
from hub.box.broker import Mosquitto
from hub.box.cable import Cable
from hub.box.link import Link, Temper
from hub.wire.bus import Bus, Delivery
from hub.wire.memory import NO_FAULTS, Faults, MemoryBroker, MemoryBus
from hub.wire.mqtt import SESSION_EXPIRY_S, MqttBus

BusKind = Literal["mqtt", "memory"]

RECONNECT_CAP_S: Final = 1.0
"""Wall seconds between two attempts at most: in the box the whole store's clock may run ten times as fast."""


class Network:
    """One broker and its participants, over MQTT or in memory; the faults are the same on both.

    Args:
        kind: which.
        folder: for the broker's files; exists.
        clock: store time; its speed may change.
        entropy: jitter, and the dice of a bad link.
    """

    def __init__(self, kind: BusKind, folder: Path, clock: ScaledClock, entropy: Entropy) -> None:
        self.kind = kind
        self._folder, self._clock, self._entropy = folder, clock, entropy
        self._stack = AsyncExitStack()
        self._mosquitto: Mosquitto | None = None
        self._temper = Temper(entropy.uniform)
        self._cables: dict[str, Cable] = {}
        self._buses: dict[str, Bus] = {}
        self.memory = MemoryBroker(clock.now_s)
        """The broker in memory; nobody is there over MQTT."""

    async def start(self) -> None:
        """Start the broker.

        Raises:
            UnavailableError: see `Mosquitto`.
        """
        if self.kind == "mqtt":
            folder = self._folder / "broker"
            folder.mkdir()
            self._mosquitto = await self._stack.enter_async_context(Mosquitto(folder))

    async def stop(self) -> None:
        """Take the cables away and end the broker."""
        await self._stack.aclose()

    async def bus(self, name: str, *, sound: bool = False) -> Bus:
        """Make the bus of a participant, not yet started, with a cable of its own; a later one of the name uses it too.

        Args:
            name: of the participant.
            sound: its cable is never bad, whatever `roughen` says.
        """
        bus: Bus
        if self._mosquitto is None:
            bus = self.memory.client(name)
        else:
            if name not in self._cables:
                self._cables[name] = await self._lay_cable(self._mosquitto.port, sound=sound)
            bus = self._mqtt_bus(self._cables[name].port, name)
        self._buses[name] = bus
        return bus

    def _mqtt_bus(self, port: int, name: str, session_expiry_s: int = SESSION_EXPIRY_S) -> MqttBus:
        return MqttBus(
            "127.0.0.1",
            port,
            f"comptoir-{name}",
            jitter=self._entropy.uniform,
            wall_per_store=lambda: 1.0 / self._clock.scale,
            reconnect_cap_s=RECONNECT_CAP_S,
            session_expiry_s=session_expiry_s,
        )

    async def _lay_cable(self, port: int, *, sound: bool) -> Cable:
        cable = Cable(port) if sound else Link(port, self._temper)
        await cable.start()
        self._stack.push_async_callback(cable.stop)
        return cable

    @property
    def connected(self) -> bool:
        """Whether everybody is."""
        return all(bus.connected for bus in self._buses.values())

    def pull(self, names: Iterable[str]) -> None:
        """Break the cables of these participants to the broker, and keep them broken until `plug`."""
        for name in names:
            if name in self._cables:
                self._cables[name].pull()
            elif isinstance(bus := self._buses[name], MemoryBus):
                bus.cut()

    def plug(self, names: Iterable[str]) -> None:
        """Mend the cables of these participants; they reconnect by themselves."""
        for name in names:
            if name in self._cables:
                self._cables[name].plug()
            elif isinstance(bus := self._buses.get(name), MemoryBus):
                bus.mend()

    def forget(self, name: str) -> None:
        """A participant's process is gone; its cable waits for the next one of the name."""
        del self._buses[name]

    async def kill_broker(self) -> None:
        """SIGKILL: whatever it held is gone, and everybody's connection with it."""
        if self._mosquitto is None:
            self.memory.kill()
        else:
            await self._mosquitto.kill()

    async def restart_broker(self) -> None:
        """Start it again at the same place with nothing remembered.

        Raises:
            UnavailableError: see `Mosquitto`.
        """
        if self._mosquitto is None:
            self.memory.restart()
        else:
            await self._mosquitto.restart()

    def roughen(self, repeat: float, swap: float) -> None:
        """Let links repeat and swap messages with these probabilities; 0 and 0 make them sound again."""
        self._temper.repeat, self._temper.swap = repeat, swap
        faults = Faults(self._entropy.uniform, duplicate=repeat, reorder=swap)
        self.memory.faults = faults if repeat or swap else NO_FAULTS

    @property
    def repeated(self) -> int:
        """Messages that were, so far."""
        return self._temper.repeated + self.memory.repeated

    @property
    def reordered(self) -> int:
        """Messages that were, so far."""
        return self._temper.reordered + self.memory.reordered

    @asynccontextmanager
    async def newcomer(self, *patterns: str) -> AsyncIterator[dict[str, bytes]]:
        """Connect somebody new; yields what the broker kept for such a one, topic → payload, as it arrives."""
        kept: dict[str, bytes] = {}

        def take(delivery: Delivery) -> None:
            if delivery.retained:
                kept[delivery.topic] = delivery.payload

        name = f"newcomer-{self._entropy.new_id()}"
        port = self._mosquitto.port if self._mosquitto is not None else 0
        bus = self._mqtt_bus(port, name, session_expiry_s=0) if port else self.memory.client(name)
        for pattern in patterns:
            bus.subscribe(pattern, take)
        await bus.start()
        try:
            yield kept
        finally:
            await bus.stop()
