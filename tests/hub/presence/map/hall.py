"""A small hall that every test here can build: four antennas, points that obey the path-loss law exactly."""

import math
from collections.abc import Iterator, Sequence

from hub.presence.map.fit import EXPONENT, HEIGHT_M, ONE_METRE_DBM, fit_map
from hub.presence.map.geometry import Antenna, Area, CalibrationPoint
from hub.presence.map.locator import MapLocator
from hub.presence.map.options import MapOptions

ANTENNAS = (Antenna("nw", 1, 1), Antenna("ne", 11, 1), Antenna("sw", 1, 9), Antenna("se", 11, 9))
ZONES = {"west": [Area(-9, -9, 6, 19)], "east": [Area(6, -9, 19, 19)]}


def level_dbm(antenna: Antenna, x_m: float, y_m: float) -> float:
    squared = (antenna.x_m - x_m) ** 2 + (antenna.y_m - y_m) ** 2 + HEIGHT_M**2
    return ONE_METRE_DBM - 5.0 * EXPONENT * math.log10(squared)


def point(x_m: float, y_m: float, extra_db: float = 0.0) -> CalibrationPoint:
    heard = {a.name: (level_dbm(a, x_m, y_m) + extra_db,) * 5 for a in ANTENNAS}
    return CalibrationPoint(x_m, y_m, heard, 60.0)


POINTS = [point(x_m, y_m) for x_m in (1.0, 4.0, 8.0, 11.0) for y_m in (1.0, 5.0, 9.0)]
MAP = fit_map(POINTS, ANTENNAS)


def locator(options: MapOptions | None = None) -> MapLocator:
    engine = MapLocator(MAP, ZONES, options)
    for antenna in ANTENNAS:
        engine.node_up(antenna.name)
    return engine


def stand(
    x_m: float, y_m: float, from_s: float, seconds: float, antennas: Sequence[Antenna] = ANTENNAS
) -> Iterator[tuple[str, float, float]]:
    """Node, dBm and time of a tag that is heard twice a second by each."""
    for step in range(int(seconds * 2)):
        for antenna in antennas:
            yield antenna.name, level_dbm(antenna, x_m, y_m), from_s + step / 2
