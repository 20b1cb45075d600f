"""The hub's zone engine: its map's file, the nodes and zones that map knows, the models of the fobs."""

import contextlib
import json
import re
import sqlite3
from pathlib import Path

import pytest

from hardware.host.clock import ManualClock, SystemClock
from hardware.host.config import load_toml
from hardware.host.doctor.examination import Check, Tools, run_checks
from hardware.host.doctor.finding import Finding, State
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import StorageError
from hub.assembly import open_hub_data
from hub.config import StoreConfig
from hub.doctor.engine import ENGINE_CHECK, MODELS_CHECK, examine_engine, examine_models, judge_map
from hub.presence.map.radio_map import Grid, NodeLevels, RadioMap
from hub.wire.presence import IdScheme
from tests.doctor.kit import Store, ask, set_up

TOOLS = Tools(ManualClock(1_800_000_000.0), SystemEntropy())

PLACES = (
    ("[zones.aisle]\n", "[zones.aisle]\nareas = [[0, 0, 4, 4]]\n"),
    ("[zones.tills]\n", "[zones.tills]\nareas = [[4, 0, 8, 4]]\n"),
    ("[nodes.n1]\n", "[nodes.n1]\nx_m = 2.0\ny_m = 2.0\n"),
    ("[nodes.n2]\n", "[nodes.n2]\nx_m = 6.0\ny_m = 2.0\n"),
)
MAP_ENGINE = '\n[presence]\nengine = "radio_map"\nradio_map = "radio-map.json"\n'


def radio_map(*nodes: str, columns: int = 8) -> RadioMap:
    """Cells of a metre from the floor's corner on, four rows of them."""
    levels = NodeLevels(((-60.0,) * columns,) * 4, ((4.0,) * columns,) * 4)
    return RadioMap(Grid(0.5, 0.5, 1.0, columns, 4), dict.fromkeys(nodes, levels))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return set_up(tmp_path, mqtt_port=1883)


@pytest.fixture
def on_a_map(store: Store) -> Store:
    """The store, asking for the radio map; its file is not there yet."""
    text = store.store.read_text(encoding="utf-8")
    for before, after in PLACES:
        text = text.replace(before, after)
    store.store.write_text(text + MAP_ENGINE, encoding="utf-8")
    return store


def config_of(store: Store) -> StoreConfig:
    return load_toml(store.store, StoreConfig).beside(store.store)


async def engine_finding(store: Store) -> Finding:
    config = config_of(store)
    (finding,) = await run_checks([Check(ENGINE_CHECK, lambda: examine_engine(config))])
    return finding


async def test_the_rules_need_nothing(store: Store) -> None:
    assert (await engine_finding(store)).state is State.OK


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        (b"{", "is no JSON"),
        (b"\xff\xfe", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"{}", "is no radio map"),
    ],
)
async def test_a_map_that_cannot_be_used_is_a_problem_with_what_to_do(
    on_a_map: Store, content: bytes | None, said: str
) -> None:
    file = on_a_map.folder / "radio-map.json"
    if content is not None:
        file.write_bytes(content)
    finding = await engine_finding(on_a_map)
    assert finding.state is State.PROBLEM
    assert said in finding.observed
    assert str(file) in finding.observed
    assert finding.fix is not None
    assert "comptoir node calibrate" in finding.fix


async def test_a_map_of_every_node_and_zone_is_well(on_a_map: Store) -> None:
    document = radio_map("n1", "n2").to_document()
    (on_a_map.folder / "radio-map.json").write_text(json.dumps(document))
    assert (await engine_finding(on_a_map)).state is State.OK


def test_a_node_the_map_does_not_know_is_a_problem(on_a_map: Store) -> None:
    finding = judge_map(radio_map("n1", "one-that-went"), config_of(on_a_map))
    assert finding.state is State.PROBLEM
    assert re.search(r"does not know n2\b", finding.observed)


def test_a_zone_the_map_does_not_reach_is_a_problem(on_a_map: Store) -> None:
    finding = judge_map(radio_map("n1", "n2", columns=4), config_of(on_a_map))
    assert finding.state is State.PROBLEM
    assert re.search(r"does not reach tills\b", finding.observed)


def register(store: Store, *models: str | None) -> None:
    """A member with a rotating fob of each model, and a static one of the last."""
    data = open_hub_data(store.store, SystemClock(), SystemEntropy())
    member = data.people.add_member(now_s=0.0, symbol="lune")
    for number, model in enumerate(models):
        data.people.add_fob(member, bytes([number]) * 16, 4, now_s=0.0, beacon_time_s=0.0, model=model)
    data.people.add_static_fob(member, IdScheme.IBEACON, bytes(20), model=models[-1])
    data.close()


def name_models(store: Store, *names: str) -> None:
    tables = "".join(f"\n[tag_models.{name}]\noffset_db = 3.0\n" for name in names)
    store.store.write_text(store.store.read_text(encoding="utf-8") + tables, encoding="utf-8")


async def models_finding(store: Store) -> Finding:
    (finding,) = await examine_models(config_of(store), TOOLS, "store.toml")
    assert finding.check == MODELS_CHECK
    return finding


async def test_fobs_of_no_model_and_of_configured_ones_are_well(store: Store) -> None:
    register(store, None, "pill")
    name_models(store, "pill", "unused")
    assert (await models_finding(store)).state is State.OK


async def test_a_model_that_was_removed_is_warned_of_with_its_number_of_fobs(store: Store) -> None:
    register(store, None, "card", "pill")
    name_models(store, "card")
    finding = await models_finding(store)
    assert finding.state is State.WARNING
    assert "pill (2)" in finding.observed
    assert "card" not in finding.observed
    assert finding.fix == "add [tag_models.pill] to store.toml"


async def test_before_the_first_start_and_without_the_key_the_models_are_not_known(store: Store) -> None:
    config = config_of(store)
    config.key_file.chmod(0o644)
    assert (await models_finding(store)).state is State.SKIPPED
    config.key_file.chmod(0o600)
    config.database.unlink()
    assert (await models_finding(store)).state is State.SKIPPED
    config.key_file.unlink()
    assert (await models_finding(store)).state is State.SKIPPED
    assert not config.key_file.exists()


async def test_a_database_that_may_not_be_read_leaves_the_models_unknown(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hardware.host.doctor.database.is_in_use", refused)
    assert (await models_finding(store)).state is State.SKIPPED


async def test_a_fob_that_does_not_open_is_an_error_with_its_fix(store: Store) -> None:
    register(store, "pill")
    with contextlib.closing(sqlite3.connect(config_of(store).database)) as database:
        database.execute("UPDATE fobs SET secret = zeroblob(64)")
        database.commit()
    with pytest.raises(StorageError) as raised:
        await models_finding(store)
    assert raised.value.fix


def test_the_command_tells_of_both(on_a_map: Store) -> None:
    register(on_a_map, "pill")
    said = ask(on_a_map.store)
    assert said.of(ENGINE_CHECK, on_a_map.store)["state"] == "problem"
    assert said.of(MODELS_CHECK, on_a_map.store)["state"] == "warning"
