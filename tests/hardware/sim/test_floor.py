import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hardware.sim.floor import FloorPlan, Point, crosses, place_in_line
from hardware.sim.routes import Routes
from hardware.sim.samples import sample_path
from hardware.sim.scenario import load_scenario
from tests.hardware.sim.kit import floor

COORDINATES = st.floats(0, 10, allow_nan=False)
POINTS = st.tuples(COORDINATES, COORDINATES)


def plan(**changes: Any) -> FloorPlan:
    return FloorPlan.model_validate(floor(**changes))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"nodes": {"n": {"at_m": [1, 1], "zone": "roof"}}}, "nodes.n.zone = 'roof' is no zone"),
        ({"displays": {"k": {"at_m": [1, 1], "zone": "left", "till": "t9"}}}, "'t9' is no till"),
        ({"displays": {"k": {"at_m": [1, 1], "zone": "roof"}}}, "displays.k.zone = 'roof' is no zone"),
        (
            {"nodes": {"n": {"at_m": [11, 1], "zone": "left"}}},
            "nodes.n at .* is outside the 10.0 × 6.0 m floor",
        ),
        ({"stops": {"far": [1, 7]}}, "stops.far at .* is outside"),
        (
            {"walls": [{"from_m": [6, 0], "to_m": [6, 6]}], "stops": {}},
            "tills.till at .* cannot be reached from the door",
        ),
        ({"stops": {"shelf": [8, 2]}}, "cannot be reached from the door"),
        (
            {"tills": {"till": {"at_m": [1, 2], "pay_at_m": [1.5, 2], "queue": [[6, 2]]}}, "displays": {}},
            "its line from .* meets a wall",
        ),
        (
            {"tills": {"till": {"at_m": [1, 2], "pay_at_m": [1.5, 2], "queue": [[1.5, 2]]}}, "displays": {}},
            "has no length",
        ),
        ({"zones": {"left": {"areas": [[0, 0, 5]]}}}, "an area is four numbers"),
        ({"zones": {"left": {"areas": [[5, 0, 0, 6]]}}}, "x0 < x1"),
        ({"zones": {"left": {"areas": 7}}}, "areas"),
        ({"zones": {"left": {"areas": [7]}}}, "areas"),
        ({"zones": {"left": 7}}, "left"),
        (
            {"zones": {"left": {"areas": [[0, 0, 5, 6]]}, "right": {"areas": [[5, 0, 11, 6]]}}},
            "zones.right at",
        ),
        ({"nodes": {}}, "nodes"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_floor_that_does_not_fit_together_is_refused_by_name(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        plan(**changes)


def test_a_place_lies_in_the_first_zone_that_holds_it_or_between_zones() -> None:
    hall = plan(zones={"left": {"areas": [[0, 0, 5, 6]]}, "right": {"areas": [[4, 0, 9, 6]]}})
    assert [hall.zone_at(x, 3) for x in (1, 4.5, 5, 9.5)] == ["left", "left", "right", None]


def test_walls_between_two_places_add_up() -> None:
    hall = plan()
    assert hall.wall_loss_db((1, 1), (9, 1)) == 7
    assert hall.wall_loss_db((1, 5), (9, 5)) == 0


@given(POINTS, POINTS, POINTS, POINTS)
def test_crossing_is_symmetric(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> None:
    assert crosses(a, b, c, d) == crosses(c, d, a, b)


def test_crossing_counts_touching_ends_and_leaves_out_parallels() -> None:
    assert crosses((0, 0), (2, 0), (1, 0), (1, 1))
    assert not crosses((0, 0), (2, 0), (0, 0), (2, 0))
    assert not crosses((0, 0), (2, 0), (3, -1), (3, 1))


def test_a_line_puts_people_a_metre_apart_around_its_corners_and_the_rest_at_its_end() -> None:
    till = plan().tills["till"]
    assert [place_in_line(till, n) for n in (1, 2, 3, 5)] == [(1.5, 3), (1.5, 4), (2.5, 4), (4.5, 4)]
    assert place_in_line(till, 40) == (4.5, 4)


def test_the_way_goes_round_a_wall_by_the_stops() -> None:
    routes = Routes(plan())
    assert routes.way((9, 1), (8, 2)) == ((9, 1), (8, 2))
    assert routes.way((8, 2), (1.5, 2)) == ((8, 2), (5, 5), (1.5, 2))
    # From a place in the line, which is no corner.
    assert routes.way((1.5, 3), (9, 1))[1] == (5, 5)


def test_a_place_no_floor_check_let_through_is_our_bug() -> None:
    split = plan(walls=[{"from_m": [6, 0], "to_m": [6, 6]}], stops={}, tills={}, displays={})
    with pytest.raises(AssertionError, match="connects its places"):
        Routes(split).way((9, 1), (1, 1))


TILLS = load_scenario(sample_path("tills")).floor
CORNERS = st.sampled_from(sorted(TILLS.corners()))


@settings(max_examples=40)
@given(CORNERS, CORNERS)
def test_no_way_meets_a_wall_and_there_is_no_shorter_one_by_a_third_place(one: Point, other: Point) -> None:
    routes = Routes(TILLS)
    way = routes.way(one, other)
    assert (way[0], way[-1]) == (one, other)
    assert all(TILLS.is_free(a, b) for a, b in itertools.pairwise(way))
    by_way_of = min(
        _length_m(routes.way(one, third)) + _length_m(routes.way(third, other)) for third in TILLS.corners()
    )
    assert _length_m(way) <= by_way_of + 1e-9


def _length_m(way: tuple[Point, ...]) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise(way))
