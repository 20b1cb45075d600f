"""Whose basket it is, and what is remembered of why. On a real database."""

from pathlib import Path

import pytest

from hub.offers.assurance import Assurance
from hub.till.binding import ACT_LIFE_S
from hub.till.cash import HOLD_LIFE_S
from hub.till.events import (
    ActLapsed,
    BasketQuoted,
    ConfirmationAsked,
    SaleCommitted,
)
from tests.hub.till.kit import ANNA, DAY_S, Shop, packs, program, refused, touch


def test_the_act_binds_to_the_next_basket_and_redeems_by_touch(shop: Shop) -> None:
    shop.buy("b1", packs(4))
    touch(shop)
    quote = shop.put("b2", packs(), card=None)
    assert (quote.customer, quote.discount_minor) == ("bound", 300)
    told = shop.events[-1]
    assert isinstance(told, BasketQuoted)
    assert (told.member_id, told.assurance) == (ANNA.member_id, Assurance.TOUCH)
    assert shop.commit("b2").points_used == 100


def test_above_the_cap_a_touch_is_refused_until_the_card_is_shown(shop: Shop) -> None:
    touch(shop)
    quote = shop.put("b1", packs(5, 2000), card=None)
    assert [r.code for r in quote.refusals] == ["needs_possession"]
    assert shop.put("b1", packs(5, 2000), card="4000", revision=2).discount_minor == 600


def test_an_act_enters_an_open_basket_only_with_the_cashiers_confirmation(shop: Shop) -> None:
    shop.put("b1", packs(), card=None)
    with refused("nothing_to_confirm"):
        shop.service.confirm("b1")
    touch(shop)
    assert isinstance(shop.events[-2], ConfirmationAsked)
    pending = shop.put("b1", packs(), card=None)
    assert (pending.customer, pending.ticket[-1].fr) == (
        "pending_confirmation",
        "Client au kiosque : confirmer ?",
    )
    assert shop.service.confirm("b1").customer == "bound"
    with refused("unknown_basket"):
        shop.service.confirm("b7")


async def test_an_act_nobody_used_lapses(shop: Shop) -> None:
    touch(shop)
    await shop.clock.advance(ACT_LIFE_S)
    shop.service.tick(shop.now_s)
    assert shop.events[-1] == ActLapsed("t1", ANNA.member_id, "c" * 16, "expired")
    assert shop.put("b1", packs(), card=None).customer == "none"


def test_a_withdrawal_takes_the_touch_out_of_the_basket_and_the_old_quote_with_it(shop: Shop) -> None:
    """D18, for recognition: the quote does not stand any more, and the till is told."""
    touch(shop)
    quote = shop.put("b1", packs(5), card=None)
    shop.service.act_withdrawn(ANNA.member_id, shop.now_s)
    with refused("quote_changed"):
        shop.hold(quote)
    assert shop.put("b1", packs(5), card=None).customer == "none"


def test_a_withdrawal_reaches_a_suspended_basket_too(shop: Shop) -> None:
    touch(shop)
    quote = shop.put("b1", packs(5), card=None)
    shop.put("b2", packs(), card=None)
    shop.service.act_withdrawn(ANNA.member_id, shop.now_s)
    with refused("quote_changed"):
        shop.hold(quote)


def test_a_suspended_basket_goes_on_with_its_own_card(shop: Shop) -> None:
    shop.put("b1", packs(5), card=None)
    shop.put("b2", packs(), card="5000")
    assert shop.put("b1", packs(5), card="4000", revision=2).discount_minor == 300
    assert shop.put("b1", packs(5), card=None, revision=3).customer == "none"


def test_her_card_still_earns_and_redeems_after_she_stopped_recognition(shop: Shop) -> None:
    """A17."""
    shop.put("b1", packs(5))
    shop.service.act_withdrawn(ANNA.member_id, shop.now_s)
    assert shop.commit("b1").discount_minor == 300


def test_a_till_cannot_fill_the_memory_with_open_baskets(shop: Shop) -> None:
    first = shop.hold(shop.put("b0", packs(5)))
    for number in range(1, 40):
        shop.put(f"b{number}", packs(), card=None)
    assert shop.service.health().open_baskets == 16
    with refused("hold_released"):
        shop.commit("b0", first.hold_id)


async def test_a_restart_between_hold_and_commit_loses_nothing(shop: Shop, tmp_path: Path) -> None:
    held = shop.hold(shop.put("b1", packs(5)))
    again = Shop(tmp_path, seed=2, clock=shop.clock, fresh=False)
    assert again.commit("b1", held.hold_id).discount_minor == 300
    told = again.events[-1]
    assert isinstance(told, SaleCommitted)
    assert (told.member_id, told.account_id) == (None, ANNA.account_id)


async def test_after_a_restart_a_till_sends_its_basket_again_and_the_old_hold_is_free(
    shop: Shop, tmp_path: Path
) -> None:
    shop.hold(shop.put("b1", packs(5)))
    again = Shop(tmp_path, seed=2, clock=shop.clock, fresh=False)
    assert again.put("b1", packs(5), revision=7).discount_minor == 300


def test_a_decision_names_permission_facts_version_and_refusals(shop: Shop) -> None:
    quote = shop.put("b1", packs(5))
    assert quote.decision_id is not None
    told = shop.service.decision(quote.decision_id)
    assert told.permission == f"membership-{ANNA.member_id}"
    assert told.content["effects"][0]["version"] == program().version
    assert told.content["facts"] == {
        "points": 1000,
        "programs": {
            "couches-5": {"version": program().version, "counted": 0, "history": 0, "granted": 0, "held": 0}
        },
    }
    assert shop.put("b1", packs(5)).decision_id == quote.decision_id
    assert shop.sales.programs.content(program().version) is not None
    with refused("unknown_decision"):
        shop.service.decision("0" * 16)


def test_what_a_kiosk_shows_is_kept_as_a_decision(tmp_path: Path) -> None:
    shop = Shop(tmp_path, points=0)
    shop.buy("b1", packs(4))
    states = shop.offers.preview(ANNA.account_id, shop.now_s)
    assert (states[0].product, states[0].price_minor, states[0].next_unit_due) == ("Couches", 1000, True)
    decision_id = shop.offers.record_preview(ANNA.account_id, states, "r1", shop.now_s)
    told = shop.service.decision(decision_id)
    assert told.content["kind"] == "kiosk"
    assert told.content["refusals"] == [
        {"code": "points_short", "program": "couches-5", "observed": 40, "needed": 100}
    ]


def test_the_database_alone_links_no_decision_to_a_permission(shop: Shop, tmp_path: Path) -> None:
    """C7: a permission record leads to a member, the sale's decision leads to an account."""
    shop.buy("b1", packs(5))
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("hub.db*"))
    assert b"b1" in raw
    assert b"membership-" not in raw
    assert ANNA.member_id.encode() not in raw


async def test_old_answers_and_holds_are_forgotten(shop: Shop) -> None:
    held = shop.hold(shop.put("b1", packs(5)))
    shop.commit("b1", held.hold_id, "key-once")
    shop.service.tick(shop.now_s)
    assert shop.sales.answers.find("key-once")
    await shop.clock.advance(8 * DAY_S)
    shop.service.tick(shop.now_s)
    assert shop.sales.answers.find("key-once") is None
    assert shop.sales.holds.find(held.hold_id) is None
    with refused("already_committed"):
        shop.commit("b1", held.hold_id)


def test_products_that_no_program_counts_are_posted_too(shop: Shop) -> None:
    sold = shop.buy("b1", packs(2, 500, "bread"))
    assert (sold.points_earned, sold.programs) == (10, ())
    told = shop.events[-1]
    assert isinstance(told, SaleCommitted)
    assert (told.counter, told.every) == (0, 0)


def test_a_basket_another_process_posted_cannot_be_held(shop: Shop, tmp_path: Path) -> None:
    quote = shop.put("b1", packs(5))
    Shop(tmp_path, seed=2, clock=shop.clock, fresh=False).buy("b1", packs(5))
    with refused("already_committed"):
        shop.hold(quote)


async def test_d18_a_program_that_became_smaller_is_refused_once_the_hold_expired(
    shop: Shop, tmp_path: Path
) -> None:
    held = shop.hold(shop.put("b1", packs(5)))
    smaller = (program(discount={"percent": 20}),)
    again = Shop(tmp_path, smaller, seed=2, clock=shop.clock, fresh=False)
    await shop.clock.advance(HOLD_LIFE_S)
    with refused("quote_worse"):
        again.commit("b1", held.hold_id)


def test_time_is_told_often_and_old_things_are_looked_for_seldom(shop: Shop) -> None:
    shop.service.tick(shop.now_s)
    shop.sales.answers.prune = lambda before_s: pytest.fail(f"pruned again: {before_s}")  # type: ignore[method-assign]
    shop.service.tick(shop.now_s + 1)
