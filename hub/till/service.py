"""The till's interface without HTTP: baskets, holds, commits, returns, late sales, decisions.

Every method runs to its end in the caller's thread: SQLite has one writer, a request takes milliseconds, and
so no two requests ever meet half done.
"""

from typing import Final

from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hub.config import StoreConfig
from hub.offers.assurance import Assurance
from hub.offers.service import Offers
from hub.store.sales import Sales
from hub.till import refuse
from hub.till.aftersale import AfterSale
from hub.till.answers import (
    CommitOut,
    DecisionOut,
    HealthOut,
    HoldOut,
    LateOut,
    QuoteOut,
    ReturnOut,
    VoidOut,
    moment,
)
from hub.till.binding import ActGiven
from hub.till.cash import Cash
from hub.till.context import Context
from hub.till.desk import Desk
from hub.till.events import Listener
from hub.till.ports import MembershipPort, PeoplePort
from hub.till.requests import BasketIn, CommitIn, HoldIn, LateSaleIn, ReturnIn

KEEP_S: Final = 7 * 86_400.0
"""Answers and spent holds are kept a week: a till that was off over a long weekend still retries safely."""

PRUNE_EVERY_S: Final = 3_600.0
"""Old answers go once an hour; more often would only wear the disk."""


class TillService:
    """Everything a till can ask.

    Args:
        config: the store.
        sales: the store's purchases; its programs' versions are registered.
        offers: the store's programs over these purchases.
        people: whose card a code is.
        membership: whether the contract stands.
        clock: store time.
        entropy: where ids come from.
        listener: is told what happens at the tills.
    """

    def __init__(
        self,
        config: StoreConfig,
        sales: Sales,
        offers: Offers,
        people: PeoplePort,
        membership: MembershipPort,
        clock: Clock,
        entropy: Entropy,
        listener: Listener,
    ) -> None:
        self._at = Context(sales, offers, people, membership, config, clock, entropy, listener)
        self._desk = Desk(self._at)
        self._cash = Cash(self._at, self._desk)
        self._after = AfterSale(self._at, self._desk)
        self._prune_at_s = 0.0

    def put_basket(self, basket_id: str, body: BasketIn) -> QuoteOut:
        """Take the whole basket and answer what it would get. The same snapshot again changes nothing.

        Raises:
            TillProblem: unknown till, stale revision, or the basket is posted.
        """
        return self._desk.put(basket_id, body, self._now())

    def confirm(self, basket_id: str) -> QuoteOut:
        """The cashier confirms that the act waiting belongs to this open basket.

        Raises:
            TillProblem: no such basket, or nothing waits for it.
        """
        return self._desk.confirm(basket_id, self._now())

    def hold(self, basket_id: str, body: HoldIn) -> HoldOut:
        """Settle the quote before payment. See `Cash.hold`."""
        now_s = self._now()
        customer = self._desk.customer_now(basket_id, now_s)
        with self._at.sales.transaction():
            return self._cash.hold(basket_id, body, customer, now_s)

    def commit(self, basket_id: str, body: CommitIn, key: str) -> CommitOut:
        """Post the paid basket. See `Cash.commit` and `Context.once`."""
        now_s = self._now()
        customer = self._desk.customer_now(basket_id, now_s)
        answer = self._at.once(
            key,
            f"commit {basket_id}",
            body,
            CommitOut,
            lambda: self._cash.commit(basket_id, body.hold_id, customer, now_s),
        )
        self._desk.close(basket_id, now_s)
        return answer

    def void(self, basket_id: str) -> VoidOut:
        """Give the basket up and free what it holds; a basket nobody knows is given up already.

        Raises:
            TillProblem: it is posted.
        """
        self._desk.void(basket_id, self._now())
        return VoidOut(basket_id=basket_id)

    def take_back(self, body: ReturnIn, key: str) -> ReturnOut:
        """Post a return. See `AfterSale.take_back` and `Context.once`."""
        now_s = self._now()
        return self._at.once(key, "return", body, ReturnOut, lambda: self._after.take_back(body, now_s))

    def late_sale(self, body: LateSaleIn, key: str) -> LateOut:
        """Post a sale made without the hub. See `AfterSale.late` and `Context.once`."""
        now_s = self._now()
        whose = self._after.whose(body, now_s)
        answer = self._at.once(key, "late", body, LateOut, lambda: self._after.late(body, whose, now_s))
        self._desk.close(body.basket_id, now_s)
        return answer

    def decision(self, decision_id: str) -> DecisionOut:
        """Why something was given or refused, as it was kept.

        Raises:
            TillProblem: there is none of that id.
        """
        found = self._at.sales.decisions.find(decision_id)
        if found is None:
            raise refuse.unknown_decision(decision_id)
        return DecisionOut(
            decision_id=decision_id,
            decided_at=moment(found.decided_at_s),
            permission=found.permission,
            content=found.content,
        )

    def health(self) -> HealthOut:
        """Whether the hub answers."""
        return HealthOut(
            store=self._at.config.store, programs=len(self._at.offers.programs), open_baskets=len(self._desk)
        )

    def act_given(
        self, till: str, member_id: str, account_id: str, assurance: Assurance, act_id: str, now_s: float
    ) -> None:
        """Somebody acted at the kiosk paired with `till`; see `hub.till.binding`."""
        assert assurance > Assurance.PRESENCE, "presence is no act"
        self._desk.act_given(ActGiven(till, member_id, account_id, assurance, act_id), now_s)

    def act_withdrawn(self, member_id: str, now_s: float) -> None:
        """Their acts have no effect any more: they declined, left, or withdrew. A card keeps its effect."""
        self._desk.act_withdrawn(member_id, now_s)

    def tick(self, now_s: float) -> None:
        """Call it every few seconds: acts expire, and what is old is forgotten."""
        self._desk.tick(now_s)
        if now_s >= self._prune_at_s:
            with self._at.sales.transaction():
                self._at.sales.answers.prune(now_s - KEEP_S)
                self._at.sales.holds.prune(now_s - KEEP_S)
            self._prune_at_s = now_s + PRUNE_EVERY_S

    def _now(self) -> float:
        return self._at.clock.now_s()
