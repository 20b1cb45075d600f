"""What an evaluation reads and what it answers: baskets, facts of an account, effects, refusals, a quote.

Amounts are whole minor units (cents), points whole numbers, times UTC unix seconds.
"""

from dataclasses import dataclass

from hub.offers.assurance import Assurance
from hub.wire.base import LocalText


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket. `quantity` is never taken apart into units: 6,000 of them are one line."""

    line: int
    product_id: str
    description: str
    quantity: int
    unit_price_minor: int
    till_discount_minor: int = 0

    @property
    def payable_minor(self) -> int:
        """What the line costs after the till's own discount, never below zero."""
        return max(0, self.quantity * self.unit_price_minor - self.till_discount_minor)


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody is about to buy. Line numbers are unique."""

    basket_id: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One past purchase as one program counts it.

    Attributes:
        sale_id: the basket.
        sold_at_s: when.
        units: units of the program's group, less what came back; ≥ 0.
        live: whether the program was in force when it was sold here. Imported and older purchases are not:
            they move the counter and open no right by themselves.
    """

    sale_id: str
    sold_at_s: float
    units: int
    live: bool


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What one account did under one program."""

    purchases: tuple[Counted, ...] = ()
    granted: int = 0
    """Rewarded units so far, less those that came back."""
    held: int = 0
    """Rewarded units that live holds of other baskets have reserved."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """Everything an evaluation may look at; `points` is the balance less what live holds have reserved."""

    points: int
    programs: dict[str, ProgramFacts]


@dataclass(frozen=True, slots=True)
class Customer:
    """Whose basket it is, how sure we are, and the permission record that lets us look at the account."""

    account_id: str
    assurance: Assurance
    permission: str


@dataclass(frozen=True, slots=True)
class Effect:
    """A discount on one line, paid from points. Its inverse is a return of the rewarded units."""

    program_id: str
    program_version: str
    group: LocalText
    line: int
    product: str
    units: int
    unit_price_minor: int
    discount_minor: int
    points: int
    ticket: LocalText


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not given: a code, what was observed, what was needed, and how to say it."""

    code: str
    program_id: str | None
    observed: int | str
    needed: int | str
    ticket: LocalText


@dataclass(frozen=True, slots=True)
class NearMiss:
    """How far it is to the next right, in units or visits."""

    program_id: str
    missing: int
    ticket: LocalText


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands in one program, before this basket and after it is committed."""

    program_id: str
    program_version: str
    group: LocalText
    every: int
    counter_before: int
    counter_after: int
    open_before: int
    """Rights reached and not yet taken, before this basket."""
    open_after: int
    reasons: tuple[LocalText, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer to one revision of a basket."""

    total_minor: int
    """After the till's own discounts, before ours."""
    discount_minor: int
    points_used: int
    points_earned: int
    points_before: int
    effects: tuple[Effect, ...]
    refusals: tuple[Refusal, ...]
    near_misses: tuple[NearMiss, ...]
    standings: tuple[Standing, ...]

    @property
    def to_pay_minor(self) -> int:
        """What the customer pays."""
        return self.total_minor - self.discount_minor
