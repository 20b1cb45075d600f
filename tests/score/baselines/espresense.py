"""ESPresense: the mean of 15 s inside Tukey's fences gives a distance; entered at 2 m, left at 4 m; nearest wins.

Rule: ESPresense firmware (adaptive percentile filter, absorption 2.7, −65 dBm at 1 m) with its counting distances, and
the companion's nearest node. Where no scanner has the device within its distances the nearest of all decides, as the
companion's nearest node does: read strictly, somebody in the middle of a hall would be nowhere.
"""

import math
from collections import deque
from statistics import fmean, quantiles

from tests.score.baselines.chooser import Chooser
from tests.score.engines import Zones

WINDOW_S = 15.0
FENCE = 1.5
ABSORPTION = 2.7
AT_1_M_DBM = -65.0
ENTER_M = 2.0
LEAVE_M = 4.0


def fenced_mean(values: list[int]) -> float:
    """The mean of the values within 1.5 interquartile ranges of the middle half."""
    if len(values) < 4:
        return fmean(values)
    low, _, high = quantiles(values, n=4, method="inclusive")
    reach = FENCE * (high - low)
    return fmean(value for value in values if low - reach <= value <= high + reach)


def distance_m(rssi_dbm: float) -> float:
    """Its distance for a strength."""
    return math.pow(10.0, (AT_1_M_DBM - rssi_dbm) / (10.0 * ABSORPTION))


class ESPresense(Chooser):
    """A window a scanner, and which scanners have the device."""

    def __init__(self, zones: Zones) -> None:
        super().__init__(zones)
        self._heard: dict[str, deque[tuple[float, int]]] = {}
        self._inside: set[str] = set()

    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None:
        window = self._heard.setdefault(scanner, deque())
        window.append((at_s, rssi_dbm))
        self._forget(window, at_s)
        away_m = distance_m(fenced_mean([value for _, value in window]))
        if away_m < ENTER_M:
            self._inside.add(scanner)
        elif away_m > LEAVE_M:
            self._inside.discard(scanner)

    def choice(self, now_s: float) -> str | None:
        away_m: dict[str, float] = {}
        for scanner, window in self._heard.items():
            self._forget(window, now_s)
            if window:
                away_m[scanner] = distance_m(fenced_mean([value for _, value in window]))
        self._inside &= away_m.keys()
        return min(self._inside or away_m, key=away_m.__getitem__, default=None)

    def _forget(self, window: deque[tuple[float, int]], now_s: float) -> None:
        while window and now_s - window[0][0] > WINDOW_S:
            window.popleft()
