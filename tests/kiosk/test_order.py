"""Which view is the newest: the table of `kiosk.order`, and views in any order."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.order import REMEMBERED_SESSIONS, Arrival, ViewOrder
from tests.kiosk.history import FIRST, SECOND, SYMBOLS, view


def arrival(n: int, session: str = FIRST) -> Arrival:
    return Arrival(view(SYMBOLS, n, session), 0.0)


def test_a_larger_n_of_the_announced_session_is_taken_and_nothing_else() -> None:
    order = ViewOrder()
    assert order.session_id is None
    assert order.announced(FIRST) is None
    assert order.arrived(arrival(2)) == arrival(2)
    assert order.arrived(arrival(2)) is None
    assert order.arrived(arrival(1)) is None
    assert order.arrived(arrival(3)) == arrival(3)


def test_a_later_session_starts_anew_and_the_old_one_is_over() -> None:
    order = ViewOrder()
    order.announced(FIRST)
    order.arrived(arrival(9))
    order.announced(SECOND)
    assert order.arrived(arrival(10)) is None
    assert order.arrived(arrival(1, SECOND)) == arrival(1, SECOND)
    assert order.announced(FIRST) is None
    assert order.session_id == SECOND


def test_the_newest_view_of_an_unannounced_session_waits_for_it() -> None:
    order = ViewOrder()
    for n in (2, 5, 3):
        assert order.arrived(arrival(n)) is None
    assert order.announced(FIRST) == arrival(5)
    assert order.announced(FIRST) is None


def test_a_view_of_a_session_that_is_never_announced_never_shows() -> None:
    order = ViewOrder()
    order.arrived(arrival(1, "a" * 16))
    assert order.announced(FIRST) is None


def test_sessions_remembered_are_bounded() -> None:
    order = ViewOrder()
    for at in range(10 * REMEMBERED_SESSIONS):
        order.announced(f"{at:016x}")
    assert len(order._retired) == REMEMBERED_SESSIONS


@given(st.permutations(range(1, 9)), st.lists(st.integers(1, 8), max_size=8))
def test_whatever_the_order_the_newest_is_shown_last(numbers: list[int], again: list[int]) -> None:
    order = ViewOrder()
    order.announced(FIRST)
    taken = [n for n in [*numbers, *again] if order.arrived(arrival(n))]
    assert taken == sorted(set(taken))
    assert taken[-1] == 8
