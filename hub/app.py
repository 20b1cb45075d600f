"""The hub's shell: one event loop, one database connection, one writer. Decides nothing itself."""

import asyncio
from typing import Final

import structlog

from hardware.host.errors import ComptoirError, UnavailableError, one_error
from hub.assembly import HubData
from hub.counter import Counter
from hub.engine import build_zones
from hub.floor import Floor
from hub.observer import BatchName, HubObserver
from hub.outgoing import Outgoing
from hub.store.presence import TakenStore
from hub.till.api import create_app
from hub.till.ports import Noticed
from hub.till.server import TillServer
from hub.till.service import TillService
from hub.wire.base import Message
from hub.wire.bus import Bus, BusError, Delivery, Will
from hub.wire.codec import WireError, WireVersionError, decode, encode
from hub.wire.display import KioskView, SealedAct
from hub.wire.presence import HubState, NodePresence, NodeState, Sightings
from hub.wire.topics import Topics, parse_topic
from hub.wire.unreadable import Unreadable

log = structlog.get_logger()

TICK_S: Final = 0.5
"""Screens are wiped within 10 s of the last strong sample and a withdrawal by the command line is noticed within
1 s (A7): twice a second keeps both with room, at a hundredth of a core."""

BEAT_S: Final = 15.0
"""How often the hub says that it is there; the broker's keep-alive tells sooner of a dead connection."""


GATHER_S: Final = 0.01
"""Batches that arrive within this (wall) share one commit: a flush to an SD card takes 10 to 30 ms, and twelve nodes
with twenty people among them send 160 batches a second."""

TABLE_PAUSE_S: Final = 0.004
"""Between two slices of work on the resolving table (wall), each 3 ms: the rest of the hub goes first."""


class Hub:
    """One store's hub. `run` it until cancelled.

    Args:
        data: the store's data, opened; the caller closes it.
        bus: not yet started.
        observer: see `HubObserver`.
    """

    def __init__(self, data: HubData, bus: Bus, observer: HubObserver | None = None) -> None:
        self.data = data
        self._bus = bus
        self._clock = data.clock
        self._topics = Topics(data.config.store)
        self._out = Outgoing(bus)
        self.session_id = data.entropy.new_id()
        observer = observer or HubObserver()
        taken = TakenStore(data.database)
        self.floor = Floor(
            data.permissions,
            taken,
            data.config.nodes,
            observer,
            self._people_moved,
            self._visit_ended,
            build_zones(data.config),
            tag_models=data.config.tag_models,
        )
        self.counter = Counter(data, self.floor, taken, self.session_id, self._publish_view, observer)
        self.tills = TillService(
            data.config,
            data.sales,
            data.offers,
            data.people,
            data.permissions,
            data.clock,
            data.entropy,
            self.counter.on_till,
        )
        self.counter.tills = self.tills
        self.unreadable = Unreadable()
        """What was none for us, or of another version; it changes nothing else."""
        app = create_app(self.tills, lambda: Noticed(self.unreadable.other_versions, self.floor.suspected))
        self.server = TillServer(app, data.config.http.host, data.config.http.port)
        self._people_revision = -1
        self._inbox: list[Sightings] = []
        self.ready = asyncio.Event()
        """Set once the tills are served and the bus is being kept connected."""
        for topic in (
            self._topics.node("+", "sightings"),
            self._topics.node("+", "state"),
            self._topics.kiosk("+", "act"),
        ):
            bus.subscribe(topic, self._on_message)
        bus.on_connection(self._on_connection)

    async def run(self) -> None:
        """Serve until cancelled; says goodbye on the bus when it ends.

        Raises:
            UnavailableError: the port of the tills is taken, or the bus refuses us.
            StorageError: the database does not take a write.
        """
        state = self._topics.hub_state
        try:
            with one_error(ComptoirError, BusError):
                async with self.server, asyncio.TaskGroup() as tasks:
                    self._reload_people()
                    self.counter.open(self._clock.now_s())
                    await self._bus.start(Will(state, encode(self._state(NodePresence.OFFLINE))))
                    tasks.create_task(self._out.run(), name="hub sends")
                    tasks.create_task(self._keep_time(), name="hub keeps time")
                    tasks.create_task(self._keep_table(), name="hub keeps its resolving table")
                    self.ready.set()
        except BusError as refusal:
            raise UnavailableError(
                f"the bus refuses us: {refusal}", where="mqtt", fix="correct the broker's address or access"
            ) from None
        finally:
            self._inbox.clear()  # not acknowledged, so sent again
            await self._bus.publish(state, encode(self._state(NodePresence.OFFLINE)), retain=True)
            await self._bus.stop()

    # the bus

    def _on_message(self, delivery: Delivery) -> None:
        now_s = self._clock.now_s()
        peer = self._peer(delivery.topic)
        if peer is None:
            self._not_understood("somebody", WireError("no node or kiosk of this store"))
            return
        try:
            message = decode(delivery.topic, delivery.payload)
        except WireError as error:
            self._not_understood(peer, error)
            return
        try:
            self._take(message, now_s)
        except WireVersionError as error:  # inside a seal: the kiosk keeps it until a hub understands
            self._not_understood(peer, error)
        else:
            self.unreadable.understood(peer)

    def _peer(self, topic: str) -> str | None:
        """Who sends on a topic, by the names of the configuration; None for somebody who is not in it."""
        address = parse_topic(topic)
        config = self.data.config
        if address is None or address.name not in (config.nodes if address.room == "node" else config.kiosks):
            return None
        return f"{address.room} {address.name}"

    def _not_understood(self, peer: str, error: WireError) -> None:
        if self.unreadable.note(peer, error):
            total = self.unreadable.total
            log.warning("hub_garbage_ignored", peer=peer, reason=str(error), total=total)

    def _take(self, message: Message, now_s: float) -> None:
        match message:
            case Sightings():
                self._collect(message)
            case NodeState():
                self.floor.node_state(message, now_s)
            case SealedAct():
                done = self.counter.take(message, now_s)
                if done is not None:
                    self._out.put(self._topics.kiosk(done.kiosk, "ack"), done)
            case _:
                pass

    @property
    def gathering(self) -> bool:
        """Whether batches wait for their commit."""
        return bool(self._inbox)

    def _collect(self, batch: Sightings) -> None:
        self._inbox.append(batch)
        if len(self._inbox) == 1:
            asyncio.get_running_loop().call_later(GATHER_S, self._take_inbox)

    def _take_inbox(self) -> None:
        inbox, self._inbox = self._inbox, []
        if not inbox:
            return
        for ack in self.floor.take(inbox, self._clock.now_s()):
            self._out.put(self._topics.node(ack.node, "ack"), ack)

    def _on_connection(self, connected: bool) -> None:  # noqa: FBT001 - the signature of `Bus.on_connection`
        if connected:
            self._say_hello()

    def _say_hello(self) -> None:
        self._out.put(self._topics.hub_state, self._state(NodePresence.ONLINE), retain=True)

    def _state(self, presence: NodePresence) -> HubState:
        return HubState(
            session_id=self.session_id, presence=presence, notice_ok=self.data.config.notice is not None
        )

    def _publish_view(self, view: KioskView, retain: bool) -> None:  # noqa: FBT001 - see `counter.Publish`
        topic = self._topics.kiosk(view.kiosk, "view")
        if not retain:
            # Nobody who connects later may be handed what stood there before, either.
            self._out.clear(topic)
        self._out.put(topic, view, retain=retain, expiry_s=view.ttl_s)

    # people and time

    def _people_moved(self, cause: BatchName | None) -> None:
        self.counter.people_moved(cause, self._clock.now_s())

    def _visit_ended(self, member_id: str) -> None:
        self.data.permissions.visit_ended(member_id, self._clock.now_s())

    def _reload_people(self) -> None:
        """Notice what another process (the command line) changed, and what time has ended."""
        now_s = self._clock.now_s()
        revision = self.data.people.revision()
        if revision == self._people_revision:
            return
        self._people_revision = revision
        for member_id in self.floor.reload(now_s):
            self.counter.withdrawn(member_id, now_s)

    async def _keep_table(self) -> None:
        while True:
            now_s = self._clock.now_s()
            more = self.floor.refresh(now_s)
            self.counter.tell_owners(now_s)
            if more:
                await asyncio.sleep(TABLE_PAUSE_S)
            else:
                await self._clock.sleep(TICK_S)

    async def _keep_time(self) -> None:
        beat_s = self._clock.monotonic_s()
        while True:
            await self._clock.sleep(TICK_S)
            now_s = self._clock.now_s()
            self._reload_people()
            self.floor.tick(now_s)
            self.tills.tick(now_s)
            self.counter.tick(now_s)
            if self._clock.monotonic_s() - beat_s >= BEAT_S:
                beat_s = self._clock.monotonic_s()
                self._say_hello()
