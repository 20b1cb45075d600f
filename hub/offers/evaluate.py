"""Prices one basket under all programs: a pure function of basket, customer, facts and time.

Order: permission (without a customer there is nothing to look at) → window → right reached → points →
assurance. Each step that stops a program says so as a refusal. Programs come in the order of their files; a
unit serves one.
"""

from dataclasses import dataclass, field

from hub.offers.allocate import Reward, Shelf, allocate, shelves, take
from hub.offers.assurance import Assurance
from hub.offers.counting import Tally, measure, tally
from hub.offers.model import (
    AccountFacts,
    Basket,
    Customer,
    Effect,
    NearMiss,
    ProgramFacts,
    Quote,
    Refusal,
    Standing,
)
from hub.offers.program import Program
from hub.offers.reasons import reasons
from hub.texts import day, money, ticket_line

MINOR_PER_UNIT = 100
"""The two-decimal currencies of the stores this is built for (EUR, CHF, GBP …)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the store decides for all programs."""

    currency: str
    touch_cap_minor: int
    """Largest discount of a basket that a touch may redeem."""
    points_per_unit_spent: int
    """Points earned per whole currency unit paid."""


@dataclass(slots=True)
class _Purse:
    """What is left to spend while the programs are gone through."""

    points: int
    touch_room_minor: int
    shelves: tuple[Shelf, ...]


@dataclass(slots=True)
class _Draft:
    """A quote in the making."""

    purse: _Purse
    effects: list[Effect] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    near: list[NearMiss] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)

    def quote(self, total_minor: int, points: int, rules: Rules) -> Quote:
        discount_minor = sum(effect.discount_minor for effect in self.effects)
        paid_minor = total_minor - discount_minor
        assert paid_minor >= 0
        return Quote(
            total_minor,
            discount_minor,
            sum(effect.points for effect in self.effects),
            points_for(paid_minor, rules.points_per_unit_spent),
            points,
            tuple(self.effects),
            tuple(self.refusals),
            tuple(self.near),
            tuple(self.standings),
        )


def evaluate(
    basket: Basket,
    customer: Customer | None,
    facts: AccountFacts,
    programs: tuple[Program, ...],
    rules: Rules,
    now_s: float,
) -> Quote:
    """What this basket gets, what it does not and why, and how far the next right is.

    Args:
        basket: the full snapshot; amounts the client claims are not in it, they are computed here
            (acceptance D14).
        customer: None while nobody is bound: then no effect, and nothing of an account is looked at.
        facts: of the customer's account; points held by other baskets already taken off.
        programs: all of the store.
        rules: of the store.
        now_s: store time.
    """
    total_minor = sum(line.payable_minor for line in basket.lines)
    if customer is None:
        return Quote(total_minor, 0, 0, 0, 0, (), (), (), ())
    draft = _Draft(_Purse(facts.points, rules.touch_cap_minor, shelves(basket.lines)))
    for program in programs:
        units_now = sum(line.quantity for line in basket.lines if line.product_id in program.product_set)
        if units_now == 0:
            continue
        if program.open_at(now_s):
            _consider(draft, program, units_now, customer, facts, rules)
        else:
            draft.refusals.append(_outside_window(program, now_s))
    return draft.quote(total_minor, facts.points, rules)


def _consider(
    draft: _Draft, program: Program, units_now: int, customer: Customer, facts: AccountFacts, rules: Rules
) -> None:
    """Add what one program in force does to the basket."""
    program_facts = facts.programs.get(program.id, ProgramFacts())
    before = tally(program, program_facts)
    more = measure(program, units_now)
    given, refused = _reward(program, before.due(more), draft.purse, customer, rules)
    if not given and not refused:
        refused, nothing_due = _why_nothing(program, before, more)
        draft.near.extend(nothing_due)
    draft.effects.extend(given)
    draft.refusals.extend(refused)
    rewarded = sum(effect.units for effect in given)
    draft.standings.append(
        Standing(
            program.id,
            program.version,
            program.group.local,
            program.every,
            before.counter,
            (before.counter + more) % program.every,
            before.due(),
            before.due(more) - rewarded,
            reasons(program, program_facts, before, facts.points, rules.currency),
        )
    )


def points_for(paid_minor: int, points_per_unit_spent: int) -> int:
    """Points earned by a payment: so many for each *whole* currency unit."""
    return paid_minor // MINOR_PER_UNIT * points_per_unit_spent


def _reward(
    program: Program, due: int, purse: _Purse, customer: Customer, rules: Rules
) -> tuple[tuple[Effect, ...], list[Refusal]]:
    """Reward up to `due` units from what is left in `purse`; say why what was due is not given."""
    wanted = sum(reward.units for reward in allocate(program, purse.shelves, due))
    price = program.points_per_unit
    affordable = min(wanted, purse.points // price) if price else wanted
    refusals = [_points_short(program, purse.points, wanted * price)] if affordable < wanted else []
    rewards = allocate(program, purse.shelves, affordable)
    discount_minor = sum(reward.discount_minor for reward in rewards)
    if rewards and not _sure_enough(program, customer, discount_minor, purse):
        return (), [*refusals, _needs_possession(program, customer)]
    take(purse.shelves, rewards)
    purse.points -= affordable * price
    if customer.assurance < Assurance.POSSESSION:
        purse.touch_room_minor -= discount_minor
    return tuple(_effect(program, reward, rules.currency) for reward in rewards), refusals


def _sure_enough(program: Program, customer: Customer, discount_minor: int, purse: _Purse) -> bool:
    if customer.assurance >= Assurance.POSSESSION:
        return True
    return customer.assurance >= program.needed_to_redeem and discount_minor <= purse.touch_room_minor


def _effect(program: Program, reward: Reward, currency: str) -> Effect:
    points = reward.units * program.points_per_unit
    return Effect(
        program.id,
        program.version,
        program.group.local,
        reward.line.line,
        reward.line.description,
        reward.units,
        reward.line.unit_price_minor,
        reward.discount_minor,
        points,
        ticket_line(
            "ticket.reward",
            label=program.group.local,
            units=reward.units,
            amount=money(reward.discount_minor, currency),
            points=points,
        ),
    )


def _why_nothing(program: Program, before: Tally, more: int) -> tuple[list[Refusal], list[NearMiss]]:
    label = program.group.local
    if before.due_but_held(more):
        ticket = ticket_line("ticket.held_elsewhere", label=label)
        return [
            Refusal("held_elsewhere", program.id, before.held, "a right no other basket holds", ticket)
        ], []
    if before.due(more) > 0:
        ticket = ticket_line("ticket.nothing_to_discount", label=label)
        return [Refusal("nothing_to_discount", program.id, 0, "a unit that costs something", ticket)], []
    missing = before.missing(more)
    ticket = ticket_line(f"ticket.near_{program.counts}", label=label, missing=missing)
    return [], [NearMiss(program.id, missing, ticket)]


def _points_short(program: Program, observed: int, needed: int) -> Refusal:
    ticket = ticket_line("ticket.points_short", label=program.group.local, missing=needed - observed)
    return Refusal("points_short", program.id, observed, needed, ticket)


def _needs_possession(program: Program, customer: Customer) -> Refusal:
    ticket = ticket_line("ticket.needs_possession", label=program.group.local)
    return Refusal(
        "needs_possession",
        program.id,
        customer.assurance.name.lower(),
        Assurance.POSSESSION.name.lower(),
        ticket,
    )


def _outside_window(program: Program, now_s: float) -> Refusal:
    window = f"{program.valid_from or '…'} to {program.valid_until or '…'}"
    ticket = ticket_line("ticket.outside_window", label=program.group.local)
    return Refusal("outside_window", program.id, day(now_s).en, window, ticket)
