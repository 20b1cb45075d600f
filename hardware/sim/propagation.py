"""How strong a fob is heard: distance, walls, shadowing, the body that carries it, multipath, and what gets lost.

Fitted to the TETAM calibration points (45 places × 12 scanners, `python -m tests.score fit`), which show:

- path loss: exponent 1.53 and −61.5 dBm at 1 m, one level a scanner, between which σ = 2.2 dB; residual 4.0 dB;
- **a beacon at rest has three levels, not one**: a scanner listens to the advertising channels 37, 38, 39 in turn
  (2.8 s a turn), each channel has its own fade, and around its level the strength moves by 0.7 dB, rounding
  included. The levels of a pair spread with σ = 3.9 dB in the median (p10 1.6, p90 7.4): Rician fading, K = 0.75;
- shadowing 2.5 dB over 4.3 m: what the residual holds beside a third of the fading's variance;
- 11 % of the packets are missed however strong they are, 27 % where the median is −92 dBm; 0.456 s between two.

The constants below are those with which simulated calibration points, put through the same fit, give these figures
(`tests/hardware/sim/test_statistics.py`): a fit takes part of the shadowing for differences between scanners, and of
the packets missed it sees only pairs that were heard at all.

Not in the recordings, hence assumed: what the body takes (the beacon was carried over the head: the direction
of walking explains less than 1.5 dB) and how far somebody who stands moves. No beacon was nearer than 0.9 m. Pure.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from hardware.host.config import ConfigModel
from hardware.sim.floor import FloorPlan, Point

if TYPE_CHECKING:
    from hardware.host.entropy import Entropy

TAG_HEIGHT_M: Final = 1.0
"""A fob in a pocket or a bag."""

NEAREST_M: Final = 0.3
"""Nobody holds a fob closer to an antenna; it keeps the logarithm in its place."""

SHADOW_WAVES: Final = 24
"""Cosines that make one shadowing field: enough for its values to look Gaussian."""

SHADOW_CELL_M: Final = 0.25
"""Shadowing and walls are worked out once a cell: they change over metres, and a node is asked 40 times a second."""

Db = Annotated[float, Field(ge=0.0, le=40.0)]


class Propagation(ConfigModel):
    """The constants of the air; what a scenario leaves out is as recorded."""

    exponent: Annotated[float, Field(ge=1.0, le=6.0)] = 1.53
    """Level falls by 10 × this dB a decade of distance."""
    shadow_sigma_db: Db = 3.6
    shadow_length_m: Annotated[float, Field(gt=0.0, le=100.0)] = 6.0
    """Distance at which the correlation of the shadowing is down to 1/e."""
    rician_k: Annotated[float, Field(ge=0.0, le=20.0)] = 0.75
    """Power of the direct wave over that of all others."""
    noise_sigma_db: Db = 0.65
    """A packet's own deviation on one channel at one place, before rounding to 1 dB."""
    channel_turn_s: Annotated[float, Field(gt=0.0, le=60.0)] = 2.8
    """Time in which a scanner goes through the three advertising channels."""
    body_db: Db = 8.0
    """What the body takes when it is right in between: 5 to 10 dB are reported for a pocket at 2.4 GHz."""
    sway_m: Annotated[float, Field(ge=0.0, le=0.5)] = 0.05
    """How far whoever stands moves to and fro, from foot to foot; half a wavelength is 6 cm, so the fades change."""
    busy_m: Annotated[float, Field(ge=0.0, le=0.5)] = 0.15
    """The same of whoever unloads, pays and packs."""
    missed_share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.11
    """Packets no scanner hears, however strong: it was busy or changed channel."""
    sensitivity_dbm: Annotated[float, Field(ge=-126.0, le=-40.0)] = -96.0
    """Half of the packets at this strength are lost."""
    sensitivity_width_db: Annotated[float, Field(gt=0.0, le=20.0)] = 4.0
    """From half to 73 %."""

    def path_loss_db(self, distance_m: float) -> float:
        """Loss against the level at 1 m."""
        return 10.0 * self.exponent * math.log10(max(distance_m, NEAREST_M))

    def heard_chance(self, rssi_dbm: float) -> float:
        """Chance that a packet which arrives with this strength is received, others being silent."""
        margin = (rssi_dbm - self.sensitivity_dbm) / self.sensitivity_width_db
        if margin > 30.0:
            return 1.0 - self.missed_share
        return (1.0 - self.missed_share) / (1.0 + math.exp(-margin)) if margin > -30.0 else 0.0

    def mean_fading_db(self) -> float:
        """Mean of 20·log₁₀ of a Rician amplitude of unit power; 0 dB is its mean power, not its mean level.

        E[ln r²] = −ln(1+K) − γ − Σ (−K)ⁿ/(n·n!), from the logarithmic moment of a non-central χ² with two degrees
        of freedom.
        """
        term, total = 1.0, 0.0
        for n in range(1, 80):
            term *= -self.rician_k / n
            total += term / n
        return 10.0 / math.log(10.0) * (-math.log(1.0 + self.rician_k) - _EULER_GAMMA - total)


_EULER_GAMMA: Final = 0.5772156649015329


class StaticField:
    """What does not change while the store stands: distance, walls, and each node's shadowing.

    Args:
        floor: walls and nodes.
        propagation: the constants.
        entropy: draws the shadowing; None leaves it out, for an expected level.
    """

    def __init__(self, floor: FloorPlan, propagation: Propagation, entropy: "Entropy | None") -> None:
        self._floor, self._propagation = floor, propagation
        self._shadows: Mapping[str, Shadow | None] = {
            name: None if entropy is None else Shadow(propagation, entropy) for name in floor.nodes
        }
        self._obstacles: dict[tuple[str, int, int], float] = {}

    def gain_db(self, node: str, x_m: float, y_m: float) -> float:
        """What is added to a fob's level at 1 m on its way to a node; the fob is `TAG_HEIGHT_M` high."""
        antenna = self._floor.nodes[node]
        distance_m = math.dist((x_m, y_m, TAG_HEIGHT_M), (*antenna.at_m, antenna.height_m))
        cell = (node, int(x_m / SHADOW_CELL_M), int(y_m / SHADOW_CELL_M))
        obstacle_db = self._obstacles.get(cell)
        if obstacle_db is None:
            obstacle_db = self._obstacles[cell] = self._obstacle_db(node, (x_m, y_m))
        return antenna.gain_db - self._propagation.path_loss_db(distance_m) + obstacle_db

    def _obstacle_db(self, node: str, place: Point) -> float:
        shadow = self._shadows[node]
        walls_db = self._floor.wall_loss_db(place, self._floor.nodes[node].at_m)
        return (0.0 if shadow is None else shadow.at(*place)) - walls_db


class Shadow:
    """One node's shadowing: a random field, Gaussian, with exponential correlation (Gudmundson, 1991).

    A sum of cosines whose wave numbers are drawn from the field's spectrum: for an exponential correlation in the
    plane the wave number's size r has the distribution 1 − 1/√(1 + (rL)²).
    """

    def __init__(self, propagation: Propagation, entropy: "Entropy") -> None:
        self._scale_db = propagation.shadow_sigma_db * math.sqrt(2.0 / SHADOW_WAVES)
        self._waves = tuple(self._wave(propagation.shadow_length_m, entropy) for _ in range(SHADOW_WAVES))

    @staticmethod
    def _wave(length_m: float, entropy: "Entropy") -> tuple[float, float, float]:
        rest = 1.0 - entropy.uniform()
        size = math.sqrt(1.0 / rest**2 - 1.0) / length_m
        angle = math.tau * entropy.uniform()
        return size * math.cos(angle), size * math.sin(angle), math.tau * entropy.uniform()

    def at(self, x_m: float, y_m: float) -> float:
        """The shadowing at a place, dB, mean 0."""
        return self._scale_db * sum(math.cos(kx * x_m + ky * y_m + phase) for kx, ky, phase in self._waves)
