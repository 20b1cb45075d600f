"""Whole-number money: rounding half up, and splitting an amount so that the parts add up."""

from collections.abc import Sequence


def half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to `numerator / denominator`, a half upwards; both ≥ 0, the latter > 0."""
    assert numerator >= 0
    assert denominator > 0
    return (2 * numerator + denominator) // (2 * denominator)


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split `amount` over `weights` by largest remainder (Hamilton's method); the parts add up exactly.

    Equal remainders go to the earlier place (acceptance D7). With no weight at all nothing is split.

    Args:
        amount: ≥ 0.
        weights: each ≥ 0.
    """
    assert amount >= 0
    total = sum(weights)
    if total == 0:
        return tuple(0 for _ in weights)
    parts = [amount * weight // total for weight in weights]
    left = amount - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for place in by_remainder[:left]:
        parts[place] += 1
    return tuple(parts)
