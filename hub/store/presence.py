"""Exactly once: which batches of a node, and which acts of a kiosk, the hub has taken already.

Nothing else about presence is ever written to disk: zones and visits live in memory and are gone with the
process (design: minutes, not days). A row names a sender and a number, never an identifier heard.
"""

from collections.abc import Sequence
from typing import Final

from sqlite_utils import Database, Migrations

from hub.store.database import immediate

PRESENCE_MIGRATIONS = Migrations("presence")

KEEP_S: Final = 3600.0
"""How long a batch is remembered: evidence older than two minutes changes nothing (`MAX_EVIDENCE_AGE_S`),
and a kiosk's acts rest seconds, but for a stop, which does no harm twice. An hour is ample."""

PRUNE_EVERY_S: Final = 60.0
"""A deletion a minute instead of one with every batch."""


@PRESENCE_MIGRATIONS()
def m001_taken(database: Database) -> None:
    """Create the table of what was taken."""
    database.execute(
        """CREATE TABLE taken (
            sender TEXT NOT NULL, boot_id TEXT NOT NULL, seq INTEGER NOT NULL, taken_at_s REAL NOT NULL,
            PRIMARY KEY (sender, boot_id, seq)
        ) STRICT, WITHOUT ROWID"""
    )
    database.execute("CREATE INDEX taken_by_time ON taken (taken_at_s)")


class TakenStore:
    """Remembers `(sender, boot_id, seq)`.

    Args:
        database: opened with `PRESENCE_MIGRATIONS`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pruned_at_s = float("-inf")

    def accept(self, sender: str, boot_id: str, seq: int, now_s: float) -> bool:
        """Take one batch or act; False when it was taken before.

        Args:
            sender: the node's name, or `kiosk/` and the kiosk's.
            boot_id: the sender's boot or outbox, which its numbers count in.
            seq: its number.
            now_s: store time.
        """
        return self.accept_all(((sender, boot_id, seq),), now_s)[0]

    def accept_all(self, names: Sequence[tuple[str, str, int]], now_s: float) -> tuple[bool, ...]:
        """Take several `(sender, boot_id, seq)` in one transaction; says of each whether it was new."""
        new = []
        with immediate(self._database) as connection:
            for name in names:
                row = connection.execute("INSERT OR IGNORE INTO taken VALUES (?, ?, ?, ?)", [*name, now_s])
                new.append(row.rowcount == 1)
            if now_s - self._pruned_at_s >= PRUNE_EVERY_S:
                connection.execute("DELETE FROM taken WHERE taken_at_s < ?", [now_s - KEEP_S])
                self._pruned_at_s = now_s
        return tuple(new)
