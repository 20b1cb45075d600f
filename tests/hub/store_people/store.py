"""Opens one store's people on real files; shared by the tests of people, permission and presence."""

from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from hardware.host.entropy import Entropy, SystemEntropy
from hub.permission.catalogue import shipped_catalogue
from hub.permission.records import How, Level, Purpose, Scope
from hub.permission.service import HOMES, Grant, Permissions
from hub.store.database import open_database
from hub.store.people import People
from hub.store.people_schema import PEOPLE_MIGRATIONS
from hub.store.presence import PRESENCE_MIGRATIONS
from hub.store.vault import Vault, open_vault

NOTICE = "2026-1.0"
NOW_S = 1_800_000_000.0
IK = bytes(range(16))


@dataclass(frozen=True, slots=True)
class Store:
    folder: Path
    database: Database
    vault: Vault
    people: People
    permissions: Permissions

    def bytes_on_disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.folder.glob("hub.db*")))


def open_store(folder: Path, entropy: Entropy | None = None, notice: str | None = NOTICE) -> Store:
    entropy = entropy or SystemEntropy()
    path = folder / "hub.db"
    vault = open_vault(folder / "hub.key", path, entropy)
    database = open_database(path, (PEOPLE_MIGRATIONS, PRESENCE_MIGRATIONS))
    people = People(database, vault, entropy)
    return Store(folder, database, vault, people, Permissions(people, shipped_catalogue(), notice, entropy))


def grant_of(
    purpose: Purpose,
    *,
    level: Level = Level.STANDING,
    how: How = How.KIOSK,
    notice: str = NOTICE,
    scope: Scope = Scope.STORE,
    until_s: float | None = None,
) -> Grant:
    return Grant(purpose, HOMES[purpose], level, how, notice, scope, until_s=until_s)
