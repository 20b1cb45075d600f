"""What a hold settles, and how it is posted: every part of a purchase in one transaction."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from hub.offers.assurance import Assurance
from hub.offers.model import Basket, Quote
from hub.offers.money import split
from hub.offers.program import Program
from hub.store.sales import Sales
from hub.store.sales_ledger import PostedGrant, PostedLine, PostedSale


@dataclass(frozen=True, slots=True)
class Settlement:
    """A basket with the rewards it was promised.

    Attributes:
        assurance: how sure we were of the customer; None for nobody's basket.
        decision_id: why; None for nobody's basket.
    """

    basket: Basket
    grants: tuple[PostedGrant, ...]
    total_minor: int
    discount_minor: int
    points_used: int
    points_earned: int
    assurance: Assurance | None
    decision_id: str | None

    def units_by_program(self) -> dict[str, int]:
        """Rewarded units each program gives."""
        units: dict[str, int] = {}
        for grant in self.grants:
            units[grant.program_id] = units.get(grant.program_id, 0) + grant.units
        return units

    def to_json(self) -> str:
        """As a hold keeps it."""
        return _SETTLEMENT.dump_json(self).decode()

    @staticmethod
    def from_json(content: str) -> "Settlement":
        """The inverse of `to_json`."""
        return _SETTLEMENT.validate_json(content)


_SETTLEMENT = TypeAdapter(Settlement)


def settle(
    basket: Basket,
    quote: Quote,
    programs: tuple[Program, ...],
    assurance: Assurance | None,
    decision_id: str | None,
) -> Settlement:
    """Turn a quote into what is to be posted. A basket of nobody keeps no lines."""
    on_return = {program.id: program.on_return for program in programs}
    grants = tuple(
        PostedGrant(
            e.line,
            e.program_id,
            e.program_version,
            e.units,
            e.discount_minor,
            e.points,
            on_return[e.program_id],
        )
        for e in quote.effects
    )
    return Settlement(
        basket if assurance is not None else Basket(basket.basket_id, ()),
        grants,
        quote.total_minor,
        quote.discount_minor,
        quote.points_used,
        quote.points_earned,
        assurance,
        decision_id,
    )


def covers(now: Quote, settled: Settlement) -> bool:
    """Whether every reward that was promised would still be given now, in units and in money."""
    for program_id, units in settled.units_by_program().items():
        effects = [effect for effect in now.effects if effect.program_id == program_id]
        promised_minor = sum(g.discount_minor for g in settled.grants if g.program_id == program_id)
        if sum(effect.units for effect in effects) < units:
            return False
        if sum(effect.discount_minor for effect in effects) < promised_minor:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Purchase:
    """Whose settlement is posted, and how it came about."""

    account_id: str
    till: str
    origin: str
    sold_at_s: float
    drawn: tuple[tuple[str, int], ...]
    """(lot id, points) that pay for it."""


def post(
    sales: Sales, settlement: Settlement, purchase: Purchase, programs: tuple[Program, ...], now_s: float
) -> None:
    """Post the purchase, its counted lines, its grants, points spent and points earned.

    Call it inside the `Sales.transaction` that found the basket not posted yet.
    """
    assert sum(points for _lot_id, points in purchase.drawn) == settlement.points_used
    basket = settlement.basket
    discounts = {line.line: 0 for line in basket.lines}
    for grant in settlement.grants:
        discounts[grant.line] += grant.discount_minor
    paid = [line.payable_minor - discounts[line.line] for line in basket.lines]
    earned = split(settlement.points_earned, paid)
    lines = [
        PostedLine(
            line,
            paid_minor,
            points,
            tuple(
                p.id for p in programs if line.product_id in p.product_set and p.open_at(purchase.sold_at_s)
            ),
        )
        for line, paid_minor, points in zip(basket.lines, paid, earned, strict=True)
    ]
    sale = PostedSale(
        basket.basket_id,
        purchase.account_id,
        purchase.origin,
        purchase.till,
        purchase.sold_at_s,
        settlement.total_minor,
        settlement.discount_minor,
        settlement.points_used,
        settlement.points_earned,
        settlement.decision_id,
    )
    sales.ledger.post(sale, lines, settlement.grants)
    sales.points.spend(purchase.drawn, basket.basket_id, now_s)
    sales.points.credit(purchase.account_id, settlement.points_earned, "earned", now_s, basket.basket_id)
