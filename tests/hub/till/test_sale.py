"""A sale from basket to commit, on a real database: history in, outcome out."""

from pathlib import Path

from hub.till.cash import HOLD_LIFE_S
from hub.till.desk import QUOTE_LIFE_S
from hub.till.events import (
    BasketVoided,
    SaleCommitted,
)
from tests.hub.till.kit import ANNA, DAY_S, Shop, packs, program, refused


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
