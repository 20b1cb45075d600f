"""The filter of one identifier's strength."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.smoothing import FALLING_S, RISING_S, Smoothed, begin, follow

VALUES = st.integers(-100, -30)


def smoothed(values: list[tuple[float, int]]) -> Smoothed:
    (heard_s, rssi_dbm), *more = values
    state = begin(rssi_dbm, heard_s)
    for heard_s, rssi_dbm in more:
        state = follow(state, rssi_dbm, heard_s)
    return state


def test_one_wild_packet_never_gets_through() -> None:
    quiet = [(n / 2, -70) for n in range(10)]
    for spike_dbm in (-30, -100):
        assert smoothed([*quiet, (5.0, spike_dbm), (5.5, -70), (6.0, -70)]).rssi_dbm == pytest.approx(-70.0)


def test_a_second_value_counts_only_if_it_is_weaker() -> None:
    assert smoothed([(0, -80), (1, -50)]).rssi_dbm == -80.0
    assert smoothed([(0, -50), (1, -80)]).rssi_dbm < -50.0


@pytest.mark.parametrize(("towards_dbm", "constant_s"), [(-60, RISING_S), (-80, FALLING_S)])
def test_it_rises_in_one_time_constant_and_falls_in_another(towards_dbm: int, constant_s: float) -> None:
    state = Smoothed((towards_dbm, towards_dbm, towards_dbm), -70.0, 0.0)
    step_db = follow(state, towards_dbm, constant_s).rssi_dbm + 70.0
    assert step_db / (towards_dbm + 70) == pytest.approx(0.632, abs=0.001)


@given(st.lists(st.tuples(st.floats(0, 100), VALUES), min_size=1, max_size=30))
def test_it_stays_within_what_was_heard_whatever_the_clock_did(values: list[tuple[float, int]]) -> None:
    state = smoothed(values)
    heard = [rssi_dbm for _, rssi_dbm in values]
    assert min(heard) - 1e-9 <= state.rssi_dbm <= max(heard) + 1e-9
    assert state.heard_s == max(heard_s for heard_s, _ in values)
    assert len(state.recent_dbm) <= 3


@given(VALUES, st.lists(st.floats(0.1, 5), min_size=1, max_size=20))
def test_it_does_not_matter_how_often_a_constant_is_heard(rssi_dbm: int, gaps_s: list[float]) -> None:
    times = [sum(gaps_s[:n]) for n in range(len(gaps_s))]
    assert smoothed([(at_s, rssi_dbm) for at_s in times]).rssi_dbm == pytest.approx(rssi_dbm)
