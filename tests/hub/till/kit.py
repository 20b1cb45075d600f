"""A store's till on a real SQLite file, with a small double of the members' side."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hardware.host.clock import ManualClock
from hardware.host.entropy import SeededEntropy
from hub.config import StoreConfig
from hub.offers.assurance import Assurance
from hub.offers.program import Program
from hub.offers.service import Offers
from hub.store.database import open_database
from hub.store.sales import Sales
from hub.store.sales_schema import SALES_MIGRATIONS
from hub.store.vault import Vault
from hub.till.answers import CommitOut, HoldOut, LateOut, QuoteOut, ReturnOut
from hub.till.events import TillEvent
from hub.till.problem import TillProblem
from hub.till.requests import BasketIn, CommitIn, HoldIn, LateSaleIn, ReturnIn
from hub.till.service import TillService

EPOCH_S = 1_500_000_000.0
DAY_S = 86_400.0

PROGRAM: dict[str, Any] = {
    "id": "couches-5",
    "kind": "every_nth",
    "label": {"fr": "5e paquet", "en": "5th pack"},
    "group": {"fr": "Couches", "en": "Nappies"},
    "products": ["p1", "p2"],
    "every": 5,
    "discount": {"percent": 30},
    "points_per_unit": 100,
}


def program(**changes: Any) -> Program:
    """The usual program, with some keys changed."""
    return Program.model_validate(PROGRAM | changes)


def store_config(folder: Path, **changes: Any) -> StoreConfig:
    """A store with two tills."""
    return StoreConfig.model_validate(
        {
            "store": "demo",
            "database": folder / "hub.db",
            "key_file": folder / "hub.key",
            "programs": folder,
            "zones": {},
            "nodes": {},
            "tills": {"t1": {}, "t2": {}},
        }
        | changes
    )


@dataclass(frozen=True, slots=True)
class FakePerson:
    member_id: str
    account_id: str


@dataclass
class FakePeople:
    """Cards and memberships in a dictionary; passes for both ports."""

    cards: dict[str, FakePerson] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)

    def by_card(self, code: str) -> FakePerson | None:
        return self.cards.get(code)

    def membership_allowed(self, member_id: str, now_s: float) -> str | None:  # noqa: ARG002 - the port's
        return None if member_id in self.ended else f"membership-{member_id}"


ANNA = FakePerson("a" * 16, "1" * 16)
BEN = FakePerson("b" * 16, "2" * 16)


def open_sales(path: Path, seed: int = 1, valid_days: int = 730) -> Sales:
    """The sales of a database file; call it again for a second connection."""
    entropy = SeededEntropy(seed)
    database = open_database(path, (SALES_MIGRATIONS,))
    return Sales(database, Vault(bytes(32), entropy), entropy, valid_days)


class Shop:
    """A till's life in short words."""

    def __init__(
        self,
        folder: Path,
        programs: tuple[Program, ...] | None = None,
        *,
        points: int = 1000,
        seed: int = 1,
        clock: ManualClock | None = None,
        fresh: bool = True,
        **config: Any,
    ) -> None:
        self.config = store_config(folder, **config)
        self.clock = clock or ManualClock(EPOCH_S)
        self.sales = open_sales(self.config.database, seed, self.config.points_valid_days)
        programs = (program(),) if programs is None else programs
        self.sales.register_programs(programs, self.now_s)
        entropy = SeededEntropy(seed + 1000)
        self.offers = Offers(self.sales, programs, self.config, entropy)
        self.people = FakePeople({"4000": ANNA, "5000": BEN})
        self.events: list[TillEvent] = []
        self.service = TillService(
            self.config,
            self.sales,
            self.offers,
            self.people,
            self.people,
            self.clock,
            entropy,
            self.events.append,
        )
        self._keys = 0
        self._seed = seed
        if fresh and points:
            self.sales.credit_points(ANNA.account_id, points, "opening", self.now_s)

    @property
    def now_s(self) -> float:
        return self.clock.now_s()

    def key(self) -> str:
        self._keys += 1
        return f"key-{self._seed:04}-{self._keys:08}"

    def put(
        self,
        basket_id: str,
        *lines: dict[str, Any],
        card: str | None = "4000",
        revision: int = 1,
        till: str = "t1",
    ) -> QuoteOut:
        body = BasketIn.model_validate(
            {"till": till, "revision": revision, "card": card, "lines": numbered(lines)}
        )
        return self.service.put_basket(basket_id, body)

    def hold(self, quote: QuoteOut) -> HoldOut:
        return self.service.hold(quote.basket_id, HoldIn(revision=quote.revision, quote_id=quote.quote_id))

    def commit(self, basket_id: str, hold_id: str | None = None, key: str | None = None) -> CommitOut:
        return self.service.commit(basket_id, CommitIn(hold_id=hold_id), key or self.key())

    def buy(self, basket_id: str, *lines: dict[str, Any], card: str | None = "4000") -> CommitOut:
        """The whole way: put, hold, commit."""
        held = self.hold(self.put(basket_id, *lines, card=card))
        return self.commit(basket_id, held.hold_id)

    def take_back(
        self, basket_id: str, line: int = 1, quantity: int = 1, key: str | None = None
    ) -> ReturnOut:
        body = ReturnIn.model_validate(
            {"till": "t1", "basket_id": basket_id, "lines": [{"line": line, "quantity": quantity}]}
        )
        return self.service.take_back(body, key or self.key())

    def late(
        self,
        basket_id: str,
        *lines: dict[str, Any],
        card: str | None = "4000",
        key: str | None = None,
        **more: Any,
    ) -> LateOut:
        body = LateSaleIn.model_validate(
            {"till": "t1", "basket_id": basket_id, "card": card, "lines": numbered(lines)} | more
        )
        return self.service.late_sale(body, key or self.key())

    def points(self, account_id: str = ANNA.account_id) -> int:
        return self.sales.points.balance(account_id, self.now_s)

    def state(self) -> tuple[int, int]:
        """Counter and open rights of the first program."""
        state = self.offers.preview(ANNA.account_id, self.now_s)[0]
        return state.counter, state.open_right


def packs(
    quantity: int = 1, price_minor: int = 1000, product: str = "p1", till_discount_minor: int = 0
) -> dict[str, Any]:
    """A line of nappies."""
    return {
        "product_id": product,
        "description": "Couches",
        "quantity": quantity,
        "unit_price_minor": price_minor,
        "till_discount_minor": till_discount_minor,
    }


def numbered(lines: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    return [{"line": number} | line for number, line in enumerate(lines, 1)]


def refused(code: str) -> pytest.RaisesExc[TillProblem]:
    return pytest.raises(TillProblem, match=f"^{code}:")


def touch(shop: Shop, who: object = ANNA, till: str = "t1", assurance: Assurance = Assurance.TOUCH) -> None:
    assert who in (ANNA, BEN)
    person = ANNA if who == ANNA else BEN
    shop.service.act_given(till, person.member_id, person.account_id, assurance, "c" * 16, shop.now_s)
