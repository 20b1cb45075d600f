"""Switches that take one rule out of the radio map, for the ablation of the score. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MapOptions:
    """All on is the engine as a store runs it.

    Attributes:
        residuals: what the calibration points heard beside the path-loss law is kept, smoothed (fit).
        own_error: each node's evidence weighs by how well the map predicts it; else all alike.
        heavy_tail: a sample far from the map is an outlier, no proof (Student); else Gaussian.
        headings: people keep walking the way they walk; else a random walk.
        misses: that an antenna hears nothing of somebody others hear says they are not beside it.
        hysteresis: another zone needs more than half of the belief; else the likeliest zone wins.
    """

    residuals: bool = True
    own_error: bool = True
    heavy_tail: bool = True
    headings: bool = True
    misses: bool = True
    hysteresis: bool = True
