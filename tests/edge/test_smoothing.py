"""The strength of one identifier, as it goes into a report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.smoothing import Span, begin, follow

VALUES = st.integers(-100, -30)


def span(values: list[tuple[float, int]]) -> Span:
    (heard_s, rssi_dbm), *more = values
    state = begin(rssi_dbm, heard_s)
    for heard_s, rssi_dbm in more:
        state = follow(state, rssi_dbm, heard_s)
    return state


@given(st.lists(st.tuples(st.floats(0, 100), VALUES), min_size=1, max_size=30))
def test_every_packet_weighs_the_same_whatever_the_clock_did(values: list[tuple[float, int]]) -> None:
    state = span(values)
    heard = [rssi_dbm for _, rssi_dbm in values]
    assert state.mean_dbm == pytest.approx(sum(heard) / len(heard))
    assert min(heard) <= state.mean_dbm <= max(heard)
    assert state.packets == len(heard)
    assert state.heard_s == max(heard_s for heard_s, _ in values)
