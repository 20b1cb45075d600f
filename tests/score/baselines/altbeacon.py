"""AltBeacon: the mean of 20 s without a tenth at each end, strongest wins; a scanner is left after 10 s of silence.

Rule: AltBeacon/android-beacon-library, RunningAverageRssiFilter and the region's exit period. The library takes one
value more off each end; without that it does as well with twelve scanners and better with four.
"""

from collections import deque
from statistics import fmean

from tests.score.baselines.chooser import Chooser
from tests.score.engines import Zones

WINDOW_S = 20.0
EXIT_S = 10.0


def trimmed_mean(values: list[int]) -> float:
    """The mean without the lowest and the highest tenth."""
    cut = len(values) // 10
    return fmean(sorted(values)[cut : len(values) - cut])


class AltBeacon(Chooser):
    """A window a scanner."""

    def __init__(self, zones: Zones) -> None:
        super().__init__(zones)
        self._heard: dict[str, deque[tuple[float, int]]] = {}

    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None:
        self._heard.setdefault(scanner, deque()).append((at_s, rssi_dbm))

    def choice(self, now_s: float) -> str | None:
        means: dict[str, float] = {}
        for scanner, window in self._heard.items():
            while window and now_s - window[0][0] > WINDOW_S:
                window.popleft()
            if window and now_s - window[-1][0] <= EXIT_S:
                means[scanner] = trimmed_mean([rssi_dbm for _, rssi_dbm in window])
        return max(means, key=means.__getitem__, default=None)
