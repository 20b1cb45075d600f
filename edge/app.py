"""The agent's shell: radio → core → outbox → bus, and the hub's acknowledgements back.

One asyncio task each listens, stores, sends, receives, and keeps time. Everything runs in the loop's thread; a put
or an acknowledgement takes about 0.1 ms of SQLite there, less than a hand-over to a thread would.
"""

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from importlib.metadata import version
from typing import Final

import structlog

from edge.batch import batch_of, sightings_of
from edge.coalesce import LastStates
from edge.config import EdgeConfig
from edge.known import KNOWN_REST_S, UNKNOWN_REST_S, KnownIds
from edge.observer import EdgeObserver, SilentObserver
from edge.reporter import (
    MAX_SAMPLES,
    AdvertHeard,
    ListeningStopped,
    Reading,
    Report,
    Reporter,
    Ticked,
)
from hardware.host.clock import Clock, wall_ms
from hardware.host.errors import ComptoirError, UnavailableError, one_error
from hardware.host.outbox import DUE_LIMIT, Outbox, Row
from hardware.radio.advert import Advert
from hardware.radio.source import AdvertSource, RadioDeaf, RadioHears
from hub.wire.base import Message
from hub.wire.bus import Bus, Delivery, Will
from hub.wire.codec import WireError, decode, encode
from hub.wire.presence import HubState, NodePresence, NodeState, SightingsAck
from hub.wire.topics import Topics
from hub.wire.unreadable import Unreadable

log = structlog.get_logger()

TICK_S: Final = 1.0
"""The core's grain: silence and the rest of a burst are told at most this late."""

SCRUB_EVERY_S: Final = 10.0
"""What expired or was acknowledged leaves the disk within this; with `UNKNOWN_REST_S` under 60 s (B5)."""

HEARTBEAT_S: Final = 30.0
"""The broker's keep-alive tells of a dead connection; two beats a minute tell of a hanging agent."""

MAX_INBOX: Final = 256
"""Acknowledgements waiting for the loop's next turn; each covers up to 256 batches, so a few are many."""


class Listening(StrEnum):
    """What becomes of the air around this node."""

    OFF = "does not listen"
    HEARS = "radio hears"
    DEAF = "radio is deaf"


class EdgeAgent:
    """One node: `run` it until cancelled.

    It listens only after a hub said that a privacy notice is in force, and stops when one says it is not
    (B7); a hub that is gone changes nothing: what was in force stays.

    A node's name is one agent's. Whoever hears another session speak under it, after its own birth came back from
    the bus, ends: of two places under one name neither can be believed.

    Args:
        config: see `EdgeConfig`; its `outbox` and `mqtt` are the caller's business.
        source: the radio. It is asked anew for its stream each time listening begins.
        bus: not yet started.
        outbox: opened with `boot_id` and the policy `PRESENCE`; the caller closes it.
        boot_id: names this run in batches, birth and will.
        clock: store time.
        observer: see `EdgeObserver`.
    """

    def __init__(
        self,
        config: EdgeConfig,
        source: AdvertSource,
        bus: Bus,
        outbox: Outbox,
        boot_id: str,
        clock: Clock,
        observer: EdgeObserver | None = None,
    ) -> None:
        self._node, self._filter = config.node, config.frame_filter()
        self._source, self._bus, self._outbox, self._clock = source, bus, outbox, clock
        self._boot_id = boot_id
        self._observer: EdgeObserver = observer or SilentObserver()
        self._topics = Topics(config.store)
        self._core, self._known, self._last_states = Reporter(), KnownIds(), LastStates()
        self._hub_session: str | None = None
        self._hearing: asyncio.Task[None] | None = None
        self.may_listen = asyncio.Event()
        """Set while a hub's word is that a privacy notice is in force."""
        self.listening = Listening.OFF
        """The hub is told whether it is `HEARS`."""
        self.ready = asyncio.Event()
        """Set once the bus is being kept connected: from here on only the world is waited for."""
        self._state_due = False
        self._born = False
        self._wake = asyncio.Event()
        self._told: list[Reading] = []
        self._told_ms = 0.0
        self._gathered = asyncio.Event()
        self._inbox: asyncio.Queue[Delivery] = asyncio.Queue()
        self.ended = asyncio.Event()
        """Set when a finite source, a recording, has been heard to its end."""
        self.unreadable = Unreadable()
        """What was none for us, or of another version; it changes nothing else."""
        bus.subscribe(self._topics.node(self._node, "ack"), self._arrive)
        bus.subscribe(self._topics.hub_state, self._arrive)
        bus.subscribe(self._state_topic, self._arrive)
        bus.on_connection(self._on_connection)

    @property
    def in_words(self) -> str:
        """How the listening is, for people."""
        if self.may_listen.is_set():
            return self.listening.value
        why = "no hub has spoken yet" if self._hub_session is None else "no notice is in force"
        return f"{self.listening.value} ({why})"

    async def run(self) -> None:
        """Work until cancelled; says goodbye on the bus when it ends, however it ends.

        Raises:
            UnavailableError: the radio cannot be had, or another agent has this node's name.
            StorageError: the outbox does not take a write.
            BusError: the bus refuses us.
        """
        if self._outbox.replaced:
            log.warning("edge_outbox_replaced", node=self._node, consequence="begun anew; its rows are lost")
        try:
            await self._bus.start(Will(self._state_topic, self._state(NodePresence.OFFLINE)))
            with one_error(ComptoirError):
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._listen(), name=f"edge {self._node} listens")
                    tasks.create_task(self._store(), name=f"edge {self._node} stores")
                    tasks.create_task(self._send(), name=f"edge {self._node} sends")
                    tasks.create_task(self._receive(), name=f"edge {self._node} receives")
                    tasks.create_task(self._keep_time(), name=f"edge {self._node} keeps time")
                    self.ready.set()
        finally:
            await self._bus.publish(self._state_topic, self._state(NodePresence.OFFLINE), retain=True)
            await self._bus.stop()

    # The radio

    async def _listen(self) -> None:
        while not self.ended.is_set():
            await self.may_listen.wait()
            async with asyncio.TaskGroup() as tasks:
                # A task of its own: a change of the notice cancels the listening, not the agent.
                self._hearing = tasks.create_task(self._hear(), name=f"edge {self._node} hears")

    async def _hear(self) -> None:
        self._tell_radio(Listening.HEARS)
        try:
            async for event in self._source.adverts():
                if isinstance(event, Advert):
                    self._take(event)
                else:
                    self._radio_changed(event)
            self._put_told()
            self.ended.set()
        finally:
            self._tell_radio(Listening.OFF)

    def _take(self, advert: Advert) -> None:
        # Runs for everybody's advertisements, hundreds a second: nothing is done for one that is not ours.
        self._observer.advert_heard(self._node)
        frames = self._filter.frames(advert)
        if not frames:
            return
        came_ms = wall_ms()
        for frame in frames:
            self._observer.frame_kept(self._node)
            heard = AdvertHeard(frame, advert.rssi_dbm, advert.heard_s)
            self._gather(self._core.handle(heard, self._clock.monotonic_s()), came_ms)

    def _radio_changed(self, event: RadioDeaf | RadioHears) -> None:
        match event:
            case RadioDeaf(reason):
                log.warning("edge_radio_deaf", node=self._node, reason=reason)
                # Nobody left: they are not heard. The hub makes the zone unknown, and each is told anew when heard.
                self._core.handle(ListeningStopped(), self._clock.monotonic_s())
                self._tell_radio(Listening.DEAF)
            case RadioHears():
                log.info("edge_radio_hears", node=self._node)
                self._tell_radio(Listening.HEARS)

    def _gather(self, reports: Iterable[Report], came_ms: float) -> None:
        """Keep until the turn of the event loop is over: what the radio handed over at once shares a batch."""
        for report in reports:
            if not self._told:
                self._told_ms = came_ms
                self._gathered.set()
            self._told.extend(report.readings)

    async def _store(self) -> None:
        while True:
            await self._gathered.wait()
            self._put_told()

    def _put_told(self) -> None:
        told, self._told = self._told, []
        self._gathered.clear()
        # Apart, because the strangers' half must be gone sooner.
        known = [reading for reading in told if reading.id.hex() in self._known]
        unknown = [reading for reading in told if reading.id.hex() not in self._known]
        for readings in (known, unknown):
            for at in range(0, len(readings), MAX_SAMPLES):
                self._put(readings[at : at + MAX_SAMPLES], self._told_ms)

    def _put(self, readings: list[Reading], came_ms: float) -> None:
        now_s = self._clock.monotonic_s()
        batch = batch_of(readings, now_s)
        identifiers = frozenset(sample.id for sample in batch.samples)
        # The rest counts from the last hearing, not from the report that it fell silent.
        heard_s = min(reading.heard_s for reading in readings)
        rest_s = heard_s + self._known.rest_s(identifiers) - now_s
        superseded = self._last_states.superseded_by(readings)
        seq = self._outbox.put(batch.model_dump_json().encode(), rest_s=rest_s, supersedes=superseded)
        self._last_states.batched(seq, readings)
        self._known.batched((self._boot_id, seq), identifiers, heard_s)
        self._observer.reported(self._node, self._boot_id, seq, came_ms)
        self._wake.set()

    # The bus, outwards

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._tell_due_state()
            while self._bus.connected and (rows := self._outbox.due()):
                # Fewer than there may be at once are all there are; what came since has set `_wake`.
                if not await self._publish_rows(rows) or len(rows) < DUE_LIMIT:
                    break
                # Not only when all is said: a node with much to say must be seen to live.
                await self._tell_due_state()

    async def _tell_due_state(self) -> None:
        if self._state_due and self._bus.connected:
            # First, so that a change while this one is on its way is not taken for told.
            self._state_due = False
            if not await self._publish_state():
                self._state_due = True

    async def _publish_rows(self, rows: tuple[Row, ...]) -> bool:
        # Together: one by one a slow broker would let a node say no more than one thing a round trip.
        sent = await asyncio.gather(*map(self._publish_row, rows))
        self._outbox.offer_again(row.seq for row, taken in zip(rows, sent, strict=True) if not taken)
        return all(sent)

    async def _publish_row(self, row: Row) -> bool:
        payload = encode(sightings_of(row, self._node))
        topic = self._topics.node(self._node, "sightings")
        # What may not rest longer here may not in the broker either; known ones are sent again.
        expiry_s = min(row.rest_left_s, UNKNOWN_REST_S)
        if not await self._bus.publish(topic, payload, expiry_s=expiry_s):
            return False
        self._observer.published(self._node, row.boot_id, row.seq)
        return True

    async def _publish_state(self) -> bool:
        return await self._bus.publish(self._state_topic, self._state(NodePresence.ONLINE), retain=True)

    def _state(self, presence: NodePresence) -> bytes:
        return encode(
            NodeState(
                node=self._node,
                session_id=self._boot_id,
                presence=presence,
                radio_ok=self.listening is Listening.HEARS and presence is NodePresence.ONLINE,
                version=version("comptoir"),
            )
        )

    @property
    def _state_topic(self) -> str:
        return self._topics.node(self._node, "state")

    def _tell_radio(self, listening: Listening) -> None:
        self.listening = listening
        self._tell_state()

    def _tell_state(self) -> None:
        self._state_due = True
        self._wake.set()

    # Time

    async def _keep_time(self) -> None:
        beat_s = scrub_s = self._clock.monotonic_s()
        while True:
            await self._clock.sleep(TICK_S)
            now_s = self._clock.monotonic_s()
            self._gather(self._core.handle(Ticked(), now_s), wall_ms())
            if now_s - scrub_s >= SCRUB_EVERY_S:
                scrub_s = now_s
                self._outbox.expire()
                self._known.expire(now_s)
            if now_s - beat_s >= HEARTBEAT_S:
                beat_s = now_s
                self._tell_state()
            self._wake.set()

    # The bus, inwards

    def _on_connection(self, connected: bool) -> None:  # noqa: FBT001 - the signature of `Bus.on_connection`
        if connected:
            self._outbox.offer_again()
            self._tell_state()

    def _arrive(self, delivery: Delivery) -> None:
        # A handler must not fail or block; what is too much here comes again, as unacknowledged rows do.
        if self._inbox.qsize() < MAX_INBOX:
            self._inbox.put_nowait(delivery)

    async def _receive(self) -> None:
        while True:
            delivery = await self._inbox.get()
            match self._decoded(delivery):
                case SightingsAck() as ack:
                    self._on_ack(ack)
                case HubState(presence=NodePresence.ONLINE) as state:
                    self._on_hub_state(state)
                case NodeState() as state:
                    self._on_own_state(state)
                case _:
                    pass

    def _on_ack(self, ack: SightingsAck) -> None:
        self._outbox.acknowledge(ack.boot_id, ack.seqs)
        self._last_states.gone(ack.seqs)
        longer = self._known.acknowledged([(ack.boot_id, seq) for seq in ack.seqs], ack.known)
        if longer:
            self._outbox.extend(longer, KNOWN_REST_S)

    def _on_hub_state(self, state: HubState) -> None:
        if self._hub_session not in (None, state.session_id):
            self._outbox.offer_again()
            self._wake.set()
        self._hub_session = state.session_id
        if state.notice_ok:
            self.may_listen.set()
        elif self.may_listen.is_set():
            self._stop_listening()

    def _on_own_state(self, state: NodeState) -> None:
        # What stood there before our birth comes back is a predecessor's: the bus keeps a topic's order.
        if state.session_id == self._boot_id:
            self._born = True
        elif not self._born:
            return
        elif state.presence is NodePresence.OFFLINE:
            # A last will that came late hides our birth from whoever joins now: say it again.
            self._tell_state()
        else:
            raise UnavailableError(
                "another agent speaks under this node's name",
                where=f"node {self._node}",
                fix="give each node its own name, and stop a replay of it before its agent starts",
            )

    def _stop_listening(self) -> None:
        log.warning("edge_stopped_listening", node=self._node, reason="no privacy notice is in force")
        self.may_listen.clear()
        self._core.handle(ListeningStopped(), self._clock.monotonic_s())
        if self._hearing is not None:
            self._hearing.cancel()

    def _decoded(self, delivery: Delivery) -> Message | None:
        try:
            return decode(delivery.topic, delivery.payload)
        except WireError as error:
            # By the topic, not by who sent: the broker lets nobody else speak there.
            peer = "node" if delivery.topic == self._state_topic else "hub"
            if self.unreadable.note(peer, error):
                total = self.unreadable.total
                log.warning("edge_garbage_ignored", node=self._node, reason=str(error), total=total)
            return None
