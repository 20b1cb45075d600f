"""The outbox's file: its tables, how it is opened, and what becomes of one that cannot be used."""

import sqlite3
from pathlib import Path
from typing import Final

from sqlite_utils import Database, Migrations

from hardware.host.errors import StorageError
from hardware.host.schema import newer_migrations

_migrations = Migrations("outbox")


@_migrations()
def m001_message_and_tally(database: Database) -> None:
    """Create the rows, and the count of each way they were left."""
    # AUTOINCREMENT: a number is never used again, also after the row is gone.
    database.execute(
        """CREATE TABLE message (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            boot_id TEXT NOT NULL,
            payload BLOB NOT NULL,
            urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
            machine_boot TEXT NOT NULL,
            put_monotonic_s REAL NOT NULL,
            rest_until_s REAL NOT NULL
        ) STRICT"""
    )
    database.execute("CREATE INDEX message_order ON message (urgent DESC, seq)")
    database.execute("CREATE TABLE tally (way TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT")
    database.table("tally").insert_all(
        {"way": way, "n": 0} for way in ("put", "acknowledged", "expired", "dropped")
    )


@_migrations()
def m002_coalesced(database: Database) -> None:
    """Count the rows that a later one made superfluous."""
    database.table("tally").insert({"way": "coalesced", "n": 0})


class _NewerReleaseError(Exception):
    pass


_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def open_file(path: Path, *, power_safe: bool, disposable: bool) -> tuple[Database, bool]:
    """Open or create an outbox's file, for this process alone.

    Args:
        path: created with mode 0600.
        power_safe: see `hardware.host.outbox.OutboxPolicy`.
        disposable: the same.

    Returns:
        The database, and whether the file was deleted and begun anew.

    Raises:
        StorageError: it cannot be opened, another process has it, or it is not disposable, and damaged or written by a
            newer release.
    """
    try:
        return _connect(path, power_safe=power_safe), False
    except _NewerReleaseError:
        if not disposable:
            raise StorageError(
                "written by a newer release of this program",
                where=str(path),
                fix="upgrade this one; the file may hold acts the hub has not seen, and was left as it is",
            ) from None
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) not in _DAMAGED:
            raise file_error(path, error) from None
        if not disposable:
            raise StorageError(
                f"damaged: {error}",
                where=str(path),
                fix="move the file aside and start again; it may hold acts the hub has not seen",
            ) from None
    except OSError as error:
        raise StorageError(
            f"cannot be opened: {error.strerror}", where=str(path), fix="check the folder and its rights"
        ) from None
    # Deleted, not moved aside: a copy would keep strangers' identifiers for ever.
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return _connect(path, power_safe=power_safe), True


def file_error(path: Path, error: sqlite3.Error) -> StorageError:
    """Say for people what SQLite says of this file."""
    busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
    fix = "another process has it open; stop that one" if busy else "check the disk"
    return StorageError(f"outbox: {error}", where=str(path), fix=fix)


def _connect(path: Path, *, power_safe: bool) -> Database:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        for pragma in (
            # One owner: two agents on one box would send everything twice. A second one fails at once.
            "locking_mode=EXCLUSIVE",
            "journal_mode=WAL",
            f"synchronous={'FULL' if power_safe else 'OFF'}",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        _check(connection)
        database = Database(connection)
        _migrations.apply(database)
    except BaseException:
        connection.close()
        raise
    return database


def _check(connection: sqlite3.Connection) -> None:
    verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        damage = sqlite3.DatabaseError(verdict)
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage
    if newer_migrations(connection, [_migrations]):
        raise _NewerReleaseError
