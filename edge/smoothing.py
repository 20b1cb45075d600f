"""Smooths the strength of one identifier at one node: a spike gate, then a filter quicker up than down.

Pure functions over an immutable state. Constants: the design, "Presence"; measured on the TETAM recordings
(edge/README.md).
"""

import math
from dataclasses import dataclass
from statistics import median_low
from typing import Final

GATE_SAMPLES: Final = 3
"""Median of three: one wild packet in a row (a reflection, a damaged value) never gets through."""

RISING_S: Final = 0.7
"""Time constant towards a stronger value: somebody walks up. At two advertisements a second the gate smooths too.
Chosen with `FALLING_S` on the three recorded walks, together with the hub's zones (edge/README.md)."""

FALLING_S: Final = 1.5
"""Towards a weaker one, twice as slow: a body turned, a trolley in between; a moment's loss is no leaving."""


@dataclass(frozen=True, slots=True)
class Smoothed:
    """The strength of one identifier so far.

    Attributes:
        recent_dbm: the last raw values, oldest first, at most `GATE_SAMPLES`.
        rssi_dbm: the smoothed strength.
        heard_s: when the last value was heard, store seconds, monotonic.
    """

    recent_dbm: tuple[int, ...]
    rssi_dbm: float
    heard_s: float


def begin(rssi_dbm: int, heard_s: float) -> Smoothed:
    """Begin with the first value heard."""
    return Smoothed((rssi_dbm,), float(rssi_dbm), heard_s)


def follow(state: Smoothed, rssi_dbm: int, heard_s: float) -> Smoothed:
    """Take one more value; a time that went back counts as no time at all."""
    recent_dbm = (*state.recent_dbm, rssi_dbm)[-GATE_SAMPLES:]
    # Of two values the lower one: a person is recognised on strength, so doubt goes against it.
    gated_dbm = median_low(recent_dbm)
    step_db = gated_dbm - state.rssi_dbm
    elapsed_s = max(0.0, heard_s - state.heard_s)
    share = 1.0 - math.exp(-elapsed_s / (RISING_S if step_db > 0 else FALLING_S))
    return Smoothed(recent_dbm, state.rssi_dbm + share * step_db, max(heard_s, state.heard_s))
