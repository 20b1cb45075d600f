"""What the store's file may say of its floor, its engine and its tags."""

from pathlib import Path

import pytest

from hardware.host.config import load_toml
from hardware.host.errors import ConfigError
from hub.config import StoreConfig
from tests.hub.calibration.store import TOML


def load(tmp_path: Path, toml: str) -> StoreConfig:
    file = tmp_path / "store.toml"
    file.write_text(toml)
    return load_toml(file, StoreConfig).beside(file)


def test_a_zone_is_made_of_areas_and_holds_places(tmp_path: Path) -> None:
    config = load(tmp_path, TOML)
    assert config.zone_at(7.99, 0.0) == "aisle"
    assert config.zone_at(8.0, 5.9) == "tills"
    assert config.zone_at(8.0, 6.0) is None
    assert config.zones["aisle"].areas[0].x1_m == 8.0


def test_without_a_word_the_rules_decide_and_no_calibration_is_needed(tmp_path: Path) -> None:
    config = load(tmp_path, TOML)
    assert (config.presence.engine, config.presence.radio_map) == ("rules", None)
    assert config.zones["aisle"].enter_dbm is None


def test_the_map_lies_beside_the_file(tmp_path: Path) -> None:
    config = load(tmp_path, TOML + '[presence]\nengine = "radio_map"\nradio_map = "map.json"\n')
    assert config.presence.radio_map == tmp_path / "map.json"


AREAS = "areas = [[0.0, 0.0, 8.0, 6.0]]"
ENGINE = '[presence]\nengine = "radio_map"\n'


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (TOML.replace(AREAS, "areas = [[8.0, 0.0, 0.0, 6.0]]"), "inside out"),
        (TOML.replace(AREAS, "areas = [[0.0, 0.0, 0.0, 6.0]]"), "inside out or empty"),
        (TOML.replace(AREAS, "areas = [[0.0, 0.0, 8.0]]"), "four numbers"),
        (TOML.replace(AREAS, "areas = [[0.0, 0.0, 8.0, nan]]"), "finite"),
        (TOML.replace(AREAS, "areas = [[0.0, 0.0, 8000000.0, 6.0]]"), "x1_m"),
        (TOML.replace(AREAS, "areas = [[0.0, 0.0, 8.5, 6.0]]"), "zones.aisle.areas and zones.tills.areas overlap"),
        (TOML + ENGINE, "needs radio_map"),
        (TOML.replace(AREAS, "") + ENGINE + 'radio_map = "m.json"', "zones.aisle.areas is missing"),
        (TOML + '[presence]\nengine = "magic"\n', "presence.engine"),
        (TOML + "[tag_models.Strong]\noffset_db = 3\n", "tag_models"),
        (TOML + "[tag_models.strong]\noffset_db = 300\n", "tag_models.strong.offset_db"),
        (TOML.replace("label_en = \"Aisle\"", "label_en = \"Aisle\"\nenter_dbm = 5"), "zones.aisle.enter_dbm"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_by_name(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, toml)


def test_a_map_without_a_placed_node_is_refused(tmp_path: Path) -> None:
    head, _, _ = TOML.partition("[nodes]")
    with pytest.raises(ConfigError, match="x_m and y_m"):
        load(tmp_path, head + '[nodes.n1]\nzone = "aisle"\n' + ENGINE + 'radio_map = "m.json"\n')
