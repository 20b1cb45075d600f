"""habluetooth: one scanner owns the device; a challenger needs 16 dB, or an owner that fell silent.

Rule: Bluetooth-Devices/habluetooth, manager.py and advertisement_tracker.py (passive devices). Strengths are averaged a
scanner, α = 0.3. A window of silence is the largest gap between 16 advertisements of one owner, plus 5 s; until that
is known, 15 min. A scanner that was once demoted needs 6 dB more.
"""

from itertools import pairwise

from tests.score.baselines.chooser import Chooser
from tests.score.engines import Zones

SMOOTHING = 0.3
SWITCH_DB = 16.0
RECLAIM_DB = 6.0
TIMES_NEEDED = 16
WOBBLE_S = 5.0
FALLBACK_S = 900.0
WEAK_OWNER_DBM = -70.0
ROAM_WINDOWS = 1.5
GONE_WINDOWS = 2.5


class HaBluetooth(Chooser):
    """The owner, and what it takes to depose it."""

    def __init__(self, zones: Zones) -> None:
        super().__init__(zones)
        self._owner: str | None = None
        self._owner_heard_s = 0.0
        self._smoothed_dbm: dict[str, float] = {}
        self._demoted: set[str] = set()
        self._times_s: list[float] = []
        self._gap_s: float | None = None

    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None:
        before_dbm = self._smoothed_dbm.get(scanner, float(rssi_dbm))
        self._smoothed_dbm[scanner] = SMOOTHING * rssi_dbm + (1.0 - SMOOTHING) * before_dbm
        if scanner != self._owner:
            if self._owner is not None and not self._deposed(self._owner, scanner, at_s):
                return
            self._owner, self._times_s, self._gap_s = scanner, [], None
        self._owner_heard_s = at_s
        self._learn(at_s)

    def choice(self, now_s: float) -> str | None:  # noqa: ARG002 - it never forgets by time alone
        return self._owner

    def _deposed(self, owner: str, scanner: str, at_s: float) -> bool:
        owner_dbm, challenger_dbm = self._smoothed_dbm[owner], self._smoothed_dbm[scanner]
        window_s = FALLBACK_S if self._gap_s is None else self._gap_s + WOBBLE_S
        silent_s = at_s - self._owner_heard_s
        if silent_s > min(GONE_WINDOWS * window_s, FALLBACK_S):
            return True
        comparable = challenger_dbm >= owner_dbm - SWITCH_DB
        if silent_s > ROAM_WINDOWS * window_s and comparable and owner_dbm < WEAK_OWNER_DBM:
            return True
        if challenger_dbm - owner_dbm <= SWITCH_DB + (RECLAIM_DB if scanner in self._demoted else 0.0):
            return False
        self._demoted.discard(scanner)
        self._demoted.add(owner)
        return True

    def _learn(self, at_s: float) -> None:
        if self._gap_s is not None:
            return
        self._times_s.append(at_s)
        if len(self._times_s) == TIMES_NEEDED:
            self._gap_s = max(after - before for before, after in pairwise(self._times_s))
