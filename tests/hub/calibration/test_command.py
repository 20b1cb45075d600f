"""`comptoir node calibrate` as a person types it."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hardware.host.config import load_toml
from hardware.host.errors import ComptoirError, ConfigError, DataError, NoInputError, StorageError
from hardware.node.cli import node
from hub.commands.calibrate import calibrate
from hub.config import StoreConfig
from hub.presence.map.radio_map import RadioMap
from tests.hub.calibration.store import TOML, walk
from tests.hub.shell.processes import comptoir


@pytest.fixture
def store(tmp_path: Path) -> Path:
    file = tmp_path / "store.toml"
    file.write_text(TOML)
    file.chmod(0o640)
    (tmp_path / "walk.json").write_text(walk().model_dump_json())
    (tmp_path / "fob.key").write_text("00" * 16)
    return file


def run(store: Path, *words: str, **options: Any) -> Result:
    return CliRunner().invoke(calibrate, [str(store), *words], catch_exceptions=False, **options)


def again(store: Path, *words: str) -> Result:
    result = run(store, "--from", str(store.parent / "walk.json"), *words)
    assert result.exit_code == 0, result.output
    return result


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


BEFORE = {"store.toml", "walk.json", "fob.key"}


def test_a_walk_becomes_the_stores_calibration(store: Path) -> None:
    said = again(store, "--yes", "--language", "en").stdout
    config = load_toml(store, StoreConfig).beside(store)
    assert config.presence.engine == "radio_map"
    assert config.presence.radio_map == store.parent / "radio-map.json"
    assert config.nodes["n3"].offset_db - config.nodes["n4"].offset_db == pytest.approx(12.0, abs=2.0)
    assert config.zones["aisle"].enter_dbm is not None
    RadioMap.from_document(json.loads((store.parent / "radio-map.json").read_text()))
    assert "# behind the tills" in store.read_text()
    assert (store.parent / "store.toml.bak").read_text() == TOML
    assert stat.S_IMODE(store.stat().st_mode) == 0o640
    assert names(store.parent) == BEFORE | {"radio-map.json", "store.toml.bak"}
    assert "n3: " in said
    assert "Radio map, on points held out" in said
    assert "Restart the hub" in said


def test_a_second_calibration_replaces_the_first(store: Path) -> None:
    """Offsets are of what the nodes hear, never added to those of the time before."""
    again(store, "--yes")
    once = store.read_text()
    again(store, "--yes")
    assert store.read_text() == once


def test_a_dry_run_shows_and_writes_nothing(store: Path) -> None:
    said = again(store, "--dry-run").stdout
    assert "rien n’est écrit" in said
    assert names(store.parent) == BEFORE
    assert store.read_text() == TOML


def test_nobody_there_to_answer_is_a_no(store: Path) -> None:
    said = again(store).stdout
    assert "[o/N]" in said
    assert "Rien n’est écrit" in said
    assert store.read_text() == TOML


def test_the_rules_can_be_asked_for_and_the_map_is_written_all_the_same(store: Path) -> None:
    again(store, "--yes", "--engine", "rules")
    assert load_toml(store, StoreConfig).presence.engine == "rules"
    assert (store.parent / "radio-map.json").exists()


def test_a_store_whose_nodes_have_no_places_gets_levels_only(store: Path) -> None:
    head, _, _ = TOML.partition("[nodes]")
    store.write_text(head + '[nodes.n1]\nzone = "aisle"\n[nodes.n3]\nzone = "tills"\n')
    said = again(store, "--yes", "--language", "en").stdout
    assert "their offsets stay" in said
    assert "No radio map" in said
    assert load_toml(store, StoreConfig).zones["tills"].enter_dbm is not None
    assert not (store.parent / "radio-map.json").exists()


def test_a_walk_without_points_says_so(store: Path) -> None:
    (store.parent / "walk.json").write_text('{"store": "lyon"}')
    assert "nothing to fit" in again(store, "--language", "en").stdout


NO_AREAS = TOML.replace("areas = [[0.0, 0.0, 8.0, 6.0]]", "")


@pytest.mark.parametrize(
    ("toml", "words", "error", "said"),
    [
        ("not toml [", ["--from", "walk.json"], ConfigError, "not valid TOML"),
        (None, ["--from", "walk.json"], ConfigError, "no such file"),
        (TOML, ["--from", "none.json"], NoInputError, "No such file"),
        (TOML, ["--from", "fob.key"], DataError, "is this a walk"),
        (TOML.replace('"lyon"', '"paris"'), ["--from", "walk.json"], DataError, "through store 'lyon', not 'paris'"),
        (NO_AREAS, ["--from", "walk.json", "--engine", "radio_map", "--yes"], ConfigError, "no radio map can be made"),
        (TOML, ["--key-file", "none.key"], NoInputError, "new-key"),
        (TOML, ["--key-file", "walk.json"], DataError, "not a fob's key"),
        (TOML, ["--key-file", "fob.key", "--model", "pill"], ConfigError, r"add \[tag_models\.pill\]"),
        (TOML, ["--key-file", "fob.key", "--points", "walk.json"], DataError, "line 1: not a place"),
        (TOML, ["--key-file", "fob.key", "--spacing", "0.001"], DataError, "--spacing"),
        (NO_AREAS.replace("areas = [[8.0, 0.0, 16.0, 6.0]]", ""), ["--key-file", "fob.key"], DataError, "add areas"),
        (TOML, ["--key-file", "fob.key", "--save", "no/folder.json"], StorageError, "cannot be written"),
        (TOML, ["--key-file", "fob.key", "--save", "other.json"], DataError, "begun with a tag of model pill"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_before_anybody_walks(
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    toml: str | None,
    words: list[str],
    error: type[ComptoirError],
    said: str,
) -> None:
    monkeypatch.chdir(store.parent)
    (store.parent / "other.json").write_text('{"store": "lyon", "tag_model": "pill"}')
    store.unlink() if toml is None else store.write_text(toml)
    with pytest.raises(error, match=said):
        run(store, *words)
    assert "store.toml.bak" not in names(store.parent)


@pytest.mark.parametrize(
    "words",
    ["", "--key-file a --from b", "--from b --new", "--from b --save c", "--key-file a --spacing 0"],
)
def test_ways_that_exclude_each_other_are_a_usage_error(store: Path, words: str) -> None:
    assert run(store, *words.split()).exit_code == 2


def test_a_store_file_that_may_not_be_written_is_told_before_the_fit(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    with pytest.raises(StorageError, match=r"store\.toml: cannot be written"):
        run(store, "--from", str(store.parent / "walk.json"), "--yes")
    again(store, "--dry-run")


def test_a_node_has_its_own_commands_and_those_of_others_and_no_more(store: Path) -> None:
    listed = CliRunner().invoke(node, ["--help"]).stdout
    assert "Transmit as a fob" in listed
    assert "Walk through the shop" in listed
    assert CliRunner().invoke(node, ["calibrate", "--help"]).exit_code == 0
    assert CliRunner().invoke(node, ["levitate"]).exit_code == 2


def test_a_broker_that_is_down_ends_the_command_with_its_code_of_sysexits(store: Path) -> None:
    port = TOML.replace("port = 1883", "port = 9")
    store.write_text(port)
    ended = comptoir("node", "calibrate", store, "--key-file", store.parent / "fob.key")
    assert ended.code == 69
    assert "start the broker" in ended.err
    assert "Traceback" not in ended.err
