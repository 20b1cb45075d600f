"""The shipped extract of the TETAM recording, and the walk made of it."""

import asyncio
from importlib.resources import files
from itertools import pairwise

import pytest

from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.beacon.identity import Fob
from hardware.host.clock import ManualClock
from hardware.host.errors import DataError
from hardware.radio.ad import to_advert
from hardware.radio.walk import play_walk, walk_records
from hardware.samples import tetam
from hardware.samples.tetam import WalkSample, load_static, load_walk, scanners

FOB = Fob(bytes(range(16)), k=4, epoch_s=900_000.0)
EIDS = FrameFilter(frozenset({FrameKind.EDDYSTONE_EID}))


def test_the_walk_visits_all_four_quadrants_heard_by_twelve_scanners() -> None:
    walk = load_walk()
    assert (len(walk), walk[0].offset_s, round(walk[-1].offset_s, 1)) == (1_935, 0.0, 83.7)
    assert {sample.scanner for sample in walk} == {scanner.name for scanner in scanners()}
    assert len(scanners()) == 12
    quadrants = [sample.quadrant for sample in walk]
    assert [quadrants[0], *(after for before, after in pairwise(quadrants) if before != after)] == [
        4,
        1,
        2,
        3,
        4,
    ]
    assert all(before.offset_s <= after.offset_s for before, after in pairwise(walk))


@pytest.mark.parametrize(("place", "quadrant"), [("checkout", 4), ("aisle", 2)])
def test_the_still_minutes_stand_in_their_quadrant_and_sound_like_it(
    place: tetam.Place, quadrant: int
) -> None:
    still = load_static(place)
    assert {sample.quadrant for sample in still} == {quadrant}
    assert 59 < still[-1].offset_s < 60
    heard: dict[str, list[int]] = {}
    for sample in still:
        heard.setdefault(sample.scanner, []).append(sample.rssi_dbm)
    assert len(heard) == 12
    strongest = sorted(heard, key=lambda scanner: -sum(heard[scanner]) / len(heard[scanner]))
    assert [scanner[6] for scanner in strongest[:3]] == [str(quadrant)] * 3


def test_no_hardware_address_is_shipped() -> None:
    for entry in files("hardware.samples").iterdir():
        if entry.name.endswith(".gz"):
            for row in tetam._rows(entry.name):
                assert set(row) == {"offset_s", "scanner", "rssi_dbm", "x_m", "y_m"}
                assert row["scanner"].startswith("sensor")


def test_a_damaged_installation_is_told() -> None:
    with pytest.raises(DataError, match="install comptoir again"):
        tetam._rows("missing.csv")


def test_each_strength_becomes_a_raw_advertisement_and_the_identifier_rotates() -> None:
    walk, start_s = load_walk(), 1_000_000.0
    records = walk_records(walk, FOB, start_s)
    assert sum(len(heard) for heard in records.values()) == len(walk)
    identifiers = set()
    for record in records["sensor40"]:
        (frame,) = EIDS.frames(to_advert(record.ad, record.rssi_dbm, record.offset_s))
        assert frame.id == FOB.eid_at(start_s + record.offset_s)
        identifiers.add(frame.id)
    # 83.7 s in windows of 16 s
    assert len(identifiers) in (6, 7)


class Ear:
    def __init__(self) -> None:
        self.heard: list[tuple[int, bytes]] = []

    def push(self, rssi_dbm: int, payload: bytes) -> None:
        self.heard.append((rssi_dbm, payload))


async def test_a_walk_is_played_on_the_clock_to_the_antennas_that_are_there() -> None:
    clock, ear, drawn = ManualClock(), Ear(), list[WalkSample]()
    samples = (
        WalkSample(1.0, "sensor10", -60, 0, 0),
        WalkSample(2.0, "sensor99", -61, 1, 1),
        WalkSample(20.0, "sensor10", -62, 2, 2),
    )
    walking = asyncio.create_task(play_walk(samples, FOB, clock, {"sensor10": ear}, drawn.append))
    await clock.advance(10.0)
    assert [sample.x_m for sample in drawn] == [0, 1]
    await clock.advance(10.0)
    await walking
    assert ear.heard == [(-60, FOB.advertisement_at(1_000_001.0)), (-62, FOB.advertisement_at(1_000_020.0))]
    assert ear.heard[0][1] != ear.heard[1][1]


async def test_a_walk_nobody_draws_is_walked_all_the_same() -> None:
    ear = Ear()
    await play_walk((WalkSample(0.0, "sensor10", -60, 0, 0),), FOB, ManualClock(), {"sensor10": ear})
    assert len(ear.heard) == 1
