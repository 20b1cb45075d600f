"""Holds: a quote settled before payment, with its points and rights reserved until it expires."""

import sqlite3
from dataclasses import dataclass

_BY_ID = (
    "SELECT hold_id, basket_id, till, account_id, status, expires_at_s, content FROM holds WHERE hold_id = ?"
)

_OF_BASKET = """
    SELECT hold_id, basket_id, till, account_id, status, expires_at_s, content FROM holds
    WHERE basket_id = ? AND status = 'held'
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as stored.

    Attributes:
        account_id: None for a basket without a customer: nothing of it is kept but its ids.
        status: held, committed or released. A held one whose time is over reserves nothing.
        content: JSON of what was settled (the till's room writes and reads it).
        lots: (lot id, points) reserved.
        grants: (program id, rewarded units) reserved.
    """

    hold_id: str
    basket_id: str
    till: str
    account_id: str | None
    status: str
    expires_at_s: float
    content: str
    lots: tuple[tuple[str, int], ...] = ()
    grants: tuple[tuple[str, int], ...] = ()

    def live(self, now_s: float) -> bool:
        """Whether it still reserves what it holds."""
        return self.status == "held" and now_s < self.expires_at_s


class HoldStore:
    """The holds of all tills. Writes belong inside a transaction of the caller."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def place(self, hold: Hold) -> None:
        """Store a new hold and what it reserves."""
        self._connection.execute(
            "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                hold.hold_id,
                hold.basket_id,
                hold.till,
                hold.account_id,
                hold.status,
                hold.expires_at_s,
                hold.content,
            ),
        )
        self._connection.executemany(
            "INSERT INTO hold_lots VALUES (?, ?, ?)", [(hold.hold_id, *lot) for lot in hold.lots]
        )
        self._connection.executemany(
            "INSERT INTO hold_grants VALUES (?, ?, ?)", [(hold.hold_id, *grant) for grant in hold.grants]
        )

    def find(self, hold_id: str) -> Hold | None:
        """The hold of that id."""
        return self._whole(self._connection.execute(_BY_ID, (hold_id,)).fetchone())

    def open_of_basket(self, basket_id: str) -> Hold | None:
        """The hold of a basket that is neither committed nor released (it may have expired)."""
        return self._whole(self._connection.execute(_OF_BASKET, (basket_id,)).fetchone())

    def close(self, hold_id: str, status: str) -> bool:
        """Turn a held hold into `committed` or `released`; False when somebody else was first."""
        return (
            self._connection.execute(
                "UPDATE holds SET status = ? WHERE hold_id = ? AND status = 'held'", (status, hold_id)
            ).rowcount
            == 1
        )

    def release_basket(self, basket_id: str) -> None:
        """Give up whatever the basket holds."""
        self._connection.execute(
            "UPDATE holds SET status = 'released' WHERE basket_id = ? AND status = 'held'", (basket_id,)
        )

    def prune(self, before_s: float) -> None:
        """Forget holds that expired before `before_s`, with what they reserved."""
        self._connection.execute("DELETE FROM holds WHERE expires_at_s < ?", (before_s,))

    def _whole(self, row: tuple[str, str, str, str | None, str, float, str] | None) -> Hold | None:
        if row is None:
            return None
        lots = self._connection.execute(
            "SELECT lot_id, points FROM hold_lots WHERE hold_id = ? ORDER BY lot_id", (row[0],)
        ).fetchall()
        grants = self._connection.execute(
            "SELECT program_id, units FROM hold_grants WHERE hold_id = ? ORDER BY program_id", (row[0],)
        ).fetchall()
        return Hold(*row, lots=tuple(map(tuple, lots)), grants=tuple(map(tuple, grants)))
