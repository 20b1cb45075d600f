"""What happened at a till, told to who shows it: a quote, a sale, a return, the fate of an act."""

from collections.abc import Callable
from dataclasses import dataclass

from hub.offers.assurance import Assurance
from hub.offers.model import Quote


@dataclass(frozen=True, slots=True)
class BasketQuoted:
    """A basket was priced anew. `member_id` and `account_id` are None while nobody is bound to it."""

    till: str
    basket_id: str
    member_id: str | None
    account_id: str | None
    assurance: Assurance | None
    quote: Quote


@dataclass(frozen=True, slots=True)
class SaleCommitted:
    """A member's purchase was posted.

    `counter` and `every` are of the program that discounted, else of the first that counts the basket, else
    0 and 0.
    `member_id` is None when only a hold says whose it was (a late upload, a restart between hold and commit).
    """

    till: str
    basket_id: str
    member_id: str | None
    account_id: str
    discount_minor: int
    points_used: int
    points_earned: int
    counter: int
    every: int
    decision_id: str | None
    late: bool


@dataclass(frozen=True, slots=True)
class SaleReturned:
    """Units came back: what was paid for them, and the points given back and taken back."""

    till: str
    basket_id: str
    return_id: str
    account_id: str
    refund_minor: int
    points_returned: int
    points_withdrawn: int


@dataclass(frozen=True, slots=True)
class BasketVoided:
    """A basket was given up; what it held is free again."""

    till: str
    basket_id: str
    member_id: str | None


@dataclass(frozen=True, slots=True)
class ConfirmationAsked:
    """Somebody acted while a basket was open: it is the cashier's to say whether it is theirs."""

    till: str
    basket_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class ActLapsed:
    """An act at the kiosk has no effect any more. `reason`: expired, replaced, withdrawn, card."""

    till: str
    member_id: str
    act_id: str
    reason: str


TillEvent = BasketQuoted | SaleCommitted | SaleReturned | BasketVoided | ConfirmationAsked | ActLapsed

Listener = Callable[[TillEvent], None]
"""Called in the thread of the caller, after the transaction is committed. Must not block."""
