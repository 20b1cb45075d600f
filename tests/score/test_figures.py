"""The figures mean what their tables say: a short history in, each figure out."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.score.door_figures import DoorFigures, Matched, door_figures
from tests.score.engines import Decision, Heard
from tests.score.figures import Crossing, quantile, switches
from tests.score.hall import Place, Walk
from tests.score.sal import Frame
from tests.score.zone_figures import ZoneFigures, zone_figures

LEFT, RIGHT = (5.0, 4.0), (15.0, 4.0)
"""Places in zones 1 and 4, clear of every border."""


def walk(*places_m: tuple[float, float]) -> Walk:
    """Somebody who is at one place a second, heard ten times a second."""
    return Walk(
        "walk",
        tuple(Heard(k / 10, "a", -60) for k in range(len(places_m) * 10 - 9)),
        tuple(Place(float(second), *place_m) for second, place_m in enumerate(places_m)),
    )


def judge(
    truth: Walk, zones: Sequence[str | None], place_m: tuple[float, float] | None = None
) -> dict[str, object]:
    decisions = [Decision(zone, place_m) for zone in zones]
    return zone_figures(truth.seconds(), truth.crossings(), decisions).to_json()


def test_every_second_counts_and_none_decided_is_wrong() -> None:
    figures = judge(walk(*[LEFT] * 5), ["1", None, "1", "4"])
    assert figures["seconds"] == 4
    assert figures["zone_accuracy"] == 0.5


def test_within_a_metre_of_a_border_only_the_overall_figure_counts() -> None:
    at_the_border = (9.3, 4.0)
    figures = judge(walk(LEFT, LEFT, at_the_border), ["1", "4"])
    assert figures["zone_accuracy"] == 0.5
    assert figures["zone_accuracy_clear"] == 1.0


def test_a_switch_is_explained_by_a_crossing_into_its_zone_within_three_seconds() -> None:
    truth = walk(*[LEFT] * 5, *[RIGHT] * 8)
    in_time = judge(truth, ["1"] * 6 + ["4"] * 6)
    assert (in_time["switches"], in_time["true_switches"], in_time["false_switches"]) == (1, 1, 0)
    late = judge(truth, ["1"] * 8 + ["4"] * 4)
    assert late["false_switches"] == 1
    assert late["false_switches_per_min"] == pytest.approx(5.0)


def test_a_flutter_back_is_false_even_beside_a_crossing() -> None:
    truth = walk(*[LEFT] * 5, *[RIGHT] * 6)
    figures = judge(truth, ["1", "1", "1", "4", "1", "4", "4", "4", "4", "4"])
    assert figures["switches"] == 3
    assert figures["false_switches"] == 1


def test_naming_no_zone_for_a_while_is_no_switch() -> None:
    assert list(switches([(0.0, None), (1.0, "1"), (2.0, None), (3.0, "1"), (4.0, "2")])) == [(4.0, "2")]


def test_a_handoff_lasts_from_the_crossing_to_the_decision_for_it() -> None:
    truth = walk(*[LEFT] * 5, *[RIGHT] * 6)
    figures = judge(truth, ["1"] * 6 + ["4"] * 4)
    assert figures["handoff_s"] == {"median": 2.0, "p95": 2.0}
    assert figures["handoffs_missed"] == 0


def test_a_crossing_that_was_never_followed_is_missed() -> None:
    truth = walk(LEFT, LEFT, RIGHT, RIGHT, LEFT, LEFT)
    figures = judge(truth, ["1"] * 5)
    assert figures["handoffs_missed"] == 1
    assert figures["handoff_s"] == {"median": 0.0, "p95": 0.0}


def test_a_crossing_is_dated_where_the_new_zone_began() -> None:
    places = (
        Place(0.0, *LEFT),
        Place(1.0, *LEFT),
        Place(1.4, *RIGHT),
        Place(2.0, *RIGHT),
        Place(3.0, *RIGHT),
    )
    truth = Walk("walk", (Heard(0.0, "a", -60), Heard(3.0, "a", -60)), places)
    assert truth.crossings() == (Crossing(1.4, "4"),)


def test_a_foot_over_the_border_between_two_decisions_is_no_crossing() -> None:
    places = (Place(0.0, *LEFT), Place(1.0, *LEFT), Place(1.4, *RIGHT), Place(1.8, *LEFT), Place(3.0, *LEFT))
    truth = Walk("walk", (Heard(0.0, "a", -60), Heard(3.0, "a", -60)), places)
    assert truth.crossings() == ()


def test_the_place_error_is_the_distance_and_none_for_an_engine_without_places() -> None:
    truth = walk(*[LEFT] * 4)
    assert judge(truth, ["1"] * 3)["position_error_m"] is None
    assert judge(truth, ["1"] * 3, (8.0, 8.0))["position_error_m"] == {"median": 5.0, "p90": 5.0}


def test_recordings_pool_their_seconds_not_their_shares() -> None:
    pooled = ZoneFigures(seconds=1, right=1) + ZoneFigures(seconds=3, right=0)
    assert pooled.to_json()["zone_accuracy"] == 0.25
    frames = DoorFigures(10, 9, narrow=Matched((1.0,), 2)) + DoorFigures(30, 1, narrow=Matched((), 1))
    assert frames.to_json()["frame_accuracy"] == 0.25
    assert (frames.to_json()["found"], frames.to_json()["false"]) == (1, 3)


def test_of_two_as_right_the_one_with_fewer_false_switches_is_better() -> None:
    assert (
        ZoneFigures(10, clear=10, clear_right=9, false=1).rank
        > ZoneFigures(10, clear=10, clear_right=9, false=2).rank
    )
    assert DoorFigures(10, 9).rank > DoorFigures(10, 8).rank


@given(st.lists(st.floats(-100.0, 100.0), min_size=1), st.floats(0.0, 1.0))
def test_a_quantile_lies_among_the_values_and_grows_with_its_share(values: list[float], q: float) -> None:
    found = [quantile(values, share) for share in (0.0, q, 1.0)]
    assert all(value is not None for value in found)
    assert all(low <= high for low, high in pairwise(value for value in found if value is not None))


def passage(*zones: str) -> list[Frame]:
    """A frame a tenth of a second."""
    return [Frame(k / 10, zone, ()) for k, zone in enumerate(zones)]


def at_the_door(decided: list[str], truth: list[str]) -> dict[str, object]:
    frames = passage(*truth)
    crossings = [
        Crossing(after.at_s, after.zone) for before, after in pairwise(frames) if before.zone != after.zone
    ]
    return door_figures(frames, crossings, [Decision(zone) for zone in decided]).to_json()


def test_a_crossing_is_found_from_three_seconds_before_to_five_after() -> None:
    truth = ["outside"] * 100 + ["inside"] * 100
    for early in (30, -50):
        figures = at_the_door(["outside"] * (100 - early) + ["inside"] * (100 + early), truth)
        assert (figures["found"], figures["false"]) == (1, 0)
        assert figures["latency_s"] == {"median": -early / 10, "p95": -early / 10}
    for early in (31, -51):
        figures = at_the_door(["outside"] * (100 - early) + ["inside"] * (100 + early), truth)
        assert (figures["found"], figures["false"]) == (0, 1)
        assert isinstance(figures["within_10_s"], dict)
        assert (figures["within_10_s"]["found"], figures["within_10_s"]["false"]) == (1, 0)


def test_the_other_direction_finds_nothing() -> None:
    figures = at_the_door(["inside"] * 10 + ["outside"] * 10, ["outside"] * 10 + ["inside"] * 10)
    assert (figures["crossings"], figures["found"], figures["false"]) == (1, 0, 1)
    assert figures["frame_accuracy"] == 0.0


def test_a_crossing_is_found_once_and_a_flutter_is_false() -> None:
    decided = ["outside"] * 10 + ["inside"] * 5 + ["outside"] * 5 + ["inside"] * 10
    figures = at_the_door(decided, ["outside"] * 10 + ["inside"] * 20)
    assert (figures["found"], figures["false"]) == (1, 2)
