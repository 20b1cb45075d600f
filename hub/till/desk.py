"""Open baskets: who they belong to, and what they would get."""

from dataclasses import replace
from typing import Final

from hub.offers import decision
from hub.offers.model import AccountFacts, Customer, Refusal
from hub.texts import text
from hub.till import refuse
from hub.till.answers import CustomerState, QuoteOut, quote_out
from hub.till.baskets import OpenBasket, OpenBaskets
from hub.till.binding import (
    ActGiven,
    ActWithdrawn,
    AskCashier,
    BasketClosed,
    BasketOpened,
    Bind,
    Binding,
    CardRemoved,
    CardShown,
    Command,
    Confirmed,
    Lapse,
    Tick,
    Unbind,
)
from hub.till.context import Context
from hub.till.events import ActLapsed, BasketQuoted, BasketVoided, ConfirmationAsked
from hub.till.requests import BasketIn

UNKNOWN_CARD: Final = Refusal("unknown_card", None, "unknown", "a card in force", text("ticket.unknown_card"))
NO_MEMBERSHIP: Final = Refusal(
    "no_membership", None, "ended", "a membership in force", text("ticket.no_membership")
)

QUOTE_LIFE_S: Final = 300.0
"""A customer who looks for their purse takes a minute or two; after five the till asks again."""


class Desk:
    """All open baskets of the store.

    Args:
        context: what the till's parts share.
    """

    def __init__(self, context: Context) -> None:
        self._at = context
        self._open = OpenBaskets()
        self._binding = Binding(tuple(context.config.tills))

    def __len__(self) -> int:
        return len(self._open)

    def put(self, basket_id: str, snapshot: BasketIn, now_s: float) -> QuoteOut:
        """Take a snapshot and quote it."""
        self._at.known_till(snapshot.till)
        if self._at.sales.ledger.find(basket_id) is not None:
            raise refuse.basket_posted(basket_id)
        basket = self._open.find(basket_id)
        if basket is None:
            basket = self._opened(basket_id, snapshot, now_s)
        else:
            held = _same_again(basket, snapshot) and self._at.sales.holds.open_of_basket(basket_id)
            if held and held.live(now_s):
                assert basket.answer is not None, "what is held was quoted"
                return basket.answer
        basket.snapshot = snapshot
        with self._at.sales.transaction():
            self._at.sales.holds.release_basket(basket_id)
        self._card(basket, snapshot.card, now_s)
        return self._quote(basket, now_s)

    def confirm(self, basket_id: str, now_s: float) -> QuoteOut:
        """The cashier says that the waiting act belongs to this basket."""
        basket = self.basket(basket_id)
        commands = self._binding.handle(Confirmed(basket.till, basket_id), now_s)
        if not any(isinstance(command, Bind) for command in commands):
            self._apply(commands, now_s)
            raise refuse.nothing_to_confirm(basket_id)
        self._apply(commands, now_s)
        assert basket.answer is not None
        return basket.answer

    def void(self, basket_id: str, now_s: float) -> None:
        """Give the basket up; one that is not open has nothing to give up but perhaps a hold."""
        with self._at.sales.transaction():
            if self._at.sales.ledger.find(basket_id) is not None:
                raise refuse.basket_posted(basket_id)
            self._at.sales.holds.release_basket(basket_id)
        basket = self.close(basket_id, now_s)
        if basket is not None:
            member_id = basket.bound.member_id if basket.bound else None
            self._at.listener(BasketVoided(basket.till, basket_id, member_id))

    def act_given(self, given: ActGiven, now_s: float) -> None:
        """Somebody acted at the kiosk paired with a till."""
        self._apply(self._binding.handle(given, now_s), now_s)

    def act_withdrawn(self, member_id: str, now_s: float) -> None:
        """Their acts have no effect any more; a card keeps its."""
        self._apply(self._binding.handle(ActWithdrawn(member_id), now_s), now_s)
        for basket in self._open:  # suspended baskets: the machine knows the current one of each till
            bound = basket.bound
            if bound and bound.member_id == member_id and not bound.by_card:
                self._apply((Unbind(basket.till, basket.basket_id, member_id),), now_s)

    def tick(self, now_s: float) -> None:
        """Let acts expire that nobody used."""
        self._apply(self._binding.handle(Tick(), now_s), now_s)

    def basket(self, basket_id: str) -> OpenBasket:
        """The open basket of that id.

        Raises:
            TillProblem: there is none.
        """
        basket = self._open.find(basket_id)
        if basket is None:
            raise refuse.unknown_basket(basket_id)
        return basket

    def find(self, basket_id: str) -> OpenBasket | None:
        """The open basket of that id, if there is one."""
        return self._open.find(basket_id)

    def close(self, basket_id: str, now_s: float) -> OpenBasket | None:
        """Forget an open basket: it is paid or given up."""
        basket = self._open.forget(basket_id)
        if basket is not None:
            self._apply(self._binding.handle(BasketClosed(basket.till, basket_id), now_s), now_s)
        return basket

    def customer(self, basket: OpenBasket, now_s: float) -> Customer | None:
        """Whose basket it is, if their membership stands now."""
        if basket.bound is None:
            return None
        permission = self._at.membership.membership_allowed(basket.bound.member_id, now_s)
        if permission is None:
            return None
        return Customer(basket.bound.account_id, basket.bound.assurance, permission)

    def customer_now(self, basket_id: str, now_s: float) -> Customer | None:
        """Like `customer`, of a basket that may not be open. Ask before a transaction: answering may write."""
        basket = self._open.find(basket_id)
        return self.customer(basket, now_s) if basket else None

    def _opened(self, basket_id: str, snapshot: BasketIn, now_s: float) -> OpenBasket:
        basket = OpenBasket(basket_id, snapshot.till, snapshot)
        forgotten = self._open.add(basket)
        if forgotten is not None:
            self._binding.handle(BasketClosed(forgotten.till, forgotten.basket_id), now_s)
            with self._at.sales.transaction():
                self._at.sales.holds.release_basket(forgotten.basket_id)
        self._bind(self._binding.handle(BasketOpened(snapshot.till, basket_id), now_s))
        return basket

    def _card(self, basket: OpenBasket, code: str | None, now_s: float) -> None:
        """Bind the basket to the card in it, or take a removed one out; an unknown one is refused."""
        person = self._at.people.by_card(code) if code is not None else None
        basket.card_refusals = ()
        if person is not None:
            shown = CardShown(basket.till, basket.basket_id, person.member_id, person.account_id)
            self._bind(self._binding.handle(shown, now_s))
            return
        if code is not None:
            basket.card_refusals = (UNKNOWN_CARD,)
        if basket.bound and basket.bound.by_card:
            removed = CardRemoved(basket.till, basket.basket_id, basket.bound.member_id)
            self._bind(self._binding.handle(removed, now_s))

    def _apply(self, commands: tuple[Command, ...], now_s: float) -> None:
        """Carry out commands, and quote the baskets they changed anew."""
        for basket in self._bind(commands):
            self._quote(basket, now_s)

    def _bind(self, commands: tuple[Command, ...]) -> list[OpenBasket]:
        """Carry out commands; returns the baskets whose customer (or question about one) changed."""
        changed: dict[str, OpenBasket] = {}
        for command in commands:
            match command:
                case Bind() | Unbind():
                    basket = self.basket(command.basket_id)
                    basket.bound = command if isinstance(command, Bind) else None
                    changed[basket.basket_id] = basket
                case AskCashier():
                    changed[command.basket_id] = self.basket(command.basket_id)
                    self._at.listener(ConfirmationAsked(command.till, command.basket_id, command.member_id))
                case Lapse():
                    self._at.listener(
                        ActLapsed(command.till, command.member_id, command.act_id, command.reason)
                    )
        return list(changed.values())

    def _quote(self, basket: OpenBasket, now_s: float) -> QuoteOut:
        """Price the basket for whom it is bound to now, keep the decision, and tell the listener."""
        customer = self.customer(basket, now_s)
        quote, facts = self._at.offers.quote(basket.snapshot.basket(basket.basket_id), customer, now_s)
        refused = basket.card_refusals
        if basket.bound is not None and customer is None:
            refused = (*refused, NO_MEMBERSHIP)
        quote = replace(quote, refusals=(*refused, *quote.refusals))
        pending = self._binding.pending(basket.till, basket.basket_id)
        state: CustomerState = "pending_confirmation" if pending else "bound" if customer else "none"
        basket.customer, basket.quote = customer, quote
        basket.quote_expires_at_s = now_s + QUOTE_LIFE_S
        basket.answer = quote_out(
            quote,
            basket_id=basket.basket_id,
            revision=basket.snapshot.revision,
            quote_id=self._at.entropy.new_id(),
            expires_at_s=basket.quote_expires_at_s,
            customer=state,
            extra_ticket=(text("ticket.confirm"),) if pending else (),
            decision_id=self._decide(basket, facts, now_s),
        )
        bound = basket.bound if customer else None
        self._at.listener(
            BasketQuoted(
                basket.till,
                basket.basket_id,
                bound.member_id if bound else None,
                bound.account_id if bound else None,
                bound.assurance if bound else None,
                quote,
            )
        )
        return basket.answer

    def _decide(self, basket: OpenBasket, facts: AccountFacts, now_s: float) -> str | None:
        """Keep why the basket gets what it gets; a new decision only when it says something new."""
        customer, quote = basket.customer, basket.quote
        if customer is None:
            basket.decided = None
            return None
        assert quote is not None
        content = decision.at_till(quote, customer, facts, self._at.offers.programs)
        if content == basket.decided and basket.answer is not None:
            return basket.answer.decision_id
        basket.decided = content
        return self._at.offers.record(content, customer.permission, now_s)


def _same_again(basket: OpenBasket, snapshot: BasketIn) -> bool:
    """Whether a snapshot is the one that is here already.

    Raises:
        TillProblem: it is older, of another till, or other content under the same revision.
    """
    if basket.till != snapshot.till:
        raise refuse.other_till(basket.basket_id)
    current = basket.snapshot
    if snapshot.revision < current.revision:
        raise refuse.stale_revision(snapshot.revision, current.revision)
    if snapshot.revision > current.revision:
        return False
    if snapshot != current:
        raise refuse.stale_revision(snapshot.revision, current.revision)
    return True
