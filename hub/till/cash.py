"""From quote to sale: hold and commit, both inside `Sales.transaction`.

The customer comes as an argument: who asks about a membership may write, and so asks before the transaction.
"""

from typing import Final

from hub.offers.model import Customer
from hub.store.sales_holds import Hold
from hub.texts import ticket_line
from hub.till import refuse
from hub.till.answers import CommitOut, HoldOut, ProgramAfter, moment
from hub.till.baskets import OpenBasket
from hub.till.context import Context
from hub.till.desk import Desk
from hub.till.events import SaleCommitted, TillEvent
from hub.till.requests import HoldIn
from hub.till.settlement import Purchase, Settlement, covers, post, settle

HOLD_LIFE_S: Final = 600.0
"""Paying takes a minute, with a forgotten code and a second card five; after ten the right is free again."""


class Cash:
    """Settles quotes and posts them.

    Args:
        context: what the till's parts share.
        desk: the open baskets.
    """

    def __init__(self, context: Context, desk: Desk) -> None:
        self._at = context
        self._desk = desk

    def hold(self, basket_id: str, body: HoldIn, customer: Customer | None, now_s: float) -> HoldOut:
        """Settle a quote: reserve its points and rights, so that a commit in time never refuses.

        `customer` is whose basket it is now.

        Raises:
            TillProblem: the quote does not stand any more, or what it gave cannot be given (acceptance D18).
        """
        basket = self._desk.basket(basket_id)
        if body.revision != basket.snapshot.revision:
            raise refuse.stale_revision(body.revision, basket.snapshot.revision)
        standing = self._at.sales.holds.open_of_basket(basket_id)
        if standing and standing.live(now_s) and basket.held_quote_id == body.quote_id:
            return _hold_out(standing)
        assert basket.answer is not None, "an open basket is quoted"
        if body.quote_id != basket.answer.quote_id or now_s >= basket.quote_expires_at_s:
            raise refuse.quote_gone()
        hold = self._place(basket, customer, now_s)
        basket.held_quote_id = body.quote_id
        return _hold_out(hold)

    def commit(
        self, basket_id: str, hold_id: str | None, customer: Customer | None, now_s: float
    ) -> tuple[CommitOut, tuple[TillEvent, ...]]:
        """Post the purchase. Under a live hold this never refuses.

        Raises:
            TillProblem: posted already; no such hold; or, without a live one, the discount cannot be given.
        """
        hold = self._hold_to_commit(basket_id, hold_id, customer, now_s)
        settlement = Settlement.from_json(hold.content)
        drawn = hold.lots if hold.live(now_s) else self._settle_again(hold, settlement, customer, now_s)
        closed = self._at.sales.holds.close(hold.hold_id, "committed")
        assert closed, "read as held in this very transaction"
        if hold.account_id is None:
            return _commit_out(settlement, None, ()), ()
        purchase = Purchase(hold.account_id, hold.till, "till", now_s, drawn)
        post(self._at.sales, settlement, purchase, self._at.offers.programs, now_s)
        after = self._at.programs_after(hold.account_id, products(settlement), now_s)
        event = sold(settlement, purchase, after, self._member(hold), late=False)
        balance = self._at.sales.points.balance(hold.account_id, now_s)
        return _commit_out(settlement, balance, after), (event,)

    def _hold_to_commit(
        self, basket_id: str, hold_id: str | None, customer: Customer | None, now_s: float
    ) -> Hold:
        if self._at.sales.ledger.find(basket_id) is not None:
            raise refuse.basket_posted(basket_id)
        holds = self._at.sales.holds
        hold = holds.open_of_basket(basket_id) if hold_id is None else holds.find(hold_id)
        if hold is None and hold_id is None:
            return self._place(self._desk.basket(basket_id), customer, now_s)
        if hold is None or hold.basket_id != basket_id:
            raise refuse.unknown_hold(str(hold_id))
        if hold.status == "committed":
            raise refuse.basket_posted(basket_id)
        if hold.status == "released":
            raise refuse.hold_released()
        return hold

    def _place(self, basket: OpenBasket, customer: Customer | None, now_s: float) -> Hold:
        """Hold what the basket's quote says, if it can still be given."""
        quoted, quoted_for = basket.quote, basket.customer
        assert quoted is not None, "an open basket is quoted"
        if quoted_for is not None and customer is None:
            raise refuse.customer_gone()
        if self._at.sales.ledger.find(basket.basket_id) is not None:
            raise refuse.basket_posted(basket.basket_id)
        self._at.sales.holds.release_basket(basket.basket_id)
        decision_id = basket.answer.decision_id if basket.answer else None
        settlement = settle(
            basket.snapshot.basket(basket.basket_id),
            quoted,
            self._at.offers.programs,
            customer.assurance if customer else None,
            decision_id,
        )
        lots = self._draw(settlement, customer, now_s) if customer else ()
        hold = Hold(
            self._at.entropy.new_id(),
            basket.basket_id,
            basket.till,
            customer.account_id if customer else None,
            "held",
            now_s + HOLD_LIFE_S,
            settlement.to_json(),
            lots,
            tuple(settlement.units_by_program().items()),
        )
        self._at.sales.holds.place(hold)
        return hold

    def _settle_again(
        self, hold: Hold, settlement: Settlement, customer: Customer | None, now_s: float
    ) -> tuple[tuple[str, int], ...]:
        """An expired hold: what it promised is given only if it could still be promised."""
        if hold.account_id is None:
            return ()
        assert settlement.assurance is not None, "an account's settlement has an assurance"
        basket = self._desk.find(hold.basket_id)
        if basket is not None and basket.bound is not None and customer is None:
            raise refuse.customer_gone()
        return self._draw(settlement, Customer(hold.account_id, settlement.assurance, ""), now_s)

    def _draw(self, settlement: Settlement, customer: Customer, now_s: float) -> tuple[tuple[str, int], ...]:
        """The lots that pay, once it is sure that everything promised would be given now."""
        fresh, _facts = self._at.offers.quote(settlement.basket, customer, now_s)
        if not covers(fresh, settlement):
            raise refuse.quote_worse(fresh.refusals)
        drawn = self._at.sales.points.draw(customer.account_id, settlement.points_used, now_s)
        assert drawn is not None, "a quote that covers has the points"
        return drawn

    def _member(self, hold: Hold) -> str | None:
        basket = self._desk.find(hold.basket_id)
        bound = basket.bound if basket else None
        return bound.member_id if bound and bound.account_id == hold.account_id else None


def products(settlement: Settlement) -> frozenset[str]:
    """The products of a settled basket."""
    return frozenset(line.product_id for line in settlement.basket.lines if line.quantity > 0)


def sold(
    settlement: Settlement,
    purchase: Purchase,
    after: tuple[ProgramAfter, ...],
    member_id: str | None,
    *,
    late: bool,
) -> SaleCommitted:
    """The event of a posted purchase."""
    rewarding = settlement.units_by_program()
    shown = next((p for p in after if p.program in rewarding), after[0] if after else None)
    return SaleCommitted(
        purchase.till,
        settlement.basket.basket_id,
        member_id,
        purchase.account_id,
        settlement.discount_minor,
        settlement.points_used,
        settlement.points_earned,
        shown.counter if shown else 0,
        shown.every if shown else 0,
        settlement.decision_id,
        late,
    )


def _hold_out(hold: Hold) -> HoldOut:
    settlement = Settlement.from_json(hold.content)
    return HoldOut(
        basket_id=hold.basket_id,
        hold_id=hold.hold_id,
        expires_at=moment(hold.expires_at_s),
        discount_minor=settlement.discount_minor,
        to_pay_minor=settlement.total_minor - settlement.discount_minor,
        points_used=settlement.points_used,
    )


def _commit_out(settlement: Settlement, balance: int | None, after: tuple[ProgramAfter, ...]) -> CommitOut:
    """The answer to a commit; a balance of None says that nobody was bound, and nothing posted."""
    left = () if balance is None else (ticket_line("ticket.points_left", points=balance),)
    return CommitOut(
        basket_id=settlement.basket.basket_id,
        status="not_a_member" if balance is None else "posted",
        total_minor=settlement.total_minor,
        discount_minor=settlement.discount_minor,
        paid_minor=settlement.total_minor - settlement.discount_minor,
        points_used=settlement.points_used,
        points_earned=settlement.points_earned,
        points_balance=balance or 0,
        programs=after,
        ticket=(*left, *(program.ticket for program in after)),
        decision_id=settlement.decision_id,
    )
