"""Members, cards and fobs; what a thief of the database does not learn."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from hardware.host.entropy import SeededEntropy
from hardware.host.errors import DataError, StorageError
from hub.display.symbols import SYMBOLS
from hub.permission.records import How, Purpose
from hub.presence.keys import EidKey, StaticKey
from hub.store.people import normal_code
from hub.wire.presence import IdScheme
from tests.hub.store_people.store import IK, NOW_S, Store, grant_of, open_store


def test_a_member_needs_no_name_and_is_found_by_the_card(store: Store) -> None:
    member = store.people.add_member(now_s=NOW_S)
    store.people.add_card(member, "2980 0012-3456")
    found = store.people.by_card("298000123456")
    assert found is not None
    assert found == store.people.person(member)
    assert found.member_id == member
    assert found.symbol in SYMBOLS
    assert store.people.card_count(member) == 1


@pytest.mark.parametrize("code", ["", "abc", "1" * 41, "12'; DROP--", "298000123457", "é123", "12\x0034"])
def test_a_code_nobody_owns_finds_nobody(store: Store, code: str) -> None:
    store.people.add_card(store.people.add_member(now_s=NOW_S), "298000123456")
    assert store.people.by_card(code) is None


def test_a_card_belongs_to_one_member(store: Store) -> None:
    first, second = (store.people.add_member(now_s=NOW_S) for _ in range(2))
    store.people.add_card(first, "AB-1234")
    with pytest.raises(DataError, match="given already"):
        store.people.add_card(second, "ab1234")
    with pytest.raises(DataError, match="given already"):
        store.people.check_new_card("ab 1234")
    with pytest.raises(DataError, match="4 to 40"):
        store.people.check_new_card("!")
    with pytest.raises(DataError, match="4 to 40"):
        store.people.add_card(second, "x")
    store.people.check_new_card("ab12345")


def test_a_household_shares_the_account_and_nothing_else(store: Store) -> None:
    first = store.people.add_member(now_s=NOW_S)
    second = store.people.add_member(now_s=NOW_S, household=first)
    stranger = store.people.add_member(now_s=NOW_S)
    accounts = [store.people.person(m).account_id for m in (first, second, stranger)]
    assert accounts[0] == accounts[1] != accounts[2]
    store.permissions.grant(first, grant_of(Purpose.RECOGNITION), NOW_S)
    assert not store.permissions.look(second, "recognition", "store", NOW_S).allowed


def test_symbols_are_spread_and_one_may_be_chosen(store: Store) -> None:
    members = [store.people.add_member(now_s=NOW_S) for _ in SYMBOLS]
    assert {store.people.person(m).symbol for m in members} == set(SYMBOLS)
    chosen = store.people.add_member(now_s=NOW_S, symbol="lune")
    assert store.people.person(chosen).symbol == "lune"
    with pytest.raises(DataError, match="choose one of"):
        store.people.add_member(now_s=NOW_S, symbol="dragon")


def test_an_unknown_member_is_named_in_the_error(store: Store) -> None:
    for use in (store.people.person, store.people.fobs.keys, store.permissions.records):
        with pytest.raises(DataError, match="no member"):
            use("0" * 16)
    with pytest.raises(DataError, match="no member"):
        store.people.add_member(now_s=NOW_S, household="0" * 16)


def test_fobs_come_back_as_registered(store: Store) -> None:
    member = store.people.add_member(now_s=NOW_S)
    store.people.add_fob(member, IK, 4, now_s=NOW_S, beacon_time_s=1000.0)
    store.people.add_static_fob(member, IdScheme.IBEACON, bytes(20))
    assert set(store.people.fobs.keys(member)) == {
        EidKey(IK, 4, NOW_S - 1000.0),
        StaticKey(IdScheme.IBEACON, bytes(20)),
    }
    assert store.people.fobs.owners() == (member,)


def test_a_wrong_fob_is_refused(store: Store) -> None:
    member = store.people.add_member(now_s=NOW_S)
    add = store.people.add_fob
    with pytest.raises(DataError, match="16 bytes"):
        add(member, b"short", 4, now_s=NOW_S, beacon_time_s=0)
    with pytest.raises(DataError, match="K = 16"):
        add(member, IK, 16, now_s=NOW_S, beacon_time_s=0)
    with pytest.raises(DataError, match="16 bytes"):
        store.people.add_static_fob(member, IdScheme.IBEACON, bytes(16))
    with pytest.raises(DataError, match="8 bytes"):
        store.people.add_static_fob(member, IdScheme.EID, bytes(8))
    add(member, IK, 4, now_s=NOW_S, beacon_time_s=0)
    with pytest.raises(DataError, match="registered already"):
        add(member, IK, 4, now_s=NOW_S, beacon_time_s=0)
    with pytest.raises(DataError, match="registered already"):
        store.people.check_new_fob(IK, 4)
    store.people.add_static_fob(member, IdScheme.EDDYSTONE_UID, bytes(16))
    with pytest.raises(DataError, match="registered already"):
        store.people.add_static_fob(member, IdScheme.EDDYSTONE_UID, bytes(16))


def test_c7_the_database_without_its_key_shows_no_identifier_and_no_link_to_an_account(store: Store) -> None:
    member = store.people.add_member(now_s=NOW_S)
    ik = bytes.fromhex("c0ffee00c0ffee11c0ffee22c0ffee33")
    store.people.add_card(member, "CANARY298000123456")
    store.people.add_fob(member, ik, 4, now_s=NOW_S, beacon_time_s=0)
    store.people.add_static_fob(member, IdScheme.EDDYSTONE_UID, b"canary-static-id")
    record = store.permissions.grant(member, grant_of(Purpose.SUGGESTION), NOW_S)
    canaries = [b"CANARY298000123456", b"298000123456", ik, ik.hex().encode(), b"canary-static-id"]
    canaries += [b"canary-static-id".hex().encode(), b"suggestion", record.record_id.encode()]
    canaries += [store.people.person(member).account_id.encode(), store.vault.master]
    before = store.bytes_on_disk()
    store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    for on_disk in (before, store.bytes_on_disk()):
        assert member.encode() in on_disk, "the search itself works"
        assert [c for c in canaries if c in on_disk] == []


def test_a6_withdrawn_recognition_leaves_no_key_in_database_or_log(store: Store) -> None:
    member = store.people.add_member(now_s=NOW_S)
    store.people.add_fob(member, IK, 4, now_s=NOW_S, beacon_time_s=0)
    store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S)
    sealed = store.database.execute("SELECT secret FROM fobs").fetchone()[0]
    assert sealed in store.bytes_on_disk()
    store.permissions.withdraw(member, Purpose.RECOGNITION, how=How.KIOSK, now_s=NOW_S + 1)
    assert sealed not in store.bytes_on_disk()


def test_another_stores_key_is_refused(store: Store, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    open_store(other, SeededEntropy(9))
    shutil.copy2(other / "hub.key", store.folder / "hub.key")
    with pytest.raises(StorageError, match="not the one this database was made with"):
        open_store(store.folder)


def test_permission_acts_can_neither_be_changed_nor_deleted(store: Store) -> None:
    store.people.add_member(now_s=NOW_S)
    for statement in ("UPDATE permission_events SET member_id = member_id", "DELETE FROM permission_events"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            store.database.execute(statement)


def test_another_process_sees_each_change_by_the_revision(store: Store) -> None:
    beside = open_store(store.folder)
    seen = [store.people.revision()]
    member = beside.people.add_member(now_s=NOW_S)
    seen.append(store.people.revision())
    beside.permissions.withdraw(member, Purpose.RECOGNITION, how=How.PAPER, now_s=NOW_S)
    seen.append(store.people.revision())
    assert seen == sorted(set(seen))
    assert store.people.member_ids() == (member,)


def test_a_members_permission_revision_grows_with_their_own_acts_only(store: Store) -> None:
    one, other = (store.people.add_member(now_s=NOW_S) for _ in range(2))
    before = store.people.permission_revision(one), store.people.permission_revision(other)
    store.permissions.grant(one, grant_of(Purpose.RECOGNITION), NOW_S)
    assert store.people.permission_revision(one) > before[0] > 0
    assert store.people.permission_revision(other) == before[1]


@pytest.mark.parametrize(
    ("code", "normal"), [("ab-12 34", "AB1234"), ("123", None), ("1234", "1234"), ("12_34", None)]
)
def test_codes_are_compared_in_one_form(code: str, normal: str | None) -> None:
    assert normal_code(code) == normal
