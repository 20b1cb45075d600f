"""The naive rule: the scanner with the highest mean strength over the last seconds; in silence the last one stays."""

from collections import deque
from statistics import fmean

from tests.score.baselines.chooser import Chooser
from tests.score.engines import Zones


class Strongest(Chooser):
    """One window over all scanners."""

    def __init__(self, zones: Zones, window_s: float) -> None:
        super().__init__(zones)
        self._window_s = window_s
        self._heard: deque[tuple[float, str, int]] = deque()
        self._chosen: str | None = None

    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None:
        self._heard.append((at_s, scanner, rssi_dbm))

    def choice(self, now_s: float) -> str | None:
        while self._heard and now_s - self._heard[0][0] > self._window_s:
            self._heard.popleft()
        by_scanner: dict[str, list[int]] = {}
        for _, scanner, rssi_dbm in self._heard:
            by_scanner.setdefault(scanner, []).append(rssi_dbm)
        if by_scanner:
            self._chosen = max(by_scanner, key=lambda scanner: fmean(by_scanner[scanner]))
        return self._chosen
