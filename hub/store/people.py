"""Members: a symbol, an account, cards, fobs, and what they permitted. A member needs no name."""

import re
import sqlite3
from collections import Counter
from dataclasses import dataclass

from sqlite_utils import Database

from hardware.host.entropy import Entropy
from hardware.host.errors import DataError
from hub.display.symbols import SYMBOLS
from hub.permission.records import (
    ConsentState,
    How,
    Level,
    PermissionRecord,
    Purpose,
    Scope,
    Touchpoint,
)
from hub.store.people_fobs import FobStore
from hub.store.people_permissions import PermissionStore, insert_act
from hub.store.people_tables import PeopleTables
from hub.store.vault import Vault
from hub.wire.presence import IdScheme

_CODE = re.compile(r"[0-9A-Z]{4,40}")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a card or a recognition leads to.

    Attributes:
        account_id: 16 hexadecimal characters; a household shares one.
        symbol: their private symbol, one of `SYMBOLS`.
    """

    member_id: str
    account_id: str
    symbol: str


class People:
    """The members of one store.

    Args:
        database: opened with `PEOPLE_MIGRATIONS`.
        vault: opened with the store's key file.
        entropy: where ids come from.

    Attributes:
        fobs: their fobs.
        acts: what they said about permissions; `hub.permission.service.Permissions` is the way to it.

    Raises:
        StorageError: the key file is another store's.
    """

    def __init__(self, database: Database, vault: Vault, entropy: Entropy) -> None:
        self._tables = PeopleTables(database, vault, entropy)
        self._tables.check_key()
        self.fobs = FobStore(self._tables)
        self.acts = PermissionStore(self._tables)

    def add_member(self, *, now_s: float, symbol: str | None = None, household: str | None = None) -> str:
        """Open a membership (a contract: it needs no consent) and return the member id.

        Args:
            now_s: store time of the contract.
            symbol: their choice of `SYMBOLS`; None for one of the least used.
            household: a member whose account is shared; None opens an account.

        Raises:
            DataError: unknown symbol or household member.
        """
        if symbol is not None and symbol not in SYMBOLS:
            raise DataError(f"no symbol {symbol!r}", fix=f"choose one of: {' '.join(SYMBOLS)}")
        entropy, vault = self._tables.entropy, self._tables.vault
        account_id = entropy.new_id() if household is None else self.person(household).account_id
        member_id = entropy.new_id()
        wrapped = vault.new_member_key(member_id)
        account = vault.member(member_id, wrapped).seal(account_id.encode(), "members", "account", member_id)
        with self._tables.writing() as connection:
            chosen = symbol or self._least_used_symbol(connection)
            connection.execute(
                "INSERT INTO members VALUES (?, ?, ?, ?)", [member_id, chosen, wrapped, account]
            )
            insert_act(self._tables, connection, _contract(entropy.new_id(), member_id, now_s))
        return member_id

    def _least_used_symbol(self, connection: sqlite3.Connection) -> str:
        used = Counter(dict.fromkeys(SYMBOLS, 0))
        used.update(
            dict(connection.execute("SELECT symbol, count(*) FROM members GROUP BY symbol").fetchall())
        )
        fewest = min(used[name] for name in SYMBOLS)
        rare = [name for name in SYMBOLS if used[name] == fewest]
        return rare[int(self._tables.entropy.uniform() * len(rare))]

    def person(self, member_id: str) -> Person:
        """Look a member up.

        Raises:
            DataError: there is no such member.
        """
        cipher = self._tables.cipher(member_id)
        symbol, account = (
            self._tables.read()
            .execute("SELECT symbol, account FROM members WHERE member_id = ?", [member_id])
            .fetchone()
        )
        return Person(member_id, cipher.unseal(account, "members", "account", member_id).decode(), symbol)

    def member_ids(self) -> tuple[str, ...]:
        """Every member, in no meaningful order."""
        return tuple(row[0] for row in self._tables.read().execute("SELECT member_id FROM members"))

    def add_card(self, member_id: str, code: str) -> None:
        """Give a member a card.

        Raises:
            DataError: no such member, the number has a wrong form, or it is given already.
        """
        plain = normal_code(code)
        if plain is None:
            raise _bad_card()
        index = self._tables.vault.index("card", plain.encode())
        sealed = self._tables.cipher(member_id).seal(plain.encode(), "cards", "number", index.hex())
        try:
            with self._tables.writing() as connection:
                connection.execute("INSERT INTO cards VALUES (?, ?, ?)", [index, member_id, sealed])
        except sqlite3.IntegrityError:
            raise _card_given() from None

    def check_new_card(self, code: str) -> None:
        """Raise what `add_card` would, before anything is written."""
        if normal_code(code) is None:
            raise _bad_card()
        if self.by_card(code) is not None:
            raise _card_given()

    def check_new_fob(self, ik: bytes, k: int) -> None:
        """Raise what `add_fob` would, before anything is written."""
        self.fobs.check_eid(ik, k)

    def by_card(self, code: str) -> Person | None:
        """Whose card this is; None for nobody's, whatever the text."""
        plain = normal_code(code)
        if plain is None:
            return None
        index = self._tables.vault.index("card", plain.encode())
        row = (
            self._tables.read()
            .execute("SELECT member_id FROM cards WHERE card_index = ?", [index])
            .fetchone()
        )
        return None if row is None else self.person(row[0])

    def card_count(self, member_id: str) -> int:
        """How many cards a member has."""
        row = self._tables.read().execute("SELECT count(*) FROM cards WHERE member_id = ?", [member_id])
        return int(row.fetchone()[0])

    def add_fob(
        self,
        member_id: str,
        ik: bytes,
        k: int,
        *,
        now_s: float,
        beacon_time_s: float,
        model: str | None = None,
    ) -> str:
        """Register a rotating fob or phone and return its id.

        Withdrawing recognition deletes the key: after a new grant the fob has to be registered again.

        Args:
            member_id: whose.
            ik: identity key, 16 bytes.
            k: rotation exponent, 0 … 15.
            now_s: store time of the registration.
            beacon_time_s: what the beacon's own clock showed at that moment, seconds.
            model: the tag's make, a name of the configuration's `tag_models`; None when nobody has said.

        Raises:
            DataError: no such member, a wrong key or exponent, or the fob is registered already.
        """
        return self.fobs.add_eid(member_id, ik, k, now_s - beacon_time_s, model)

    def add_static_fob(
        self, member_id: str, scheme: IdScheme, identifier: bytes, *, model: str | None = None
    ) -> str:
        """Register a fob whose identifier never changes (low assurance) and return its id.

        Args:
            member_id: whose.
            scheme: `IBEACON` (20 bytes: UUID, major, minor) or `EDDYSTONE_UID` (16 bytes).
            identifier: the bytes on the air.
            model: see `add_fob`.

        Raises:
            DataError: no such member, a wrong length, or the fob is registered already.
        """
        return self.fobs.add_static(member_id, scheme, identifier, model)

    def permission_revision(self, member_id: str) -> int:
        """Grows with every permission act of this member."""
        return self.acts.revision(member_id)

    def revision(self) -> int:
        """Grows with every change to people, made by any process; cheap enough to ask each second."""
        return self._tables.revision()

    def changed_since(self, revision: int) -> tuple[str, ...]:
        """Members whose fobs or permissions changed after a revision."""
        rows = self._tables.read().execute(
            "SELECT member_id FROM people_changes WHERE revision > ? ORDER BY revision", [revision]
        )
        return tuple(row[0] for row in rows)


def normal_code(code: str) -> str | None:
    """A card number as it is compared: capitals, without spaces and dashes; None when it can be none."""
    plain = code.replace(" ", "").replace("-", "").upper()
    return plain if _CODE.fullmatch(plain) else None


def _bad_card() -> DataError:
    return DataError("a card number is 4 to 40 letters and digits", fix="check the number")


def _card_given() -> DataError:
    return DataError("this card is given already", fix="one card belongs to one member")


def _contract(record_id: str, member_id: str, now_s: float) -> PermissionRecord:
    return PermissionRecord(
        record_id=record_id,
        member_id=member_id,
        state=ConsentState.GIVEN,
        purpose=Purpose.MEMBERSHIP,
        touchpoint=Touchpoint.TILL,
        level=Level.STANDING,
        scope=Scope.STORE,
        notice="",
        language="fr",
        how=How.PAPER,
        at_s=now_s,
    )
