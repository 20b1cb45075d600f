"""What a radio map is made of: the floor's rectangles, the antennas, the calibration points. Pure.

Metres from one corner of the floor, x to the right, y up or down as the store's plan has it; no height.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle along the axes; its near edges belong to it, its far ones to what comes next."""

    x0_m: float
    y0_m: float
    x1_m: float
    y1_m: float

    def holds(self, x_m: float, y_m: float) -> bool:
        """Whether a place lies in it."""
        return self.x0_m <= x_m < self.x1_m and self.y0_m <= y_m < self.y1_m


@dataclass(frozen=True, slots=True)
class Antenna:
    """Where a node's antenna is."""

    name: str
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """What the nodes heard of a tag that stood still for a while.

    Attributes:
        x_m: where.
        y_m: where.
        heard_dbm: node → the calibrated strengths of the packets it heard there; one that heard none may be left out.
        seconds: for how long.
    """

    x_m: float
    y_m: float
    heard_dbm: Mapping[str, Sequence[float]]
    seconds: float
