"""A sale from basket to return, on a real database: history in, outcome out."""

from pathlib import Path

import pytest

from hub.offers.assurance import Assurance
from hub.till.binding import ACT_LIFE_S
from hub.till.cash import HOLD_LIFE_S
from hub.till.desk import QUOTE_LIFE_S
from hub.till.events import (
    ActLapsed,
    BasketQuoted,
    BasketVoided,
    ConfirmationAsked,
    SaleCommitted,
    SaleReturned,
)
from hub.till.problem import TillProblem
from tests.hub.till.kit import ANNA, BEN, DAY_S, Shop, packs, program


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def refused(code: str) -> pytest.RaisesExc[TillProblem]:
    return pytest.raises(TillProblem, match=f"^{code}:")


def touch(shop: Shop, who: object = ANNA, till: str = "t1", assurance: Assurance = Assurance.TOUCH) -> None:
    assert who in (ANNA, BEN)
    person = ANNA if who == ANNA else BEN
    shop.service.act_given(till, person.member_id, person.account_id, assurance, "c" * 16, shop.now_s)


def test_the_fifth_pack_is_discounted_and_paid_from_points(shop: Shop) -> None:
    shop.buy("b1", packs(4))
    sold = shop.buy("b2", packs())
    assert (sold.discount_minor, sold.paid_minor, sold.points_used) == (300, 700, 100)
    assert [(p.counter, p.every, p.open_rights) for p in sold.programs] == [(0, 5, 0)]
    assert shop.points() == 1000 + 40 - 100 + 7


def test_d15_counter_3_and_7_units_leave_counter_0_and_2_rewards(shop: Shop) -> None:
    shop.buy("b1", packs(3))
    sold = shop.buy("b2", packs(7))
    assert (sold.discount_minor, sold.points_used, shop.state()) == (600, 200, (0, 0))


def test_d2_over_visits_of_2_3_4_2_pens(tmp_path: Path) -> None:
    shop = Shop(tmp_path, (program(discount={"percent": 100}, points_per_unit=0),))
    seen = []
    for number, units in enumerate((2, 3, 4, 2)):
        sold = shop.buy(f"b{number}", packs(units))
        seen.append((sold.discount_minor // 1000, sold.programs[0].counter))
    assert seen == [(0, 2), (1, 0), (0, 4), (1, 1)]


def test_the_counter_moves_at_commit_only(shop: Shop) -> None:
    shop.hold(shop.put("b1", packs(4)))
    assert shop.state() == (0, 0)
    shop.commit("b1")
    assert shop.state() == (4, 0)


def test_d14_what_the_till_claims_is_recomputed(shop: Shop) -> None:
    quote = shop.put("b1", packs(1, 500) | {"line": 1})
    assert quote.total_minor == 500


def test_a_quote_carries_ticket_lines_for_effects_refusals_and_near_misses(shop: Shop) -> None:
    assert [t.fr for t in shop.put("b1", packs(2)).ticket] == ["Couches : encore 3"]
    assert [t.fr for t in shop.put("b2", packs(5)).ticket] == ["Couches x1 -3,00 € 100 pts"]
    assert [t.fr for t in shop.put("b3", packs(), card="9999").ticket] == ["Carte inconnue"]


def test_the_same_snapshot_again_changes_nothing_and_an_older_one_is_refused(shop: Shop) -> None:
    shop.put("b1", packs(5), revision=2)
    assert shop.put("b1", packs(5), revision=2).discount_minor == 300
    for revision, quantity in ((1, 5), (2, 6)):
        with refused("stale_revision"):
            shop.put("b1", packs(quantity), revision=revision)
    with refused("basket_of_other_till"):
        shop.put("b1", packs(5), revision=3, till="t2")
    with refused("unknown_till"):
        shop.put("b9", packs(), till="t9")


def test_a_held_basket_sent_again_unchanged_keeps_its_hold(shop: Shop) -> None:
    quote = shop.put("b1", packs(5))
    held = shop.hold(quote)
    assert shop.put("b1", packs(5)) == quote
    assert shop.hold(quote) == held
    assert shop.commit("b1", held.hold_id).discount_minor == 300


def test_a_change_after_the_hold_gives_the_hold_up(shop: Shop) -> None:
    held = shop.hold(shop.put("b1", packs(5)))
    assert shop.put("b1", packs(6), revision=2).discount_minor == 300
    with refused("hold_released"):
        shop.commit("b1", held.hold_id)


def test_two_tills_cannot_hold_the_same_right(shop: Shop) -> None:
    shop.buy("b1", packs(4))
    first, second = shop.put("b2", packs()), shop.put("b3", packs(), till="t2")
    assert first.discount_minor == second.discount_minor == 300
    shop.hold(first)
    with refused("quote_worse") as caught:
        shop.hold(second)
    assert [r.code for r in caught.value.refusals] == ["held_elsewhere"]
    assert shop.put("b3", packs(), till="t2", revision=2).refusals[0].code == "held_elsewhere"


def test_two_tills_cannot_hold_the_same_points(tmp_path: Path) -> None:
    shop = Shop(tmp_path, (program(), program(id="milk", products=["m1"])), points=100)
    nappies, milk = shop.put("b1", packs(5)), shop.put("b2", packs(5, product="m1"), till="t2")
    shop.hold(nappies)
    with refused("quote_worse") as caught:
        shop.hold(milk)
    assert [r.code for r in caught.value.refusals] == ["points_short"]


def test_void_frees_what_was_held(shop: Shop) -> None:
    shop.hold(shop.put("b1", packs(5)))
    assert shop.points() == 900
    shop.service.void("b1")
    assert shop.points() == 1000
    assert shop.service.void("b1").status == "voided"
    with refused("unknown_basket"):
        shop.commit("b1")
    assert isinstance(shop.events[-1], BasketVoided)


async def test_a_commit_under_a_live_hold_never_refuses(shop: Shop) -> None:
    """Not even when membership ended and the points expired meanwhile."""
    await shop.clock.advance(shop.config.points_valid_days * DAY_S - HOLD_LIFE_S / 2)
    held = shop.hold(shop.put("b1", packs(5)))
    await shop.clock.advance(HOLD_LIFE_S - 1)
    shop.people.ended.add(ANNA.member_id)
    assert shop.points() == 0
    assert shop.commit("b1", held.hold_id).discount_minor == 300


async def test_d18_points_expired_between_quote_and_hold_are_refused_with_a_reason(shop: Shop) -> None:
    await shop.clock.advance(shop.config.points_valid_days * DAY_S - 10)
    quote = shop.put("b1", packs(5))
    await shop.clock.advance(20)
    with refused("quote_worse") as caught:
        shop.hold(quote)
    assert [(r.code, r.observed, r.needed) for r in caught.value.refusals] == [("points_short", 0, 100)]
    assert shop.state() == (0, 0)


async def test_d18_points_expired_after_the_hold_expired_are_refused_at_commit(shop: Shop) -> None:
    await shop.clock.advance(shop.config.points_valid_days * DAY_S - 10)
    held = shop.hold(shop.put("b1", packs(5)))
    await shop.clock.advance(HOLD_LIFE_S)
    with refused("quote_worse"):
        shop.commit("b1", held.hold_id)
    assert shop.sales.ledger.find("b1") is None


async def test_an_expired_hold_that_is_no_worse_still_commits(shop: Shop) -> None:
    held = shop.hold(shop.put("b1", packs(5)))
    await shop.clock.advance(HOLD_LIFE_S)
    assert shop.commit("b1", held.hold_id).discount_minor == 300


def test_d18_permission_withdrawn_between_quote_and_hold_or_commit(shop: Shop) -> None:
    quote = shop.put("b1", packs(5))
    shop.people.ended.add(ANNA.member_id)
    with refused("customer_gone"):
        shop.hold(quote)
    with refused("customer_gone"):
        shop.commit("b1")
    again = shop.put("b1", packs(5), revision=2)
    assert (again.customer, again.discount_minor, again.refusals[0].code) == ("none", 0, "no_membership")


async def test_an_ended_membership_stops_a_commit_under_an_expired_hold(shop: Shop) -> None:
    held = shop.hold(shop.put("b1", packs(5)))
    await shop.clock.advance(HOLD_LIFE_S)
    shop.people.ended.add(ANNA.member_id)
    with refused("customer_gone"):
        shop.commit("b1", held.hold_id)


async def test_an_old_quote_a_wrong_quote_and_a_wrong_revision_cannot_be_held(shop: Shop) -> None:
    quote = shop.put("b1", packs(5))
    with refused("stale_revision"):
        shop.hold(quote.model_copy(update={"revision": 2}))
    with refused("quote_changed"):
        shop.hold(quote.model_copy(update={"quote_id": "0" * 16}))
    await shop.clock.advance(QUOTE_LIFE_S)
    with refused("quote_changed"):
        shop.hold(quote)
    with refused("unknown_basket"):
        shop.hold(quote.model_copy(update={"basket_id": "b2"}))


def test_a_commit_without_a_hold_settles_the_quote_at_once(shop: Shop) -> None:
    shop.put("b1", packs(5))
    assert shop.commit("b1").discount_minor == 300


def test_the_same_key_again_gets_the_same_answer_and_no_second_effect(shop: Shop) -> None:
    """D16: the same commit sent three times has one effect."""
    held = shop.hold(shop.put("b1", packs(5)))
    answers = {shop.commit("b1", held.hold_id, "key-once").model_dump_json() for _ in range(3)}
    assert len(answers) == 1
    assert shop.points() == 1000 - 100 + 47
    assert len([e for e in shop.events if isinstance(e, SaleCommitted)]) == 1
    with refused("idempotency_key_reused"):
        shop.commit("b1", None, "key-once")
    with refused("already_committed"):
        shop.commit("b1", held.hold_id, "key-other")
    for change in (lambda: shop.put("b1", packs(), revision=9), lambda: shop.service.void("b1")):
        with refused("already_committed"):
            change()


def test_a_hold_belongs_to_its_basket(shop: Shop) -> None:
    held = shop.hold(shop.put("b1", packs(5)))
    shop.put("b2", packs())
    for hold_id in (held.hold_id, "0" * 16):
        with refused("unknown_hold"):
            shop.commit("b2", hold_id)


def test_nobodys_sale_goes_through_and_leaves_nothing(shop: Shop, tmp_path: Path) -> None:
    held = shop.hold(shop.put("b1", packs(5, product="canary"), card=None))
    sold = shop.commit("b1", held.hold_id)
    assert (sold.status, sold.paid_minor, sold.points_earned) == ("not_a_member", 5000, 0)
    assert shop.sales.ledger.find("b1") is None
    assert not any(b"canary" in file.read_bytes() for file in tmp_path.glob("hub.db*"))
    with refused("already_committed"):
        shop.commit("b1", held.hold_id)
    with refused("unknown_sale"):
        shop.take_back("b1")


async def test_nobodys_expired_hold_commits(shop: Shop) -> None:
    held = shop.hold(shop.put("b1", packs(5), card=None))
    await shop.clock.advance(HOLD_LIFE_S)
    assert shop.commit("b1", held.hold_id).status == "not_a_member"


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
