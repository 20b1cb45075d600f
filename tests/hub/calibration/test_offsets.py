"""Antennas that hear better or worse than others are found again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.calibration.offsets import EXPONENTS, fit_offsets
from hub.calibration.record import Point
from tests.hub.calibration.store import AT_1M_DBM, DEAF_DB, EXPONENT, config, walk

ANTENNAS = {name: node.place_m for name, node in config().nodes.items() if node.place_m is not None}


def test_without_noise_the_line_and_the_offsets_are_found_but_for_the_prior() -> None:
    found = fit_offsets(walk(sigma_db=0.0).points, ANTENNAS)
    assert found is not None
    assert found.exponent == pytest.approx(EXPONENT, abs=0.15)
    middle = sorted(DEAF_DB.values())[1]
    for node, deaf_db in DEAF_DB.items():
        assert found.by_node[node] == pytest.approx(deaf_db - middle, abs=0.7), node
    assert found.at_1m_dbm == pytest.approx(AT_1M_DBM, abs=2.0)


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_noise_and_a_wild_point_change_an_offset_by_little(seed: int) -> None:
    points = list(walk(sigma_db=4.0, seed=seed).points)
    wild = points[0].model_copy(update={"heard_dbm": points[0].heard_dbm | {"n1": (-20.0,) * 15}})
    found = fit_offsets([wild, *points[1:]], ANTENNAS)
    assert found is not None
    assert found.by_node["n3"] - found.by_node["n4"] == pytest.approx(12.0, abs=2.5)


def test_a_node_that_was_hardly_heard_gets_no_offset() -> None:
    points = [
        point.model_copy(
            update={"heard_dbm": {n: s for n, s in point.heard_dbm.items() if n != "n3" or at < 2}}
        )
        for at, point in enumerate(walk().points)
    ]
    found = fit_offsets(points, ANTENNAS)
    assert found is not None
    assert set(found.by_node) == {"n1", "n2", "n4"}


def test_too_little_says_nothing() -> None:
    points = walk().points
    assert fit_offsets([], ANTENNAS) is None
    assert fit_offsets(points[:2], ANTENNAS) is None
    assert fit_offsets(points, {"n1": ANTENNAS["n1"]}) is None
    here = [points[0]] * 5
    assert fit_offsets(here, {"n1": (0.0, 0.0), "n2": (0.0, 0.0)}) is None


def test_an_exponent_no_building_has_is_brought_back_to_one_that_occurs() -> None:
    """Strengths that do not fall with distance: the places are wrong, and no offset may make up for it."""
    points = [
        Point(x_m=float(at), y_m=0.0, seconds=20.0, heard_dbm={"n1": (-60.0,), "n2": (-66.0,)})
        for at in range(10)
    ]
    found = fit_offsets(points, {"n1": (0.0, 0.0), "n2": (9.0, 0.0)})
    assert found is not None
    assert found.exponent == EXPONENTS[0]
    assert found.by_node["n2"] - found.by_node["n1"] == pytest.approx(6.0, abs=1.0)
