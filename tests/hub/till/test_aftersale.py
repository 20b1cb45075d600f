"""What comes after a sale: returns, late uploads, rights left open. On a real database."""

from pathlib import Path

import pytest

from hub.till.events import (
    SaleReturned,
)
from tests.hub.till.kit import ANNA, BEN, DAY_S, Shop, packs, program, refused, touch


def test_a_pack_returned_reverses_counter_points_and_grant(shop: Shop) -> None:
    shop.buy("b1", packs(4))
    before = shop.points()
    shop.buy("b2", packs())
    back = shop.take_back("b2")
    assert (back.refund_minor, back.points_returned, back.points_withdrawn) == (700, 100, 7)
    assert shop.points() == before
    assert shop.state() == (4, 0)
    assert isinstance(shop.events[-1], SaleReturned)


def test_d21_returned_and_bought_again_is_granted_once(shop: Shop) -> None:
    shop.buy("b1", packs(5))
    shop.take_back("b1", quantity=1)
    assert shop.state() == (4, 0)
    assert shop.buy("b2", packs()).discount_minor == 0
    assert shop.state() == (0, 0)


def test_d15_rewarded_first_gives_the_reward_back_and_so_it_can_be_earned_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path, (program(on_return="rewarded_first"),))
    shop.buy("b1", packs(5))
    assert shop.take_back("b1").refund_minor == 700
    assert shop.buy("b2", packs()).discount_minor == 300


def test_d13_a_full_return_restores_the_points(tmp_path: Path) -> None:
    shop = Shop(
        tmp_path, (program(every=2, points_per_unit=150, discount={"amount_minor": 1000}),), points=200
    )
    shop.buy("b0", packs(), card="5000")
    shop.buy("b1", packs(2, 4000))
    assert shop.points() == 200 + 70 - 150
    shop.take_back("b1", quantity=2)
    assert shop.points() == 200


def test_d13_a_half_return_reverses_half(tmp_path: Path) -> None:
    shop = Shop(tmp_path, (program(every=2, points_per_unit=75, discount={"amount_minor": 500}),), points=200)
    shop.buy("b0", packs(2, 0, till_discount_minor=0), card="4000")
    assert shop.state() == (0, 1)
    shop.buy("b1", packs(2, 4000))
    assert shop.points() == 200 + 70 - 150
    back = shop.take_back("b1", quantity=1)
    assert (back.points_withdrawn, back.points_returned) == (35, 75)
    assert shop.points() == 160


def test_more_than_was_sold_cannot_come_back(shop: Shop) -> None:
    shop.buy("b1", packs(2))
    shop.take_back("b1", quantity=1)
    with refused("over_returned"):
        shop.take_back("b1", quantity=2)
    with refused("unknown_line"):
        shop.take_back("b1", line=7)
    with refused("unknown_sale"):
        shop.take_back("b7")


def test_a_return_sent_twice_has_one_effect(shop: Shop) -> None:
    shop.buy("b1", packs(2))
    assert shop.take_back("b1", key="key-back") == shop.take_back("b1", key="key-back")
    assert shop.state() == (1, 0)


async def test_points_given_back_after_their_lot_expired_come_as_a_new_lot(shop: Shop) -> None:
    shop.buy("b1", packs(5))
    await shop.clock.advance(shop.config.points_valid_days * DAY_S)
    assert shop.points() == 0
    shop.take_back("b1", quantity=5)
    assert shop.points() == 100


def test_points_earned_spent_and_taken_back_leave_a_debt_that_is_never_shown_below_zero(
    tmp_path: Path,
) -> None:
    shop = Shop(tmp_path, points=0)
    shop.buy("b1", packs(4, 2500))
    shop.buy("b2", packs())
    assert shop.points() == 7
    shop.take_back("b1", quantity=4)
    assert shop.points() == 0
    shop.buy("b3", packs(1, 9200))
    assert shop.points() == 0
    shop.buy("b4", packs(1, 800, "bread"))
    assert shop.points() == 7


def test_d17_a_late_sale_earns_and_leaves_the_right_it_reached_open(shop: Shop) -> None:
    shop.buy("b1", packs(4))
    late = shop.late("b2", packs())
    assert (late.status, late.late, late.discount_minor, late.points_earned) == ("posted", True, 0, 10)
    assert [(p.counter, p.open_rights) for p in late.programs] == [(0, 1)]
    assert shop.late("b2", packs()).status == "already_posted"
    sold = shop.buy("b3", packs())
    assert (sold.discount_minor, sold.programs[0].counter, sold.programs[0].open_rights) == (300, 1, 0)


def test_d17_a_late_sale_redeems_only_the_discount_of_a_hold_it_names(shop: Shop) -> None:
    quote = shop.put("b1", packs(5))
    held = shop.hold(quote)
    late = shop.late("b1", packs(5), hold_id=held.hold_id)
    assert (late.discount_minor, late.points_used, shop.state()) == (300, 100, (0, 0))


def test_d17_a_hold_not_named_is_given_up(shop: Shop) -> None:
    shop.hold(shop.put("b1", packs(5)))
    late = shop.late("b1", packs(5))
    assert (late.discount_minor, shop.points(), shop.state()) == (0, 1050, (0, 1))


@pytest.mark.parametrize(
    ("basket_id", "quantity", "hold", "observed"),
    [
        ("b2", 5, "held", "another basket's"),
        ("b1", 6, "held", "another basket's"),
        ("b1", 5, "0" * 16, "unknown"),
    ],
)
def test_d17_a_hold_of_something_else_redeems_nothing(
    shop: Shop, basket_id: str, quantity: int, hold: str, observed: str
) -> None:
    held = shop.hold(shop.put("b1", packs(5)))
    late = shop.late(basket_id, packs(quantity), hold_id=held.hold_id if hold == "held" else hold)
    assert [(r.code, r.observed) for r in late.refusals] == [("hold_not_redeemable", observed)]
    assert late.discount_minor == 0


def test_d17_a_voided_hold_redeems_nothing(shop: Shop) -> None:
    held = shop.hold(shop.put("b1", packs(5)))
    shop.service.void("b1")
    assert shop.late("b1", packs(5), hold_id=held.hold_id).refusals[0].observed == "released"


async def test_d17_a_hold_that_expired_before_the_upload_is_still_redeemed(shop: Shop) -> None:
    """The shop gave that discount while the hold stood; the account must say so."""
    held = shop.hold(shop.put("b1", packs(5)))
    await shop.clock.advance(DAY_S)
    assert shop.late("b1", packs(5), hold_id=held.hold_id).discount_minor == 300
    assert shop.state() == (0, 0)


def test_a_late_sale_of_nobody_or_from_the_future(shop: Shop) -> None:
    assert shop.late("b1", packs(), card=None).status == "not_a_member"
    assert shop.late("b2", packs(), card="9999").refusals[0].code == "unknown_card"
    shop.people.ended.add(BEN.member_id)
    assert shop.late("b3", packs(), card="5000").refusals[0].code == "no_membership"
    with refused("sold_in_future"):
        shop.late("b4", packs(), sold_at="2100-01-01T00:00:00Z")
    assert shop.late("b5", packs(), sold_at="2017-01-01T00:00:00+01:00").status == "posted"


def test_a_touch_bound_basket_that_went_offline_still_earns(shop: Shop) -> None:
    touch(shop)
    assert shop.put("b1", packs(), card=None).customer == "bound"
    assert shop.late("b1", packs(), card=None).status == "posted"
    shop.put("b2", packs(), card=None)
    assert shop.late("b2", packs(), card=None).status == "not_a_member"


def test_d21_a_right_not_taken_for_want_of_points_stays_and_is_given_later_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path, points=0)
    sold = shop.buy("b1", packs(5))
    assert (sold.discount_minor, sold.programs[0].open_rights) == (0, 1)
    shop.sales.credit_points(ANNA.account_id, 1000, "gesture", shop.now_s)
    assert shop.buy("b2", packs()).discount_minor == 300
    assert shop.buy("b3", packs()).discount_minor == 0
