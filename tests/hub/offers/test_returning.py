"""What comes back is undone to the cent, one by one or all at once."""

from hypothesis import given
from hypothesis import strategies as st

from hub.offers.returning import SoldLine, SoldReward, undo


def sold(
    quantity: int = 5,
    price: int = 1000,
    off: int = 0,
    units: int = 1,
    discount: int = 300,
    policy: str = "rewarded_last",
) -> SoldLine:
    paid = max(0, quantity * price - off) - discount
    return SoldLine(
        1, quantity, price, off, paid, paid // 100, (SoldReward("p", units, discount, units * 100, policy),)
    )


def test_d15_rewarded_last_a_counted_unit_comes_back_at_its_full_price() -> None:
    back = undo(sold(), 0, 1)
    assert (back.refund_minor, back.rewards) == (1000, ())


def test_d15_rewarded_first_the_reward_goes_with_the_first_unit() -> None:
    back = undo(sold(policy="rewarded_first"), 0, 1)
    assert back.refund_minor == 700
    assert [(r.units, r.points) for r in back.rewards] == [(1, 100)]


def test_the_last_unit_brings_its_reward_back() -> None:
    back = undo(sold(), 4, 1)
    assert back.refund_minor == 700
    assert [(r.units, r.points) for r in back.rewards] == [(1, 100)]


def test_an_amount_larger_than_a_unit_never_pays_back_more_than_was_paid() -> None:
    line = sold(quantity=17, price=2500, discount=24900)
    refunds = [undo(line, n, 1).refund_minor for n in range(17)]
    assert min(refunds) >= 0
    assert sum(refunds) == 17600


lines = st.builds(
    lambda q, p, off, units, share, policy: sold(
        q, p, min(off, q * p), min(units, q), (q * p - min(off, q * p)) * share // 100, policy
    ),
    st.integers(1, 30),
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.integers(1, 30),
    st.integers(0, 100),
    st.sampled_from(["rewarded_last", "rewarded_first"]),
)


@given(lines)
def test_one_by_one_or_all_at_once_the_same_comes_back(line: SoldLine) -> None:
    whole = undo(line, 0, line.quantity)
    steps = [undo(line, n, 1) for n in range(line.quantity)]
    assert all(step.refund_minor >= 0 and step.points_withdrawn >= 0 for step in steps)
    assert whole.refund_minor == sum(step.refund_minor for step in steps) == line.paid_minor
    assert whole.points_withdrawn == sum(step.points_withdrawn for step in steps) == line.points_earned
    assert sum(r.points for r in whole.rewards) == sum(r.points for s in steps for r in s.rewards)
    assert sum(r.units for r in whole.rewards) == line.rewards[0].units
