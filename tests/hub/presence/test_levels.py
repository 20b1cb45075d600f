"""Levels of nodes and of zones."""

import math

import pytest

from hub.presence.levels import FRESH_S, Levels

ZONES = {"a1": "a", "a2": "a", "b1": "b"}
SIZES = {"a": 2, "b": 1}


def of_zones(levels: Levels, at_s: float) -> dict[str, float]:
    return levels.of_zones(ZONES.__getitem__, SIZES, at_s)


def test_a_zones_level_is_the_mean_power_of_its_nodes() -> None:
    levels = Levels()
    levels.take("a1", -60.0, 0.0)
    assert of_zones(levels, 0.0) == {"a": pytest.approx(-60.0 - 10 * math.log10(2))}
    levels.take("a2", -60.0, 0.0)
    levels.take("b1", -70.0, 0.0)
    assert of_zones(levels, 0.0) == {"a": pytest.approx(-60.0), "b": -70.0}


def test_a_level_follows_with_its_time_constant_and_a_clock_that_went_back_is_no_time() -> None:
    levels = Levels(2.0)
    levels.take("b1", -70.0, 0.0)
    levels.take("b1", -60.0, 2.0)
    assert of_zones(levels, 2.0)["b"] == pytest.approx(-70 + 10 * (1 - math.exp(-1)))
    before = of_zones(levels, 2.0)
    levels.take("b1", -20.0, 1.0)
    assert of_zones(levels, 2.0) == before


def test_a_level_too_old_counts_no_more_and_begins_anew() -> None:
    levels = Levels(2.0)
    levels.take("b1", -70.0, 0.0)
    assert of_zones(levels, FRESH_S) == {"b": -70.0}
    assert of_zones(levels, FRESH_S + 0.1) == {}
    levels.take("b1", -50.0, FRESH_S + 0.2)
    assert of_zones(levels, FRESH_S + 0.2) == {"b": -50.0}


def test_without_a_time_constant_the_last_value_is_the_level() -> None:
    levels = Levels()
    levels.take("b1", -70.0, 0.0)
    levels.take("b1", -50.0, 0.1)
    assert of_zones(levels, 0.1) == {"b": -50.0}


def test_what_is_dropped_is_gone_unless_it_is_newer() -> None:
    levels = Levels()
    levels.take("b1", -70.0, 5.0)
    levels.drop("b1", 4.0)
    assert of_zones(levels, 5.0) == {"b": -70.0}
    levels.drop("b1", 5.0)
    levels.drop("b1")
    assert of_zones(levels, 5.0) == {}
