"""A whole store in one process: broker, hub, twelve agents, two kiosks, a till, and the cable between them."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from edge.app import EdgeAgent
from edge.config import EdgeConfig
from hardware.host.clock import ScaledClock
from hardware.host.entropy import Entropy
from hardware.host.failures import LoopFailures
from hardware.host.outbox import ACTS, PRESENCE, Counts, Outbox
from hardware.radio.simulated import SimulatedSource
from hub.app import Hub
from hub.assembly import HubData, open_hub_data
from hub.box.broker import Mosquitto, find_mosquitto
from hub.box.cable import Cable
from hub.box.floor_plan import RecordedFloor, Walker
from hub.box.probe import Probe
from hub.box.provision import Premises
from hub.box.till import CROWDED_LIMIT_S, Till
from hub.wire.bus import Bus
from hub.wire.memory import MemoryBroker, MemoryBus
from hub.wire.mqtt import MqttBus
from kiosk.client import KioskClient
from kiosk.panel import ANY_CODE, DIGITS, KioskPanel

BusKind = Literal["mqtt", "memory"]

RECONNECT_CAP_S: Final = 1.0
"""Wall seconds between two attempts at most: in the box the whole store's clock may run ten times as fast."""


class Shop:
    """An async context manager: the store runs inside it.

    Args:
        premises: a store set up by `provision`.
        folder: for outboxes and the broker's files; empty.
        clock: the one clock of every part.
        entropy: ids, keys, jitter.
        probe: watches every part.
        bus: "mqtt" needs a Mosquitto on this machine; None takes it when there is one.
        letters_are_keys: the kiosks take digits only as a typed code, letters are keys of the app around them.
    """

    def __init__(
        self,
        premises: Premises,
        folder: Path,
        clock: ScaledClock,
        entropy: Entropy,
        probe: Probe,
        bus: BusKind | None = None,
        *,
        letters_are_keys: bool = False,
    ) -> None:
        self.premises, self.clock, self.probe = premises, clock, probe
        self.bus_kind: BusKind = bus or ("mqtt" if find_mosquitto() else "memory")
        self.kiosks: dict[str, KioskClient] = {}
        self.panels: dict[str, KioskPanel] = {}
        self.walkers = {label: Walker(label, who.fob) for label, who in premises.shoppers.items()}
        self._folder, self._entropy = folder, entropy
        self._typing = DIGITS if letters_are_keys else ANY_CODE
        self._stack = AsyncExitStack()
        self._outboxes: dict[str, Outbox] = {}
        self._broker = MemoryBroker(clock.now_s)
        self._near: list[MemoryBus] = []
        self._cables: list[Cable] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._failures: LoopFailures
        self.data: HubData
        self.hub: Hub
        self.floor: RecordedFloor
        self.till: Till

    async def __aenter__(self) -> Self:
        """Start everything, the hub first."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, the hub last."""
        await self._stack.aclose()

    async def _start(self) -> None:
        self._failures = LoopFailures(asyncio.get_running_loop(), lambda: None)
        broker_port = await self._start_broker()
        self.data = open_hub_data(self.premises.config_file, self.clock, self._entropy)
        self._stack.callback(self.data.close)
        self.hub = Hub(self.data, self._bus(broker_port, "hub"), self.probe)
        self._run(self.hub.run(), "hub")
        await self._unless_ended(self.hub.ready.wait())
        near_port = await self._lay_cable(broker_port) if self.bus_kind == "mqtt" else 0
        antennas = {name: self._start_agent(name, near_port) for name in self.data.config.nodes}
        self.floor = RecordedFloor(self.clock, antennas)
        for name in self.data.config.kiosks:
            self._start_kiosk(name, near_port)
        till_port = await self._lay_cable(self.hub.server.port)
        self.till = Till("t1", f"http://127.0.0.1:{till_port}", self._entropy, CROWDED_LIMIT_S)
        self._stack.push_async_callback(self.till.close)

    async def _start_broker(self) -> int:
        if self.bus_kind == "memory":
            return 0
        folder = self._folder / "broker"
        folder.mkdir()
        return (await self._stack.enter_async_context(Mosquitto(folder))).port

    def _bus(self, port: int, name: str) -> Bus:
        if self.bus_kind == "memory":
            return self._broker.client(name)
        return MqttBus(
            "127.0.0.1",
            port,
            f"comptoir-{name}",
            jitter=self._entropy.uniform,
            wall_per_store=1.0 / self.clock.scale,
            reconnect_cap_s=RECONNECT_CAP_S,
        )

    def _near_bus(self, port: int, name: str) -> Bus:
        bus = self._bus(port, name)
        if isinstance(bus, MemoryBus):
            self._near.append(bus)
        return bus

    async def _lay_cable(self, port: int) -> int:
        cable = Cable(port)
        await cable.start()
        self._stack.push_async_callback(cable.stop)
        self._cables.append(cable)
        return cable.port

    def _start_agent(self, node: str, port: int) -> SimulatedSource:
        config = EdgeConfig(store=self.data.config.store, node=node, outbox=self._folder / f"{node}.db")
        boot_id = self._entropy.new_id()
        outbox = Outbox(config.outbox, boot_id, self.clock, PRESENCE)
        self._outboxes[node] = outbox
        self._stack.callback(outbox.close)
        source = SimulatedSource(self.clock)
        agent = EdgeAgent(config, source, self._near_bus(port, node), outbox, boot_id, self.clock, self.probe)
        self._run(agent.run(), f"agent {node}")
        return source

    def _start_kiosk(self, name: str, port: int) -> None:
        boot_id = self._entropy.new_id()
        outbox = Outbox(self._folder / f"kiosk-{name}.db", boot_id, self.clock, ACTS)
        self._stack.callback(outbox.close)
        client = KioskClient(
            kiosk=name,
            store=self.data.config.store,
            bus=self._near_bus(port, f"kiosk-{name}"),
            outbox=outbox,
            boot_id=boot_id,
            hub_public_key=self.premises.kiosk_public_key,
            clock=self.clock,
            entropy=self._entropy,
            observer=self.probe,
        )
        panel = KioskPanel(client.person, currency=self.data.config.currency, typing=self._typing)
        client.attach(panel)
        self.kiosks[name], self.panels[name] = client, panel
        self._run(client.run(), f"kiosk {name}")

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        self._stack.push_async_callback(_end, task)

    async def _unless_ended(self, waiting: Coroutine[Any, Any, object]) -> None:
        waiter = asyncio.create_task(waiting)
        await asyncio.wait([waiter, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        if not waiter.done():
            waiter.cancel()
        self.check()

    def check(self) -> None:
        """Raise what ended a part of the store, if one ended."""
        self._failures.check()
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    # the cable

    @property
    def cable_in(self) -> bool:
        """Whether the hub can be reached from the floor."""
        return all(cable.plugged for cable in self._cables)

    def pull_cable(self) -> None:
        """Cut the hub off from every node, kiosk and till."""
        for cable in self._cables:
            cable.pull()
        for bus in self._near:
            bus.cut()

    def plug_cable(self) -> None:
        """Connect it again; everything reconnects by itself."""
        for cable in self._cables:
            cable.plug()
        for bus in self._near:
            bus.mend()

    # what lies where

    def outbox_counts(self) -> tuple[Counts, ...]:
        """What became of everything each agent ever reported."""
        return tuple(outbox.counts() for outbox in self._outboxes.values())


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
