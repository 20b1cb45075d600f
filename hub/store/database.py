"""Opens the hub's database and gives it transactions. SQL itself lives in this package and nowhere else."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database, Migrations

from hardware.host.errors import StorageError
from hardware.host.schema import newer_migrations

BUSY_TIMEOUT_MS = 5_000
"""A command line beside a running hub waits this long for its turn; a commit takes milliseconds."""

__all__ = ["Database", "immediate", "open_database"]


def open_database(path: Path, migrations: tuple[Migrations, ...]) -> Database:
    """Open or create the database, check it, and apply pending migrations (each in its own transaction).

    WAL with `synchronous=FULL`: a committed sale survives a power cut (https://www.sqlite.org/pragma.html).

    Raises:
        StorageError: the file is no database, is damaged, was written by a newer release, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        created = not path.exists()
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        if created:
            path.chmod(0o600)
        elif newer := newer_migrations(connection, migrations):
            raise StorageError(f"written by a newer release ({newer[0]})", where=str(path), fix=_UPGRADE)
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise StorageError(f"damaged: {verdict}", where=str(path), fix=_RESTORE)
        database = Database(connection)
        for migration_set in migrations:
            migration_set.apply(database)
    except sqlite3.DatabaseError as error:
        raise StorageError(f"cannot be used as a database: {error}", where=str(path), fix=_RESTORE) from None
    except OSError as error:
        raise StorageError(
            f"cannot be opened: {error.strerror}", where=str(path), fix="check the folder and its rights"
        ) from None
    return database


_UPGRADE = "upgrade this program, or restore the backup made before the upgrade; nothing was changed"
_RESTORE = "stop the hub, move the file aside and restore the latest backup; nothing was changed"


@contextmanager
def immediate(database: Database) -> Iterator[sqlite3.Connection]:
    """One `BEGIN IMMEDIATE` transaction: commits at the end, rolls back on any exception.

    sqlite-utils' own `atomic()` begins deferred, and a deferred transaction that turns into a writer fails at once
    with "database is locked" whatever the timeout. Nested use is a bug of ours.
    """
    connection = database.conn
    assert connection is not None
    assert not connection.in_transaction, "nested transaction"
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
