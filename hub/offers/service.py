"""Reads the facts, asks the pure core, keeps the decision. The till and the kiosk both come through here."""

from typing import Any

from hardware.host.entropy import Entropy
from hub.config import StoreConfig
from hub.offers import decision
from hub.offers.evaluate import Rules, evaluate
from hub.offers.model import AccountFacts, Basket, Customer, Quote
from hub.offers.preview import ProgramState, preview
from hub.offers.program import Program
from hub.store.sales import Sales
from hub.store.sales_records import StoredDecision

NO_FACTS = AccountFacts(0, {})


class Offers:
    """The store's programs over the store's facts.

    Args:
        sales: the store's purchases.
        programs: as loaded; keep their versions with `Sales.register_programs` first.
        config: the store.
        entropy: where decision ids come from.
    """

    def __init__(
        self, sales: Sales, programs: tuple[Program, ...], config: StoreConfig, entropy: Entropy
    ) -> None:
        self._sales = sales
        self._programs = programs
        self._entropy = entropy
        self._rules = Rules(config.currency, config.redeem_by_touch_cap_minor, config.points_per_unit_spent)

    @property
    def programs(self) -> tuple[Program, ...]:
        """All programs of the store."""
        return self._programs

    def quote(self, basket: Basket, customer: Customer | None, now_s: float) -> tuple[Quote, AccountFacts]:
        """Price a basket, and say from which facts."""
        facts = NO_FACTS
        if customer is not None:
            facts = self._sales.account_facts(customer.account_id, self._programs, now_s)
        return evaluate(basket, customer, facts, self._programs, self._rules, now_s), facts

    def preview(self, account_id: str, now_s: float) -> tuple[ProgramState, ...]:
        """Where the account stands in every program in force, nearest to a reward first.

        Call it only for somebody whose permission to look was decided just now.
        """
        facts = self._sales.account_facts(account_id, self._programs, now_s)
        last_paid = self._sales.facts.last_paid(account_id, self._programs)
        return preview(facts, last_paid, self._programs, self._rules.currency, now_s)

    def record_preview(
        self, account_id: str, states: tuple[ProgramState, ...], permission: str, now_s: float
    ) -> str:
        """Keep what a kiosk is about to show and on which permission record; returns the decision id."""
        facts = self._sales.account_facts(account_id, self._programs, now_s)
        return self.record(decision.at_kiosk(states, facts, self._programs), permission, now_s)

    def record(self, content: dict[str, Any], permission: str, now_s: float) -> str:
        """Keep a decision and the permission record it rests on; returns its id."""
        decision_id = self._entropy.new_id()
        self._sales.decisions.record(StoredDecision(decision_id, now_s, permission, content))
        return decision_id
