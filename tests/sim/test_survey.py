"""A simulated store is calibrated by a walk through its own air."""

import tomllib
from pathlib import Path

import pytest

from hardware.host.entropy import SeededEntropy
from hardware.host.errors import ConfigError
from hardware.sim.scenario import load_scenario
from hardware.sim.simulation import Simulation
from hub.box.sim.site import FOB_CLOCK_S, SAMPLES, new_fobs, write_store
from hub.box.sim.survey import calibrate_store, survey, survey_places
from hub.config import StoreConfig
from hub.engine import build_zones

TILLS, QUICK = SAMPLES / "tills.toml", SAMPLES / "quick.toml"


def simulated(file: Path, seed: int = 1) -> Simulation:
    scenario = load_scenario(file)
    return Simulation(scenario, new_fobs(scenario, FOB_CLOCK_S, SeededEntropy(seed)), seed)


def written(file: Path) -> StoreConfig:
    return StoreConfig.model_validate(tomllib.loads(file.read_text("utf-8"))).beside(file)


def test_a_survey_stands_where_customers_stand_and_once_at_each_place(tmp_path: Path) -> None:
    simulation = simulated(TILLS)
    places = survey_places(simulation.scenario.floor, written(write_store(simulation.scenario, tmp_path)))
    marks = {(place.x_m, place.y_m) for place in places}
    assert {till.pay_at_m for till in simulation.scenario.floor.tills.values()} <= marks
    assert len(marks) == len(places)


def test_the_same_air_gives_the_same_survey_and_another_another(tmp_path: Path) -> None:
    config = written(write_store(load_scenario(TILLS), tmp_path))
    assert survey(simulated(TILLS), config) == survey(simulated(TILLS), config)
    assert survey(simulated(TILLS), config) != survey(simulated(TILLS, 2), config)


@pytest.mark.parametrize("engine", ["rules", "radio_map"])
def test_what_a_survey_found_stands_in_the_stores_own_files(engine: str, tmp_path: Path) -> None:
    simulation = simulated(TILLS)
    file = write_store(simulation.scenario, tmp_path)
    calibrate_store(file, simulation, "radio_map" if engine == "radio_map" else "rules")
    config = written(file)
    assert config.presence.engine == engine
    assert any(node.offset_db for node in config.nodes.values())
    assert {name for name, zone in config.zones.items() if zone.near_dbm is not None} == {
        "till-1", "till-2", "till-3"
    }, "a display without a till has no place where one stands"  # fmt: skip
    build_zones(config)


def test_a_floor_of_two_nodes_has_no_map(tmp_path: Path) -> None:
    simulation = simulated(QUICK)
    file = write_store(simulation.scenario, tmp_path)
    before = file.read_text()
    with pytest.raises(ConfigError, match="few nodes"):
        calibrate_store(file, simulation, "radio_map")
    assert file.read_text() == before
