"""Which zone engine a store's configuration builds."""

import json
from pathlib import Path

import pytest

from hardware.host.errors import ConfigError
from hub.config import AreaConfig, KioskConfig, NodeConfig, PresenceConfig, StoreConfig, ZoneConfig
from hub.engine import build_zones
from hub.presence.events import Heard, State
from hub.presence.map.radio_map import Grid, NodeLevels, RadioMap


def config(
    folder: Path, presence: PresenceConfig | None = None, enter_dbm: float | None = None
) -> StoreConfig:
    """A store of two zones side by side, 4 m each, a node in each."""
    zones = {
        name: ZoneConfig(
            label_fr=name,
            label_en=name,
            areas=(AreaConfig(x0_m=x_m, y0_m=0.0, x1_m=x_m + 4.0, y1_m=4.0),),
            enter_dbm=enter_dbm,
        )
        for name, x_m in (("left", 0.0), ("right", 4.0))
    }
    return StoreConfig(
        store="s",
        database=folder / "store.db",
        key_file=folder / "key",
        programs=folder,
        zones=zones,
        nodes={
            "n1": NodeConfig(zone="left", x_m=2.0, y_m=2.0),
            "n2": NodeConfig(zone="right", x_m=6.0, y_m=2.0, offset_db=10.0),
        },
        kiosks={"k": KioskConfig(zone="left")},
        tills={},
        tag_models={},
        presence=presence or PresenceConfig(),
    )


def radio_map() -> RadioMap:
    """One metre a cell; each node hears 5 dB less a metre."""
    grid = Grid(0.5, 0.5, 1.0, 8, 4)
    levels = {
        name: tuple(
            tuple(-50.0 - 5.0 * abs(x_m - at_m) for x_m in grid.centres_x_m) for _ in grid.centres_y_m
        )
        for name, at_m in (("n1", 2.0), ("n2", 6.0))
    }
    return RadioMap(grid, {name: NodeLevels(level, ((4.0,) * 8,) * 4) for name, level in levels.items()})


def test_without_a_word_it_is_the_rules_with_the_nodes_offsets(tmp_path: Path) -> None:
    zones = build_zones(config(tmp_path))
    for n in range(10):
        zones.handle(Heard("m", "n1", -60, n / 2), n / 2)
        zones.handle(Heard("m", "n2", -65, n / 2), n / 2)
    assert zones.zone_of("m") == ("right", State.PRESENT)
    estimate = zones.estimate_of("m")
    assert estimate is not None
    assert estimate.place_m is None


def test_a_zones_measured_enter_level_counts(tmp_path: Path) -> None:
    for enter_dbm, expected in ((-59.0, None), (-61.0, ("left", State.PRESENT))):
        zones = build_zones(config(tmp_path, enter_dbm=enter_dbm))
        for n in range(10):
            zones.handle(Heard("m", "n1", -60, n / 2), n / 2)
        assert zones.zone_of("m") == expected


def test_a_store_with_a_map_gets_places_and_the_same_life_cycle(tmp_path: Path) -> None:
    file = tmp_path / "radio-map.json"
    file.write_text(json.dumps(radio_map().to_document()))
    zones = build_zones(config(tmp_path, PresenceConfig(engine="radio_map", radio_map=file)))
    for n in range(20):
        zones.handle(Heard("m", "n1", -70, n / 2), n / 2)
        zones.handle(Heard("m", "n2", -60, n / 2), n / 2)
    assert zones.zone_of("m") == ("right", State.PRESENT)
    estimate = zones.estimate_of("m")
    assert estimate is not None
    assert estimate.place_m is not None
    assert estimate.place_m[0] > 4.0


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), ("{", "is no JSON"), ("{}", "is no radio map")],
)
def test_a_map_that_is_missing_or_none_is_named_with_what_to_do(
    tmp_path: Path, content: str | None, said: str
) -> None:
    file = tmp_path / "radio-map.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match=said) as caught:
        build_zones(config(tmp_path, PresenceConfig(engine="radio_map", radio_map=file)))
    assert "comptoir node calibrate" in str(caught.value)
    assert str(file) in str(caught.value)
