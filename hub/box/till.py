"""The demo's till: a real HTTP client of the hub that never lets a customer wait for it.

Every answer has half a second; after that, or without a connection, the sale goes on without discount and is
uploaded when the hub is back.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
import structlog

from hardware.host.entropy import Entropy
from hub.box.ticket import Item, return_ticket, sale_ticket
from hub.wire.base import LocalText

ANSWER_LIMIT_S = 0.5
"""The trade's outer bound for one answer, wall seconds (design, "The till's interface")."""

CROWDED_LIMIT_S = 3.0
"""The same where till, hub, twelve agents, the screens, and often a test suite share two cores: there a late answer
says nothing about the hub. A cable that is out refuses at once, whatever the limit."""

log = structlog.get_logger()


@dataclass(slots=True)
class Basket:
    """A basket open at the till."""

    basket_id: str
    items: list[Item] = field(default_factory=list)
    card: str | None = None
    revision: int = 0
    quote: dict[str, Any] | None = None
    held: dict[str, Any] | None = None
    offline: bool = False

    @property
    def total_minor(self) -> int:
        """Before any discount."""
        return sum(item.amount_minor for item in self.items)


class TillRefusedError(Exception):
    """The hub answered, and said no; carries its problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.problem = status, problem
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', '')}")


class Till:
    """One till talking to the hub at `base_url`.

    Args:
        name: the till's name in the store's configuration.
        base_url: where the hub listens (through the cable).
        entropy: for basket ids and idempotency keys.
        answer_limit_s: wall seconds after which the sale goes on without the hub.
    """

    def __init__(
        self, name: str, base_url: str, entropy: Entropy, answer_limit_s: float = ANSWER_LIMIT_S
    ) -> None:
        self.name = name
        self.ticket: tuple[LocalText, ...] = ()
        self.sold: list[str] = []
        self.given: dict[str, int] = {}
        """Basket sold → the discount its ticket gave, minor units."""
        self.confirmed: set[str] = set()
        self._entropy = entropy
        self._uploads: list[tuple[str, dict[str, Any]]] = []
        self._client = httpx.AsyncClient(base_url=base_url, timeout=answer_limit_s, trust_env=False)

    @property
    def waiting_uploads(self) -> int:
        """Sales made without the hub and not yet taken by it."""
        return len(self._uploads)

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    def open_basket(self, card: str | None = None) -> Basket:
        """Start a basket; the hub hears of it with the first `send`."""
        self.ticket = sale_ticket(self.name, (), None, offline=False, paid=False)
        return Basket(basket_id=f"{self.name}-{self._entropy.new_id()}", card=card)

    async def send(self, basket: Basket) -> dict[str, Any] | None:
        """Send the whole basket; returns the hub's quote, or None when the hub cannot be reached.

        Raises:
            TillRefusedError: the hub answered with an error.
        """
        basket.revision += 1
        answer = await self._ask("PUT", f"/v1/baskets/{basket.basket_id}", self._snapshot(basket))
        basket.quote, basket.offline = answer, answer is None
        self._print(basket, paid=False)
        return answer

    async def pay(self, basket: Basket) -> dict[str, Any] | None:
        """Hold, then commit. Without the hub the sale is done all the same, and waits for `upload`.

        Returns:
            The hub's answer to the commit, or None when the sale was made without it.
        """
        await self.hold(basket)
        return await self.commit(basket)

    async def hold(self, basket: Basket) -> dict[str, Any] | None:
        """Have the quote held while the customer pays; None when the hub cannot be reached."""
        if basket.offline or basket.quote is None:
            return None
        basket.held = await self._ask(
            "POST",
            f"/v1/baskets/{basket.basket_id}/hold",
            {"revision": basket.revision, "quote_id": basket.quote["quote_id"]},
        )
        return basket.held

    async def commit(self, basket: Basket) -> dict[str, Any] | None:
        """The customer has paid: commit what is held; without the hub, or a hold, the sale waits for `upload`."""
        done = None
        if basket.held is not None:
            done = await self._ask(
                "POST",
                f"/v1/baskets/{basket.basket_id}/commit",
                {"hold_id": basket.held["hold_id"]},
                key=self._entropy.new_id(),
            )
        if done is None:
            self._sell_alone(basket)
            return None
        self._settle(basket, done)
        self.confirmed.add(basket.basket_id)
        return done

    async def take_back(self, basket: Basket, line: int, quantity: int = 1) -> dict[str, Any] | None:
        """Return `quantity` units of a line of a sold basket; None when the hub cannot be reached."""
        answer = await self._ask(
            "POST",
            "/v1/returns",
            {
                "till": self.name,
                "basket_id": basket.basket_id,
                "lines": [{"line": line, "quantity": quantity}],
            },
            key=self._entropy.new_id(),
        )
        if answer is not None:
            self.ticket = return_ticket(self.name, basket.items[line - 1], quantity, answer["refund_minor"])
        return answer

    async def upload(self) -> int:
        """Send what was sold without the hub; returns how many it took."""
        taken = 0
        while self._uploads:
            key, body = self._uploads[0]
            answer = await self._ask("POST", "/v1/sales", body, key=key)
            if answer is None:
                break
            self.confirmed.add(body["basket_id"])
            self._uploads.pop(0)
            taken += 1
        return taken

    def _snapshot(self, basket: Basket) -> dict[str, Any]:
        return {
            "till": self.name,
            "revision": basket.revision,
            "channel": "store",
            "card": basket.card,
            "lines": [
                {
                    "line": number,
                    "product_id": item.product_id,
                    "description": item.description,
                    "quantity": item.quantity,
                    "unit_price_minor": item.amount_minor // item.quantity,
                    "till_discount_minor": 0,
                }
                for number, item in enumerate(basket.items, 1)
            ],
        }

    def _sell_alone(self, basket: Basket) -> None:
        """Finish the sale without the hub: with the discount that was settled before it went away, or without."""
        if basket.held is None:
            basket.quote = None
        body = {key: value for key, value in self._snapshot(basket).items() if key != "revision"}
        hold_id = basket.held["hold_id"] if basket.held else None
        self._uploads.append(
            (self._entropy.new_id(), body | {"basket_id": basket.basket_id, "hold_id": hold_id})
        )
        basket.offline = True
        self._settle(basket, True)

    def _settle(self, basket: Basket, paid: dict[str, Any] | Literal[True]) -> None:
        self.sold.append(basket.basket_id)
        self.given[basket.basket_id] = basket.quote["discount_minor"] if basket.quote else 0
        self._print(basket, paid=paid)

    def _print(self, basket: Basket, *, paid: dict[str, Any] | bool) -> None:
        self.ticket = sale_ticket(self.name, basket.items, basket.quote, offline=basket.offline, paid=paid)

    async def _ask(
        self, method: str, path: str, body: dict[str, Any], key: str | None = None
    ) -> dict[str, Any] | None:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            response = await self._client.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            log.info("till_without_hub", till=self.name, cause=type(error).__name__)
            return None
        document: dict[str, Any] = response.json()
        if response.is_error:
            raise TillRefusedError(response.status_code, document)
        return document
