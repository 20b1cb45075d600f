"""What a sample, or the lack of one, says about where a member is. Pure.

A packet of somebody who moves scatters around the map by reflections, and the map itself is off where no point was
measured. The two add up. Either has tails: a body in between, a metal shelf. So the likelihood is Student's, for which
a sample 20 dB off is odd everywhere and says little, not one that rules a place out.
"""

from collections.abc import Mapping, Sequence
from math import erfc, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub.presence.map.options import MapOptions
from hub.presence.map.radio_map import RadioMap, Rows

Floats = NDArray[np.float32]

PACKET_DB: Final = 4.0
"""Spread of a report around its place's mean: 5 dB a packet, of which a report is one or two."""

USUAL_ERROR_DB: Final = 3.0
"""Ablation: the error of every node's map everywhere."""

TAIL: Final = 6.0
"""Student's degrees of freedom. From 4 to 20 the recordings say the same; far lower and a packet says nothing, higher
and a wild one says too much."""

SENSITIVITY_DBM: Final = -95.0
"""About the weakest that a Pi's radio takes."""

FAINTEST_DBM: Final = -130.0
LOUDEST_DBM: Final = 10.0
"""What is beyond counts as this: a radio measures between, an offset of some dB added."""

MISSED_ANYWAY: Final = 0.05
"""Chance that a node misses somebody it should hear, for the seconds of one miss: a busy radio, a lost report."""


class Evidence:
    """The log-likelihoods of one radio map, each an array (columns, rows) up to a constant."""

    def __init__(self, radio_map: RadioMap, options: MapOptions) -> None:
        self._heavy_tail = options.heavy_tail
        self._levels = {name: _array(node.level_dbm) for name, node in radio_map.nodes.items()}
        self._variances = {
            name: PACKET_DB**2
            + (
                _array(node.error_db)
                if options.own_error
                else np.full_like(_array(node.error_db), USUAL_ERROR_DB)
            )
            ** 2
            for name, node in radio_map.nodes.items()
        }
        # A cell whose level is little known must not win by taking every strength for possible.
        self._widths = {name: np.log(variance) / 2.0 for name, variance in self._variances.items()}
        self._misses = {name: self._of_a_miss(name) for name in radio_map.nodes} if options.misses else {}

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes on the map."""
        return frozenset(self._levels)

    def of_samples(self, samples: Mapping[str, Sequence[float]]) -> Floats:
        """What these strengths say together, node → dBm; every node on the map, at least one."""
        total = np.zeros_like(next(iter(self._levels.values())))
        for node, strengths_dbm in samples.items():
            for strength_dbm in strengths_dbm:
                squared = (
                    self._levels[node] - np.float32(min(max(strength_dbm, FAINTEST_DBM), LOUDEST_DBM))
                ) ** 2 / self._variances[node]
                total -= (TAIL + 1.0) / 2.0 * np.log1p(squared / TAIL) if self._heavy_tail else squared / 2.0
                total -= self._widths[node]
        return total

    def of_miss(self, node: str) -> Floats | None:
        """What it says that a node has heard nothing for a while of somebody others hear; None for nothing."""
        return self._misses.get(node)

    def faintest_dbm(self, nodes: frozenset[str]) -> float:
        """The best level that any of these nodes has where it is worst: nobody on the floor is fainter."""
        levels = [self._levels[node] for node in nodes & self.nodes]
        return float(np.max(levels, axis=0).min()) if levels else float("inf")

    def _of_a_miss(self, node: str) -> Floats:
        too_weak = np.vectorize(
            lambda level, variance: erfc((level - SENSITIVITY_DBM) / sqrt(2.0 * variance)) / 2.0
        )(self._levels[node], self._variances[node])
        said: Floats = np.log(MISSED_ANYWAY + (1.0 - MISSED_ANYWAY) * too_weak).astype(np.float32)
        return said


def _array(rows: Rows) -> Floats:
    return np.array(rows, np.float32).T.copy()
