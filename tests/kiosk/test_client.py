"""The shell between bus, core, outbox and display: a real outbox, the memory bus, a clock moved by hand."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from hardware.host.clock import ManualClock
from hardware.host.entropy import SeededEntropy
from hardware.host.errors import StorageError
from hardware.host.outbox import ACTS, Outbox
from hub.wire.codec import encode
from hub.wire.display import Decline, PresentCode, Revision, StopRecognition, TouchSymbol
from hub.wire.memory import MemoryBroker, MemoryBus
from kiosk.client import KioskClient
from kiosk.events import CharacterTyped, CodeSubmitted, OfferDeclined, StopAsked, StopConfirmed, SymbolTouched
from kiosk.samples import OFFER
from kiosk.screen import Kind, Note, Screen
from tests.kiosk.history import FIRST, KIOSK, SECOND, SUBJECT, SYMBOLS, THANKS, view
from tests.kiosk.hub_double import STORE, TOPICS, HubDouble


@dataclass
class FakeDisplay:
    """Stands at once, as a terminal without delay."""

    screens: list[Screen] = field(default_factory=list)
    wipes: int = 0
    slow: bool = False
    waiting: list[Callable[[], None]] = field(default_factory=list)

    def show(self, screen: Screen, drawn: Callable[[], None] | None = None) -> None:
        self.screens.append(screen)
        if drawn is not None:
            if self.slow:
                self.waiting.append(drawn)
            else:
                drawn()

    def wipe(self) -> None:
        self.wipes += 1


@dataclass
class Watcher:
    """Remembers what was drawn."""

    drawn: list[tuple[str, Revision]] = field(default_factory=list)

    def view_drawn(self, kiosk: str, revision: Revision, drawn_wall_ms: float) -> None:
        assert drawn_wall_ms > 0
        self.drawn.append((kiosk, revision))


@dataclass
class Shop:
    clock: ManualClock
    broker: MemoryBroker
    hub: HubDouble
    hub_bus: MemoryBus
    bus: MemoryBus
    outbox: Outbox
    client: KioskClient
    display: FakeDisplay
    watcher: Watcher

    @property
    def screen(self) -> Screen:
        return self.display.screens[-1]

    @property
    def kind(self) -> str:
        return self.screen.kind.value

    @property
    def online(self) -> list[bool]:
        """Whether the hub was there, at each drawing."""
        return [screen.online for screen in self.display.screens]


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def shop(folder: Path, hub: HubDouble | None = None, *, display: bool = True) -> AsyncIterator[Shop]:
    """A kiosk's client beside a hub on one memory bus; the hub is there from the start."""
    clock = ManualClock()
    broker = MemoryBroker(clock.now_s)
    hub_bus = broker.client("hub")
    fresh = HubDouble(hub_bus)
    if hub is not None:
        fresh.private, fresh.public, fresh.acknowledges = hub.private, hub.public, hub.acknowledges
    bus = broker.client(KIOSK)
    entropy = SeededEntropy(len(str(folder)))
    boot_id = entropy.new_id()
    outbox = Outbox(folder / "outbox.db", boot_id, clock, ACTS)
    watcher = Watcher()
    client = KioskClient(
        kiosk=KIOSK, store=STORE, bus=bus, outbox=outbox, boot_id=boot_id, hub_public_key=fresh.public,
        clock=clock, entropy=entropy, observer=watcher,
    )  # fmt: skip
    screen = FakeDisplay()
    if display:
        client.attach(screen)
    await hub_bus.start()
    running = asyncio.create_task(client.run())
    await settle()
    await fresh.comes()
    await settle()
    try:
        yield Shop(clock, broker, fresh, hub_bus, bus, outbox, client, screen, watcher)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await hub_bus.stop()
        outbox.close()


async def test_a_view_is_drawn_and_what_stands_is_told(tmp_path: Path) -> None:
    async with shop(tmp_path) as s:
        await s.hub.show(SYMBOLS)
        await settle()
        assert s.kind == Kind.SYMBOLS
        assert s.watcher.drawn == [(KIOSK, Revision(session_id=FIRST, n=1))]


async def test_an_act_comes_to_the_hub_with_what_was_seen_and_leaves_the_outbox_when_the_hub_has_it(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path) as s:
        await s.hub.show(SYMBOLS)
        await settle()
        s.client.person(SymbolTouched("chat"))
        [act] = await s.hub.heard(1)
        assert act.act == TouchSymbol(symbol="chat")
        assert act.seen == Revision(session_id=FIRST, n=1)
        await settle()
        counts = s.outbox.counts()
        assert (counts.put, counts.acknowledged, counts.pending) == (1, 1, 0)


async def test_an_act_is_sent_again_until_the_hub_acknowledges_it_and_is_then_worthless(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path) as s:
        s.hub.acknowledges = False
        s.client.present("T-ABCDEFGHJKMN")
        await settle()
        await s.clock.advance(6.0)
        await settle()
        assert len(s.hub.acts) == 2
        assert s.hub.acts[0] == s.hub.acts[1]
        assert s.hub.sealed[0].seq == s.hub.sealed[1].seq
        assert s.hub.sealed[1].age_ms >= 5_000
        await s.clock.advance(10.0)
        assert s.outbox.counts().expired == 1


async def test_an_act_at_a_kiosk_cut_off_waits_only_seconds(tmp_path: Path) -> None:
    async with shop(tmp_path) as s:
        s.bus.cut()
        await settle()
        assert not s.screen.online
        s.client.present("9811000000017")
        await s.clock.advance(15.0)
        s.bus.mend()
        await settle()
        await s.clock.advance(10.0)
        assert s.hub.acts == []
        assert s.outbox.counts().expired == 1


async def test_a8_a_stop_at_a_kiosk_cut_off_outlives_everything_and_comes_first(tmp_path: Path) -> None:
    async with shop(tmp_path) as s:
        await s.hub.show(OFFER)
        await settle()
        s.bus.cut()
        await settle()
        s.client.present("9811000000017")
        await s.hub.show(OFFER)
        s.client.person(StopAsked())
        s.client.person(StopConfirmed())
        assert s.screen.note is Note.STOPPED_OFFLINE
        hub = s.hub
    async with shop(tmp_path, hub) as s:
        await s.clock.advance(1.0)
        acts = await s.hub.heard(1)
        assert acts[0].act == StopRecognition()
        assert acts[0].subject == SUBJECT
        await settle()
        assert s.outbox.counts().pending <= 1


async def test_a8_until_the_stop_is_acknowledged_nothing_personal_is_drawn_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path) as s:
        s.hub.acknowledges = False
        await s.hub.show(OFFER)
        await settle()
        s.client.person(StopAsked())
        s.client.person(StopConfirmed())
        await settle()
        hub = s.hub
    async with shop(tmp_path, hub) as s:
        await s.hub.show(OFFER)
        await settle()
        assert s.kind == Kind.ATTRACT
        s.hub.acknowledges = True
        await s.clock.advance(6.0)
        await settle()
        await s.hub.show(OFFER)
        await settle()
        assert s.kind == Kind.OFFER


async def test_c7_the_disk_holds_nothing_in_the_clear(tmp_path: Path) -> None:
    async with shop(tmp_path) as s:
        s.hub.acknowledges = False
        await s.hub.show(OFFER)
        await settle()
        for character in "9811000000017":
            s.client.person(CharacterTyped(character))
        s.client.person(CodeSubmitted())
        s.client.person(OfferDeclined())
        await settle()
        disk = everything_in(tmp_path)
        assert len(disk) > 1_000
        for clear in (b"9811000000017", b"decline", b"present_code", b"Caf", SUBJECT.encode(), s.hub.private):
            assert clear not in disk
        assert [act.act for act in s.hub.acts] == [PresentCode(code="9811000000017"), Decline()]


async def test_garbage_on_every_topic_is_counted_and_changes_nothing(tmp_path: Path) -> None:
    async with shop(tmp_path) as s:
        await s.hub.show(SYMBOLS)
        await settle()
        before = list(s.display.screens)
        with structlog.testing.capture_logs() as logs:
            for topic in (TOPICS.kiosk(KIOSK, "view"), TOPICS.kiosk(KIOSK, "ack"), TOPICS.hub_state):
                for garbage in (b"\xff\x00CANARY", b"{}", b"[]", b'{"v": []}', b"x" * 16_000):
                    await s.hub_bus.publish(topic, garbage)
            foreign = view(OFFER, 5, kiosk="aisle-9")
            await s.hub_bus.publish(TOPICS.kiosk(KIOSK, "view"), encode(foreign))
            await settle()
        assert s.client.unreadable.total == 16
        assert s.display.screens == before
        assert "CANARY" not in repr(logs)


@pytest.mark.parametrize("standing", [SYMBOLS, OFFER], ids=["symbols", "offer"])
@pytest.mark.parametrize(
    "newer", [{"v": 2}, {"level": "L9"}, {"content": {"kind": "survey"}}], ids=["version", "level", "kind"]
)
async def test_c6_a_view_of_a_newer_hub_leaves_nothing_older_standing_and_asks_for_an_update(
    tmp_path: Path, standing: Any, newer: dict[str, Any]
) -> None:
    async with shop(tmp_path) as s:
        await s.hub.show(standing)
        await settle()
        fields = json.loads(encode(view(THANKS, 2)))
        await s.hub_bus.publish(TOPICS.kiosk(KIOSK, "view"), json.dumps(fields | newer).encode())
        await settle()
        assert (s.kind, s.display.screens[-1].outdated) == (Kind.ATTRACT, True)
        assert s.display.wipes == (standing is OFFER)
        await s.hub.show(SYMBOLS)
        await settle()
        assert (s.kind, s.display.screens[-1].outdated) == (Kind.SYMBOLS, False)


async def test_a_view_taken_back_by_the_broker_changes_nothing(tmp_path: Path) -> None:
    async with shop(tmp_path) as s:
        await s.hub.show(SYMBOLS)
        await s.hub_bus.publish(TOPICS.kiosk(KIOSK, "view"), b"", retain=True)
        await settle()
        assert s.client.unreadable.total == 0
        assert s.kind == Kind.SYMBOLS


async def test_a_new_session_of_the_hub_is_sent_everything_again(tmp_path: Path) -> None:
    async with shop(tmp_path) as s:
        s.hub.acknowledges = False
        s.client.present("9811000000017")
        await settle()
        await s.hub.goes()
        await settle()
        assert s.online[-1:] == [False]
        s.hub.session = SECOND
        await s.hub.comes()
        await settle()
        assert s.online[-1:] == [True]
        assert len(s.hub.acts) == 2


async def test_time_passes_by_itself(tmp_path: Path) -> None:
    async with shop(tmp_path) as s:
        await s.hub.show(OFFER)
        await settle()
        await s.clock.advance(26.0)
        await settle()
        assert s.kind == Kind.ATTRACT
        assert s.display.wipes == 1


async def test_settled_says_whether_the_display_stands_as_commanded(tmp_path: Path) -> None:
    async with shop(tmp_path) as s:
        s.display.slow = True
        await s.hub.show(SYMBOLS)
        await settle()
        assert not s.client.settled
        s.display.waiting.pop()()
        assert s.client.settled


async def test_a_kiosk_without_a_display_works_too(tmp_path: Path) -> None:
    async with shop(tmp_path, display=False) as s:
        await s.hub.show(OFFER)
        s.client.present("9811000000017")
        assert len(await s.hub.heard(1)) == 1
        await s.clock.advance(30.0)
        assert s.client.settled


async def test_an_acknowledgement_of_somebody_elses_numbers_is_none(tmp_path: Path) -> None:
    from hub.wire.display import ActAck

    async with shop(tmp_path) as s:
        s.hub.acknowledges = False
        s.client.present("9811000000017")
        await settle()
        ack = ActAck(kiosk=KIOSK, boot_id="f" * 16, seqs=(1, 2, 3))
        await s.hub_bus.publish(TOPICS.kiosk(KIOSK, "ack"), encode(ack))
        await settle()
        assert s.outbox.counts().pending == 1


async def test_a_disk_that_fails_ends_the_kiosk_with_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    bus = MemoryBroker(clock.now_s).client(KIOSK)
    outbox = Outbox(tmp_path / "outbox.db", "a" * 16, clock, ACTS)
    client = KioskClient(
        kiosk=KIOSK, store=STORE, bus=bus, outbox=outbox, boot_id="a" * 16,
        hub_public_key="A" * 43, clock=clock, entropy=SeededEntropy(1),
    )  # fmt: skip
    running = asyncio.create_task(client.run())
    await settle()

    def full() -> int:
        raise StorageError("disk full")

    monkeypatch.setattr(outbox, "expire", full)
    await clock.advance(1.0)
    with pytest.raises(StorageError, match="disk full"):
        await running
    outbox.close()
