"""By how much each antenna hears better or worse than the store's others at equal distance. Pure.

One line for the whole store, `level = p − 10·n·log10(distance)`, and one constant a node are fitted together to the
median strength of each node at each point (Rappaport, Wireless Communications, 4.9: log-distance path loss). The
constants are drawn towards 0 as much as a handful of points deserves, and single wild points weigh less (Huber).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
import numpy.typing as npt

from hub.calibration.record import Point

Floats = npt.NDArray[np.float64]

RESIDUAL_DB: Final = 4.5
"""What is left of a strength after the line, in the recorded hall: shelves, bodies, reflections."""

SPREAD_DB: Final = 4.0
"""How far antennas of one make differ (prior): cases, mounting, height."""

MIN_POINTS: Final = 3
"""Of a node heard at fewer nothing is said: its offset stays as it is."""

MIN_DISTANCE_M: Final = 1.0
"""Nearer than this a tag's height, which nobody measures, decides the distance."""

EXPONENTS: Final = (1.0, 4.0)
"""Path loss exponents that occur in buildings (ITU-R P.1238); a line outside says that the places are wrong."""

MAX_OFFSET_DB: Final = 30.0
"""The configuration takes no more: an antenna that deaf is broken."""

ROUNDS: Final = 20
"""Re-weightings; the recorded points settle within six."""

HUBER: Final = 1.345
"""Of the residual σ: 95 % efficient on Gaussian noise (Huber 1981)."""


@dataclass(frozen=True, slots=True)
class Offsets:
    """The fit.

    Attributes:
        by_node: dB to add to a node's strengths, their median 0; only nodes of which enough was heard.
        exponent: n of the line, within `EXPONENTS`.
        at_1m_dbm: p of the line: what a node of offset 0 hears a metre away.
        residual_db: median absolute distance of the points from the fit.
    """

    by_node: Mapping[str, float]
    exponent: float
    at_1m_dbm: float
    residual_db: float


def fit_offsets(points: Sequence[Point], antennas: Mapping[str, tuple[float, float]]) -> Offsets | None:
    """Fit the nodes' offsets.

    Args:
        points: what was measured.
        antennas: node → x, y in metres; nodes that are missing get no offset.

    Returns:
        None when fewer than two nodes were heard at `MIN_POINTS` points, or all of it from one distance.
    """
    heard = [
        (node, _distance_m(point, antennas[node]), median(strengths))
        for point in points
        for node, strengths in point.heard_dbm.items()
        if node in antennas
    ]
    counts = {node: sum(one[0] == node for one in heard) for node in sorted(antennas)}
    nodes = [node for node, count in counts.items() if count >= MIN_POINTS]
    rows = [one for one in heard if one[0] in nodes]
    if len(nodes) < 2 or len({round(distance_m, 3) for _, distance_m, _ in rows}) < 2:
        return None
    distances_db = np.array([-10.0 * math.log10(distance_m) for _, distance_m, _ in rows])
    levels_dbm = np.array([level_dbm for _, _, level_dbm in rows])
    owners = np.array([[float(node == name) for name in nodes] for node, _, _ in rows])
    exponent, at_1m_dbm, constants = _fit(distances_db, levels_dbm, owners)
    left_db = np.abs(levels_dbm - exponent * distances_db - at_1m_dbm - owners @ constants)
    middle = float(np.median(constants))
    offsets = np.clip(middle - constants, -MAX_OFFSET_DB, MAX_OFFSET_DB)
    # A zero with a sign would stand in a file people read.
    by_node = {node: round(float(offset), 1) + 0.0 for node, offset in zip(nodes, offsets, strict=True)}
    return Offsets(by_node, exponent, at_1m_dbm + middle, float(np.median(left_db)))


def _distance_m(point: Point, antenna: tuple[float, float]) -> float:
    return max(MIN_DISTANCE_M, math.hypot(point.x_m - antenna[0], point.y_m - antenna[1]))


def _fit(distances_db: Floats, levels_dbm: Floats, owners: Floats) -> tuple[float, float, Floats]:
    """The line's exponent, its level at a metre, and each node's constant."""
    one = np.ones((len(levels_dbm), 1))
    fitted = _solve(np.hstack([distances_db[:, None], one, owners]), levels_dbm, shared=2)
    exponent = float(np.clip(fitted[0], *EXPONENTS))
    if exponent == fitted[0]:
        return exponent, float(fitted[1]), fitted[2:]
    fitted = _solve(np.hstack([one, owners]), levels_dbm - exponent * distances_db, shared=1)
    return exponent, float(fitted[0]), fitted[1:]


def _solve(columns: Floats, levels_dbm: Floats, *, shared: int) -> Floats:
    """Least squares, re-weighted (Huber); the columns after the shared ones are nodes, drawn towards 0."""
    drawn = np.full(columns.shape[1], (RESIDUAL_DB / SPREAD_DB) ** 2)
    drawn[:shared] = 0.0
    weights = np.ones(len(levels_dbm))
    fitted: Floats = np.zeros(columns.shape[1])
    for _ in range(ROUNDS):
        weighted = columns * weights[:, None]
        fitted = np.asarray(
            np.linalg.solve(columns.T @ weighted + np.diag(drawn), weighted.T @ levels_dbm), float
        )
        left_db = np.abs(levels_dbm - columns @ fitted)
        weights = np.minimum(1.0, HUBER * RESIDUAL_DB / np.maximum(left_db, 1e-9))
    return fitted
