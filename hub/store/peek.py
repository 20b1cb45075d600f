"""What `comptoir doctor` reads of the hub's database, while a hub may run, without opening one."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hardware.host.doctor.database import read, read_value
from hardware.host.schema import newer_migrations
from hub.store.people_fobs import model_of
from hub.store.people_schema import PEOPLE_MIGRATIONS
from hub.store.presence import PRESENCE_MIGRATIONS
from hub.store.sales_schema import SALES_MIGRATIONS
from hub.store.vault import Vault

_CLOCK_MARK: Final = "SELECT clock_mark_s FROM people_state"
_KEY_CHECK: Final = "SELECT key_check FROM people_state"
_FOBS: Final = "SELECT member_id, wrapped_key, fob_id, secret FROM fobs JOIN members USING (member_id)"
_MIGRATIONS: Final = (PEOPLE_MIGRATIONS, PRESENCE_MIGRATIONS, SALES_MIGRATIONS)


def clock_mark_s(path: Path) -> float | None:
    """The latest moment the database knows, UTC seconds; None when there is none, or it cannot be had now."""
    mark = read_value(path, _CLOCK_MARK)
    return mark if isinstance(mark, float) and mark > 0 else None


def key_check(path: Path) -> bytes | None:
    """What the key this database was made with gives (see `PeopleTables.check_key`); None as above."""
    found = read_value(path, _KEY_CHECK)
    return found if isinstance(found, bytes) else None


def newer_release(path: Path) -> tuple[str, ...] | None:
    """What a newer release did to the database (see `newer_migrations`); None when it cannot be had now."""
    return read(path, lambda connection: newer_migrations(connection, _MIGRATIONS))


def fob_models(path: Path, vault: Vault) -> Mapping[str, int] | None:
    """Tag model → how many fobs are of it, of the models that fobs name; None as above.

    Raises:
        StorageError: a fob's secret does not open with this vault.
    """
    # Read in one go, and opened afterwards: the log of a running hub is held up for milliseconds.
    rows = read(path, lambda connection: connection.execute(_FOBS).fetchall())
    if rows is None:
        return None
    models = (
        model_of(vault.member(member_id, wrapped), fob_id, sealed)
        for member_id, wrapped, fob_id, sealed in rows
    )
    return Counter(model for model in models if model is not None)
