"""What the stores about people share: the database, the vault, one transaction, one cipher a member."""

import hmac
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlite_utils import Database

from hardware.host.entropy import Entropy
from hardware.host.errors import DataError, StorageError
from hub.store.database import immediate
from hub.store.vault import Sealed, Vault


@dataclass(frozen=True, slots=True)
class PeopleTables:
    """The people's part of one database and the vault that opens it."""

    database: Database
    vault: Vault
    entropy: Entropy

    def read(self) -> sqlite3.Connection:
        """The connection, for reading."""
        connection = self.database.conn
        assert connection is not None
        return connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One `BEGIN IMMEDIATE` transaction that also moves the revision other processes poll."""
        with immediate(self.database) as connection:
            connection.execute("UPDATE people_state SET revision = revision + 1")
            yield connection

    def revision(self) -> int:
        """Number of writing transactions so far, of every process."""
        return int(self.read().execute("SELECT revision FROM people_state").fetchone()[0])

    def cipher(self, member_id: str) -> Sealed:
        """The cipher of a member.

        Raises:
            DataError: there is no such member.
        """
        row = (
            self.read().execute("SELECT wrapped_key FROM members WHERE member_id = ?", [member_id]).fetchone()
        )
        if row is None:
            raise DataError(f"no member {member_id!r}", fix="`comptoir hub member show` lists the members")
        return self.vault.member(member_id, row[0])

    def check_key(self) -> None:
        """Bind the database to its key at the first start, and check it at every other.

        Raises:
            StorageError: the key file is another store's.
        """
        expected = self.vault.index("key check", b"")
        with immediate(self.database) as connection:
            connection.execute("UPDATE people_state SET key_check = ? WHERE key_check IS NULL", [expected])
            found = connection.execute("SELECT key_check FROM people_state").fetchone()[0]
        if not hmac.compare_digest(found, expected):
            raise StorageError(
                "the key file is not the one this database was made with",
                fix="restore the database and the key file from the same backup",
            )

    def forget_for_good(self) -> None:
        """Empty the write-ahead log: it still holds what `secure_delete` overwrote in the pages."""
        self.read().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
