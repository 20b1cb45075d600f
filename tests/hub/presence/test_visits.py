"""Zones to visits."""

import pytest

from hub.presence.events import State, Tick, ZoneChanged
from hub.presence.visits import GAP_S, VisitEnded, Visits, VisitStarted


def zone(state: State, at_s: float) -> ZoneChanged:
    return ZoneChanged("m", "a", state, at_s)


def test_a_visit_runs_from_the_first_zone_to_a_gap_after_the_last() -> None:
    visits = Visits()
    assert visits.handle(zone(State.PRESENT, 10), 10) == (VisitStarted("m", 10),)
    assert visits.handle(zone(State.HELD, 20), 20) == ()
    assert visits.handle(zone(State.LEFT, 30), 31) == ()
    assert visits.handle(Tick(), 30 + GAP_S) == ()
    assert visits.visiting("m")
    assert visits.handle(Tick(), 31 + GAP_S) == (VisitEnded("m", 10, 30),)
    assert not visits.visiting("m")


def test_who_comes_back_in_time_is_on_the_same_visit() -> None:
    visits = Visits()
    visits.handle(zone(State.PRESENT, 10), 10)
    visits.handle(zone(State.LEFT, 30), 30)
    assert visits.handle(zone(State.PRESENT, 30 + GAP_S), 30 + GAP_S) == ()
    assert visits.handle(Tick(), 1e9) == ()


@pytest.mark.parametrize("state", [State.HELD, State.UNKNOWN])
def test_not_knowing_is_no_leaving(state: State) -> None:
    visits = Visits()
    visits.handle(zone(State.PRESENT, 10), 10)
    visits.handle(zone(state, 20), 20)
    assert visits.handle(Tick(), 1e9) == ()


@pytest.mark.parametrize("state", ["away", "here", "leaving"])
@pytest.mark.parametrize("event", ["seen", "left", "early tick", "late tick"])
def test_every_state_meets_every_event(state: str, event: str) -> None:
    visits = Visits()
    if state != "away":
        visits.handle(zone(State.PRESENT, 0), 0)
    if state == "leaving":
        visits.handle(zone(State.LEFT, 1), 1)
    events: dict[str, tuple[ZoneChanged | Tick, float]] = {
        "seen": (zone(State.PRESENT, 2), 2.0),
        "left": (zone(State.LEFT, 2), 2.0),
        "early tick": (Tick(), 3.0),
        "late tick": (Tick(), 1e9),
    }
    told = [type(c) for c in visits.handle(*events[event])]
    expected = {("away", "seen"): [VisitStarted], ("leaving", "late tick"): [VisitEnded]}
    assert told == expected.get((state, event), [])
