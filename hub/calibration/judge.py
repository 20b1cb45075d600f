"""How well the engines find zones and places they were not fitted to: each point is held out in its turn. Pure."""

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from hub.calibration.engines import Fitted, calibrated, fit_engines
from hub.calibration.record import Point
from hub.config import StoreConfig
from hub.engine import areas_of
from hub.presence.levels import ZoneNode
from hub.presence.locator import Estimate, Locator
from hub.presence.map.locator import MapLocator
from hub.presence.rules import Rules

MAX_FITS: Final = 20
"""Up to so many points each is held out alone; of more, every twentieth together: a fit takes part of a second."""

CLEAR_M: Final = 1.0
"""Nearer to a border than somebody's arm and bag nobody can say which zone is right."""

SETTLED_S: Final = 3.0
"""From when on an engine is asked: three reports and a dwell make it sure."""

JUDGED_S: Final = 30.0
"""Of a point; standing longer shows an engine the same reflections again."""

_TAG: Final = "tag"

_Found = tuple[Point, list[Estimate]]


@dataclass(frozen=True, slots=True)
class Score:
    """How an engine did.

    Attributes:
        right: points whose zone it found, most of the seconds.
        of: points that lie in a zone, and farther than `CLEAR_M` from any other.
        error_m: median distance from where it put the tag; None where it has no places.
    """

    right: int
    of: int
    error_m: float | None


def judge(points: Sequence[Point], tag_offset_db: float, config: StoreConfig) -> tuple[Score, Score | None]:
    """Score the rules and the map on points held out of their fit.

    Returns:
        The rules' and the map's; None for the map when too few points are left to fit one.
    """
    rules: list[_Found] = []
    mapped: list[_Found] = []
    folds = min(len(points), MAX_FITS)
    for fold in range(folds):
        rest = [point for number, point in enumerate(points) if number % folds != fold]
        fitted = fit_engines(rest, tag_offset_db, config)
        held_out = [calibrated(point, fitted.offsets_db, tag_offset_db) for point in points[fold::folds]]
        rules += _found(_rules(fitted, config), held_out, config)
        if fitted.radio_map is not None:
            mapped += _found(MapLocator(fitted.radio_map, areas_of(config)), held_out, config)
    return _score(rules, config), _score(mapped, config) if len(mapped) == len(points) else None


def _rules(fitted: Fitted, config: StoreConfig) -> Rules:
    nodes = {name: ZoneNode(node.zone, fitted.offsets_db[name]) for name, node in config.nodes.items()}
    return Rules(nodes, fitted.enter_dbm)


def _found(locator: Locator, points: Sequence[Point], config: StoreConfig) -> list[_Found]:
    for node in config.nodes:
        locator.node_up(node)
    return [(point, _estimates(locator, point)) for point in points]


def _estimates(locator: Locator, point: Point) -> list[Estimate]:
    """Where an engine puts the tag, second by second, while what was heard at a point comes in, spread evenly."""
    locator.forget(_TAG)
    estimates = []
    due_s = SETTLED_S
    end_s = min(point.seconds, JUDGED_S)
    for at_s, node, strength_dbm in _spread(point):
        if at_s > end_s:
            break
        while due_s < at_s:
            estimates.append(locator.estimate(_TAG, due_s))
            due_s += 1.0
        locator.heard(_TAG, node, strength_dbm, at_s)
    return [*estimates, locator.estimate(_TAG, end_s)]


def _spread(point: Point) -> Iterator[tuple[float, str, float]]:
    streams = [
        [
            ((number + 0.5) * point.seconds / len(strengths), node, strength)
            for number, strength in enumerate(strengths)
        ]
        for node, strengths in point.heard_dbm.items()
    ]
    return heapq.merge(*streams)


def _score(found: Sequence[_Found], config: StoreConfig) -> Score:
    right = of = 0
    errors_m: list[float] = []
    for point, estimates in found:
        zone = _clear_zone(point, config)
        if zone is not None:
            of += 1
            right += 2 * sum(estimate.zone == zone for estimate in estimates) > len(estimates)
        errors_m += [
            math.hypot(point.x_m - estimate.place_m[0], point.y_m - estimate.place_m[1])
            for estimate in estimates
            if estimate.place_m is not None
        ]
    return Score(right, of, median(errors_m) if errors_m else None)


def _clear_zone(point: Point, config: StoreConfig) -> str | None:
    """The zone a point is clearly in; None for a point in none, or near another one."""
    own = config.zone_at(point.x_m, point.y_m)
    others = (area for name, zone in config.zones.items() if name != own for area in zone.areas)
    near = any(area.distance_m(point.x_m, point.y_m) <= CLEAR_M for area in others)
    return None if near else own
