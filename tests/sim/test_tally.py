"""What counts as an offer at the wrong till, and what a visit's times are."""

from hub.box.sim.figures import figures, spread
from hub.box.sim.tally import WIPE_S, Look, Screen, Spot, Tally, Visit

SCREENS = {"k1": Screen("till1", "t1"), "k2": Screen("till2", "t2"), "aisle": Screen("baby", None)}

Moment = tuple[float, Spot | None, str, str | None]
"""(seconds, where she is, kiosks that show her, her zone at the hub)."""


def tallied(*moments: Moment) -> Tally:
    """Look at each moment."""
    spots = {at_s: spot for at_s, spot, _, _ in moments}
    tally = Tally(["ann"], SCREENS, lambda _person, at_s: spots[at_s])
    for at_s, _, shown, zone in moments:
        near = {kiosk: ["ann"] if kiosk in shown.split() else [] for kiosk in SCREENS}
        tally.look(Look(near, {"ann": zone} if zone else {}), at_s)
    return tally


def only(tally: Tally) -> Visit:
    (visit,) = tally.visits
    return visit


AISLE, DOOR = Spot("baby"), Spot(None)
QUEUE, PAYS = Spot("till1", queue="t1"), Spot("till1", till="t1")


def test_shown_at_her_own_till_while_she_queues_or_pays_is_right() -> None:
    visit = only(tallied((0.0, DOOR, "", None), (1.0, QUEUE, "k1", "till1"), (2.0, PAYS, "k1", "till1")))
    assert visit.wrong == {}


def test_shown_at_another_till_is_one_showing_however_long() -> None:
    tally = tallied((0.0, PAYS, "k2", "till2"), (0.5, PAYS, "k1 k2", "till2"), (1.0, PAYS, "k2", "till2"))
    assert only(tally).wrong == {"k2": 3}
    assert figures(tally.visits, SCREENS, 0.5)["wrong_till"] == {"showings": 1, "visits": 1, "seconds": 1.5}


def test_shown_at_a_till_she_only_walks_by_is_wrong() -> None:
    assert only(tallied((0.0, DOOR, "k1", "till1"))).wrong == {"k1": 1}


def test_shown_after_she_left_is_wrong_once_the_wipe_is_overdue() -> None:
    after = tallied((0.0, PAYS, "k1", "till1"), (WIPE_S, DOOR, "k1", "till1"))
    assert only(after).wrong == {}
    overdue = tallied((0.0, PAYS, "k1", "till1"), (WIPE_S + 0.5, DOOR, "k1", "till1"))
    assert only(overdue).wrong == {"k1": 1}


def test_shown_while_she_is_not_in_the_store_is_wrong_too() -> None:
    tally = tallied((0.0, PAYS, "", None), (1.0, None, "", None), (30.0, None, "k1", "till1"))
    assert only(tally).wrong == {"k1": 1}


def test_a_display_without_a_till_is_judged_by_its_zone() -> None:
    tally = tallied((0.0, AISLE, "aisle", "baby"), (20.0, DOOR, "aisle", "baby"))
    assert only(tally).wrong == {"aisle": 1}
    assert figures(tally.visits, SCREENS, 0.5)["wrong_display"]["showings"] == 1


def test_the_times_of_a_visit() -> None:
    visit = only(
        tallied(
            (0.0, None, "", None), (1.0, DOOR, "", None), (3.0, AISLE, "", "baby"), (9.0, QUEUE, "", "baby"),
            (10.0, PAYS, "", "till1"), (12.0, PAYS, "k1", "till1"), (50.0, DOOR, "k1", "till1"),
            (54.0, DOOR, "", "till1"), (60.0, None, "", "till1"), (66.0, None, "", None),
        )
    )  # fmt: skip
    summed = figures([visit], SCREENS, 0.5)
    assert summed["notice_s"]["median"] == 2.0
    assert summed["recognition_s"]["median"] == 2.0
    assert summed["wipe_s"]["median"] == 4.0
    assert summed["leave_s"]["median"] == 6.0
    assert summed["zone_right"] == 0.75, "all but the queue, of four looks in a zone"
    assert (summed["at_a_till"], summed["recognised_at_till"]) == (1, 1)


def test_somebody_already_shown_when_she_comes_to_the_till_waits_for_nothing() -> None:
    visit = only(tallied((0.0, QUEUE, "k1", "till1"), (5.0, PAYS, "k1", "till1")))
    assert figures([visit], SCREENS, 0.5)["recognition_s"]["median"] == 0.0


def test_who_goes_out_from_the_till_has_left_it() -> None:
    visit = only(tallied((0.0, PAYS, "k1", "till1"), (4.0, None, "", None)))
    assert (visit.departed_s, visit.wiped_s, visit.out_s, visit.gone_s) == (4.0, 4.0, 4.0, 4.0)


def test_who_comes_again_begins_another_visit() -> None:
    tally = tallied((0.0, DOOR, "", None), (1.0, None, "", None), (60.0, AISLE, "", "baby"))
    assert [visit.entered_s for visit in tally.visits] == [0.0, 60.0]


def test_nobody_came_is_said_so() -> None:
    summed = figures([], SCREENS, 0.5)
    assert (summed["visits"], summed["zone_right"], summed["recognised_share"]) == (0, None, None)
    assert spread([]) == {"median": None, "p95": None, "n": 0}
