"""How people move between two steps: they stand, or walk on the way they walk. Pure.

The belief about a member is an array (ways, columns, rows): the first way is standing, the others are walking towards
one of `HEADINGS` directions. A move takes one step of time: ways change by a small Markov chain, then every way shifts
and spreads its cells. Shift and spread are separable, so a move is two small matrix products a way.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub.presence.map.options import MapOptions
from hub.presence.map.radio_map import Grid

Belief = NDArray[np.float32]

STEP_S: Final = 0.5
"""Nodes report twice a second; a walker goes less than a cell."""

HEADINGS: Final = 8

WALK_MPS: Final = 0.6
"""Between a trolley in an aisle (0.4 m/s) and a quick walk (1.2 m/s). From 0.5 to 0.8 the recordings say the same."""

WALK_SPREAD_M: Final = 0.3
"""A step of ± 0.6 m/s around that: from nearly standing to walking fast."""

STAND_SPREAD_M: Final = 0.3
"""Standing is shifting from foot to foot, from shelf to shelf."""

STOP: Final = 0.03
GO: Final = 0.15
"""Chances a step: people walk for about fifteen seconds and stand for a few; who stands longer loses nothing by it."""

TURN: Final = 0.05
ANYWHERE: Final = 0.02
"""Chances a step: of 45° to either side, and of any direction at all: somebody turns every five seconds."""

WANDER_M: Final = 0.42
"""Ablation, all ways in one: a random walk of 0.6 m in a second."""


class Motion:
    """The moves on one grid."""

    def __init__(self, grid: Grid, options: MapOptions) -> None:
        x, y = np.array(grid.centres_x_m), np.array(grid.centres_y_m)
        if options.headings:
            bearings = [2 * math.pi * heading / HEADINGS for heading in range(HEADINGS)]
            walked_m = WALK_MPS * STEP_S
            moves = [(0.0, 0.0, STAND_SPREAD_M)] + [
                (walked_m * math.cos(bearing), walked_m * math.sin(bearing), WALK_SPREAD_M)
                for bearing in bearings
            ]
            self._changes = _changes()
        else:
            moves = [(0.0, 0.0, WANDER_M)]
            self._changes = np.ones((1, 1), np.float32)
        self._along_x = np.stack([_shift(x, dx_m, spread_m) for dx_m, _, spread_m in moves])
        self._along_y = np.stack([_shift(y, dy_m, spread_m).T for _, dy_m, spread_m in moves])
        self._shape = (len(moves), grid.columns, grid.rows)

    def anywhere(self) -> Belief:
        """The belief about somebody of whom nothing is known."""
        return np.full(self._shape, 1.0 / math.prod(self._shape), np.float32)

    def move(self, belief: Belief) -> Belief:
        """A step later; the sum stays."""
        ways = self._changes @ belief.reshape(self._shape[0], -1)
        moved: Belief = self._along_x @ ways.reshape(self._shape) @ self._along_y
        return moved


def _changes() -> Belief:
    """From each way (column) to each (row)."""
    chances = np.zeros((HEADINGS + 1, HEADINGS + 1))
    chances[0, 0] = 1.0 - GO
    chances[1:, 0] = GO / HEADINGS
    chances[0, 1:] = STOP
    for heading in range(HEADINGS):
        towards = np.full(HEADINGS, ANYWHERE / HEADINGS)
        towards[heading] += 1.0 - 2 * TURN - ANYWHERE
        towards[(heading + 1) % HEADINGS] += TURN
        towards[(heading - 1) % HEADINGS] += TURN
        chances[1:, 1 + heading] = (1.0 - STOP) * towards
    return chances.astype(np.float32)


def _shift(centres_m: NDArray[np.float64], by_m: float, spread_m: float) -> Belief:
    """From each cell (column) to each (row) along one axis; nobody leaves through a wall."""
    apart = (centres_m[:, None] - centres_m[None, :] - by_m) / max(spread_m, 0.5 * _pitch_m(centres_m))
    # The wall's own cell takes whoever would walk through it, however far the others are.
    chances = np.exp(-0.5 * np.minimum(apart**2, 60.0))
    shifted: Belief = (chances / chances.sum(axis=0)).astype(np.float32)
    return shifted


def _pitch_m(centres_m: NDArray[np.float64]) -> float:
    return float(centres_m[1] - centres_m[0]) if len(centres_m) > 1 else 1.0
