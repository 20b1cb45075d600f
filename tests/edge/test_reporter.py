"""The agent's core: history in, reports out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.reporter import (
    BURST_REPORTS,
    MAX_REPORTS_A_TICK,
    MAX_SAMPLES,
    MAX_TRACKED,
    REPORT_EVERY_S,
    SILENT_AFTER_S,
    AdvertHeard,
    Event,
    ListeningStopped,
    Reading,
    Reporter,
    Ticked,
)
from hardware.beacon.frames import FrameKind, LoyaltyFrame, LoyaltyScheme
from hub.wire import presence

ONE_TOO_MANY = MAX_REPORTS_A_TICK * MAX_SAMPLES + 1
"""Identifiers, for one tick."""


def heard(at_s: float, rssi_dbm: int = -70, who: int = 1) -> AdvertHeard:
    return AdvertHeard(LoyaltyFrame(FrameKind.EDDYSTONE_EID, who.to_bytes(8, "big")), rssi_dbm, at_s)


def told(reporter: Reporter, *events: tuple[float, Event]) -> list[Reading]:
    return [
        reading
        for now_s, event in events
        for report in reporter.handle(event, now_s)
        for reading in report.readings
    ]


def at(*events: AdvertHeard) -> list[tuple[float, Event]]:
    return [(event.heard_s, event) for event in events]


def test_a_first_sight_is_told_at_once() -> None:
    (reading,) = told(Reporter(), *at(heard(10.0, -71)))
    assert reading == Reading(LoyaltyScheme.EID, (1).to_bytes(8, "big"), False, -71.0, 10.0, first=True)


def test_one_still_heard_is_told_every_so_often() -> None:
    history = at(*(heard(n / 8) for n in range(9)))
    assert [reading.heard_s for reading in told(Reporter(), *history)] == [
        0.0,
        REPORT_EVERY_S,
        2 * REPORT_EVERY_S,
    ]


def test_what_is_told_is_the_mean_of_what_was_heard_since() -> None:
    reporter = Reporter()
    told(reporter, *at(heard(0.0, -40)))
    history = at(heard(0.1, -70), heard(0.2, -71), heard(0.5, -75))
    assert [reading.rssi_dbm for reading in told(reporter, *history)] == [-72.0]
    assert [reading.rssi_dbm for reading in told(reporter, *at(heard(1.1, -60)))] == [-60.0]


def test_a_slow_beacon_is_told_with_each_packet() -> None:
    history = at(*(heard(float(n), -60 - n) for n in range(4)))
    assert [reading.rssi_dbm for reading in told(Reporter(), *history)] == [-60, -61, -62, -63]


@given(st.lists(st.tuples(st.integers(-100, -30), st.floats(0.01, 3)), min_size=1, max_size=60))
def test_every_packet_goes_into_exactly_one_report(packets: list[tuple[int, float]]) -> None:
    reporter, now_s, waiting = Reporter(), 0.0, list[int]()
    for rssi_dbm, gap_s in packets:
        now_s += gap_s
        waiting.append(rssi_dbm)
        for reading in told(reporter, (now_s, heard(now_s, rssi_dbm))):
            assert reading.rssi_dbm == pytest.approx(sum(waiting) / len(waiting))
            waiting.clear()
    assert len(waiting) < len(packets)


def test_the_silent_is_told_once_with_its_last_moment_then_forgotten() -> None:
    reporter = Reporter()
    told(reporter, *at(heard(0.0), heard(1.0)))
    assert told(reporter, (1.0 + SILENT_AFTER_S - 0.1, Ticked())) == []
    (reading,) = told(reporter, (1.0 + SILENT_AFTER_S, Ticked()))
    assert (reading.silent, reading.heard_s) == (True, 1.0)
    assert reporter.tracked == 0
    assert told(reporter, (99.0, Ticked())) == []


def test_one_heard_again_after_its_silence_is_a_first_sight() -> None:
    reporter = Reporter()
    told(reporter, *at(heard(0.0, -50)), (60.0, Ticked()))
    (reading,) = told(reporter, *at(heard(61.0, -80)))
    assert (reading.silent, reading.rssi_dbm) == (False, -80.0)


def test_one_silent_while_another_is_heard() -> None:
    reporter = Reporter()
    told(reporter, *at(heard(0.0, who=1), heard(0.1, who=2), heard(0.5, who=1), heard(6.0, who=2)))
    readings = told(reporter, (SILENT_AFTER_S + 0.5, Ticked()))
    assert [(reading.id[-1], reading.silent) for reading in readings] == [(1, True)]
    assert reporter.tracked == 1


def test_the_same_bytes_under_another_scheme_are_another_identifier() -> None:
    reporter = Reporter()
    other = AdvertHeard(LoyaltyFrame(FrameKind.IBEACON, (1).to_bytes(8, "big")), -70, 0.0)
    assert len(told(reporter, *at(heard(0.0)), (0.0, other))) == 2
    assert (
        len(
            told(
                reporter,
                (0.1, AdvertHeard(LoyaltyFrame(FrameKind.APP_EID, (1).to_bytes(8, "big")), -70, 0.1)),
            )
        )
        == 0
    )


def test_a_node_that_may_not_listen_forgets_all_and_says_nothing() -> None:
    """B7."""
    reporter = Reporter()
    told(reporter, *at(*(heard(0.0, who=who) for who in range(BURST_REPORTS + 5))))
    assert told(reporter, (1.0, ListeningStopped()), (99.0, Ticked())) == []
    assert reporter.tracked == 0


def test_a_burst_is_told_at_once_and_its_rest_with_the_tick() -> None:
    reporter = Reporter()
    crowd = BURST_REPORTS + 40
    assert len(told(reporter, *at(*(heard(0.0, who=who) for who in range(crowd))))) == BURST_REPORTS
    reports = reporter.handle(Ticked(), 1.0)
    assert [len(report.readings) for report in reports] == [MAX_SAMPLES, 40 - MAX_SAMPLES]
    assert len(told(reporter, *at(heard(1.1, who=999)))) == 1


def test_who_waited_is_told_as_of_the_tick_and_only_once() -> None:
    reporter = Reporter()
    told(reporter, *at(*(heard(0.0, who=who) for who in range(BURST_REPORTS))))
    told(reporter, *at(heard(0.0, who=77), heard(0.5, who=77)))
    assert [reading.heard_s for reading in told(reporter, (1.0, Ticked()))] == [0.5]
    assert told(reporter, (2.0, Ticked())) == []


def test_who_waited_is_told_with_its_next_packet_when_there_is_room() -> None:
    reporter = Reporter()
    told(reporter, *at(*(heard(0.0, who=who) for who in range(BURST_REPORTS + ONE_TOO_MANY))))
    told(reporter, (1.0, Ticked()))
    waiting = (BURST_REPORTS + ONE_TOO_MANY - 1).to_bytes(8, "big")
    assert [
        reading.id for reading in told(reporter, *at(heard(1.1, who=BURST_REPORTS + ONE_TOO_MANY - 1)))
    ] == [waiting]
    assert waiting not in [reading.id for reading in told(reporter, (2.0, Ticked()))]


def test_who_fell_silent_before_being_told_is_never_told() -> None:
    reporter = Reporter()
    told(reporter, *at(*(heard(0.0, who=who) for who in range(BURST_REPORTS + 1))))
    readings = told(reporter, (SILENT_AFTER_S, Ticked()))
    assert len(readings) == BURST_REPORTS
    assert all(reading.silent for reading in readings)


def test_in_a_flood_the_repeated_come_first_and_memory_is_bounded() -> None:
    """C9: a member is told within two seconds while 5,000 fresh identifiers a second come in."""
    reporter, strangers = Reporter(), iter(range(1_000, 100_000))
    member = (1).to_bytes(8, "big")
    first_told_s = None
    for second in range(4):
        for n in range(5_000):
            now_s = second + n / 5_000
            events = [heard(now_s, who=next(strangers))]
            if n % 2_500 == 1_250:
                events.append(heard(now_s, who=1))
            if any(reading.id == member for reading in told(reporter, *at(*events))) and first_told_s is None:
                first_told_s = now_s
        assert reporter.tracked <= MAX_TRACKED
        readings = told(reporter, (second + 1.0, Ticked()))
        assert len(readings) <= MAX_SAMPLES * MAX_REPORTS_A_TICK + BURST_REPORTS
        if any(reading.id == member for reading in readings) and first_told_s is None:
            first_told_s = second + 1.0
    assert first_told_s is not None
    assert first_told_s <= 2.0


def test_when_all_were_heard_twice_the_longest_unheard_goes() -> None:
    reporter = Reporter()
    for who in range(MAX_TRACKED):
        told(reporter, *at(heard(0.0, who=who), heard(0.1, who=who)))
    told(reporter, *at(heard(0.2, who=0), heard(0.3, who=MAX_TRACKED)))
    assert reporter.tracked == MAX_TRACKED
    assert {reading.id for reading in told(reporter, *at(heard(0.4, who=1)))} <= {(1).to_bytes(8, "big")}
    assert reporter.tracked == MAX_TRACKED


STATES: dict[str, list[tuple[float, Event]]] = {
    "new": [],
    "heard once": at(heard(0.0)),
    "heard twice": at(heard(0.0), heard(0.5)),
    "waiting for the tick": at(*(heard(0.0, who=who) for who in range(2, 2 + BURST_REPORTS)), heard(0.0)),
    "silent": [*at(heard(0.0)), (60.0, Ticked())],
    "stopped": [*at(heard(0.0)), (0.1, ListeningStopped())],
}

TABLE = {
    ("new", "heard"): (1, False),
    ("new", "ticked"): (0, False),
    ("heard once", "heard"): (1, False),
    ("heard once", "ticked"): (1, True),
    ("heard twice", "heard"): (1, False),
    ("heard twice", "ticked"): (1, True),
    ("waiting for the tick", "heard"): (0, False),
    ("waiting for the tick", "ticked"): (BURST_REPORTS, True),
    ("silent", "heard"): (1, False),
    ("silent", "ticked"): (0, False),
    ("stopped", "heard"): (1, False),
    ("stopped", "ticked"): (0, False),
} | {(state, "stopped"): (0, False) for state in STATES}


@pytest.mark.parametrize(("state", "event"), TABLE)
def test_every_state_and_event(state: str, event: str) -> None:
    reporter = Reporter()
    told(reporter, *STATES[state])
    events: dict[str, Event] = {"heard": heard(100.0), "ticked": Ticked(), "stopped": ListeningStopped()}
    readings = told(reporter, (100.0, events[event]))
    assert (len(readings), any(reading.silent for reading in readings)) == TABLE[state, event]


def test_the_table_is_whole() -> None:
    assert set(TABLE) == {(state, event) for state in STATES for event in ("heard", "ticked", "stopped")}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-100, -30), st.floats(0.01, 3)), max_size=60))
def test_whatever_is_heard_the_hub_ends_up_knowing_who_is_silent(
    history: list[tuple[int, int, float]],
) -> None:
    reporter, state, now_s = Reporter(), dict[bytes, bool](), 0.0
    for who, rssi_dbm, gap_s in history:
        now_s += gap_s
        for reading in told(reporter, (now_s, heard(now_s, rssi_dbm, who)), (now_s, Ticked())):
            assert -100 <= reading.rssi_dbm <= -30
            state[reading.id] = reading.silent
    told_at_last = told(reporter, (now_s + SILENT_AFTER_S + 0.001, Ticked()))
    state.update({reading.id: reading.silent for reading in told_at_last})
    assert all(state.values())
    assert reporter.tracked == 0


def test_the_limits_are_the_wires() -> None:
    assert MAX_SAMPLES == presence.MAX_SAMPLES
