"""The kiosk's shell: the hub's views in, a person's acts out through the durable outbox. Decides nothing itself.

An act is sealed to the hub's public key before it touches the disk, so a stolen kiosk tells nothing (acceptance C7).
"""

import asyncio
from functools import partial
from typing import Final, Protocol

import structlog

from hardware.host.clock import Clock, wall_ms
from hardware.host.entropy import Entropy
from hardware.host.errors import ComptoirError, one_error
from hardware.host.outbox import Outbox
from hub.wire.base import MAX_AGE_MS
from hub.wire.bus import Bus, Delivery
from hub.wire.codec import WireError, WireVersionError, decode, encode
from hub.wire.display import ActAck, KioskAct, KioskView, Revision, SealedAct
from hub.wire.presence import HubState, NodePresence
from hub.wire.seal import seal
from hub.wire.topics import Topics
from hub.wire.unreadable import Unreadable
from kiosk.core import ACT_REST_S, KioskCore
from kiosk.events import (
    BusLost,
    CodePresented,
    Event,
    HubSeen,
    PersonEvent,
    StopDelivered,
    Tick,
    ViewArrived,
    ViewNotUnderstood,
)
from kiosk.panel import Display
from kiosk.screen import Command, Draw, Send, Wipe

log = structlog.get_logger()

TICK_S: Final = 0.5
"""The grain of the core's timers (see `kiosk.events.Tick`)."""

SEND_EXPIRY_S: Final = 10.0
"""An act the broker could not deliver within this is sent again from the outbox, or worthless."""


class KioskObserver(Protocol):
    """Told when the display really shows a view of the hub. Must not block."""

    def view_drawn(self, kiosk: str, revision: Revision, drawn_wall_ms: float) -> None:
        """`drawn_wall_ms` is `hardware.host.clock.wall_ms()` after the repaint."""
        ...


class SilentObserver:
    """The default: watches nothing."""

    def view_drawn(self, kiosk: str, revision: Revision, drawn_wall_ms: float) -> None:
        """See `KioskObserver`."""


class KioskClient:
    """One kiosk: `run` it until cancelled.

    Args:
        kiosk: its name in the store's configuration.
        store: the store's name.
        bus: not yet started.
        outbox: opened with `boot_id` and the policy `ACTS`; the caller closes it.
        boot_id: names this run in the acts.
        hub_public_key: what `comptoir hub init` prints.
        clock: store time.
        entropy: makes act ids.
        observer: see `KioskObserver`.

    Raises:
        SealError: `hub_public_key` is none (at the first act).
    """

    def __init__(
        self,
        *,
        kiosk: str,
        store: str,
        bus: Bus,
        outbox: Outbox,
        boot_id: str,
        hub_public_key: str,
        clock: Clock,
        entropy: Entropy,
        observer: KioskObserver | None = None,
    ) -> None:
        self._kiosk, self._bus, self._outbox, self._boot_id = kiosk, bus, outbox, boot_id
        self._key, self._clock, self._entropy = hub_public_key, clock, entropy
        self._observer: KioskObserver = observer or SilentObserver()
        self._topics = Topics(store)
        left = [row for row in outbox.due() if row.rest_left_s > ACT_REST_S]
        outbox.offer_again()
        self._stops = {(row.boot_id, row.seq) for row in left}
        self._core = KioskCore(kiosk, stops_pending=len(self._stops))
        self._display: Display | None = None
        self._drawing = 0
        self._wake = asyncio.Event()
        self.unreadable = Unreadable()
        """What was none for us, or of another version."""
        bus.subscribe(self._topics.kiosk(kiosk, "view"), self._on_message)
        bus.subscribe(self._topics.kiosk(kiosk, "ack"), self._on_message)
        bus.subscribe(self._topics.hub_state, self._on_message)
        bus.on_connection(self._on_connection)

    def attach(self, display: Display) -> None:
        """Draw on this display from now on; once, before `run`."""
        assert self._display is None, "a kiosk has one display"
        self._display = display

    def person(self, event: PersonEvent) -> None:
        """Somebody did something at the display."""
        self._feed(event)

    def present(self, code: str) -> None:
        """A whole code came at once: the app's tap, or a reader of its own."""
        self._feed(CodePresented(code))

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            StorageError: the outbox does not take an act.
            BusError: the bus refuses us.
        """
        try:
            await self._bus.start()
            with one_error(ComptoirError):
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._send(), name=f"kiosk {self._kiosk} sends")
                    tasks.create_task(self._keep_time(), name=f"kiosk {self._kiosk} keeps time")
        finally:
            await self._bus.stop()

    # the core

    def _feed(self, event: Event) -> None:
        for command in self._core.handle(event, self._clock.monotonic_s()):
            self._carry_out(command)

    def _carry_out(self, command: Command) -> None:
        match command:
            case Draw():
                self._draw(command)
            case Wipe():
                if self._display is not None:
                    self._display.wipe()
            case Send():
                self._put(command)

    def _draw(self, draw: Draw) -> None:
        if self._display is None:
            return
        self._drawing += 1
        self._display.show(draw.screen, partial(self._drawn, draw.revision))

    def _drawn(self, revision: Revision | None) -> None:
        self._drawing -= 1
        if revision is not None:
            self._observer.view_drawn(self._kiosk, revision, wall_ms())

    @property
    def settled(self) -> bool:
        """Whether the display stands as the core commanded last."""
        return self._drawing == 0

    def _put(self, send: Send) -> None:
        act = KioskAct(
            act_id=self._entropy.new_id(),
            act=send.act,
            seen=send.seen,
            permission_revision=send.permission_revision,
            subject=send.subject,
        )
        sealed = seal(act, self._key, self._kiosk)
        seq = self._outbox.put(sealed.encode(), rest_s=send.rest_s, urgent=send.urgent)
        if send.urgent:
            self._stops.add((self._boot_id, seq))
        self._wake.set()

    # the bus

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._bus.connected and (rows := self._outbox.due()):
                for at, row in enumerate(rows):
                    message = SealedAct(
                        kiosk=self._kiosk,
                        boot_id=row.boot_id,
                        seq=row.seq,
                        age_ms=min(round(row.age_s * 1000), MAX_AGE_MS),
                        sealed=row.payload.decode(),
                    )
                    topic = self._topics.kiosk(self._kiosk, "act")
                    expiry_s = min(SEND_EXPIRY_S, max(1.0, row.rest_left_s))
                    if not await self._bus.publish(topic, encode(message), expiry_s=expiry_s):
                        self._outbox.offer_again(unsent.seq for unsent in rows[at:])
                        break

    async def _keep_time(self) -> None:
        while True:
            await self._clock.sleep(TICK_S)
            self._outbox.expire()
            self._feed(Tick())
            self._wake.set()

    def _on_connection(self, connected: bool) -> None:  # noqa: FBT001 - the signature of `Bus.on_connection`
        if connected:
            self._outbox.offer_again()
            self._wake.set()
        else:
            self._feed(BusLost())

    def _on_message(self, delivery: Delivery) -> None:
        if not delivery.payload:
            return  # a retained view was taken back: what stands here has its own time to live
        try:
            message = decode(delivery.topic, delivery.payload)
        except WireError as error:
            self._not_understood(delivery.topic, error)
            return
        match message:
            case KioskView():
                self._feed(ViewArrived(message))
            case HubState():
                self._hub_seen(message)
            case ActAck():
                self._acknowledged(message)
            case _:
                pass

    def _not_understood(self, topic: str, error: WireError) -> None:
        if self.unreadable.note("hub", error):
            total = self.unreadable.total
            log.warning("kiosk_garbage_ignored", kiosk=self._kiosk, reason=str(error), total=total)
        if isinstance(error, WireVersionError) and topic == self._topics.kiosk(self._kiosk, "view"):
            self._feed(ViewNotUnderstood())

    def _hub_seen(self, state: HubState) -> None:
        online = state.presence is NodePresence.ONLINE
        self._feed(HubSeen(state.session_id, online))
        if online:
            self._outbox.offer_again()
            self._wake.set()

    def _acknowledged(self, ack: ActAck) -> None:
        self._outbox.acknowledge(ack.boot_id, ack.seqs)
        for seq in ack.seqs:
            if (ack.boot_id, seq) in self._stops:
                self._stops.discard((ack.boot_id, seq))
                self._feed(StopDelivered())
