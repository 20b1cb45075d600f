"""`comptoir edge listen`: what a person at the shelf sees of a fob, and of nobody else."""

import asyncio
import json
import os
import pty
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio

from edge.config import EdgeConfig
from edge.listen import JsonLines, Lines, Table, hear
from edge.listing import (
    MAX_ROWS,
    MOVED_DB,
    SHOWN_EVERY_S,
    SILENT_AFTER_S,
    FrameHeard,
    Listing,
    Ticked,
    short_form,
    table,
)
from hardware.beacon.build import eddystone_eid, ibeacon
from hardware.beacon.frames import FrameKind, LoyaltyFrame
from hardware.bluez.double import BluezDouble
from hardware.bluez.private_bus import PrivateBus, find_dbus_daemon
from hardware.host.clock import ManualClock
from hardware.host.errors import ExitCode
from hardware.radio.ad import structure, to_advert
from hardware.radio.source import RadioDeaf, RadioEvent, RadioHears
from tests.conftest import missing_part

CONFIG = 'store = "lyon"\nnode = "aisle-1"\noutbox = "outbox.db"\n'
COMPTOIR = Path(sys.executable).with_name("comptoir")
EID = b"aaaabbbb"
FRAME = LoyaltyFrame(FrameKind.EDDYSTONE_EID, EID)
CANARY = b"CANARY"
FOREIGN = (ibeacon(CANARY + bytes(10), 1, 2), structure(0x09, CANARY), structure(0xFF, b"\x75\x00" + CANARY))


# The listing


def test_a_beacon_is_shown_when_new_moved_or_still_there() -> None:
    listing = Listing()
    assert [one.count for one in listing.handle(FrameHeard(FRAME, -60), 0.0)] == [1]
    assert listing.handle(FrameHeard(FRAME, -60 - MOVED_DB + 1), 1.0) == ()
    assert [one.rssi_dbm for one in listing.handle(FrameHeard(FRAME, -60 - MOVED_DB), 2.0)] == [
        -60 - MOVED_DB
    ]
    assert [one.count for one in listing.handle(FrameHeard(FRAME, -66), 2.0 + SHOWN_EVERY_S)] == [4]


def test_who_falls_silent_is_shown_once_and_forgotten() -> None:
    listing = Listing()
    listing.handle(FrameHeard(FRAME, -60), 0.0)
    assert listing.handle(Ticked(), SILENT_AFTER_S - 0.1) == ()
    (shown,) = listing.handle(Ticked(), SILENT_AFTER_S)
    assert shown.silent
    assert listing.handle(Ticked(), SILENT_AFTER_S + 1) == ()
    assert listing.rows(SILENT_AFTER_S) == ()


def test_a_forgers_crowd_takes_bounded_memory() -> None:
    listing = Listing()
    for at in range(MAX_ROWS + 50):
        listing.handle(FrameHeard(LoyaltyFrame(FrameKind.APP_EID, at.to_bytes(8, "big")), -60), float(at))
    assert len(listing.rows(0.0)) == MAX_ROWS


@pytest.mark.parametrize(
    ("frame", "short"),
    [
        (FRAME, "61616161"),
        (LoyaltyFrame(FrameKind.IBEACON, bytes(16) + b"\x00\x07\x01\x00"), "7/256"),
        (LoyaltyFrame(FrameKind.EDDYSTONE_UID, bytes(12) + b"\x01\x02\x03\x04"), "01020304"),
    ],
)
def test_an_identifier_is_never_shown_whole(frame: LoyaltyFrame, short: str) -> None:
    assert short_form(frame) == short


def test_the_table_has_the_strongest_first_and_fits() -> None:
    listing = Listing()
    for at, rssi_dbm in enumerate((-90, -40, -126)):
        listing.handle(FrameHeard(LoyaltyFrame(FrameKind.APP_EID, bytes([at]) * 8), rssi_dbm), 0.0)
    lines = table(listing.rows(1.5), "radio hears", 60, 4)
    assert len(lines) == 4
    assert all(len(line) <= 60 for line in lines)
    assert "3 loyalty beacons" in lines[0]
    assert "-40 dBm" in lines[2]
    assert "-90 dBm" in lines[3]


# The displays


class Script:
    """A source that tells what is written down."""

    def __init__(self, *events: RadioEvent) -> None:
        self._events = events

    async def adverts(self) -> AsyncIterator[RadioEvent]:
        for event in self._events:
            yield event


EVENTS: tuple[RadioEvent, ...] = (
    *(to_advert(payload, -50, 0.0) for payload in FOREIGN),
    to_advert(eddystone_eid(EID), -61, 0.0),
    RadioDeaf("the adapter is gone"),
    RadioHears(),
)


async def test_lines_say_what_is_heard_and_what_becomes_of_the_radio(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock, listing = ManualClock(), Listing()
    display = Lines(clock)
    await hear(EdgeConfig.model_validate(_settings()), Script(*EVENTS), clock, listing, display)
    display.redraw(listing, 0.0)
    first, second, third = (line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines())
    assert first.split() == ["eddystone_eid", "61616161", "-61", "dBm", "1"]
    assert (second, third) == ("radio is deaf: the adapter is gone", "radio hears")


async def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    clock, listing = ManualClock(), Listing()
    display = JsonLines(clock)
    await hear(EdgeConfig.model_validate(_settings()), Script(*EVENTS), clock, listing, display)
    for shown in listing.handle(Ticked(), SILENT_AFTER_S):
        display.show(shown)
    display.redraw(listing, 0.0)
    at_s = {"at_s": clock.now_s()}
    beacon = {"kind": "eddystone_eid", "beacon": "61616161", "count": 1}
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        at_s | beacon | {"rssi_dbm": -61},
        at_s | {"radio": "radio is deaf: the adapter is gone"},
        at_s | {"radio": "radio hears"},
        at_s | beacon | {"rssi_dbm": None},
    ]


async def test_a_table_is_drawn_over_the_last_one(capsys: pytest.CaptureFixture[str]) -> None:
    clock, listing, display = ManualClock(), Listing(), Table()
    await hear(EdgeConfig.model_validate(_settings()), Script(*EVENTS[:-1]), clock, listing, display)
    display.redraw(listing, 0.0)
    display.redraw(listing, 0.5)
    out = capsys.readouterr().out
    assert "radio is deaf: the adapter is gone · 1 loyalty beacon ·" in out
    assert out.count("\x1b[3F\x1b[J") == 1


def _settings() -> dict[str, str]:
    return {"store": "lyon", "node": "aisle-1", "outbox": "outbox.db"}


# The command


@pytest.fixture
def bus_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bus-"))
    yield folder
    shutil.rmtree(folder)


@pytest_asyncio.fixture
async def bus(bus_folder: Path) -> AsyncIterator[PrivateBus]:
    if find_dbus_daemon() is None:
        missing_part("dbus-daemon is not installed")
    async with PrivateBus(bus_folder) as private:
        yield private


@asynccontextmanager
async def on_air(double: BluezDouble) -> AsyncIterator[None]:
    async def send() -> None:
        while True:
            for at, payload in enumerate((eddystone_eid(EID), *FOREIGN)):
                double.transmit("hci0", f"transmitter {at}", payload, -61)
            await asyncio.sleep(0.05)

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()


async def start(
    bus: PrivateBus,
    folder: Path,
    *options: str,
    log_level: str = "warning",
    out: int = asyncio.subprocess.PIPE,
) -> asyncio.subprocess.Process:
    config = folder / "edge.toml"
    config.write_text(CONFIG, encoding="utf-8")
    return await asyncio.create_subprocess_exec(
        COMPTOIR, "--log-level", log_level, "edge", "listen", str(config), *options,
        stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=bus.address),
    )  # fmt: skip


async def test_it_shows_loyalty_frames_only_and_logs_no_payload_even_at_debug(
    bus: PrivateBus, tmp_path: Path
) -> None:
    """B5, C10: of a foreign device nothing, also not in a log at DEBUG."""
    async with BluezDouble(bus.address) as double, on_air(double):
        process = await start(bus, tmp_path, "--json", "--seconds", "2", log_level="debug")
        out, err = await process.communicate()
        address = next(iter(double._devices.values())).properties["Address"].value
    assert process.returncode == 0, err.decode()
    lines = [json.loads(line) for line in out.decode().splitlines()]
    assert lines
    assert {(line["kind"], line["beacon"], line["rssi_dbm"]) for line in lines} == {
        ("eddystone_eid", "61616161", -61)
    }
    for secret in (CANARY, CANARY.hex().encode(), EID, EID.hex().encode(), address.encode(), b"transmitter"):
        assert secret not in out + err
    assert os.listdir(tmp_path) == ["edge.toml"]  # noqa: PTH208 - an async test may not walk a Path
    assert not double.discovering("hci0")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
async def test_a_signal_ends_it_cleanly(bus: PrivateBus, tmp_path: Path, number: signal.Signals) -> None:
    async with BluezDouble(bus.address) as double, on_air(double):
        process = await start(bus, tmp_path)
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 15.0)
        assert b"eddystone_eid" in line
        process.send_signal(number)
        _, err = await asyncio.wait_for(process.communicate(), 10.0)
        assert (process.returncode, err) == (0, b"")
        assert not double.discovering("hci0")


async def test_on_a_terminal_it_draws_a_table(bus: PrivateBus, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    async with BluezDouble(bus.address) as double, on_air(double):
        process = await start(bus, tmp_path, "--seconds", "1.5", out=theirs)
        os.close(theirs)
        _, err = await asyncio.wait_for(process.communicate(), 15.0)
    drawn = b""
    with suppress(OSError):
        while chunk := os.read(ours, 65_536):
            drawn += chunk
    os.close(ours)
    assert (process.returncode, err) == (0, b"")
    assert "radio hears · 1 loyalty beacon ·" in drawn.decode()
    assert b"F\x1b[J" in drawn


async def test_without_a_radio_it_says_so_at_once(bus: PrivateBus, tmp_path: Path) -> None:
    for adapters, words in ((None, "systemctl start bluetooth"), ((), "no Bluetooth adapter that can scan")):
        if adapters is None:
            process = await start(bus, tmp_path)
            _, err = await process.communicate()
        else:
            async with BluezDouble(bus.address, adapters):
                process = await start(bus, tmp_path)
                _, err = await process.communicate()
        assert process.returncode == ExitCode.UNAVAILABLE
        assert words in err.decode()
        assert "Traceback" not in err.decode()
    await bus.stop()
    process = await start(bus, tmp_path)
    _, err = await process.communicate()
    assert process.returncode == ExitCode.UNAVAILABLE
    assert "there is no D-Bus" in err.decode()
