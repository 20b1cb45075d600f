"""Tells a database that a newer release of this program wrote, so that an older one leaves it alone."""

import contextlib
import sqlite3
from collections.abc import Iterable

from sqlite_utils import Database, Migrations


def newer_migrations(connection: sqlite3.Connection, known: Iterable[Migrations]) -> tuple[str, ...]:
    """Name the migrations this database has had that are none of `known`, as "set/name". Reads only.

    Any there are were made by a newer release: whoever does not know them must neither read nor write, for a table may
    mean something else now.

    Raises:
        sqlite3.Error: it is no database, is damaged, or somebody else holds it.
    """
    table = Migrations.migrations_table
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", [table]).fetchone():
        return ()
    with contextlib.closing(sqlite3.connect(":memory:")) as empty:
        ours = {(one.name, step.name) for one in known for step in one.pending(Database(empty))}
    applied = connection.execute(f"SELECT migration_set, name FROM {table} ORDER BY id").fetchall()  # noqa: S608 - a constant
    return tuple(f"{name}/{step}" for name, step in applied if (name, step) not in ours)
