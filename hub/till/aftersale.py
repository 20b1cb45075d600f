"""What comes after a sale, or too late for one: returns and late uploads; both inside a transaction."""

from dataclasses import dataclass
from typing import Final, Literal

from hub.offers.evaluate import points_for
from hub.offers.model import Basket, Refusal
from hub.offers.returning import Undone, undo
from hub.store.sales_holds import Hold
from hub.texts import text
from hub.till import refuse
from hub.till.answers import LateOut, ReturnOut, refusals_out
from hub.till.cash import products, sold
from hub.till.context import Context
from hub.till.desk import NO_MEMBERSHIP, UNKNOWN_CARD, Desk
from hub.till.events import SaleReturned, TillEvent
from hub.till.requests import LateSaleIn, ReturnIn
from hub.till.settlement import Purchase, Settlement, post

CLOCK_SLACK_S: Final = 300.0
"""A till's clock may be this far ahead of the hub's."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose late sale it is, or why it is nobody's."""

    member_id: str | None
    account_id: str | None
    refusals: tuple[Refusal, ...] = ()


_NOBODY: Final = Whose(None, None)


class AfterSale:
    """Posts returns and late sales.

    Args:
        context: what the till's parts share.
        desk: the open baskets.
    """

    def __init__(self, context: Context, desk: Desk) -> None:
        self._at = context
        self._desk = desk

    def take_back(self, body: ReturnIn, now_s: float) -> tuple[ReturnOut, tuple[TillEvent, ...]]:
        """Undo units of a posted basket: counter, points earned and spent, grants, by the original sale.

        Raises:
            TillProblem: the basket or a line is unknown, or more comes back than was sold.
        """
        self._at.known_till(body.till)
        ledger = self._at.sales.ledger
        sale = ledger.find(body.basket_id)
        if sale is None:
            raise refuse.unknown_sale(body.basket_id)
        undone = tuple(self._undo(body.basket_id, line.line, line.quantity) for line in body.lines)
        return_id = self._at.entropy.new_id()
        ledger.post_return(return_id, body.basket_id, body.till, undone, now_s)
        returned = sum(reward.points for u in undone for reward in u.rewards)
        withdrawn = sum(u.points_withdrawn for u in undone)
        points = self._at.sales.points
        points.give_back(sale.account_id, returned, body.basket_id, return_id, now_s)
        points.take_back(withdrawn, body.basket_id, return_id, now_s)
        refund_minor = sum(u.refund_minor for u in undone)
        answer = ReturnOut(
            return_id=return_id,
            basket_id=body.basket_id,
            refund_minor=refund_minor,
            points_returned=returned,
            points_withdrawn=withdrawn,
            programs=self._at.programs_after(sale.account_id, ledger.products(body.basket_id), now_s),
        )
        event = SaleReturned(
            body.till, body.basket_id, return_id, sale.account_id, refund_minor, returned, withdrawn
        )
        return answer, (event,)

    def late(self, body: LateSaleIn, whose: Whose, now_s: float) -> tuple[LateOut, tuple[TillEvent, ...]]:
        """Post a sale made without the hub: it earns, and redeems only the discount of the hold it names.

        That discount was given while the hold stood, so it is posted even when the hold expired since; the
        derived counter and points then make up for it. What the sale reached otherwise stays an open right
        (acceptance D17).

        Raises:
            TillProblem: unknown till, or a sale from the future.
        """
        self._at.known_till(body.till)
        sold_at_s = body.sold_at.timestamp() if body.sold_at else now_s
        if sold_at_s > now_s + CLOCK_SLACK_S:
            raise refuse.future_sale()
        known = self._at.sales.ledger.find(body.basket_id)
        if known is not None:
            return _late_out(
                body.basket_id, "already_posted", known.discount_minor, known.points_used, known.points_earned
            ), ()
        basket = body.basket(body.basket_id)
        redeemed, refusals = self._redeem(body.hold_id, basket)
        self._at.sales.holds.release_basket(body.basket_id)
        if redeemed is not None:
            whose = Whose(None, redeemed.account_id)
            settlement, drawn = Settlement.from_json(redeemed.content), redeemed.lots
        else:
            settlement, drawn = self._earning(basket), ()
        refusals += whose.refusals
        if whose.account_id is None:
            return _late_out(body.basket_id, "not_a_member", 0, 0, 0, refusals), ()
        purchase = Purchase(whose.account_id, body.till, "late", sold_at_s, drawn)
        post(self._at.sales, settlement, purchase, self._at.offers.programs, now_s)
        after = self._at.programs_after(whose.account_id, products(settlement), now_s)
        answer = LateOut(
            basket_id=body.basket_id,
            status="posted",
            discount_minor=settlement.discount_minor,
            points_used=settlement.points_used,
            points_earned=settlement.points_earned,
            refusals=refusals_out(refusals),
            programs=after,
        )
        return answer, (sold(settlement, purchase, after, whose.member_id, late=True),)

    def whose(self, body: LateSaleIn, now_s: float) -> Whose:
        """The card's owner, else whom the basket was bound to before the outage.

        Ask before the transaction: who is asked about a membership may write.
        """
        if body.card is None:
            basket = self._desk.find(body.basket_id)
            if basket is None or basket.bound is None or self._desk.customer(basket, now_s) is None:
                return _NOBODY
            return Whose(basket.bound.member_id, basket.bound.account_id)
        person = self._at.people.by_card(body.card)
        if person is None:
            return Whose(None, None, (UNKNOWN_CARD,))
        if self._at.membership.membership_allowed(person.member_id, now_s) is None:
            return Whose(None, None, (NO_MEMBERSHIP,))
        return Whose(person.member_id, person.account_id)

    def _undo(self, sale_id: str, line: int, quantity: int) -> Undone:
        found = self._at.sales.ledger.sold_line(sale_id, line)
        if found is None:
            raise refuse.unknown_line(line)
        sold_line, returned_before = found
        left = sold_line.quantity - returned_before
        if quantity > left:
            raise refuse.over_returned(line, left, quantity)
        return undo(sold_line, returned_before, quantity)

    def _redeem(self, hold_id: str | None, basket: Basket) -> tuple[Hold | None, tuple[Refusal, ...]]:
        """Use up the hold a late sale names, if it is this basket's and nobody used it."""
        if hold_id is None:
            return None, ()
        hold = self._at.sales.holds.find(hold_id)
        observed = "unknown"
        if hold is not None and hold.account_id is not None:
            observed = hold.status
            if hold.basket_id != basket.basket_id or Settlement.from_json(hold.content).basket != basket:
                observed = "another basket's"
            elif self._at.sales.holds.close(hold.hold_id, "committed"):
                return hold, ()
        needed = "an unused hold of this very basket"
        return None, (Refusal("hold_not_redeemable", None, observed, needed, text("ticket.hold_gone")),)

    def _earning(self, basket: Basket) -> Settlement:
        total_minor = sum(line.payable_minor for line in basket.lines)
        earned = points_for(total_minor, self._at.config.points_per_unit_spent)
        return Settlement(basket, (), total_minor, 0, 0, earned, None, None)


def _late_out(
    basket_id: str,
    status: Literal["already_posted", "not_a_member"],
    discount_minor: int,
    points_used: int,
    points_earned: int,
    refusals: tuple[Refusal, ...] = (),
) -> LateOut:
    return LateOut(
        basket_id=basket_id,
        status=status,
        discount_minor=discount_minor,
        points_used=points_used,
        points_earned=points_earned,
        refusals=refusals_out(refusals),
    )
