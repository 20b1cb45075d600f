"""Baskets in, quotes out: the every-Nth rule on its own, without a store."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.offers.assurance import Assurance
from hub.offers.counting import nth_purchase, tally
from hub.offers.evaluate import Rules, evaluate
from hub.offers.model import AccountFacts, Basket, Counted, Customer, Line, ProgramFacts, Quote
from hub.offers.preview import LastPaid, preview
from hub.offers.program import Program
from hub.texts import TICKET_CHARS
from tests.hub.till.kit import EPOCH_S, program

RULES = Rules("EUR", touch_cap_minor=500, points_per_unit_spent=1)
CARD = Customer("1" * 16, Assurance.POSSESSION, "p")
TOUCH = Customer("1" * 16, Assurance.TOUCH, "p")


def line(quantity: int, price_minor: int = 1000, product: str = "p1", n: int = 1, off: int = 0) -> Line:
    return Line(n, product, "Couches", quantity, price_minor, off)


def facts(
    live: int = 0,
    history: int = 0,
    granted: int = 0,
    held: int = 0,
    points: int = 10**6,
    program_id: str = "couches-5",
) -> AccountFacts:
    purchases = (
        Counted("old", EPOCH_S - 2e6, history, live=False),
        Counted("new", EPOCH_S - 1e6, live, live=True),
    )
    return AccountFacts(points, {program_id: ProgramFacts(purchases, granted, held)})


def quote(
    *lines: Line,
    given: AccountFacts | None = None,
    programs: tuple[Program, ...] | None = None,
    who: Customer | None = CARD,
    now_s: float = EPOCH_S,
) -> Quote:
    chosen = (program(),) if programs is None else programs
    return evaluate(Basket("b", lines), who, given or facts(), chosen, RULES, now_s)


def test_d15_counter_3_and_quantity_7_discount_2_units_and_leave_counter_0() -> None:
    got = quote(line(7), given=facts(history=3))
    assert [(e.units, e.discount_minor, e.points) for e in got.effects] == [(2, 600, 200)]
    assert got.standings[0].counter_before == 3
    assert got.standings[0].counter_after == 0
    assert got.to_pay_minor == 6400


def test_d2_over_visits_of_2_3_4_2_pens_free_are_0_1_0_1() -> None:
    pens = program(discount={"percent": 100}, points_per_unit=0)
    bought = granted = 0
    seen = []
    for units in (2, 3, 4, 2):
        got = quote(line(units), given=facts(live=bought, granted=granted), programs=(pens,))
        free = sum(e.units for e in got.effects)
        seen.append((free, got.standings[0].counter_after))
        bought, granted = bought + units, granted + free
    assert seen == [(0, 2), (1, 0), (0, 4), (1, 1)]


@pytest.mark.parametrize(("items", "to_pay_minor"), [(1, 0), (17, 17600)])
def test_d9_an_amount_never_takes_a_line_below_zero(items: int, to_pay_minor: int) -> None:
    amount = program(every=2, discount={"amount_minor": 24900}, points_per_unit=0)
    assert quote(
        line(items, 2500), given=facts(live=1, granted=(items - 1) // 2), programs=(amount,)
    ).to_pay_minor == (to_pay_minor)


def test_d8_a_percentage_is_rounded_half_up_once_a_line() -> None:
    ten = program(every=2, discount={"percent": 10}, points_per_unit=0)
    prices = (106, 206, 306, 406)
    lines = tuple(line(1, price, n=n) for n, price in enumerate(prices, 1))
    got = quote(*lines, given=facts(live=8, granted=0), programs=(ten,))
    assert got.discount_minor == 11 + 21 + 31 + 41 == 104


@pytest.mark.parametrize(
    ("window", "given"),
    [
        ({"valid_until": "2017-07-12"}, False),
        ({"valid_from": "2017-07-14", "valid_until": "2017-07-14"}, True),
        ({"valid_from": "2017-07-15"}, False),
    ],
)
def test_d11_a_window_includes_its_first_and_last_day(window: dict[str, str], given: bool) -> None:
    now_s = datetime(2017, 7, 14, 23, 59, tzinfo=UTC).timestamp()
    got = quote(line(5), programs=(program(**window),), now_s=now_s)
    assert bool(got.effects) is given
    if not given:
        assert [(r.code, r.observed) for r in got.refusals] == [("outside_window", "14 July 2017")]


def test_d14_the_total_is_computed_from_the_lines() -> None:
    assert quote(line(1, 500), who=None).total_minor == 500


@pytest.mark.parametrize("quantity", [75, 6_000, 10_000_000])
def test_quantities_are_never_taken_apart_into_units(quantity: int) -> None:
    began_s = time.perf_counter()
    got = quote(line(quantity, 1))
    assert time.perf_counter() - began_s < 0.2
    assert got.effects[0].units == min(quantity // 5, 10**6 // 100)


def test_d1_every_fourth_free_of_2_3_6_75_bought_and_their_free_ones() -> None:
    fourth = program(every=4, discount={"percent": 100}, points_per_unit=0)
    free = [
        sum(e.units for e in quote(line(n), programs=(fourth,)).effects) for n in (2, 3 + 1, 6 + 1, 75 + 25)
    ]
    assert free == [0, 1, 1, 25]


def test_the_dearest_unit_is_rewarded_then_the_first_line() -> None:
    got = quote(line(2, 500, n=1), line(1, 900, "p2", n=2), line(2, 900, n=3))
    assert [(e.line, e.units, e.discount_minor) for e in got.effects] == [(2, 1, 270)]


def test_rewards_run_over_several_lines() -> None:
    got = quote(line(1, 900, n=1), line(9, 500, "p2", n=2))
    assert [(e.line, e.units) for e in got.effects] == [(1, 1), (2, 1)]


def test_points_that_do_not_reach_leave_the_right_open_and_say_so() -> None:
    got = quote(line(7), given=facts(history=3, points=150))
    assert [e.units for e in got.effects] == [1]
    assert [(r.code, r.observed, r.needed) for r in got.refusals] == [("points_short", 150, 200)]
    assert got.standings[0].open_after == 1


def test_points_of_this_basket_do_not_pay_for_it() -> None:
    got = quote(line(5, 10_000), given=facts(points=0))
    assert got.points_earned == 500
    assert got.effects == ()
    assert got.refusals[0].code == "points_short"


def test_points_are_earned_on_what_is_paid_in_whole_units() -> None:
    assert quote(line(5, 199)).points_earned == (995 - 60) // 100


def test_a_right_open_from_before_is_given_at_the_next_unit_of_the_group() -> None:
    got = quote(line(1), given=facts(live=6))
    assert [e.units for e in got.effects] == [1]
    assert got.standings[0].open_before == 1


def test_due_units_are_at_most_those_in_the_basket() -> None:
    got = quote(line(1), given=facts(live=14))
    assert [e.units for e in got.effects] == [1]
    assert got.standings[0].open_after == 2


def test_history_moves_the_counter_and_opens_no_right() -> None:
    assert quote(line(1), given=facts(history=23)).effects == ()
    assert [e.units for e in quote(line(1), given=facts(history=24)).effects] == [1]


def test_history_before_the_programs_window_does_not_count() -> None:
    young = program(valid_from=datetime.fromtimestamp(EPOCH_S - 1.5e6, UTC).date().isoformat())
    got = quote(line(1), given=facts(history=4), programs=(young,))
    assert got.standings[0].counter_before == 0


def test_a_touch_redeems_up_to_the_cap_and_above_it_needs_possession() -> None:
    assert [e.discount_minor for e in quote(line(5, 1666), who=TOUCH).effects] == [500]
    got = quote(line(5, 1700), who=TOUCH)
    assert got.effects == ()
    assert [(r.code, r.observed, r.needed) for r in got.refusals] == [
        ("needs_possession", "touch", "possession")
    ]
    assert got.standings[0].open_after == 1
    assert quote(line(5, 1700), who=CARD).effects


def test_the_touch_cap_is_one_for_the_whole_basket() -> None:
    both = (program(), program(id="other", products=["q"]))
    given = AccountFacts(10**6, {p.id: facts(live=4).programs["couches-5"] for p in both})
    got = quote(line(1, 1000), line(1, 1000, "q", n=2), given=given, programs=both, who=TOUCH)
    assert [e.program_id for e in got.effects] == ["couches-5"]
    assert [r.code for r in got.refusals] == ["needs_possession"]


def test_a_program_may_ask_for_possession_whatever_the_amount() -> None:
    strict = program(redeem="possession")
    assert quote(line(5, 100), programs=(strict,), who=TOUCH).refusals[0].code == "needs_possession"
    assert quote(line(5, 100), programs=(strict,), who=CARD).effects


def test_a_unit_serves_one_program_once() -> None:
    both = (program(), program(id="other"))
    given = AccountFacts(10**6, {p.id: facts(live=4).programs["couches-5"] for p in both})
    got = quote(line(1), given=given, programs=both)
    assert [e.program_id for e in got.effects] == ["couches-5"]
    assert [(r.code, r.program_id) for r in got.refusals] == [("nothing_to_discount", "other")]


def test_no_right_is_spent_where_it_brings_nothing() -> None:
    assert quote(line(5, 0)).refusals[0].code == "nothing_to_discount"
    assert quote(line(10, 100, off=999)).effects[0].units == 1


def test_a_right_held_by_another_basket_is_said_so() -> None:
    got = quote(line(1), given=facts(live=4, held=1))
    assert [(r.code, r.observed) for r in got.refusals] == [("held_elsewhere", 1)]


def test_a_near_miss_says_how_far_it_is() -> None:
    got = quote(line(2), given=facts(history=1))
    assert [(n.missing, n.ticket.fr) for n in got.near_misses] == [(2, "Couches : encore 2")]
    visits = program(counts="visits")
    assert quote(line(3), programs=(visits,)).near_misses[0].ticket.en == "Nappies: 4 more visit(s)"


def test_visits_count_once_a_basket_whatever_it_holds() -> None:
    visits = program(counts="visits")
    four = tuple(Counted(f"s{n}", EPOCH_S - n, 3, live=True) for n in range(1, 5))
    got = quote(line(9), given=AccountFacts(500, {"couches-5": ProgramFacts(four)}), programs=(visits,))
    assert [e.units for e in got.effects] == [1]
    assert got.standings[0].counter_after == 0


def test_without_a_customer_nothing_is_looked_at() -> None:
    got = quote(line(5), who=None)
    assert (got.effects, got.refusals, got.near_misses, got.standings, got.points_earned) == (
        (),
        (),
        (),
        (),
        0,
    )


def test_a_basket_without_the_group_touches_no_program() -> None:
    got = quote(line(5, product="bread"))
    assert (got.effects, got.near_misses, got.standings) == ((), (), ())
    assert got.points_earned == 50


def test_reasons_name_what_was_counted_since_when_and_the_version() -> None:
    got = quote(line(1), given=facts(live=6, points=50))
    french = [reason.fr for reason in got.standings[0].reasons]
    assert french[0].startswith("Couches : 1 au compteur depuis le ")
    assert any("Un avantage atteint le" in sentence for sentence in french)
    assert any("50" in sentence for sentence in french)
    assert program().version[:8] in french[-1]
    assert "encore à zéro" in quote(line(1)).standings[0].reasons[0].fr


@given(
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 10),
    st.integers(0, 3),
    st.integers(0, 1000),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3000), st.integers(0, 3000)), max_size=6),
    st.sampled_from([{"percent": 1}, {"percent": 33}, {"percent": 100}, {"amount_minor": 777}]),
)
def test_whatever_comes_nothing_is_below_zero_and_no_more_is_spent_than_there_is(
    live: int,
    history: int,
    granted: int,
    held: int,
    points: int,
    raw: list[tuple[int, int, int]],
    discount: dict[str, int],
) -> None:
    lines = tuple(line(q, p, n=n, off=min(off, q * p)) for n, (q, p, off) in enumerate(raw, 1))
    given_facts = facts(live, history, granted, held, points)
    chosen = program(discount=discount)
    got = quote(*lines, given=given_facts, programs=(chosen,))
    assert got.to_pay_minor >= 0
    assert got.points_used <= points
    units = sum(ln.quantity for ln in lines)
    due = tally(chosen, given_facts.programs["couches-5"]).due(units)
    assert sum(e.units for e in got.effects) <= min(due, units)
    for effect in got.effects:
        assert 0 < effect.discount_minor <= next(ln.payable_minor for ln in lines if ln.line == effect.line)
    tickets = [e.ticket for e in got.effects] + [r.ticket for r in got.refusals]
    for ticket in tickets + [near.ticket for near in got.near_misses]:
        assert len(ticket.fr) <= TICKET_CHARS
        assert len(ticket.en) <= TICKET_CHARS


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=30), st.randoms())
def test_d20_the_order_in_which_purchases_become_known_does_not_matter(
    bought: list[tuple[int, bool]], shuffler: Any
) -> None:
    known = [Counted(f"s{n:02}", EPOCH_S + n // 3, units, live) for n, (units, live) in enumerate(bought)]
    mixed = list(known)
    shuffler.shuffle(mixed)
    for counts in ("units", "visits"):
        chosen = program(counts=counts)
        assert tally(chosen, ProgramFacts(tuple(known))) == tally(chosen, ProgramFacts(tuple(mixed)))
        assert nth_purchase(chosen, known, 5) == nth_purchase(chosen, mixed, 5)


def test_a_preview_says_what_the_next_unit_brings() -> None:
    other = program(id="far", products=["q"])
    ended = program(id="ended", valid_until="2001-01-01")
    given = AccountFacts(50, {"couches-5": facts(live=4).programs["couches-5"]})
    first, second = preview(
        given, {"couches-5": LastPaid("Couches", 799)}, (other, program(), ended), "EUR", EPOCH_S
    )
    assert (first.program_id, first.counter, first.next_unit_due, first.open_right) == (
        "couches-5",
        4,
        True,
        0,
    )
    assert (first.product, first.price_minor, first.discount_minor) == ("Couches", 799, 240)
    assert not first.affordable
    assert (second.program_id, second.product, second.discount_minor) == ("far", None, None)


def test_an_amount_is_spoken_as_money() -> None:
    amount = program(discount={"amount_minor": 250})
    assert "2,50 €" in quote(line(1), programs=(amount,)).standings[0].reasons[-2].fr
