"""A little store around one agent: a bus, a hub that acknowledges, an antenna, a clock moved by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from edge.app import EdgeAgent
from edge.config import EdgeConfig
from hardware.beacon.build import eddystone_eid
from hardware.host.clock import ManualClock
from hardware.host.outbox import PRESENCE, Outbox
from hardware.radio.simulated import SimulatedSource
from hub.wire.bus import Delivery
from hub.wire.codec import decode, encode
from hub.wire.memory import MemoryBroker, MemoryBus
from hub.wire.presence import HubState, NodePresence, NodeState, Sightings, SightingsAck
from hub.wire.topics import Topics

BOOT, LATER_BOOT = "0123456789abcdef", "fedcba9876543210"
HUB_SESSION = "aaaaaaaaaaaaaaaa"
TOPICS = Topics("lyon")
NODE = "aisle-1"


class Hub:
    """Takes sightings, acknowledges them while `acknowledging`, naming those `known`."""

    def __init__(self, bus: MemoryBus) -> None:
        self.bus = bus
        self.sightings: list[Sightings] = []
        self.states: list[NodeState] = []
        self.acknowledging = True
        self.known: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        bus.subscribe(TOPICS.node("+", "sightings"), self._take)
        bus.subscribe(TOPICS.node("+", "state"), self._note)

    async def open(self, session_id: str = HUB_SESSION, *, notice_ok: bool = True) -> None:
        state = HubState(session_id=session_id, presence=NodePresence.ONLINE, notice_ok=notice_ok)
        await self.bus.publish(TOPICS.hub_state, encode(state), retain=True)

    async def say(self, leaf: str, payload: bytes) -> None:
        await self.bus.publish(TOPICS.node(NODE, leaf), payload)

    def _take(self, delivery: Delivery) -> None:
        sightings = decode(delivery.topic, delivery.payload)
        assert isinstance(sightings, Sightings)
        self.sightings.append(sightings)
        if self.acknowledging:
            known = tuple(sorted({sample.id for sample in sightings.samples} & self.known))
            ack = SightingsAck(node=NODE, boot_id=sightings.boot_id, seqs=(sightings.seq,), known=known)
            task = asyncio.get_running_loop().create_task(self.say("ack", encode(ack)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _note(self, delivery: Delivery) -> None:
        state = decode(delivery.topic, delivery.payload)
        assert isinstance(state, NodeState)
        self.states.append(state)

    def says(self) -> NodePresence:
        """What the node's last state message said."""
        return self.states[-1].presence

    @property
    def seqs(self) -> list[int]:
        return [sightings.seq for sightings in self.sightings]

    @property
    def ids(self) -> set[str]:
        return {sample.id for sightings in self.sightings for sample in sightings.samples}


class Watcher:
    """Counts what an agent lets be observed."""

    def __init__(self) -> None:
        self.heard = self.kept = 0
        self.nodes: set[str] = set()
        self.reported_ms: dict[tuple[str, int], float] = {}
        self.published_keys: list[tuple[str, int]] = []

    def advert_heard(self, node: str) -> None:
        self.nodes.add(node)
        self.heard += 1

    def frame_kept(self, node: str) -> None:
        self.nodes.add(node)
        self.kept += 1

    def reported(self, node: str, boot_id: str, seq: int, heard_wall_ms: float) -> None:
        self.nodes.add(node)
        self.reported_ms[boot_id, seq] = heard_wall_ms

    def published(self, node: str, boot_id: str, seq: int) -> None:
        self.nodes.add(node)
        self.published_keys.append((boot_id, seq))


class Store:
    """See the module."""

    def __init__(self, folder: Path, *, boot_id: str = BOOT) -> None:
        self.folder, self.boot_id = folder, boot_id
        self.clock = ManualClock()
        self.broker = MemoryBroker(self.clock.now_s)
        self.hub = Hub(self.broker.client("hub"))
        self.watcher = Watcher()
        self.config = EdgeConfig(store="lyon", node=NODE, outbox=folder / "outbox.db")

    @contextlib.asynccontextmanager
    async def agent(self, boot_id: str = BOOT) -> AsyncIterator[EdgeAgent]:
        """An agent that runs within the block; `source`, `bus` and `outbox` are its own."""
        self.source = SimulatedSource(self.clock)
        self.bus = self.broker.client(f"node-{NODE}")
        self.outbox = Outbox(self.config.outbox, boot_id, self.clock, PRESENCE, machine_boot="machine")
        agent = EdgeAgent(self.config, self.source, self.bus, self.outbox, boot_id, self.clock, self.watcher)
        running = asyncio.create_task(agent.run())
        await self.settle()
        try:
            yield agent
        finally:
            running.cancel()
            try:
                with contextlib.suppress(asyncio.CancelledError):
                    await running
            finally:
                self.outbox.close()

    async def settle(self) -> None:
        """Let every task do what it can without time passing."""
        for _ in range(5):
            await self.clock.advance(0)

    async def hear(self, eid: bytes, rssi_dbm: int = -60) -> None:
        """Let the antenna hear a fob, now."""
        self.source.push(rssi_dbm, eddystone_eid(eid))
        await self.settle()

    async def pass_time(self, seconds: int) -> None:
        """Let whole seconds pass, one by one."""
        for _ in range(seconds):
            await self.clock.advance(1.0)
            await self.settle()


@contextlib.asynccontextmanager
async def open_store(folder: Path, *, notice_ok: bool = True) -> AsyncIterator[Store]:
    """A store whose hub is there."""
    store = Store(folder)
    await store.hub.bus.start()
    await store.hub.open(notice_ok=notice_ok)
    yield store
    await store.hub.bus.stop()
