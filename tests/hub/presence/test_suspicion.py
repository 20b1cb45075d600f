"""Who is doubted: an identifier at two far nodes at once; and nobody who really walked there."""

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.reporter import AdvertHeard, Reading, Reporter, Ticked
from hardware.beacon.frames import FrameKind, LoyaltyFrame
from hardware.samples import tetam
from hub.presence.events import Forgotten, Tick
from hub.presence.suspicion import CLEAN_S, SHORT_S, Place, Replayed, Sighted, Suspected, Suspicion

NEAR, FAR = "till", "door"
PLACES = {NEAR: Place(1.0, 1.0), FAR: Place(16.0, 1.0), "next": Place(3.0, 1.0)}
EID = bytes(8)


def sighted(node: str, rssi_dbm: float, at_s: float, identifier: bytes = EID) -> Sighted:
    return Sighted("m", identifier, node, rssi_dbm, at_s)


def history(*events: Sighted | Replayed | Forgotten | Tick) -> Suspicion:
    suspicion = Suspicion(PLACES)
    for event in events:
        suspicion.handle(event, getattr(event, "at_s", 0.0))
    return suspicion


def test_c3_an_identifier_strong_at_two_far_nodes_is_suspect() -> None:
    suspicion = Suspicion(PLACES)
    assert suspicion.handle(sighted(NEAR, -50, 0.0), 0.0) is None
    assert suspicion.handle(sighted(FAR, -50, 0.5), 0.5) is None, "one may be a fault"
    assert suspicion.handle(sighted(NEAR, -50, 1.5), 1.5) == Suspected("m")
    assert suspicion.suspects == {"m"}
    assert suspicion.handle(sighted(FAR, -50, 2.0), 2.0) is None, "said once"


@pytest.mark.parametrize(
    "samples",
    [
        [sighted(NEAR, -50, 0.0), sighted("next", -50, 0.5), sighted(NEAR, -50, 1.5)],
        [sighted(NEAR, -75, 0.0), sighted(FAR, -75, 0.5), sighted(NEAR, -75, 1.5)],
        [sighted(NEAR, -50, 0.0), sighted(FAR, -50, 9.0), sighted(FAR, -50, 9.5)],
        [sighted(NEAR, -50, 0.0), sighted(FAR, -50, 0.5, b"another!"), sighted(NEAR, -50, 1.5)],
        [sighted(NEAR, -50, 0.0), sighted("nowhere", -30, 0.5), sighted(NEAR, -50, 1.5)],
        [sighted(NEAR, -50, 0.0), sighted(FAR, -50, 0.5), sighted(FAR, -50, 20.0)],
    ],
    ids=["near nodes", "weak", "walked", "two fobs", "no place known", "once only"],
)
def test_what_one_person_can_do_is_not_suspect(samples: list[Sighted]) -> None:
    assert history(*samples).suspects == frozenset()


def suspect() -> Suspicion:
    return history(sighted(NEAR, -50, 0.0), sighted(FAR, -50, 0.5), sighted(NEAR, -50, 1.0))


def test_clean_evidence_for_long_enough_ends_it() -> None:
    suspicion = suspect()
    suspicion.handle(sighted(NEAR, -50, CLEAN_S), CLEAN_S)
    assert suspicion.suspects
    suspicion.handle(sighted(NEAR, -50, CLEAN_S + 1), CLEAN_S + 1)
    assert not suspicion.suspects


def test_who_is_not_heard_any_more_is_forgotten() -> None:
    suspicion = suspect()
    suspicion.handle(Tick(), 1.0 + CLEAN_S + SHORT_S)
    assert suspicion.suspects
    suspicion.handle(Tick(), 1.1 + CLEAN_S + SHORT_S)
    assert not suspicion.suspects
    assert (suspicion._heard, suspicion._doubts_s) == ({}, {})
    once = history(sighted(NEAR, -50, 0.0), sighted(FAR, -50, 0.5))
    once.handle(Tick(), SHORT_S + 1)
    assert (once._heard, once._doubts_s) == ({}, {})


def test_forgetting_a_member_forgets_their_evidence() -> None:
    suspicion = suspect()
    suspicion.handle(Forgotten("m"), 2.0)
    assert (suspicion.suspects, suspicion._heard, suspicion._doubts_s) == (frozenset(), {}, {})


def test_a_replay_makes_a_suspect_at_once() -> None:
    suspicion = Suspicion(PLACES)
    assert suspicion.handle(Replayed("m", 5.0), 5.0) == Suspected("m")
    assert suspicion.handle(Replayed("m", 6.0), 6.0) is None


Row = tuple[float, str, int]


def shipped() -> tuple[dict[str, Place], list[Row]]:
    places = {s.name: Place(s.x_m, s.y_m) for s in tetam.scanners()}
    return places, [(s.offset_s, s.scanner, s.rssi_dbm) for s in tetam.load_walk()]


def recorded(folder: Path, name: str) -> tuple[dict[str, Place], list[Row]]:
    described = (folder / "tetam.dev").read_text().partition("Beacons")[0].removeprefix("Dongles:")
    places = {key: Place(entry[0][0], entry[0][1]) for key, entry in json.loads(described).items()}
    with (folder / "trk" / f"{name}.mbd").open() as file:
        rows = sorted((float(row[0]), row[1], int(row[3])) for row in csv.reader(file))
    return places, rows


def told(places: dict[str, Place], rows: list[Row]) -> Iterator[tuple[str, Reading]]:
    """What the nodes' own cores report of a recording."""
    nodes, frame = {name: Reporter() for name in places}, LoyaltyFrame(FrameKind.EDDYSTONE_EID, EID)
    ticked_s = rows[0][0]
    for at_s, node, rssi_dbm in rows:
        for report in nodes[node].handle(AdvertHeard(frame, rssi_dbm, at_s), at_s):
            yield from ((node, reading) for reading in report.readings)
        if at_s - ticked_s >= 1.0:
            ticked_s = at_s
            for name, core in nodes.items():
                for report in core.handle(Ticked(), at_s):
                    yield from ((name, reading) for reading in report.readings if not reading.silent)


def doubts(places: dict[str, Place], rows: list[Row]) -> int:
    """How many samples contradict one another: none may, where one person walked."""
    suspicion, contradictions = Suspicion(places), 0
    for node, reading in told(places, rows):
        before = dict(suspicion._doubts_s)
        suspicion.handle(sighted(node, reading.rssi_dbm, reading.heard_s), reading.heard_s)
        contradictions += suspicion._doubts_s != before
    return contradictions


def test_nobody_is_doubted_on_the_shipped_walk() -> None:
    assert doubts(*shipped()) == 0


@pytest.mark.parametrize(
    "name",
    [
        "rectangular_with_rotation_all_sensors",
        "straight_02_all_sensors",
        "zigzagging_with_rotation_all_sensors",
    ],
)
def test_nobody_is_doubted_on_a_recorded_walk(data_dir: Path, name: str) -> None:
    assert doubts(*recorded(data_dir / "tetam", name)) == 0


def test_somebody_who_repeats_the_walker_at_the_far_end_is_noticed_within_seconds() -> None:
    """The walk itself, and a device that sends the same identifier one metre from whatever node is farthest away."""
    places, rows = shipped()
    suspicion = Suspicion(places)
    walker = {s.offset_s: (s.x_m, s.y_m) for s in tetam.load_walk()}
    begun_s = rows[0][0] + 20.0
    for node, reading in told(places, rows):
        suspicion.handle(sighted(node, reading.rssi_dbm, reading.heard_s), reading.heard_s)
        if reading.heard_s < begun_s:
            continue
        where = walker[min(walker, key=lambda at_s: abs(at_s - reading.heard_s))]
        farthest = max(places, key=lambda name: math.dist(where, (places[name].x_m, places[name].y_m)))
        suspicion.handle(sighted(farthest, -45.0, reading.heard_s), reading.heard_s)
        if suspicion.suspects:
            assert reading.heard_s - begun_s < 5.0
            return
    pytest.fail("not noticed")
