"""From a walk's points to engines: offsets, enter levels and the radio map. Pure.

The map is fitted to *calibrated* strengths, as the engines get them: the nodes' new offsets and the tag model's are
added first. A tag of another model then fits the same map by its own offset.
"""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hub.calibration.offsets import Offsets, fit_offsets
from hub.calibration.record import Point
from hub.calibration.store_text import Settings
from hub.config import Engine, StoreConfig
from hub.presence.levels import Levels
from hub.presence.map.fit import MIN_PACKETS, fit_map
from hub.presence.map.geometry import Antenna, CalibrationPoint
from hub.presence.map.radio_map import RadioMap

MIN_MAP_POINTS: Final = 8
"""Fewer points are no map: two a zone in a store of four, from which nothing between them can be told."""

MIN_MAP_NODES: Final = 3
"""Fewer fix no place."""

WEAK_SHARE: Final = 0.1
"""So many of a zone's points may lie below the level taken for its weakest: a corner behind a pillar sets none."""

CARRIED_DB: Final = 10.0
"""What a body between tag and antenna takes away, 5 to 8 dB that the turn at a point has averaged out, and a bag."""

ENTER_LIMITS_DBM: Final = (-95.0, -75.0)
"""Weaker is at the edge of what a radio hears at all; stronger would keep out whoever has the tag in a bag."""

NEAR_LIMIT_DBM: Final = -62.0
"""A recorded fob is as strong at a metre: no more is asked of anybody, however well one point was heard by chance."""

TURNED_DB: Final = 5.0
"""What somebody who stands at a till may be below the mean of a full turn there: a body in between takes 8 dB, of which
the mean already has the half, and a step aside is a dB."""

NoMap = Literal["no_areas", "few_nodes", "few_points"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What points say.

    Attributes:
        offsets: None when the points or the nodes' places say nothing of them; they stay as they are.
        offsets_db: every node's offset, new or as it was.
        enter_dbm: zone → level, of the zones that points were measured in.
        near_dbm: zone → level of somebody who stands at its till's kiosk.
        radio_map: None for the reason in `no_map`.
        no_map: why there is no map.
    """

    offsets: Offsets | None
    offsets_db: Mapping[str, float]
    enter_dbm: Mapping[str, float]
    near_dbm: Mapping[str, float]
    radio_map: RadioMap | None
    no_map: NoMap | None

    def settings(self, engine: Engine, map_name: str) -> Settings:
        """What is to be written into the store's file.

        Args:
            engine: the one the store shall use.
            map_name: the map's file, as the store's file shall name it.
        """
        return Settings(
            offsets_db={} if self.offsets is None else self.offsets.by_node,
            enter_dbm=self.enter_dbm,
            near_dbm=self.near_dbm,
            engine=engine,
            radio_map=None if self.radio_map is None else map_name,
        )


def fit_engines(points: Sequence[Point], tag_offset_db: float, config: StoreConfig) -> Fitted:
    """Fit everything points can tell.

    Args:
        points: what was measured.
        tag_offset_db: of the model of the tag that was carried.
        config: of the store.
    """
    places = {name: node.place_m for name, node in config.nodes.items() if node.place_m is not None}
    offsets = fit_offsets(points, places)
    offsets_db = {name: node.offset_db for name, node in config.nodes.items()}
    if offsets is not None:
        offsets_db |= offsets.by_node
    ready = [calibrated(point, offsets_db, tag_offset_db) for point in points]
    placed = [_for_map(point, places) for point in ready]
    reason = _no_map(placed, config)
    antennas = [Antenna(name, *place) for name, place in places.items()]
    levels_dbm = {zone: _levels_dbm(zone, ready, config) for zone in config.zones}
    return Fitted(
        offsets,
        offsets_db,
        _enter_levels(levels_dbm),
        _near_levels(levels_dbm, config),
        fit_map(placed, antennas) if reason is None else None,
        reason,
    )


def calibrated(point: Point, offsets_db: Mapping[str, float], tag_offset_db: float) -> Point:
    """A point with the strengths the engines would get; nodes the store no longer has are left out."""
    heard = {
        node: tuple(strength + offsets_db[node] + tag_offset_db for strength in strengths)
        for node, strengths in point.heard_dbm.items()
        if node in offsets_db
    }
    return point.model_copy(update={"heard_dbm": heard})


def _for_map(point: Point, places: Mapping[str, object]) -> CalibrationPoint:
    heard = {node: strengths for node, strengths in point.heard_dbm.items() if node in places}
    return CalibrationPoint(point.x_m, point.y_m, heard, point.seconds)


def _no_map(points: Sequence[CalibrationPoint], config: StoreConfig) -> NoMap | None:
    if any(not zone.areas for zone in config.zones.values()):
        return "no_areas"
    if len(points) < MIN_MAP_POINTS:
        return "few_points"
    heard = {
        node
        for point in points
        for node, strengths in point.heard_dbm.items()
        if len(strengths) >= MIN_PACKETS
    }
    return "few_nodes" if len(heard) < MIN_MAP_NODES else None


def _enter_levels(levels_dbm: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Zone → the level of its weakest points, less what body and bag take away."""
    found = {}
    for zone, levels in levels_dbm.items():
        if levels:
            weak = levels[int(WEAK_SHARE * len(levels))]
            found[zone] = round(min(max(weak - CARRIED_DB, ENTER_LIMITS_DBM[0]), ENTER_LIMITS_DBM[1]), 1)
    return found


def _near_levels(levels_dbm: Mapping[str, Sequence[float]], config: StoreConfig) -> dict[str, float]:
    """Zone of a till's kiosk → the level of its strongest point, less what a body takes away.

    The kiosk's own node is the till's, so where it hears best is where the customer stands. Of a display without a till
    nothing is said: its zone's antennas hang elsewhere.
    """
    found = {}
    for zone in sorted({kiosk.zone for kiosk in config.kiosks.values() if kiosk.till is not None}):
        if levels := levels_dbm[zone]:
            found[zone] = round(min(levels[-1] - TURNED_DB, NEAR_LIMIT_DBM), 1)
    return found


def _levels_dbm(zone: str, points: Sequence[Point], config: StoreConfig) -> list[float]:
    """A zone's levels at the points inside it, rising."""
    inside = [point for point in points if config.zone_at(point.x_m, point.y_m) == zone]
    return sorted(level for point in inside if (level := _level_dbm(zone, point, config)) is not None)


def _level_dbm(zone: str, point: Point, config: StoreConfig) -> float | None:
    """The level of a zone at a point as the rules see it; None where none of its nodes hears the tag."""
    zones = {name: node.zone for name, node in config.nodes.items()}
    levels = Levels(smooth_s=1.0)
    for node, strengths in point.heard_dbm.items():
        levels.take(node, statistics.median(strengths), 0.0)
    return levels.of_zones(zones.__getitem__, Counter(zones.values()), 0.0).get(zone)
