"""From calibration points to a radio map. Pure and deterministic: the same points make the same map.

A node's level is path loss plus shadowing. Path loss is `a − 10·n·lg(d)`, with weak prior knowledge of *a* and *n* so
that a node with few points stays sane. Shadowing, what the points heard beside that law, is a Gaussian process with an
exponential covariance (Gudmundson, "Correlation model for shadow fading in mobile radio systems", 1991): known at a
point, forgotten some metres on. Both are solved in one linear system (universal kriging).

A point's mean is not the place's: standing still, a tag sits in one pattern of reflections, which a step changes. That
is the nugget. It is why the map does not go through its points.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hardware.host.errors import DataError
from hub.presence.map.geometry import Antenna, CalibrationPoint
from hub.presence.map.options import MapOptions
from hub.presence.map.radio_map import MAX_CELLS, MAX_NODES, Grid, NodeLevels, RadioMap, Rows

Floats = NDArray[np.float64]

CELL_M: Final = 0.5
"""Half of the clearance at which zones are judged; finer buys nothing at a median error of more than a metre."""

RIM_M: Final = 0.25
"""The floor goes this far beyond its outermost point or antenna: nobody calibrates, or stands, inside a wall."""

MIN_POINTS: Final = 4
"""A corner each; with fewer the path loss itself is a guess."""

MIN_PACKETS: Final = 3
"""A node that heard fewer at a point heard it by chance."""

UNHEARD_DBM: Final = -97.0
"""Taken for the level of a point that a node did not hear: a little below the weakest a radio takes (about −95)."""

ONE_METRE_DBM: Final = -61.0
ONE_METRE_SD_DB: Final = 10.0
EXPONENT: Final = 2.0
EXPONENT_SD: Final = 0.3
"""What is known of path loss before any point: tags differ widely in power, halls little in their exponent: free
space (2), a little less between reflecting walls, a little more between shelves."""

SHADOW_DB: Final = 3.0
SHADOW_M: Final = 3.0
"""Size and reach of the shadowing: of the order of shelves and pillars. Between 2 and 4 dB, and 2 and 8 m, held-out
points and recorded walks hardly differ."""

NUGGET_DB: Final = 2.5
"""What a point's mean is off by for standing in one spot: a single packet's spread by reflections is 4 to 5 dB, and
three advertising channels see three patterns."""

BELIEVED: Final = 8.0
"""The constants above count as much as so many points when a node's own ones say how far they hold."""

HEIGHT_M: Final = 1.0
"""Difference in height between a tag and an antenna, about: right under it the level does not go to infinity."""

STRONGEST_DBM: Final = 0.0
WEAKEST_DBM: Final = -126.0
"""What is not between is no measurement: drivers give 0, 20 and more, or −127 for *none*."""


def fit_map(
    points: Sequence[CalibrationPoint], antennas: Sequence[Antenna], options: MapOptions | None = None
) -> RadioMap:
    """Fit the map of a store.

    Args:
        points: where a tag stood and what was heard of it; the order does not matter.
        antennas: the nodes to map; what other nodes heard is ignored.
        options: switches for the ablation.

    Returns:
        A map with every antenna that heard the tag at some point, over all points and antennas and a rim.

    Raises:
        DataError: fewer than `MIN_POINTS` points, too many antennas, or none that heard the tag.
    """
    options = options or MapOptions()
    if len(points) < MIN_POINTS:
        raise DataError(
            f"{len(points)} calibration points are too few for a radio map, {MIN_POINTS} are needed"
        )
    if len(antennas) > MAX_NODES:
        raise DataError(f"{len(antennas)} antennas are more than a radio map can hold ({MAX_NODES})")
    grid = _grid(points, antennas)
    # Sorted: the order of summation would show in the last decimal.
    points = sorted(points, key=lambda point: (point.x_m, point.y_m))
    nodes: dict[str, NodeLevels] = {}
    for antenna in sorted(antennas, key=lambda antenna: antenna.name):
        levels = [_level_dbm(point.heard_dbm, antenna.name) for point in points]
        if any(level is not None for level in levels):
            heard = np.array([UNHEARD_DBM if level is None else level for level in levels])
            nodes[antenna.name] = _Kriging(points, antenna, heard, options).over(grid)
    if not nodes:
        raise DataError("no antenna heard the tag at any calibration point")
    return RadioMap(grid, nodes)


def _level_dbm(heard_dbm: Mapping[str, Sequence[float]], node: str) -> float | None:
    """Mean strength, or None where a node heard next to nothing."""
    usable = [level for level in heard_dbm.get(node, ()) if WEAKEST_DBM <= level < STRONGEST_DBM]
    return math.fsum(usable) / len(usable) if len(usable) >= MIN_PACKETS else None


def _grid(points: Sequence[CalibrationPoint], antennas: Sequence[Antenna]) -> Grid:
    places = [(point.x_m, point.y_m) for point in points] + [
        (antenna.x_m, antenna.y_m) for antenna in antennas
    ]
    if not all(math.isfinite(metres) for place in places for metres in place):
        raise DataError("a calibration point or an antenna has no finite place")
    (x0_m, x1_m), (y0_m, y1_m) = (
        (min(along) - RIM_M, max(along) + RIM_M) for along in zip(*places, strict=True)
    )
    cell_m = CELL_M
    while math.ceil((x1_m - x0_m) / cell_m) * math.ceil((y1_m - y0_m) / cell_m) > MAX_CELLS:
        cell_m *= 1.25
    columns, rows = math.ceil((x1_m - x0_m) / cell_m), math.ceil((y1_m - y0_m) / cell_m)
    return Grid(round(x0_m + cell_m / 2, 3), round(y0_m + cell_m / 2, 3), cell_m, columns, rows)


class _Kriging:
    """The level of one node as a linear function of what its points heard."""

    def __init__(
        self, points: Sequence[CalibrationPoint], antenna: Antenna, heard_dbm: Floats, options: MapOptions
    ) -> None:
        self._places = np.array([(point.x_m, point.y_m) for point in points])
        self._antenna = np.array([antenna.x_m, antenna.y_m])
        self._shadow_db = SHADOW_DB if options.residuals else 0.0
        # Without shadowing in the law, all of it is error of the points.
        nugget_db = math.hypot(NUGGET_DB, SHADOW_DB - self._shadow_db)
        covariance = self._covariance(self._places) + nugget_db**2 * np.eye(len(points))
        inverse = np.linalg.inv(covariance)
        self._inverse: Floats = inverse.astype(np.float64)
        self._weights: Floats = inverse @ (heard_dbm - self._expected(self._places))
        # Leave-one-out residuals and their variances in closed form (Rasmussen and Williams, 2006, eq. 5.12): where
        # this node's hall is wilder than the constants say, its map errs more everywhere.
        surprise = float(np.sum(self._weights**2 / np.diag(inverse)))
        self._wildness = (surprise + BELIEVED) / (len(points) + BELIEVED)

    def over(self, grid: Grid) -> NodeLevels:
        """The levels of all cells and how far they may be off, to a tenth of a dB."""
        x, y = np.meshgrid(grid.centres_x_m, grid.centres_y_m)
        cells = np.column_stack([x.ravel(), y.ravel()])
        covariance = self._covariance(cells)
        levels = self._expected(cells) + covariance @ self._weights
        unknown = self._variance(cells) - ((covariance @ self._inverse) * covariance).sum(axis=1)
        errors = np.sqrt(self._wildness * np.maximum(unknown, 0.0))
        return NodeLevels(_rows(levels, grid), _rows(errors, grid))

    def _expected(self, places: Floats) -> Floats:
        return ONE_METRE_DBM + EXPONENT * self._loss_db(places)

    def _loss_db(self, places: Floats) -> Floats:
        """Decibels a unit of the path-loss exponent, negative."""
        squared: Floats = ((places - self._antenna) ** 2).sum(axis=1)
        return -5.0 * np.log10(squared + HEIGHT_M**2)

    def _variance(self, places: Floats) -> Floats:
        """Of the level at these places, as long as nothing was heard."""
        law: Floats = EXPONENT_SD**2 * self._loss_db(places) ** 2
        return self._shadow_db**2 + ONE_METRE_SD_DB**2 + law

    def _covariance(self, places: Floats) -> Floats:
        """Of the level at these places with that at the points."""
        apart_m = np.sqrt(((places[:, None, :] - self._places[None, :, :]) ** 2).sum(axis=2))
        law = np.outer(self._loss_db(places), self._loss_db(self._places))
        shadow: Floats = self._shadow_db**2 * np.exp(-apart_m / SHADOW_M)
        return shadow + ONE_METRE_SD_DB**2 + EXPONENT_SD**2 * law


def _rows(values: Floats, grid: Grid) -> Rows:
    rows: list[list[float]] = np.round(values, 1).reshape(grid.rows, grid.columns).tolist()
    return tuple(map(tuple, rows))
