"""Fobs by agreement, fixed identifiers by their own permission, and who has to be read again."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from hardware.beacon.agreement import identity_key_for_beacon, public_key
from hardware.beacon.eid import compute_eid
from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import DataError
from hub.assembly import open_hub_data
from hub.commands.member import member as member_commands
from hub.permission.decide import Code
from hub.permission.records import How, Purpose
from hub.presence.keys import EidKey, StaticKey
from hub.store.database import open_database
from hub.store.people_schema import PEOPLE_MIGRATIONS
from hub.wire.presence import IdScheme
from tests.hub.store_people.store import IK, NOW_S, Store, grant_of

K, CLOCK_S = 10, 5_000.0
BEACON = bytes(range(1, 33))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "programs").mkdir()
    path = tmp_path / "hub.toml"
    path.write_text(
        'store = "test"\ndatabase = "hub.db"\nkey_file = "hub.key"\nprograms = "programs"\n'
        '[zones.door]\nlabel_fr = "Porte"\nlabel_en = "Door"\n[nodes.n1]\nzone = "door"\n'
    )
    return path


def say(config: Path, *words: str) -> dict[str, object]:
    done = CliRunner().invoke(
        member_commands, [*words, "--config", str(config), "--json"], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def agree(config: Path, member: str, eid: bytes, beacon: bytes | None = None) -> dict[str, object]:
    told = (beacon or public_key(BEACON)).hex()
    words = ["--agree", told, "--eid", eid.hex(), "--k", str(K), "--clock", str(CLOCK_S)]
    return say(config, "fob", member, *words)


@pytest.mark.parametrize("rotated", [-1, 0, 1])
def test_a_fob_is_registered_by_what_it_tells_and_no_key_travels(config: Path, rotated: int) -> None:
    one = str(say(config, "add")["member"])
    resolver = bytes.fromhex(str(say(config, "agreement-key")["agreement_public_key"]))
    ik = identity_key_for_beacon(BEACON, resolver)
    told = agree(config, one, compute_eid(ik, K, int(CLOCK_S) + rotated * 2**K))
    assert told["fobs"] == 1
    assert ik.hex() not in json.dumps(told)
    data = open_hub_data(config, SystemClock(), SystemEntropy())
    (key,) = data.people.fobs.keys(one)
    assert isinstance(key, EidKey)
    assert (key.ik, key.k) == (ik, K)
    assert abs(data.clock.now_s() - CLOCK_S - key.epoch_s) < 60
    data.close()


def test_the_stores_key_stays_the_same_and_can_be_read_by_people(config: Path) -> None:
    key = say(config, "agreement-key")["agreement_public_key"]
    told = CliRunner().invoke(member_commands, ["agreement-key", "--config", str(config)]).stdout
    assert told.strip() == key


def test_what_does_not_agree_is_refused_and_nothing_stored(config: Path) -> None:
    one = str(say(config, "add")["member"])
    resolver = bytes.fromhex(str(say(config, "agreement-key")["agreement_public_key"]))
    ik = identity_key_for_beacon(BEACON, resolver)
    good = compute_eid(ik, K, int(CLOCK_S))
    for eid, beacon, error in (
        (compute_eid(bytes(16), K, int(CLOCK_S)), None, "another key or clock"),
        (compute_eid(ik, K, int(CLOCK_S) + 2 * 2**K), None, "another key or clock"),
        (good[:7], None, "8 bytes, not 7"),
        (good, bytes(31), "32 bytes, not 31"),
        (good, bytes(32), "agrees on nothing"),
    ):
        with pytest.raises(DataError, match=error):
            agree(config, one, eid, beacon)
    words = ["--agree", public_key(BEACON).hex(), "--eid", good.hex(), "--clock", "-1"]
    with pytest.raises(DataError, match="rotation or clock"):
        say(config, "fob", one, *words)
    assert say(config, "show", one)["fobs"] == 0


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--agree", "00"],
        ["--key-file", "-", "--eid", "00"],
        ["--key-file", "-", "--agree", "00", "--eid", "00"],
        ["--static", "ibeacon", "--identifier", "00", "--key-file", "-"],
        ["--static", "ibeacon"],
    ],
)
def test_one_way_of_registering_at_a_time(config: Path, words: list[str]) -> None:
    one = str(say(config, "add")["member"])
    done = CliRunner().invoke(member_commands, ["fob", one, *words, "--config", str(config)])
    assert done.exit_code == click.UsageError.exit_code
    assert "--agree and --eid" in done.output


STATIC = bytes(range(20))


@pytest.fixture
def member(store: Store) -> str:
    """Somebody with a rotating and a fixed fob, who allowed recognition."""
    member_id = store.people.add_member(now_s=NOW_S)
    store.people.add_fob(member_id, IK, 4, now_s=NOW_S, beacon_time_s=100.0)
    store.people.add_static_fob(member_id, IdScheme.IBEACON, STATIC)
    store.permissions.grant(member_id, grant_of(Purpose.RECOGNITION), NOW_S)
    return member_id


def held(store: Store, member: str, now_s: float = NOW_S) -> list[object]:
    keys = store.permissions.identity_keys(member, now_s)
    return [] if keys is None else sorted(keys.keys, key=repr)


def test_a_fixed_identifier_is_recognised_by_its_own_permission_only(store: Store, member: str) -> None:
    rotating = EidKey(IK, 4, NOW_S - 100.0)
    assert held(store, member) == [rotating]
    store.permissions.grant(member, grant_of(Purpose.FIXED_ID, until_s=NOW_S + 60), NOW_S)
    assert held(store, member) == [rotating, StaticKey(IdScheme.IBEACON, STATIC, NOW_S + 60)]
    assert held(store, member, NOW_S + 60) == [rotating]


def test_a2_a_permission_for_the_fixed_identifier_alone_recognises_nobody(store: Store) -> None:
    one = store.people.add_member(now_s=NOW_S)
    store.people.add_static_fob(one, IdScheme.IBEACON, STATIC)
    store.permissions.grant(one, grant_of(Purpose.FIXED_ID), NOW_S)
    assert store.permissions.identity_keys(one, NOW_S) is None
    assert store.permissions.look(one, "recognition", "store", NOW_S).code is Code.PURPOSE_MISMATCH


def test_withdrawing_the_fixed_identifier_deletes_it_and_leaves_the_rotating_one(
    store: Store, member: str
) -> None:
    store.permissions.grant(member, grant_of(Purpose.FIXED_ID), NOW_S)
    store.permissions.withdraw(member, Purpose.FIXED_ID, how=How.KIOSK, now_s=NOW_S + 1)
    assert store.people.fobs.keys(member) == (EidKey(IK, 4, NOW_S - 100.0),)
    store.permissions.grant(member, grant_of(Purpose.FIXED_ID), NOW_S + 2)
    assert held(store, member, NOW_S + 2) == [EidKey(IK, 4, NOW_S - 100.0)]


def test_withdrawing_recognition_deletes_the_fixed_identifier_too(store: Store, member: str) -> None:
    store.permissions.grant(member, grant_of(Purpose.FIXED_ID), NOW_S)
    store.permissions.withdraw(member, Purpose.RECOGNITION, how=How.KIOSK, now_s=NOW_S + 1)
    assert store.people.fobs.keys(member) == ()


def test_only_who_changed_is_read_again(store: Store, member: str) -> None:
    other = store.people.add_member(now_s=NOW_S)
    everybody = store.permissions.identity_changes(None)
    assert everybody.member_ids == (member,)
    assert store.permissions.identity_changes(everybody.revision).member_ids == ()
    store.people.add_card(other, "12345678")
    assert store.permissions.identity_changes(everybody.revision).member_ids == ()
    store.people.add_fob(other, bytes(16), 4, now_s=NOW_S, beacon_time_s=0)
    added = store.permissions.identity_changes(everybody.revision)
    assert added.member_ids == (other,)
    store.permissions.withdraw(member, Purpose.RECOGNITION, how=How.KIOSK, now_s=NOW_S + 1)
    store.permissions.withdraw(member, Purpose.SUGGESTION, how=How.KIOSK, now_s=NOW_S + 1)
    assert store.permissions.identity_changes(added.revision).member_ids == (member,)
    assert set(store.permissions.identity_changes(everybody.revision).member_ids) == {member, other}


def test_a_clock_is_written_down_anew_and_nothing_else(store: Store, member: str) -> None:
    before = store.permissions.identity_changes(None)
    store.permissions.set_fob_clock(member, IK, NOW_S - 400.0)
    assert EidKey(IK, 4, NOW_S - 400.0) in store.people.fobs.keys(member)
    assert len(store.people.fobs.keys(member)) == 2
    assert store.permissions.identity_changes(before.revision).member_ids == (member,)
    store.permissions.set_fob_clock(member, bytes(16), 0.0)
    assert len(store.people.fobs.keys(member)) == 2


def test_a_database_of_before_begins_to_note_changes(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = Database(path)
    PEOPLE_MIGRATIONS.apply(old, stop_before="m002_changes")
    old.execute("INSERT INTO members VALUES ('m', 'lune', x'00', x'00')")
    old.execute("INSERT INTO fobs VALUES ('f', 'm', x'00', x'00')")
    old.conn.commit()
    old.close()
    new = open_database(path, (PEOPLE_MIGRATIONS,))
    assert new.execute("SELECT count(*) FROM people_changes").fetchone()[0] == 0
    new.execute("UPDATE people_state SET revision = 7")
    new.execute("DELETE FROM fobs")
    assert new.execute("SELECT * FROM people_changes").fetchall() == [("m", 7)]
    new.close()
