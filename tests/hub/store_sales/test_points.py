"""Lots of points: what expires when, what is spent first (D12)."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.store.sales import Sales
from hub.store.sales_ledger import PostedSale
from tests.hub.till.kit import ANNA, DAY_S, open_sales

ACCOUNT = ANNA.account_id


@pytest.fixture
def sales(tmp_path: Path) -> Sales:
    return open_sales(tmp_path / "hub.db", valid_days=90)


def spend(sales: Sales, points: int, sale_id: str, now_s: float) -> bool:
    with sales.transaction():
        drawn = sales.points.draw(ACCOUNT, points, now_s)
        if drawn is None:
            return False
        sales.ledger.post_head(PostedSale(sale_id, ACCOUNT, "till", "t1", now_s, 0))
        sales.points.spend(drawn, sale_id, now_s)
    return True


def free(sales: Sales, now_s: float) -> list[int]:
    return [lot.free for lot in sales.points.lots(ACCOUNT, now_s)]


def test_d12_lots_of_90_days_are_spent_soonest_to_expire_first(sales: Sales) -> None:
    sales.credit_points(ACCOUNT, 575, "earned", 0.0)
    sales.credit_points(ACCOUNT, 805, "earned", 10 * DAY_S)
    assert spend(sales, 500, "s1", 11 * DAY_S)
    assert free(sales, 11 * DAY_S) == [75, 805]
    assert spend(sales, 500, "s2", 12 * DAY_S)
    assert free(sales, 12 * DAY_S) == [0, 380]
    assert sales.points.balance(ACCOUNT, 101 * DAY_S) == 0
    assert free(sales, 101 * DAY_S) == []


def test_a_lot_lives_to_the_last_second_of_its_time(sales: Sales) -> None:
    sales.credit_points(ACCOUNT, 10, "earned", 0.0)
    assert sales.points.balance(ACCOUNT, 90 * DAY_S - 1) == 10
    assert sales.points.balance(ACCOUNT, 90 * DAY_S) == 0


def test_more_than_the_balance_cannot_be_drawn(sales: Sales) -> None:
    sales.credit_points(ACCOUNT, 10, "earned", 0.0)
    assert not spend(sales, 11, "s1", 1.0)
    assert spend(sales, 10, "s2", 1.0)


def test_no_points_make_no_lot(sales: Sales) -> None:
    sales.credit_points(ACCOUNT, 0, "earned", 0.0)
    assert free(sales, 1.0) == []


def test_points_of_one_account_are_not_anothers(sales: Sales) -> None:
    sales.credit_points(ACCOUNT, 10, "earned", 0.0)
    assert sales.points.balance("2" * 16, 1.0) == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["earn", "spend"]), st.integers(1, 300), st.integers(0, 30)), max_size=20
    )
)
def test_lots_behave_like_a_plain_list_of_lots(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    sales = open_sales(tmp_path_factory.mktemp("lots") / "hub.db", valid_days=90)
    model: list[list[float]] = []
    now_s = 0.0
    for number, (what, points, days) in enumerate(steps):
        now_s += days * DAY_S
        model = [lot for lot in model if lot[0] > now_s]
        if what == "earn":
            sales.credit_points(ACCOUNT, points, "earned", now_s)
            model.append([now_s + 90 * DAY_S, points])
        elif spend(sales, points, f"s{number}", now_s):
            left: float = points
            for lot in sorted(model):
                part = min(lot[1], left)
                lot[1] -= part
                left -= part
            assert left == 0
        else:
            assert sum(lot[1] for lot in model) < points
        assert sales.points.balance(ACCOUNT, now_s) == sum(lot[1] for lot in model)
