"""The zone engine without calibration: strengths in, a zone out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.presence.levels import FRESH_S, ZoneNode
from hub.presence.locator import Estimate
from hub.presence.rules import CERTAIN, ENTER_DBM, STAY_MARGIN_DB, Rules

NODES = {"a1": ZoneNode("a"), "a2": ZoneNode("a"), "b1": ZoneNode("b"), "c1": ZoneNode("c")}
NOWHERE = Estimate(None, 0.0)


class Walk:
    """One member, heard on and on."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules(NODES)
        self.now_s = 1000.0

    def hear(self, for_s: float = 0.5, **strengths: float) -> str | None:
        """Let nodes hear these strengths twice a second; the zone after it."""
        for _ in range(round(for_s * 2)):
            self.now_s += 0.5
            for node, rssi_dbm in strengths.items():
                self.rules.heard("m", node, rssi_dbm, self.now_s)
        return self.zone()

    def zone(self) -> str | None:
        return self.rules.estimate("m", self.now_s).zone

    def until(self, zone: str, **strengths: float) -> float:
        """Seconds of these strengths until the engine stands for a zone."""
        for step in range(1, 61):
            if self.hear(**strengths) == zone:
                return step / 2
        raise AssertionError(zone)


def test_somebody_never_heard_or_forgotten_is_nowhere() -> None:
    walk = Walk()
    assert walk.rules.estimate("m", 0.0) == NOWHERE
    walk.hear(2.0, a1=-60)
    walk.rules.forget("m")
    walk.rules.forget("m")
    walk.rules.silent("m", "a1", walk.now_s)
    assert walk.rules.estimate("m", walk.now_s) == NOWHERE


def test_a_node_that_is_none_of_the_stores_is_ignored() -> None:
    walk = Walk()
    assert walk.hear(3.0, zz=-30) is None
    walk.rules.node_down("zz")
    walk.rules.node_up("zz")


def test_a_large_lead_decides_soon_a_small_one_takes_its_time_and_none_never() -> None:
    def needed_s(lead_db: float) -> float:
        walk = Walk()
        walk.hear(5.0, a1=-60, a2=-60, b1=-75)
        return walk.until("b", a1=-70, a2=-70, b1=-70 + lead_db)

    assert needed_s(10.0) <= 1.0
    assert needed_s(10.0) < needed_s(3.0) < needed_s(2.0)
    walk = Walk()
    walk.hear(5.0, a1=-60, a2=-60, b1=-75)
    assert walk.hear(60.0, a1=-60, a2=-60, b1=-60) == "a"


def test_at_an_equal_level_whoever_is_there_stays_there() -> None:
    for start, strengths in (
        ("a", {"a1": -60, "a2": -60, "b1": -75}),
        ("b", {"a1": -75, "a2": -75, "b1": -60}),
    ):
        walk = Walk()
        walk.hear(5.0, **strengths)
        assert walk.hear(60.0, a1=-65, a2=-65, b1=-65) == start


def test_a_zone_with_more_nodes_is_not_louder_for_it() -> None:
    assert Walk().hear(5.0, a1=-62, a2=-62, b1=-59) == "b"
    assert Walk().hear(5.0, a1=-59, b1=-61) == "b", "one of two nodes hears nothing"


def test_no_past_is_so_certain_that_it_cannot_be_outlived() -> None:
    def needed_s(before_s: float) -> float:
        walk = Walk()
        walk.hear(before_s, a1=-40, b1=-80)
        return walk.until("b", a1=-80, b1=-60)

    assert needed_s(3.0) == needed_s(600.0) <= 1.5


def test_one_wild_value_does_not_move_anybody() -> None:
    walk = Walk()
    walk.hear(5.0, a1=-60, b1=-75)
    walk.rules.heard("m", "b1", -20.0, walk.now_s + 0.1)
    assert walk.hear(a1=-60, b1=-75) == "a"


def test_a_weak_signal_is_next_door_and_a_zones_own_level_counts() -> None:
    assert Walk().hear(10.0, b1=ENTER_DBM - 1) is None
    assert Walk().hear(10.0, b1=ENTER_DBM) == "b"
    assert Walk(Rules(NODES, {"b": -70.0})).hear(10.0, b1=-71) is None
    assert Walk(Rules(NODES, {"b": -70.0})).hear(10.0, b1=-69) == "b"


def test_nowhere_from_8_db_below_the_enter_level_and_back_above() -> None:
    walk = Walk()
    walk.hear(3.0, b1=-60)
    assert walk.hear(b1=ENTER_DBM - STAY_MARGIN_DB) == "b"
    assert walk.hear(b1=ENTER_DBM - STAY_MARGIN_DB - 0.1) is None
    assert walk.hear(b1=ENTER_DBM - STAY_MARGIN_DB) == "b"


def test_a_level_ends_when_its_node_says_silent_goes_away_or_is_not_heard_from() -> None:
    for over in ("silent", "down", "time"):
        walk = Walk()
        assert walk.hear(3.0, b1=-60) == "b"
        if over == "silent":
            walk.rules.silent("m", "b1", walk.now_s - 1.0)
            assert walk.zone() == "b", "older than the last sample"
            walk.rules.silent("m", "b1", walk.now_s)
        elif over == "down":
            walk.rules.node_down("b1")
        else:
            walk.now_s += FRESH_S + 0.1
        assert walk.zone() is None, over


def test_a_zone_whose_nodes_are_down_takes_no_part() -> None:
    walk = Walk()
    walk.hear(3.0, b1=-70)
    before = walk.rules.estimate("m", walk.now_s).confidence
    for node in ("a1", "a2", "a2", "c1"):
        walk.rules.node_down(node)
    walk.hear(b1=-70)
    assert before < 1.0
    assert walk.rules.estimate("m", walk.now_s).confidence == pytest.approx(1.0)


def test_a_node_that_is_down_makes_its_zone_no_weaker() -> None:
    walk = Walk()
    walk.rules.node_down("a2")
    assert walk.hear(5.0, a1=-60, b1=-61) == "a"


def test_a_node_that_hears_somebody_is_there_whatever_was_said() -> None:
    walk = Walk()
    walk.rules.node_down("b1")
    assert walk.hear(3.0, b1=-60) == "b"


def test_the_confidence_grows_with_what_is_heard() -> None:
    walk = Walk()
    walk.rules.heard("m", "b1", -60, walk.now_s)
    first = walk.rules.estimate("m", walk.now_s)
    assert first == Estimate("b", 0.0), "one packet is no evidence"
    walk.hear(2.0, b1=-60)
    assert walk.rules.estimate("m", walk.now_s).confidence > CERTAIN


@given(
    st.lists(st.tuples(st.sampled_from([*NODES, "zz"]), st.floats(-120, 20), st.floats(-3, 30)), max_size=60)
)
def test_whatever_is_heard_a_zone_of_the_store_or_none_with_a_share_of_one(
    history: list[tuple[str, float, float]],
) -> None:
    rules, now_s = Rules(NODES), 0.0
    for node, rssi_dbm, passed_s in history:
        now_s += passed_s
        rules.heard("m", node, rssi_dbm, now_s)
        estimate = rules.estimate("m", now_s)
        assert estimate.zone in (None, "a", "b", "c")
        assert 0.0 <= estimate.confidence <= 1.0 + 1e-9
        assert estimate.place_m is None
