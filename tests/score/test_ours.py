"""Our engines are scored as a shop runs them: through the agents, inside the hub's life cycle."""

import pytest

from hub.presence import rules
from tests.score.ablation import Off
from tests.score.engines import Decision
from tests.score.maps import quadrants
from tests.score.ours import Store

ZONES = {"a": "left", "b": "right"}


def test_before_anything_was_heard_nobody_is_anywhere() -> None:
    assert Store(ZONES).decide(0.0) == Decision(None)


def test_while_somebody_is_entering_the_engines_word_is_the_decision() -> None:
    store = Store(ZONES)
    store.heard("a", -50, 0.0)
    assert store.decide(0.5) == Decision("left")


def test_a_walker_is_handed_over_and_lost_from_sight_by_time() -> None:
    store = Store(ZONES)
    for tick in range(20):
        store.heard("a", -50, tick / 2)
        store.heard("b", -80, tick / 2)
    assert store.decide(10.0) == Decision("left")
    for tick in range(20, 40):
        store.heard("a", -80, tick / 2)
        store.heard("b", -50, tick / 2)
    assert store.decide(20.0) == Decision("right")
    assert store.decide(22.0) == Decision("right")
    assert store.decide(100.0) == Decision(None)


def test_the_quadrants_of_the_map_are_those_of_the_truth() -> None:
    areas = quadrants()
    for zone, (x_m, y_m) in {"1": (1.0, 1.0), "2": (1.0, 17.0), "3": (20.0, 17.0), "4": (20.0, 1.0)}.items():
        assert [name for name, (area,) in areas.items() if area.holds(x_m, y_m)] == [zone]


def test_a_rule_is_off_only_while_it_is_said_to_be() -> None:
    before = rules.CERTAIN
    with Off("certainty", ((rules, "CERTAIN", 0.5),)).applied():
        assert pytest.approx(0.5) == rules.CERTAIN
    assert before == rules.CERTAIN
