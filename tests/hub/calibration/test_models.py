"""A tag's model: told at its registration, kept with its key, on the resolver's answer."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardware.beacon.identity import Fob
from hardware.host.errors import DataError
from hub.commands.member import member
from hub.presence.keys import EidKey, MemberKeys, StaticKey
from hub.presence.resolver import Resolver
from hub.store.people_schema import PEOPLE_MIGRATIONS
from hub.wire.presence import IdScheme
from tests.hub.calibration.store import TOML
from tests.hub.store_people.store import IK, NOW_S, open_store

FOB = Fob(IK, 4, NOW_S - 1_000.0)


def resolver(*keys: EidKey | StaticKey) -> Resolver:
    made = Resolver()
    made.put(MemberKeys("m", keys), NOW_S)
    return made


def model_of(table: Resolver, fob: Fob = FOB) -> str | None:
    found = table.resolve(IdScheme.EID, fob.eid_at(NOW_S), NOW_S)
    assert found is not None
    return found.model


def test_the_answer_names_the_model_of_the_tag_that_was_heard() -> None:
    other = Fob(bytes(16), 4, NOW_S - 1_000.0)
    table = resolver(EidKey(IK, 4, FOB.epoch_s, "pill"), EidKey(other.ik, 4, other.epoch_s))
    assert (model_of(table), model_of(table, other)) == ("pill", None)


def test_a_fixed_identifier_has_a_model_too() -> None:
    table = resolver(StaticKey(IdScheme.IBEACON, bytes(20), model="card"))
    found = table.resolve(IdScheme.IBEACON, bytes(20), NOW_S)
    assert found is not None
    assert found.model == "card"


def test_registered_anew_with_another_model_the_tag_has_that_one() -> None:
    table = resolver(EidKey(IK, 4, FOB.epoch_s, "pill"))
    table.put(MemberKeys("m", (EidKey(IK, 4, FOB.epoch_s, "card"),)), NOW_S)
    assert model_of(table) == "card"


def test_the_model_is_kept_with_the_key_and_encrypted_like_it(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    one = store.people.add_member(now_s=NOW_S)
    store.people.add_fob(one, IK, 4, now_s=NOW_S, beacon_time_s=0.0, model="canary-model")
    store.people.add_static_fob(one, IdScheme.EDDYSTONE_UID, bytes(16), model="other-model")
    assert {key.model for key in store.people.fobs.keys(one)} == {"canary-model", "other-model"}
    store.people.fobs.set_clock(one, IK, 5.0)
    assert {key.model for key in store.people.fobs.keys(one)} == {"canary-model", "other-model"}
    assert b"canary-model" not in store.bytes_on_disk()


def test_a_release_before_models_leaves_such_a_database_alone(tmp_path: Path) -> None:
    applied = [one.name for one in PEOPLE_MIGRATIONS.applied(open_store(tmp_path).database)]
    assert "m003_models" in applied


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "programs").mkdir()
    file = tmp_path / "store.toml"
    file.write_text(TOML + "[tag_models.pill]\noffset_db = 3.0\n")
    (tmp_path / "fob.key").write_text(IK.hex())
    return file


def run(config: Path, *words: str) -> dict[str, object]:
    result = CliRunner().invoke(member, [*words, "--config", str(config), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


def test_a_model_is_named_when_a_fob_is_registered(config: Path) -> None:
    key = str(config.parent / "fob.key")
    one = run(config, "add", "--fob-key-file", key, "--fob-model", "pill")
    run(
        config, "fob", str(one["member"]), "--static", "ibeacon", "--identifier", "00" * 20, "--model", "pill"
    )
    assert run(config, "show", str(one["member"]))["fobs"] == 2


def test_a_model_the_store_does_not_know_is_refused_and_nothing_is_written(config: Path) -> None:
    key = str(config.parent / "fob.key")
    with pytest.raises(DataError, match=r"no tag model 'pil'.*choose one of: pill"):
        run(config, "add", "--fob-key-file", key, "--fob-model", "pil")
    assert run(config, "show")["members"] == []
    config.write_text(TOML)
    with pytest.raises(DataError, match="tag_models"):
        run(config, "add", "--fob-key-file", key, "--fob-model", "pill")
