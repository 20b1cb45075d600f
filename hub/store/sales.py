"""The door to everything sold: purchases, points, holds, decisions."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

from hardware.host.entropy import Entropy
from hub.offers.model import AccountFacts
from hub.offers.program import Program
from hub.store.database import immediate
from hub.store.sales_facts import FactStore
from hub.store.sales_holds import HoldStore
from hub.store.sales_ledger import Ledger
from hub.store.sales_points import PointStore
from hub.store.sales_records import AnswerStore, DecisionStore, ProgramVersions
from hub.store.vault import Sealed, Vault


class Sales:
    """Purchases, points, holds and decisions of one store.

    Args:
        database: opened with `SALES_MIGRATIONS`.
        vault: the store's key; seals which permission a decision rests on.
        entropy: where ids come from.
        points_valid_days: how long earned points last (`StoreConfig.points_valid_days`).

    Attributes:
        points, holds, ledger, decisions, answers, programs: the parts, all on one connection.
    """

    def __init__(self, database: Database, vault: Vault, entropy: Entropy, points_valid_days: int) -> None:
        connection = database.conn
        assert isinstance(connection, sqlite3.Connection)
        self._database = database
        self.points = PointStore(connection, entropy, points_valid_days)
        self.holds = HoldStore(connection)
        self.ledger = Ledger(connection)
        self.decisions = DecisionStore(connection, Sealed(vault.derive("decisions"), vault.entropy))
        self.answers = AnswerStore(connection)
        self.programs = ProgramVersions(connection)
        self.facts = FactStore(connection, self.points)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One `BEGIN IMMEDIATE` transaction around everything inside; see `hub.store.database.immediate`."""
        with immediate(self._database):
            yield

    def register_programs(self, programs: tuple[Program, ...], now_s: float) -> None:
        """Keep every version loaded, so that a decision can always name and show the one it followed.

        Raises:
            ConfigError: a known program counts otherwise than before.
        """
        with self.transaction():
            self.programs.register(programs, now_s)

    def credit_points(self, account_id: str, points: int, reason: str, now_s: float) -> None:
        """Add points that no sale earned (an opening balance, a gesture); they last like earned ones."""
        self.points.credit(account_id, points, reason, now_s)

    def account_facts(self, account_id: str, programs: tuple[Program, ...], now_s: float) -> AccountFacts:
        """What an evaluation may look at."""
        return self.facts.facts(account_id, programs, now_s)
