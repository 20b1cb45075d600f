"""A scenario's store calibrated as a shop does it: somebody walks its points with a tag, in the same air."""

import json
import math
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from hardware.host.errors import ConfigError
from hardware.sim.air import Stand, Transmitter
from hardware.sim.floor import FloorPlan, place_in_line
from hardware.sim.scenario import TagModel
from hardware.sim.simulation import Simulation
from hub.calibration.engines import Fitted, fit_engines
from hub.calibration.guide import LISTEN_S
from hub.calibration.points import Place, propose
from hub.calibration.record import SAME_PLACE_M, Point
from hub.calibration.store_text import MAP_NAME, with_settings
from hub.config import Engine, StoreConfig

IN_LINE: Final = 4
"""Where the payer of each till stands and the next three: there it matters who is where, whatever the grid says."""

SPACING_M: Final = 2.0
"""Of the grid elsewhere: zones of tills are narrower than the 3 m that `comptoir node calibrate` proposes."""

RING_M: Final = 0.1
"""Whoever turns around with a tag in the hand moves it on a circle; a fade is half of it wide."""


def calibrate_store(config_file: Path, simulation: Simulation, engine: Engine) -> None:
    """Write what a survey finds into a store's configuration, and its radio map beside it.

    Args:
        config_file: of the simulation's store, as `hub.box.sim.site.write_store` makes it.
        simulation: see `survey`.
        engine: the one the store shall use.

    Raises:
        ConfigError: the engine is the map, and the floor has too few nodes or points for one.
    """
    text = config_file.read_text(encoding="utf-8")
    config = StoreConfig.model_validate(tomllib.loads(text))
    fitted = survey(simulation, config)
    if fitted.radio_map is not None:
        document = json.dumps(fitted.radio_map.to_document())
        (config_file.parent / MAP_NAME).write_text(document, encoding="utf-8")
    elif engine == "radio_map":
        why = str(fitted.no_map).replace("_", " ")
        raise ConfigError(
            f"no radio map can be made of this floor: {why}",
            where=simulation.scenario.name,
            fix="use the rules, or give it more nodes",
        )
    calibrated = with_settings(text, fitted.settings(engine, MAP_NAME), str(config_file))
    config_file.write_text(calibrated, encoding="utf-8")


def survey(simulation: Simulation, config: StoreConfig) -> Fitted:
    """Walk the points of a store and fit its engines.

    Args:
        simulation: whose air, of the same seed, is measured; an empty store, a fob of the default model.
        config: of the same floor.
    """
    places = survey_places(simulation.scenario.floor, config)
    return fit_engines(tuple(_measured(simulation, places)), 0.0, config)


def survey_places(floor: FloorPlan, config: StoreConfig) -> tuple[Place, ...]:
    """Where people stand at each till, and a grid over every zone."""
    stood = [Place(*place_in_line(till, n)) for till in floor.tills.values() for n in range(IN_LINE)]
    places: list[Place] = []
    for place in (*stood, *propose((a for z in config.zones.values() for a in z.areas), SPACING_M)):
        if all(math.dist(_xy(place), _xy(other)) > SAME_PLACE_M for other in places):
            places.append(place)
    return tuple(places)


def _measured(simulation: Simulation, places: Iterable[Place]) -> Iterator[Point]:
    """The points, one after the other, each as long as the guided walk listens."""
    stands = tuple(places)
    heard: list[dict[str, list[float]]] = [{} for _ in stands]
    tag = TagModel()

    def stand_at(at_s: float) -> Stand:
        place = stands[int(at_s / LISTEN_S)]
        turn = math.tau * at_s / LISTEN_S
        open_x, open_y = math.cos(turn), math.sin(turn)
        return Stand(place.x_m + RING_M * open_x, place.y_m + RING_M * open_y, open_x, open_y)

    walker = Transmitter(tag.level_1m_dbm, tag.interval_s, stand_at, lambda _: b"")
    for one in simulation.air().carry([walker], len(stands) * LISTEN_S):
        heard[int(one.at_s / LISTEN_S)].setdefault(one.node, []).append(one.rssi_dbm)
    for place, strengths in zip(stands, heard, strict=True):
        if strengths:
            by_node = {node: tuple(map(float, values)) for node, values in strengths.items()}
            yield Point(x_m=place.x_m, y_m=place.y_m, seconds=LISTEN_S, heard_dbm=by_node)


def _xy(place: Place) -> tuple[float, float]:
    return place.x_m, place.y_m
