"""Samples to zones: histories in, changes out."""

from hypothesis import given
from hypothesis import strategies as st

from hub.presence.events import (
    Event,
    FellSilent,
    Forgotten,
    Heard,
    NodeDown,
    NodeUp,
    State,
    Tick,
)
from hub.presence.locator import Estimate
from hub.presence.rules import ENTER_DBM, STAY_MARGIN_DB
from hub.presence.track import SILENCE_MAX_S
from hub.presence.zones import LATE_S, UNKNOWN_KEEP_S, ZoneNode
from tests.hub.presence.story import Said, Story

NODES = {"a1": ZoneNode("a"), "a2": ZoneNode("a", 5.0), "b1": ZoneNode("b")}
LOW_DBM = ENTER_DBM - STAY_MARGIN_DB - 1


def test_nobody_is_in_a_zone_by_one_packet_or_in_an_instant() -> None:
    story = Story()
    story.hear("a1", -40, times=2, every_s=2.0)
    assert story.where() is None
    story.hear("a1", -40)
    assert story.where() == ("a", State.PRESENT)
    burst = Story()
    burst.hear("a1", -40, times=20, every_s=0.05)
    assert burst.where() is None


def test_a_weak_signal_is_next_door() -> None:
    story = Story()
    story.hear("a1", ENTER_DBM - 1, times=20)
    assert story.where() is None
    story.hear("a1", ENTER_DBM + 0.1, times=4)
    assert story.where() == ("a", State.PRESENT)


def test_a_stronger_zone_takes_over_and_a_flash_does_not() -> None:
    story = Story()
    story.enter()
    story.hear("b1", -40, every_s=0.2)
    assert story.where() == ("a", State.PRESENT)
    story.hear("b1", -50, times=3)
    assert story.where() == ("b", State.PRESENT)
    assert story.states == [("a", State.PRESENT), ("b", State.PRESENT)]


def test_an_equal_zone_never_takes_over() -> None:
    story = Story()
    story.enter()
    for _ in range(60):
        story.hear("b1", -60, every_s=0.5)
        story.hear("a1", -60, every_s=0.5)
    assert story.where() == ("a", State.PRESENT)


def test_hysteresis_present_until_8_db_below_then_held_then_back() -> None:
    story = Story()
    story.enter()
    story.hear("a1", ENTER_DBM - STAY_MARGIN_DB)
    assert story.where() == ("a", State.PRESENT)
    story.hear("a1", LOW_DBM)
    assert story.where() == ("a", State.HELD)
    assert story.zones.members_in("a") == ()
    story.hear("a1", -70)
    assert story.zones.members_in("a") == ("m",)


def test_silence_ends_by_a_deadline_learned_from_the_beacons_own_pace() -> None:
    def left_after_s(every_s: float) -> float:
        story = Story()
        story.hear("a1", -60, times=40, every_s=every_s)
        last_s = story.now_s
        story.wait(70)
        left = [c for c in story.changes if c.state is State.LEFT]
        assert len(left) == 1
        return left[0].at_s - last_s

    assert 4.0 < left_after_s(0.5) <= 6.0
    assert 11.0 < left_after_s(3.0) <= 13.0
    assert left_after_s(100.0) <= SILENCE_MAX_S + 1


def test_a_node_that_says_silent_holds_the_member_until_the_deadline() -> None:
    story = Story()
    story.enter()
    story.tell(FellSilent("m", "a1", story.now_s))
    assert story.where() == ("a", State.HELD)
    story.wait(20)
    assert story.where() is None
    assert story.states == [("a", State.PRESENT), ("a", State.HELD), ("a", State.LEFT)]


def test_a_silence_older_than_the_last_sample_says_nothing() -> None:
    story = Story()
    story.enter()
    story.tell(
        FellSilent("m", "a1", story.now_s - 1), FellSilent("m", "b1", story.now_s), FellSilent("x", "a1", 0)
    )
    assert story.where() == ("a", State.PRESENT)


def test_a_node_offline_makes_its_zone_unknown_never_empty() -> None:
    story = Story()
    story.enter()
    story.tell(NodeDown("a1"))
    assert story.where() == ("a", State.UNKNOWN)
    story.wait(300)
    assert story.where() == ("a", State.UNKNOWN)
    story.hear("a1", -60)
    assert story.where() == ("a", State.PRESENT)


def test_an_unknown_member_is_forgotten_after_ten_minutes() -> None:
    story = Story()
    story.enter()
    story.tell(NodeDown("a1"))
    story.wait(int(UNKNOWN_KEEP_S) + 1)
    assert story.where() is None
    assert story.states[-1] == ("a", State.LEFT)


def test_in_a_partly_blind_zone_silence_is_unknown_too() -> None:
    story = Story(nodes=NODES, up=False)
    story.tell(NodeUp("a1"))
    story.enter()
    story.tell(NodeDown("a2"))
    story.wait(30)
    assert story.where() == ("a", State.UNKNOWN)


def test_a_node_nobody_has_heard_of_yet_is_no_witness_of_emptiness() -> None:
    story = Story(nodes=NODES, up=False)
    story.enter()
    story.wait(30)
    assert story.where() == ("a", State.UNKNOWN), "a2 was never there"


def test_when_a_node_comes_back_the_deadlines_of_its_zone_start_anew() -> None:
    story = Story()
    story.enter()
    story.wait(15)
    story.tell(NodeDown("a1"), NodeUp("a1"), NodeUp("a1"))
    assert story.where() == ("a", State.UNKNOWN)
    story.tell(NodeDown("b1"), NodeUp("b1"))
    heard = Story(nodes=NODES)
    heard.tell(NodeUp("a2"))
    heard.enter()
    heard.wait(4)
    heard.tell(NodeDown("a2"), NodeUp("a2"))
    heard.wait(12)
    assert heard.where() is not None


def test_late_evidence_never_moves_anybody_backwards() -> None:
    story = Story()
    story.enter()
    story.hear("b1", -50, times=5)
    assert story.where() == ("b", State.PRESENT)
    story.hear("a1", -30, times=10, every_s=0.1, age_s=8.0)
    assert story.where() == ("b", State.PRESENT)
    story.hear("b1", -90, age_s=0.9, every_s=0.1)
    assert story.where() == ("b", State.PRESENT), "an older sample does not replace a newer one"


def test_evidence_too_old_or_of_no_node_of_ours_is_nothing() -> None:
    story = Story()
    story.hear("a1", -40, times=9, age_s=LATE_S + 1)
    story.hear("zz", -40, times=9)
    story.tell(NodeUp("zz"), NodeDown("zz"))
    assert story.where() is None
    assert story.changes == []


def test_a_clock_running_ahead_does_not_count_for_the_future() -> None:
    story = Story()
    story.hear("a1", -40, times=4, age_s=-1000.0)
    assert story.where() == ("a", State.PRESENT)
    story.wait(30)
    assert story.where() is None


def test_somebody_heard_in_passing_is_forgotten() -> None:
    story = Story()
    story.hear("a1", -40)
    story.wait(30)
    assert story.zones._tracks == {}
    assert story.changes == []


def test_a7_a_forgotten_member_leaves_at_once() -> None:
    story = Story()
    story.enter()
    story.tell(Forgotten("m"), Forgotten("m"))
    assert story.states[-1] == ("a", State.LEFT)
    assert story.where() is None
    story.hear("a1", -40)
    story.tell(Forgotten("m"))
    assert story.states.count(("a", State.LEFT)) == 1


def test_a_nodes_offset_makes_antennas_comparable() -> None:
    story = Story(nodes={"a1": ZoneNode("a"), "b1": ZoneNode("b", 20.0)})
    for _ in range(4):
        story.hear("a1", -60, every_s=0.5)
        story.hear("b1", -70, every_s=0.5)
    assert story.where() == ("b", State.PRESENT)


def test_the_last_strong_sample_at_the_own_zone_is_known() -> None:
    story = Story()
    assert story.zones.strong_at_s("m") is None
    story.enter()
    strong_s = story.now_s
    story.hear("a1", ENTER_DBM - 1, times=3)
    story.hear("b1", ENTER_DBM - 2)
    assert story.zones.strong_at_s("m") == strong_s


def test_a_strong_sample_elsewhere_does_not_count_for_the_zone_somebody_moves_to() -> None:
    """C6: what wipes a kiosk's view is heard at that kiosk."""
    engine = Said()
    story = Story(engine=engine)
    engine.say("a")
    story.hear("a1", -60, times=4)
    engine.say("b")
    story.hear("a1", -60)
    assert story.where() == ("b", State.PRESENT)
    assert story.zones.strong_at_s("m") == float("-inf")


def test_the_confidence_is_the_engines_while_present_its_last_while_held_and_none_while_unknown() -> None:
    engine = Said()
    story = Story(engine=engine)
    engine.say("a", 0.7)
    story.hear("a1", -60, times=3)
    assert story.zones.estimate_of("m") == Estimate("a", 0.7)
    engine.say(None)
    story.hear("a1", -99)
    assert story.zones.estimate_of("m") == Estimate("a", 0.7)
    story.tell(NodeDown("a1"))
    assert story.zones.estimate_of("m") == Estimate("a", 0.0)
    assert story.zones.estimate_of("nobody") is None


def test_a_zone_without_a_node_of_its_own_is_watched_by_all() -> None:
    """The radio map has such zones."""
    engine = Said()
    story = Story(engine=engine)
    engine.say("between")
    story.hear("a1", -60, times=2)
    story.hear("b1", -60)
    assert story.where() == ("between", State.PRESENT)
    engine.say(None)
    story.tell(NodeDown("b1"))
    assert story.where() == ("between", State.UNKNOWN)


def test_many_nodes_that_hear_one_advertisement_do_not_shorten_the_learned_interval() -> None:
    nodes = {f"a{n}": ZoneNode("a") for n in range(30)}
    story = Story(nodes=nodes, up=False)
    story.tell(*(NodeUp(node) for node in nodes))
    for _ in range(10):
        story.now_s += 3.0
        story.tell(*(Heard("m", node, -60, story.now_s) for node in nodes))
    story.wait(10)
    assert story.where() == ("a", State.PRESENT), "three intervals of 3 s and a little are not over"
    story.wait(3)
    assert story.where() is None


ANY = st.one_of(
    st.builds(
        Heard,
        st.sampled_from("mn"),
        st.sampled_from(["a1", "b1", "zz"]),
        st.floats(-120, 0),
        st.floats(900, 1400),
    ),
    st.builds(FellSilent, st.sampled_from("mn"), st.sampled_from(["a1", "b1"]), st.floats(900, 1400)),
    st.builds(NodeUp, st.sampled_from(["a1", "b1"])),
    st.builds(NodeDown, st.sampled_from(["a1", "b1"])),
    st.builds(Forgotten, st.sampled_from("mn")),
    st.just(Tick()),
)


@given(st.lists(st.tuples(ANY, st.floats(0, 20)), max_size=40))
def test_changes_always_tell_the_truth_and_never_repeat_it(history: list[tuple[Event, float]]) -> None:
    story = Story()
    told: dict[str, tuple[str, State]] = {}
    for event, passed_s in history:
        story.now_s += passed_s
        for change in story.zones.handle(event, story.now_s):
            assert told.get(change.member) != (change.zone, change.state)
            assert change.at_s <= story.now_s
            told[change.member] = (change.zone, change.state)
        for member in "mn":
            known = told.get(member)
            expected = None if known is None or known[1] is State.LEFT else known
            assert story.zones.zone_of(member) == expected
