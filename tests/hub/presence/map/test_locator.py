"""The radio map as a zone engine: strengths in, zones out."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.presence.locator import Locator
from hub.presence.map.evidence import SENSITIVITY_DBM, Evidence
from hub.presence.map.fit import fit_map
from hub.presence.map.geometry import Area
from hub.presence.map.locator import HANDOVER, NOWHERE, MapLocator
from hub.presence.map.motion import Motion
from hub.presence.map.options import MapOptions
from hub.presence.map.radio_map import Grid
from tests.hub.presence.map.hall import ANTENNAS, MAP, POINTS, ZONES, level_dbm, locator, point, stand

M = "member"
SWITCHES = tuple(MapOptions.__slots__)


def play(engine: MapLocator, *heard: tuple[str, float, float]) -> None:
    for node, rssi_dbm, at_s in heard:
        engine.heard(M, node, rssi_dbm, at_s)


def test_it_is_a_locator() -> None:
    engine: Locator = locator()
    assert engine.estimate("nobody", 0.0) == NOWHERE


@pytest.mark.parametrize("off", [None, *SWITCHES])
@pytest.mark.parametrize(("x_m", "zone"), [(3.0, "west"), (9.0, "east")])
def test_somebody_who_stands_is_found_where_they_stand(x_m: float, zone: str, off: str | None) -> None:
    engine = locator(MapOptions(**{off: False} if off else {}))
    play(engine, *stand(x_m, 4.0, 0.0, 10.0))
    found = engine.estimate(M, 10.0)
    assert found.zone == zone
    assert found.confidence > 0.8
    assert found.place_m is not None
    assert math.dist(found.place_m, (x_m, 4.0)) < 1.5


def test_the_first_sample_is_answered_at_once() -> None:
    engine = locator()
    play(engine, ("nw", -68.0, 100.0))
    found = engine.estimate(M, 100.0)
    assert found.zone == "west"
    assert 0.5 < found.confidence < 0.95


def test_somebody_who_walks_over_is_told_there_within_two_seconds_and_once() -> None:
    engine = locator()
    zones = []
    for step in range(80):
        now_s = step / 2
        play(engine, *stand(2.0 + 0.1 * step, 5.0, now_s, 0.5))
        zones.append(engine.estimate(M, now_s).zone)
    crossed = next(step for step in range(80) if 2.0 + 0.1 * step >= 6.0)
    switched = [step for step in range(1, 80) if zones[step] != zones[step - 1]]
    assert len(switched) == 1
    assert abs(switched[0] - crossed) / 2 <= 2.0


def test_on_a_border_the_zone_stays_what_it_was() -> None:
    """No belief a little over a half hands anybody over."""
    rng = random.Random(7)
    switches = {}
    for hysteresis in (True, False):
        engine = locator(MapOptions(hysteresis=hysteresis))
        before, switches[hysteresis] = None, 0
        for node, rssi_dbm, at_s in stand(6.0, 5.0, 0.0, 120.0):
            engine.heard(M, node, rssi_dbm + rng.gauss(0.0, 5.0), at_s)
            zone = engine.estimate(M, at_s).zone
            switches[hysteresis] += before is not None and zone != before
            before = zone
    assert switches[True] < switches[False]
    assert HANDOVER > 0.5


def test_one_wild_sample_moves_nobody_far() -> None:
    engine = locator()
    play(engine, *stand(2.0, 5.0, 0.0, 10.0), ("se", -30.0, 10.0))
    assert engine.estimate(M, 10.6).zone == "west"


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_what_is_heard_within_a_step_does_not_matter(rng: random.Random) -> None:
    first, second = locator(), locator()
    for number in range(6):
        burst = list(stand(4.0, 3.0, number / 2, 0.5))
        play(first, *burst)
        play(second, *rng.sample(burst, len(burst)))
    (one, other) = (engine.estimate(M, 3.0) for engine in (first, second))
    assert one.zone == other.zone
    assert one.confidence == pytest.approx(other.confidence, rel=1e-4)


def test_nodes_that_are_not_on_the_map_are_ignored() -> None:
    engine = locator()
    engine.heard(M, "stranger", -40.0, 0.0)
    engine.node_up("stranger")
    engine.node_down("stranger")
    assert engine.estimate(M, 0.6) == NOWHERE


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([a.name for a in ANTENNAS]),
            st.floats(allow_nan=False, allow_infinity=False),
            st.floats(0.0, 30.0),
            st.sampled_from(["heard", "silent", "down", "up"]),
        ),
        max_size=30,
    )
)
def test_it_takes_any_history_of_finite_strengths_and_the_belief_stays_one(
    history: list[tuple[str, float, float, str]],
) -> None:
    engine = locator()
    now_s = 0.0
    for node, rssi_dbm, later_s, event in history:
        now_s += later_s / 10.0
        match event:
            case "heard":
                engine.heard(M, node, rssi_dbm, now_s)
            case "silent":
                engine.silent(M, node, now_s)
            case "down":
                engine.node_down(node)
            case _:
                engine.node_up(node)
        found = engine.estimate(M, now_s)
        assert 0.0 <= found.confidence <= 1.0
    for track in engine._tracks.values():
        assert float(track.belief.sum()) == pytest.approx(1.0, abs=1e-3)
        assert float(track.belief.min()) >= 0.0


def test_heard_by_nobody_for_ten_seconds_they_are_nowhere_and_begin_anew() -> None:
    engine = locator()
    play(engine, *stand(2.0, 5.0, 0.0, 5.0))
    assert engine.estimate(M, 14.0).zone == "west"
    assert engine.estimate(M, 14.7) == NOWHERE
    play(engine, *stand(10.0, 5.0, 60.0, 1.0))
    assert engine.estimate(M, 61.0).zone == "east"


def test_somebody_faint_at_every_node_is_beyond_the_floor() -> None:
    engine = locator()
    play(engine, *((node, rssi_dbm - 30.0, at_s) for node, rssi_dbm, at_s in stand(6.0, 5.0, 0.0, 5.0)))
    assert engine.estimate(M, 5.0) == NOWHERE


def test_somebody_in_no_zones_area_is_in_no_zone() -> None:
    engine = MapLocator(MAP, {"desk": [Area(8, 0, 12, 4)]})
    play(engine, *stand(2.0, 8.0, 0.0, 5.0))
    assert engine.estimate(M, 5.0) == NOWHERE


def test_where_areas_overlap_the_zone_named_first_has_it() -> None:
    engine = MapLocator(MAP, {"desk": [Area(0, 0, 12, 10)], "hall": [Area(-9, -9, 20, 20)]})
    play(engine, *stand(4.0, 4.0, 0.0, 5.0))
    assert engine.estimate(M, 5.0).zone == "desk"


def test_a_node_that_goes_down_takes_what_it_alone_heard_with_it() -> None:
    engine = locator()
    play(engine, ("nw", -65.0, 0.0), ("nw", -65.0, 1.0))
    assert engine.estimate(M, 1.6).zone == "west"
    engine.node_down("nw")
    assert engine.estimate(M, 2.0) == NOWHERE


FAINT_DB = SENSITIVITY_DBM - level_dbm(ANTENNAS[0], 6.0, 5.0)
FAINT_MAP = fit_map([point(p.x_m, p.y_m, FAINT_DB) for p in POINTS], ANTENNAS)
"""Of a tag so weak that no antenna hears it across the hall."""


def belief_in_the_west(*, down: tuple[str, ...] = (), options: MapOptions | None = None) -> float:
    """Of somebody whom both western antennas hear as from the middle, and no other does."""
    engine = MapLocator(FAINT_MAP, ZONES, options)
    for antenna in ANTENNAS:
        engine.node_up(antenna.name)
    for node in down:
        engine.node_down(node)
    play(engine, *((node, SENSITIVITY_DBM, step / 2) for step in range(30) for node in ("nw", "sw")))
    found = engine.estimate(M, 15.0)
    return found.confidence if found.zone == "west" else 1.0 - found.confidence


def test_the_silence_of_a_node_says_something_unless_it_is_down() -> None:
    unheard = belief_in_the_west(options=MapOptions(misses=False))
    assert belief_in_the_west() > unheard + 0.1
    assert belief_in_the_west(down=("ne", "se")) == unheard


def test_a_node_that_comes_back_is_not_silent_at_once() -> None:
    engine, down = locator(), locator()
    for one in (engine, down):
        one.node_down("ne")
        play(one, *stand(6.0, 5.0, 0.0, 8.0, [a for a in ANTENNAS if a.name != "ne"]))
    engine.node_up("ne")
    last = stand(6.0, 5.0, 8.0, 1.0, [a for a in ANTENNAS if a.name != "ne"])
    for heard in last:
        play(engine, heard)
        play(down, heard)
    assert engine.estimate(M, 9.0) == down.estimate(M, 9.0)


def test_all_nodes_down_nobody_is_anywhere() -> None:
    engine = locator()
    play(engine, *stand(6.0, 5.0, 0.0, 3.0))
    for antenna in ANTENNAS:
        engine.node_down(antenna.name)
    assert engine.estimate(M, 3.0) == NOWHERE


def test_the_forgotten_leave_nothing() -> None:
    engine = locator()
    play(engine, *stand(6.0, 5.0, 0.0, 3.0))
    engine.forget(M)
    engine.forget(M)
    engine.silent(M, "nw", 3.0)
    assert engine.estimate(M, 3.0) == NOWHERE
    assert not engine._tracks


@pytest.mark.parametrize("headings", [True, False])
@pytest.mark.parametrize("shape", [(24, 20), (1, 30), (1, 1)])
def test_a_move_keeps_the_belief_and_spreads_it(headings: bool, shape: tuple[int, int]) -> None:
    motion = Motion(Grid(0.0, 0.0, 0.5, *shape), MapOptions(headings=headings))
    belief = np.zeros_like(motion.anywhere())
    belief[0, 0, 0] = 1.0
    for _ in range(20):
        belief = motion.move(belief)
    assert float(belief.sum()) == pytest.approx(1.0, abs=1e-4)
    assert shape == (1, 1) or float(belief.sum(axis=0).max()) < 0.5


def test_a_sample_favours_the_place_whose_level_it_has() -> None:
    evidence = Evidence(MAP, MapOptions())
    said = evidence.of_samples({"nw": [-62.0]})
    assert said[0, 0] > said[-1, -1]
    assert evidence.faintest_dbm(frozenset()) == math.inf


def test_somebody_along_the_wall_is_in_the_zone_that_ends_there() -> None:
    engine = MapLocator(MAP, {"west": [Area(1, 1, 6, 9)], "east": [Area(6, 1, 11, 9)]})
    play(engine, *stand(1.0, 8.9, 0.0, 10.0))
    assert engine.estimate(M, 10.0).zone == "west"


@settings(max_examples=20)
@given(st.floats(5.5, 6.5), st.floats(1.0, 4.0))
def test_where_a_border_runs_does_not_depend_on_where_the_cells_begin(border_m: float, y_m: float) -> None:
    zones = {"west": [Area(-9, -9, border_m, 19)], "east": [Area(border_m, -9, 19, 19)]}
    engine = MapLocator(MAP, zones)
    cells = engine._cells_of.reshape(3, MAP.grid.columns, MAP.grid.rows)
    west_m = cells[0, :, int(y_m)].sum() * MAP.grid.cell_m
    assert MAP.grid.centres_x_m[0] - MAP.grid.cell_m / 2 + west_m == pytest.approx(border_m, abs=1e-3)
    assert cells.sum(axis=0) == pytest.approx(1.0, abs=1e-5)
