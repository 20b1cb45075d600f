"""The walk at a running store: hears from its broker what the nodes report, and keeps the own tag's only."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from hardware.host.clock import Clock
from hardware.host.config import BrokerConfig
from hardware.host.entropy import Entropy
from hardware.host.errors import UnavailableError
from hub.calibration.guide import Connected, End, Event, Guide, Heard, Keep, Say, Show, Ticked, Typed
from hub.calibration.record import Walk
from hub.calibration.tag import OwnTag
from hub.commands.calibrate_terminal import Lines, Screen
from hub.wire.bus import BusError, Delivery
from hub.wire.codec import WireError, decode
from hub.wire.mqtt import MqttBus
from hub.wire.presence import HubState, NodePresence, NodeState, SampleState, Sightings
from hub.wire.topics import Topics

PATIENCE_S: Final = 5.0
"""For the broker to let us in, in wall seconds: one in a store answers in milliseconds."""

RETAINED_S: Final = 2.0
"""For what is retained, the states of hub and nodes, to come after the subscription."""

TICK_S: Final = 0.5
"""How often the line of what is heard is redrawn: a count-down in seconds must not skip one."""

MAX_EVENTS: Final = 10_000
"""Waiting events; the guide works off some 100,000 a second, so more is a fault, and older ones may go."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Where to listen, and for what.

    Attributes:
        store: the store's name.
        nodes: its nodes.
        broker: its broker.
        tag: whose strengths are kept.
    """

    store: str
    nodes: frozenset[str]
    broker: BrokerConfig
    tag: OwnTag


class LiveWalk:
    """One walk with the store's nodes listening.

    Args:
        ears: see `Ears`.
        guide: decides; everything else here is its shell.
        screen: where it speaks.
        lines: what is typed.
        keep: writes the walk down.
        clock: store time.
        entropy: names the client, and its back-off.
    """

    def __init__(
        self,
        ears: Ears,
        guide: Guide,
        screen: Screen,
        lines: Lines,
        keep: Callable[[Walk], None],
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._ears, self._guide, self._screen, self._keep = ears, guide, screen, keep
        self._lines, self._clock, self._entropy = lines, clock, entropy
        self._events: asyncio.Queue[Event] = asyncio.Queue(MAX_EVENTS)
        self._entered, self._hub_told = asyncio.Event(), asyncio.Event()
        self._hub: HubState | None = None
        self._there: set[str] = set()

    async def run(self) -> bool:
        """Walk until the guide ends it; says whether the walk is finished and to be used now.

        Raises:
            UnavailableError: no broker, no hub that lets nodes listen, or no node.
            StorageError: the walk cannot be written down.
        """
        topics, broker = Topics(self._ears.store), self._ears.broker
        name = f"calibrate-{self._entropy.new_id()}"
        bus = MqttBus(broker.host, broker.port, name, jitter=self._entropy.uniform, session_expiry_s=0)
        bus.subscribe(topics.hub_state, self._take)
        bus.subscribe(topics.node("+", "state"), self._take)
        bus.subscribe(topics.node("+", "sightings"), self._take)
        bus.on_connection(lambda up: self._connection(up=up))
        try:
            await self._enter(bus)
            async with self._interruptible():
                return await self._converse()
        finally:
            await bus.stop()

    async def _enter(self, bus: MqttBus) -> None:
        where, fix = self._ears.broker.where, "start the broker, or correct [mqtt] in the store's file"
        try:
            async with asyncio.timeout(PATIENCE_S):
                await bus.start()
                await self._entered.wait()
        except BusError as refusal:
            raise UnavailableError(str(refusal), where=where, fix=fix) from None
        except TimeoutError:
            raise UnavailableError(bus.last_failure or "no answer", where=where, fix=fix) from None
        try:
            async with asyncio.timeout(RETAINED_S):
                await self._hub_told.wait()
        except TimeoutError:
            self._hub = None
        if self._hub is None or self._hub.presence is not NodePresence.ONLINE:
            raise UnavailableError(
                "the hub does not run, so no node listens", fix="start it: comptoir hub run"
            )
        if not self._hub.notice_ok:
            fix = "hang the notice, add [notice] to the store's file, restart the hub"
            raise UnavailableError("no privacy notice is in force, so no node listens", fix=fix)
        await self._look_for_nodes()

    async def _look_for_nodes(self) -> None:
        # What is retained comes at once, in no order.
        for _ in range(round(RETAINED_S / TICK_S)):
            if self._there >= self._ears.nodes:
                return
            await self._clock.sleep(TICK_S)
        if not self._there & self._ears.nodes:
            raise UnavailableError(
                "no node of this store is there with a radio that works", fix="comptoir doctor says why"
            )
        self._screen.say("nodes_away", nodes=self._ears.nodes - self._there)

    def _connection(self, *, up: bool) -> None:
        if self._entered.is_set():
            self._put(Connected(up))
        elif up:
            self._entered.set()

    def _take(self, delivery: Delivery) -> None:
        try:
            message = decode(delivery.topic, delivery.payload)
        except WireError:
            return  # garbage, and no business of a calibration: the hub reports it
        match message:
            case HubState():
                self._hub = message
                self._hub_told.set()
            case NodeState():
                there = message.presence is NodePresence.ONLINE and message.radio_ok
                (self._there.add if there else self._there.discard)(message.node)
            case Sightings():
                for event in self._own(message):
                    self._put(event)
            case _:
                raise AssertionError("no subscription for it")

    def _own(self, batch: Sightings) -> Iterator[Heard]:
        """What a batch says of the own tag; everybody else's ends here, uncounted."""
        now_s = self._clock.now_s()
        for sample in batch.samples:
            at_s = now_s - sample.age_ms / 1000.0
            heard = sample.state is SampleState.HEARD
            if heard and self._ears.tag.sent(sample.scheme, sample.id, at_s):
                yield Heard(batch.node, sample.rssi_dbm, at_s)

    def _put(self, event: Event) -> None:
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)

    @asynccontextmanager
    async def _interruptible(self) -> AsyncIterator[None]:
        """Ctrl-C is a way to say "quit": what was measured is kept."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self._put, Typed("quit"))
        tasks = [asyncio.create_task(self._tick()), asyncio.create_task(self._type())]
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(TICK_S)
            self._put(Ticked())

    async def _type(self) -> None:
        while (line := await self._lines.next()) is not None:
            self._put(Typed(line))
        self._put(Typed("quit"))

    async def _converse(self) -> bool:
        commands = self._guide.begin()
        while True:
            for command in commands:
                match command:
                    case Say():
                        self._screen.command(command)
                    case Show():
                        self._screen.show(command)
                    case Keep():
                        self._keep(command.walk)
                    case End():
                        return command.finished
            commands = self._guide.handle(await self._events.get(), self._clock.now_s())
