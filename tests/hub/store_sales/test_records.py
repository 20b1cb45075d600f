"""Program versions, decisions and the database they lie in."""

import sqlite3
from pathlib import Path

import pytest

from hardware.host.errors import ConfigError, StorageError
from hub.store.database import open_database
from hub.store.sales_records import StoredDecision
from hub.store.sales_schema import SALES_MIGRATIONS
from tests.hub.till.kit import ANNA, EPOCH_S, Shop, open_sales, packs, program


def test_every_version_that_was_loaded_is_kept(tmp_path: Path) -> None:
    sales = open_sales(tmp_path / "hub.db")
    first, second = program(), program(points_per_unit=90)
    for loaded in (first, second, first):
        sales.register_programs((loaded,), EPOCH_S)
    assert sales.programs.content(first.version) == first.model_dump(mode="json")
    assert sales.programs.content(second.version) == second.model_dump(mode="json")
    assert sales.programs.content("0" * 64) is None


@pytest.mark.parametrize(("key", "value"), [("every", 4), ("counts", "visits")])
def test_a_program_that_counts_otherwise_needs_an_id_of_its_own(
    tmp_path: Path, key: str, value: object
) -> None:
    sales = open_sales(tmp_path / "hub.db")
    sales.register_programs((program(),), EPOCH_S)
    with pytest.raises(ConfigError, match=f"program couches-5: {key} = "):
        sales.register_programs((program(**{key: value}),), EPOCH_S)


def test_a_product_added_to_a_program_brings_history_and_no_flood_of_rights(tmp_path: Path) -> None:
    before = Shop(tmp_path, (program(products=["p1"]),))
    before.buy("b1", packs(52, product="p2"))
    after = Shop(tmp_path, (program(products=["p1", "p2"]),), seed=2, clock=before.clock, fresh=False)
    assert after.state() == (2, 0)


def test_a_product_taken_out_of_a_program_takes_no_right_that_was_reached(tmp_path: Path) -> None:
    before = Shop(tmp_path, points=0)
    before.buy("b1", packs(5, product="p2"))
    after = Shop(tmp_path, (program(products=["p1"]),), seed=2, clock=before.clock, fresh=False)
    assert after.state() == (0, 1)


def test_a_decision_whose_permission_was_altered_is_reported(tmp_path: Path) -> None:
    sales = open_sales(tmp_path / "hub.db")
    sales.decisions.record(StoredDecision("d" * 16, EPOCH_S, "r1", {"kind": "till"}))
    assert sales.decisions.find("d" * 16) == StoredDecision("d" * 16, EPOCH_S, "r1", {"kind": "till"})
    with sqlite3.connect(tmp_path / "hub.db") as raw:
        raw.execute("UPDATE decisions SET permission = zeroblob(64)")
    raw.close()
    with pytest.raises(StorageError):
        sales.decisions.find("d" * 16)


def test_an_existing_database_is_opened_again_as_it_was(tmp_path: Path) -> None:
    Shop(tmp_path).buy("b1", packs(2))
    database = open_database(tmp_path / "hub.db", (SALES_MIGRATIONS,))
    assert database.table("sales").count == 1
    assert SALES_MIGRATIONS.pending(database) == []


def test_sales_know_accounts_and_no_member(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.buy("b1", packs(5))
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("hub.db*"))
    assert ANNA.account_id.encode() in raw
    assert ANNA.member_id.encode() not in raw
    assert b'"4000"' not in raw
