"""Acts about permissions, append-only and encrypted; uses of one-time grants; the mark of time."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from hub.permission.records import PermissionRecord
from hub.store.database import immediate
from hub.store.people_tables import PeopleTables

_RECORD = TypeAdapter(PermissionRecord)


@dataclass(frozen=True, slots=True)
class PermissionStore:
    """The permission acts of all members."""

    tables: PeopleTables

    def append(
        self,
        record: PermissionRecord,
        keys_stay: Callable[[tuple[PermissionRecord, ...]], bool] = lambda _: True,
        only: Sequence[str] | None = None,
    ) -> None:
        """Remember an act for good, and delete the member's fob keys with it unless they may stay.

        Args:
            record: the act.
            keys_stay: asked with all acts, the new one included.
            only: the fobs it is about, by id; None for all of the member's.

        Raises:
            DataError: there is no such member.
        """
        with self.tables.writing() as connection:
            insert_act(self.tables, connection, record)
            forgotten = 0
            if not keys_stay(self.records(record.member_id)):
                forgotten = _forget_fobs(connection, record.member_id, only)
            connection.execute("UPDATE people_state SET clock_mark_s = max(clock_mark_s, ?)", [record.at_s])
        if forgotten:
            self.tables.forget_for_good()

    def records(self, member_id: str) -> tuple[PermissionRecord, ...]:
        """Every act of a member in order of arrival.

        Raises:
            DataError: there is no such member.
        """
        cipher = self.tables.cipher(member_id)
        rows = self.tables.read().execute(
            "SELECT act FROM permission_events WHERE member_id = ? ORDER BY event_id", [member_id]
        )
        return tuple(
            _RECORD.validate_json(cipher.unseal(row[0], "permission_events", "act", member_id))
            for row in rows
        )

    def revision(self, member_id: str) -> int:
        """Grows with every act of this member; 0 before the first."""
        row = self.tables.read().execute(
            "SELECT coalesce(max(event_id), 0) FROM permission_events WHERE member_id = ?", [member_id]
        )
        return int(row.fetchone()[0])

    def use(self, record_id: str) -> bool:
        """Use a one-time grant up; of all who try, on any connection, exactly one gets True (A3)."""
        with immediate(self.tables.database) as connection:
            done = connection.execute(
                "INSERT OR IGNORE INTO permission_uses VALUES (?)", [self._use_index(record_id)]
            )
            return done.rowcount == 1

    def used(self, record_ids: Sequence[str]) -> frozenset[str]:
        """Those of the records that were used up."""
        by_index = {self._use_index(record_id): record_id for record_id in record_ids}
        marks = ",".join("?" * len(by_index))
        rows = self.tables.read().execute(
            f"SELECT use_index FROM permission_uses WHERE use_index IN ({marks})",  # noqa: S608 - only question marks
            list(by_index),
        )
        return frozenset(by_index[row[0]] for row in rows)

    def _use_index(self, record_id: str) -> bytes:
        return self.tables.vault.index("permission use", record_id.encode())

    def clock_mark_s(self) -> float:
        """The latest instant that was saved."""
        return float(self.tables.read().execute("SELECT clock_mark_s FROM people_state").fetchone()[0])

    def save_clock_mark(self, mark_s: float) -> bool:
        """Remember an instant; an earlier one than known changes nothing.

        Returns:
            False when a transaction of the caller's is open: nothing was written, try again after it.
        """
        if self.tables.read().in_transaction:
            return False
        with immediate(self.tables.database) as connection:
            connection.execute("UPDATE people_state SET clock_mark_s = max(clock_mark_s, ?)", [mark_s])
        return True


def _forget_fobs(connection: sqlite3.Connection, member_id: str, only: Sequence[str] | None) -> int:
    if only is None:
        return connection.execute("DELETE FROM fobs WHERE member_id = ?", [member_id]).rowcount
    marks = ",".join("?" * len(only))
    query = f"DELETE FROM fobs WHERE member_id = ? AND fob_id IN ({marks})"  # noqa: S608 - only question marks
    return connection.execute(query, [member_id, *only]).rowcount


def insert_act(tables: PeopleTables, connection: sqlite3.Connection, record: PermissionRecord) -> None:
    """Write one act inside a transaction of the caller's."""
    sealed = tables.cipher(record.member_id).seal(
        _RECORD.dump_json(record), "permission_events", "act", record.member_id
    )
    connection.execute(
        "INSERT INTO permission_events (member_id, act) VALUES (?, ?)", [record.member_id, sealed]
    )
