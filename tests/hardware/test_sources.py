"""One contract for every source of advertisements, and what is special to each."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hardware.beacon.build import eddystone_eid
from hardware.host.clock import ManualClock
from hardware.radio.advert import Advert
from hardware.radio.recording import Record
from hardware.radio.replay import ReplaySource
from hardware.radio.simulated import MAX_WAITING, SimulatedSource
from hardware.radio.source import AdvertSource

HEARD = (Record(0.0, -60, eddystone_eid(b"aaaaaaaa")), Record(1.5, -70, b"\x05\xff"), Record(1.5, -80, b""))

Play = Callable[[], Awaitable[None]]


def replayed(clock: ManualClock) -> tuple[AdvertSource, Play]:
    async def play() -> None:
        await clock.advance(2.0)

    return ReplaySource(HEARD, clock), play


def simulated(clock: ManualClock) -> tuple[AdvertSource, Play]:
    source = SimulatedSource(clock)

    async def play() -> None:
        for record in HEARD:
            await clock.advance(record.offset_s - clock.monotonic_s())
            source.push(record.rssi_dbm, record.ad)
        source.close()
        await clock.advance(0.5)

    return source, play


async def listen(source: AdvertSource, into: list[Advert]) -> None:
    async for event in source.adverts():  # one by one: the list shows how far it is
        assert isinstance(event, Advert)
        into.append(event)


@pytest.mark.parametrize("make", [replayed, simulated])
async def test_a_source_yields_what_is_heard_when_it_is_heard_then_ends(
    make: Callable[[ManualClock], tuple[AdvertSource, Play]],
) -> None:
    clock, adverts = ManualClock(), list[Advert]()
    source, play = make(clock)
    listening = asyncio.create_task(listen(source, adverts))
    await asyncio.sleep(0)
    await play()
    await listening
    assert [(advert.rssi_dbm, advert.heard_s) for advert in adverts] == [(-60, 0.0), (-70, 1.5), (-80, 1.5)]
    assert len(adverts[0].service_data) == 1
    assert not adverts[1].manufacturer_data


@pytest.mark.parametrize("make", [replayed, simulated])
async def test_a_source_can_be_cancelled_while_it_waits(
    make: Callable[[ManualClock], tuple[AdvertSource, Play]],
) -> None:
    source, _ = make(ManualClock())
    listening = asyncio.create_task(listen(source, []))
    await asyncio.sleep(0)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening


async def test_a_paused_replay_waits() -> None:
    clock, adverts = ManualClock(), list[Advert]()
    listening = asyncio.create_task(listen(ReplaySource(HEARD, clock), adverts))
    await clock.advance(1.0)
    assert len(adverts) == 1
    await clock.advance(1.0)
    await listening
    assert len(adverts) == 3


async def test_a_radio_that_does_not_scan_hears_nothing() -> None:
    """B7: what was on the air before listening began is not there afterwards."""
    clock, adverts = ManualClock(), list[Advert]()
    source = SimulatedSource(clock)
    source.push(-60, b"")
    listening = asyncio.create_task(listen(source, adverts))
    await asyncio.sleep(0)
    source.push(-61, b"")
    await asyncio.sleep(0)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    source.push(-62, b"")
    source.close()
    await listen(source, adverts)
    assert [advert.rssi_dbm for advert in adverts] == [-61]


async def test_a_slow_reader_loses_the_oldest_and_the_loss_is_counted() -> None:
    """C9: memory is bounded."""
    clock, adverts = ManualClock(), list[Advert]()
    source = SimulatedSource(clock)
    listening = asyncio.create_task(listen(source, adverts))
    await asyncio.sleep(0)
    for n in range(MAX_WAITING + 10):
        source.push(-30 - n % 60, b"")
    source.close()
    await listening
    assert (len(adverts), source.dropped) == (MAX_WAITING, 10)
    assert adverts[0].rssi_dbm == -40


async def test_a_recording_plays_through_the_same_contract(tmp_path: Path) -> None:
    from hardware.beacon.frames import FrameFilter, FrameKind
    from hardware.radio.recording import read_recording
    from tests.hardware.recorded import write_recording

    path = tmp_path / "walk.jsonl"
    assert write_recording(path, HEARD, FrameFilter(frozenset(FrameKind))) == 1
    clock, adverts = ManualClock(), list[Advert]()
    await listen(ReplaySource(read_recording(path), clock), adverts)
    assert [advert.rssi_dbm for advert in adverts] == [-60]
