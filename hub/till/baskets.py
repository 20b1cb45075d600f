"""The baskets open at the tills, in memory only.

An open basket names the member it is bound to, and that link never lies on disk; what is settled (a hold)
lies there, under the account alone. After a restart a till sends its basket again and goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from hub.offers.model import Customer, Quote, Refusal
from hub.till.answers import QuoteOut
from hub.till.binding import Bind
from hub.till.requests import BasketIn

MAX_OPEN_PER_TILL: Final = 16
"""A cashier suspends a sale or two; a till that never closes its baskets must not fill the memory."""


@dataclass(slots=True)
class OpenBasket:
    """One open basket: its latest snapshot, whom it is bound to, and the quote that stands."""

    basket_id: str
    till: str
    snapshot: BasketIn
    bound: Bind | None = None
    card_refusals: tuple[Refusal, ...] = ()
    customer: Customer | None = None
    """Whose basket the quote below is for."""
    quote: Quote | None = None
    answer: QuoteOut | None = None
    quote_expires_at_s: float = 0.0
    held_quote_id: str | None = None
    decided: dict[str, Any] | None = None
    """What the decision of `answer.decision_id` says; while it says the same, no further one is kept."""


class OpenBaskets:
    """The open baskets of all tills, bounded."""

    def __init__(self) -> None:
        self._baskets: dict[str, OpenBasket] = {}

    def __len__(self) -> int:
        return len(self._baskets)

    def __iter__(self) -> Iterator[OpenBasket]:
        return iter(tuple(self._baskets.values()))

    def find(self, basket_id: str) -> OpenBasket | None:
        """The open basket of that id."""
        return self._baskets.get(basket_id)

    def add(self, basket: OpenBasket) -> OpenBasket | None:
        """Open a basket; returns the oldest of the same till when there are too many, already forgotten."""
        self._baskets[basket.basket_id] = basket
        same_till = [other for other in self._baskets.values() if other.till == basket.till]
        if len(same_till) <= MAX_OPEN_PER_TILL:
            return None
        return self.forget(same_till[0].basket_id)

    def forget(self, basket_id: str) -> OpenBasket | None:
        """Close a basket."""
        return self._baskets.pop(basket_id, None)
