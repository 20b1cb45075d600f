"""What a calibration changes in the store's file, and what it leaves."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.host.errors import ConfigError
from hub.calibration.store_text import Settings, with_settings
from tests.hub.calibration.store import TOML, config

SETTINGS = Settings({"n1": 1.5, "n4": 0.0}, {"tills": -80.5}, "radio_map", "radio-map.json")


def test_the_values_are_written_where_they_belong() -> None:
    changed = config(with_settings(TOML, SETTINGS, "store.toml"))
    assert (changed.nodes["n1"].offset_db, changed.nodes["n2"].offset_db) == (1.5, 0.0)
    assert changed.zones["tills"].enter_dbm == -80.5
    assert changed.zones["aisle"].enter_dbm is None
    assert changed.presence.engine == "radio_map"
    assert str(changed.presence.radio_map) == "radio-map.json"


def test_comments_order_and_the_way_of_writing_stay() -> None:
    changed = with_settings(TOML, SETTINGS, "store.toml")
    kept = [line for line in TOML.splitlines() if line and "n1" not in line]
    assert [line for line in changed.splitlines() if line in kept] == kept
    assert "offset_db = 0.0      # never measured" in changed


def test_twice_is_once() -> None:
    once = with_settings(TOML, SETTINGS, "store.toml")
    assert with_settings(once, SETTINGS, "store.toml") == once


def test_nothing_to_say_changes_nothing() -> None:
    assert with_settings(TOML, Settings({}, {}), "store.toml") == TOML


def test_the_presence_that_is_there_is_changed_in_its_place() -> None:
    toml = TOML + '\n[presence] # how\nengine = "rules" # for now\n\n[tag_models.pill]\noffset_db = 2.0\n'
    changed = with_settings(toml, SETTINGS, "store.toml")
    assert 'engine = "radio_map" # for now' in changed
    assert changed.count("[presence]") == 1


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_stay(end: str) -> None:
    changed = with_settings(TOML.replace("\n", end), SETTINGS, "store.toml")
    assert "\r" not in changed.replace("\r\n", "") if end == "\r\n" else "\r" not in changed


def test_tables_written_apart_are_found() -> None:
    toml = TOML + "\n[zones.door]\nlabel_fr = 'P'\nlabel_en = 'D'\n[tills.t1]\n[nodes.n5]\nzone = 'door'\n"
    changed = config(with_settings(toml, Settings({"n5": 2.0, "n1": 1.0}, {"door": -80.0}), "store.toml"))
    assert (changed.nodes["n5"].offset_db, changed.nodes["n1"].offset_db) == (2.0, 1.0)
    assert changed.zones["door"].enter_dbm == -80.0


def test_a_file_that_contradicts_the_calibration_is_left_and_told() -> None:
    toml = TOML.replace("areas = [[0.0, 0.0, 8.0, 6.0]]", "")
    with pytest.raises(ConfigError, match=r"zones\.aisle\.areas is missing"):
        with_settings(toml, SETTINGS, "store.toml")
    with pytest.raises(ConfigError, match="cannot take"):
        with_settings("no toml [", SETTINGS, "store.toml")


@given(
    st.dictionaries(st.sampled_from(["n1", "n2", "n3", "n4"]), st.floats(-30, 30).map(lambda x: round(x, 1)))
)
def test_only_what_was_asked_differs(offsets: dict[str, float]) -> None:
    before = tomllib.loads(TOML)
    after = tomllib.loads(with_settings(TOML, Settings(offsets, {}), "store.toml"))
    for node, offset_db in offsets.items():
        assert after["nodes"][node].get("offset_db") == offset_db
        before["nodes"][node]["offset_db"] = offset_db
    assert after == before


def test_the_level_at_a_tills_kiosk_is_written_beside_the_others() -> None:
    changed = config(with_settings(TOML, Settings({}, {}, near_dbm={"tills": -66.5}), "store.toml"))
    assert changed.zones["tills"].near_dbm == -66.5
    assert changed.zones["aisle"].near_dbm is None
