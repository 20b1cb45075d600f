"""Our engines for a hall: the rules, and the radio map fitted to the hall's calibration points alone."""

from collections.abc import Mapping

from hub.presence.map.fit import MIN_POINTS, fit_map
from hub.presence.map.geometry import Antenna, Area, CalibrationPoint
from hub.presence.map.locator import MapLocator
from hub.presence.map.options import MapOptions
from tests.score.engines import MakeEngine, Zones
from tests.score.hall import SPLIT_X_M, SPLIT_Y_M, ZONE_OF, Hall
from tests.score.ours import Store

FAR_M = 1000.0
"""The quadrants go on beyond the walls: the map ends there, whatever the zones do."""


def hall_engines(hall: Hall, zones: Zones) -> dict[str, MakeEngine]:
    """The engines that the hall gives ground for, by name, with the scanners of `zones`."""
    engines: dict[str, MakeEngine] = {"rules": Store}
    if len(hall.points) >= MIN_POINTS:
        engines["radio_map"] = map_engine(hall, zones)
    return engines


def map_engine(hall: Hall, zones: Zones, options: MapOptions | None = None) -> MakeEngine:
    """Stores with one map of the hall, as these scanners hear it."""
    antennas = [Antenna(s.name, s.x_m, s.y_m) for s in hall.scanners if s.name in zones]
    points = [CalibrationPoint(p.x_m, p.y_m, p.heard_dbm, p.seconds) for p in hall.points]
    radio_map = fit_map(points, antennas, options)
    return lambda zones_: Store(zones_, lambda _: MapLocator(radio_map, quadrants(), options))


def quadrants() -> Mapping[str, tuple[Area]]:
    """The zones as areas."""
    areas: dict[str, tuple[Area]] = {}
    for (high_x, high_y), zone in ZONE_OF.items():
        (x0_m, x1_m), (y0_m, y1_m) = _span(SPLIT_X_M, high=high_x), _span(SPLIT_Y_M, high=high_y)
        areas[zone] = (Area(x0_m, y0_m, x1_m, y1_m),)
    return areas


def _span(split_m: float, *, high: bool) -> tuple[float, float]:
    return (split_m, FAR_M) if high else (-FAR_M, split_m)
