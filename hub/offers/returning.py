"""What a return undoes: money, points and rewards, by the original sale, so that the parts add up exactly.

Everything is a function of how many units of a line have come back *in all*; one return is the difference
of two such states. So units returned one by one and all at once end the same, to the cent.
"""

from dataclasses import dataclass
from fractions import Fraction

from hub.offers.money import half_up


@dataclass(frozen=True, slots=True)
class SoldReward:
    """Rewarded units of a sold line, and the program's policy of then (`Program.on_return`)."""

    program_id: str
    units: int
    discount_minor: int
    points: int
    on_return: str


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as it was sold."""

    line: int
    quantity: int
    unit_price_minor: int
    till_discount_minor: int
    paid_minor: int
    points_earned: int
    rewards: tuple[SoldReward, ...] = ()


@dataclass(frozen=True, slots=True)
class RewardUndone:
    """Rewarded units that count as not given any more, and the points they give back."""

    program_id: str
    units: int
    points: int


@dataclass(frozen=True, slots=True)
class Undone:
    """What the return of some units of one line undoes."""

    line: int
    quantity: int
    refund_minor: int
    points_withdrawn: int
    rewards: tuple[RewardUndone, ...]


def undo(sold: SoldLine, returned_before: int, quantity: int) -> Undone:
    """The return of `quantity` more units of a line of which `returned_before` came back earlier.

    The caller has checked that so many are left.
    """
    assert quantity > 0
    after = returned_before + quantity
    assert after <= sold.quantity
    rewards = []
    for reward in sold.rewards:
        units = _undone_units(sold, reward, after) - _undone_units(sold, reward, returned_before)
        if units:
            rewards.append(RewardUndone(reward.program_id, units, units * (reward.points // reward.units)))
    return Undone(
        sold.line,
        quantity,
        _refunded(sold, after) - _refunded(sold, returned_before),
        _share(sold.points_earned, after, sold.quantity)
        - _share(sold.points_earned, returned_before, sold.quantity),
        tuple(rewards),
    )


def _undone_units(sold: SoldLine, reward: SoldReward, returned: int) -> int:
    if reward.on_return == "rewarded_first":
        return min(reward.units, returned)
    return max(0, returned - (sold.quantity - reward.units))


def _refunded(sold: SoldLine, returned: int) -> int:
    """Money given back once `returned` units came back: between nothing and what was paid, never falling.

    Exact until the one rounding at the end: two shares rounded apart could fall by a cent from one unit to the next.
    """
    gross = returned * (sold.unit_price_minor - Fraction(sold.till_discount_minor, sold.quantity))
    for reward in sold.rewards:
        gross -= Fraction(reward.discount_minor * _undone_units(sold, reward, returned), reward.units)
    kept = min(max(Fraction(0), gross), Fraction(sold.paid_minor))
    return half_up(kept.numerator, kept.denominator)


def _share(amount: int, part: int, whole: int) -> int:
    return half_up(amount * part, whole)
