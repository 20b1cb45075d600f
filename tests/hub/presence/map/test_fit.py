"""From calibration points to levels."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.host.errors import DataError
from hub.presence.map.fit import MIN_POINTS, UNHEARD_DBM, fit_map
from hub.presence.map.geometry import Antenna, CalibrationPoint
from hub.presence.map.options import MapOptions
from hub.presence.map.radio_map import MAX_CELLS, MAX_NODES, RadioMap, Rows
from tests.hub.presence.map.hall import ANTENNAS, MAP, POINTS, level_dbm, point


def at(radio_map: RadioMap, node: str, x_m: float, y_m: float) -> float:
    return cell(radio_map, radio_map.nodes[node].level_dbm, x_m, y_m)


def cell(radio_map: RadioMap, rows: Rows, x_m: float, y_m: float) -> float:
    grid = radio_map.grid
    column = min(range(grid.columns), key=lambda c: abs(grid.centres_x_m[c] - x_m))
    row = min(range(grid.rows), key=lambda r: abs(grid.centres_y_m[r] - y_m))
    return rows[row][column]


def test_points_that_obey_the_law_give_the_law_everywhere() -> None:
    for antenna in ANTENNAS:
        for x_m, y_m in ((2.65, 3.4), (6.15, 7.4), (10.15, 2.4)):
            column = MAP.grid.centres_x_m.index(min(MAP.grid.centres_x_m, key=lambda x: abs(x - x_m)))
            row = MAP.grid.centres_y_m.index(min(MAP.grid.centres_y_m, key=lambda y: abs(y - y_m)))
            true_dbm = level_dbm(antenna, MAP.grid.centres_x_m[column], MAP.grid.centres_y_m[row])
            assert MAP.nodes[antenna.name].level_dbm[row][column] == pytest.approx(true_dbm, abs=0.15)


def test_the_map_covers_all_points_and_antennas_and_a_rim() -> None:
    grid = MAP.grid
    assert grid.cell_m == 0.5
    assert grid.centres_x_m[0] - 0.25 < 1.0 < 11.0 < grid.centres_x_m[-1] + 0.25
    assert grid.centres_y_m[0] - 0.25 < 1.0 < 9.0 < grid.centres_y_m[-1] + 0.25


def shaded() -> list[CalibrationPoint]:
    """All as the law says, but for one point, 6 dB under it."""
    return [*(p for p in POINTS if (p.x_m, p.y_m) != (8.0, 5.0)), point(8.0, 5.0, -6.0)]


def test_what_a_point_heard_beside_the_law_shows_around_it_and_is_forgotten_far_away() -> None:
    there, far = (
        at(fit_map(shaded(), ANTENNAS), "nw", x_m, y_m) - at(MAP, "nw", x_m, y_m)
        for x_m, y_m in ((8.0, 5.0), (1.0, 9.0))
    )
    assert -5.0 < there < -2.0
    assert abs(far) < 0.6


def test_without_residuals_the_law_alone_is_left() -> None:
    law = fit_map(shaded(), ANTENNAS, MapOptions(residuals=False))
    assert abs(at(law, "nw", 8.0, 5.0) - at(MAP, "nw", 8.0, 5.0)) < 1.5


def test_the_map_errs_less_where_somebody_measured() -> None:
    errors = MAP.nodes["nw"].error_db
    at_a_point, between = (cell(MAP, errors, x_m, y_m) for x_m, y_m in ((4.0, 5.0), (6.0, 3.0)))
    assert 0.0 < at_a_point < between


def test_a_node_whose_left_out_points_are_far_off_errs_more_everywhere() -> None:
    wild = fit_map(shaded(), ANTENNAS).nodes["nw"].error_db
    tame = MAP.nodes["nw"].error_db
    assert all(
        w > t for w_row, t_row in zip(wild, tame, strict=True) for w, t in zip(w_row, t_row, strict=True)
    )


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_points_and_antennas_does_not_matter(rng: random.Random) -> None:
    points, antennas = rng.sample(shaded(), len(POINTS)), rng.sample(ANTENNAS, len(ANTENNAS))
    assert fit_map(points, antennas) == fit_map(shaded(), ANTENNAS)


def test_impossible_strengths_and_a_handful_of_packets_count_for_nothing() -> None:
    odd = [
        replace(p, heard_dbm={n: (*v, 42.0, 62.0, 0.0, -127.0) for n, v in p.heard_dbm.items()})
        for p in POINTS
    ]
    assert fit_map(odd, ANTENNAS) == MAP
    few = replace(POINTS[0], heard_dbm=dict(POINTS[0].heard_dbm) | {"se": (-40.0, -40.0)})
    none = replace(POINTS[0], heard_dbm={n: v for n, v in POINTS[0].heard_dbm.items() if n != "se"})
    assert fit_map([few, *POINTS[1:]], ANTENNAS) == fit_map([none, *POINTS[1:]], ANTENNAS)
    assert at(fit_map([none, *POINTS[1:]], ANTENNAS), "se", 1.0, 1.0) < at(MAP, "se", 1.0, 1.0)
    assert UNHEARD_DBM < -95


def test_an_antenna_that_heard_nothing_is_not_on_the_map() -> None:
    assert fit_map(POINTS, [*ANTENNAS, Antenna("deaf", 5, 5)]).nodes.keys() == MAP.nodes.keys()


def test_a_large_hall_gets_larger_cells() -> None:
    grid = fit_map([*POINTS, point(150.0, 90.0)], ANTENNAS).grid
    assert grid.columns * grid.rows <= MAX_CELLS
    assert grid.cell_m > 1.0


def test_what_makes_no_map_is_refused_with_the_reason() -> None:
    with pytest.raises(DataError, match="too few"):
        fit_map(POINTS[: MIN_POINTS - 1], ANTENNAS)
    with pytest.raises(DataError, match="no antenna heard"):
        fit_map(POINTS, [Antenna("deaf", 5, 5)])
    with pytest.raises(DataError, match="no finite place"):
        fit_map([*POINTS, point(float("nan"), 0.0)], ANTENNAS)
    with pytest.raises(DataError, match="more than a radio map can hold"):
        fit_map(POINTS, [Antenna(str(number), 5, 5) for number in range(MAX_NODES + 1)])
