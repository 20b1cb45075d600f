"""Opens everything the hub keeps on disk, for the hub itself and for the command line beside it."""

from dataclasses import dataclass
from pathlib import Path

from hardware.host.clock import Clock
from hardware.host.config import load_toml
from hardware.host.entropy import Entropy
from hub.config import StoreConfig
from hub.offers.program import Program, load_programs
from hub.offers.service import Offers
from hub.permission.catalogue import shipped_catalogue
from hub.permission.service import Permissions
from hub.store.database import Database, open_database
from hub.store.people import People
from hub.store.people_schema import PEOPLE_MIGRATIONS
from hub.store.presence import PRESENCE_MIGRATIONS
from hub.store.sales import Sales
from hub.store.sales_schema import SALES_MIGRATIONS
from hub.store.vault import Vault, open_vault


@dataclass(frozen=True, slots=True)
class HubData:
    """One store's data, opened. Everything in it works on the one database connection."""

    config: StoreConfig
    vault: Vault
    database: Database
    people: People
    permissions: Permissions
    programs: tuple[Program, ...]
    sales: Sales
    offers: Offers
    clock: Clock
    entropy: Entropy

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_hub_data(config_file: Path, clock: Clock, entropy: Entropy) -> HubData:
    """Read the configuration and open (on the first start: create) the store's key and database.

    Raises:
        ConfigError: the configuration or a program file is missing or wrong.
        StorageError: the key or the database is missing, damaged or another store's.
        PermissionDeniedError: the key file may be read by others.
    """
    config = load_toml(config_file, StoreConfig).beside(config_file)
    programs = load_programs(config.programs)
    vault = open_vault(config.key_file, config.database, entropy)
    database = open_database(config.database, (PEOPLE_MIGRATIONS, PRESENCE_MIGRATIONS, SALES_MIGRATIONS))
    people = People(database, vault, entropy)
    sales = Sales(database, vault, entropy, config.points_valid_days)
    sales.register_programs(programs, clock.now_s())
    notice = config.notice.version if config.notice else None
    return HubData(
        config=config,
        vault=vault,
        database=database,
        people=people,
        permissions=Permissions(people, shipped_catalogue(), notice, entropy),
        programs=programs,
        sales=sales,
        offers=Offers(sales, programs, config, entropy),
        clock=clock,
        entropy=entropy,
    )
