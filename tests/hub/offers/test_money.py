"""Whole-number money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.offers.money import half_up, split


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"), [(0, 7, 0), (1, 2, 1), (3, 2, 2), (1, 3, 0), (2, 3, 1)]
)
def test_a_half_goes_up(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


def test_d7_an_amount_is_split_by_largest_remainder() -> None:
    assert split(299, [4300, 1400, 2300]) == (161, 52, 86)
    assert split(299, [1000, 1000, 1000]) == (100, 100, 99)


def test_d6_a_cap_is_split_by_largest_remainder() -> None:
    assert split(5000, [12000, 23000, 30000]) == (923, 1769, 2308)


def test_nothing_is_split_over_nothing() -> None:
    assert split(5, [0, 0]) == (0, 0)
    assert split(0, []) == ()


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_the_parts_add_up_and_are_fair_to_a_unit(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    total = sum(weights)
    if total == 0:
        assert parts == tuple(0 for _ in weights)
        return
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert amount * weight // total <= part <= amount * weight // total + 1
