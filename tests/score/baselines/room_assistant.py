"""room-assistant: a Kalman filter a scanner, its distance formula, and the nearest at once; forgotten after 60 s.

Rule: mKeRix/room-assistant, integrations/bluetooth-low-energy, with kalmanjs (R the process noise, Q the measurement
noise, A = C = 1) and the distance curve for iBeacons.
"""

from dataclasses import dataclass

from tests.score.baselines.chooser import Chooser
from tests.score.engines import Zones

PROCESS_NOISE = 0.008
MEASUREMENT_NOISE = 4.0
AT_1_M_DBM = -59.0
"""Its default for tags that do not say."""
TIMEOUT_S = 60.0


@dataclass(slots=True)
class Kalman:
    """kalmanjs in one dimension, begun at the first value."""

    value: float
    variance: float = MEASUREMENT_NOISE

    def follow(self, measured: float) -> None:
        """Take one more value."""
        predicted = self.variance + PROCESS_NOISE
        gain = predicted / (predicted + MEASUREMENT_NOISE)
        self.value += gain * (measured - self.value)
        self.variance = predicted - gain * predicted


def distance_m(rssi_dbm: float) -> float:
    """Its distance for a strength."""
    ratio = rssi_dbm / AT_1_M_DBM
    return ratio**10 if ratio < 1.0 else 0.89976 * ratio**7.7095 + 0.111


class RoomAssistant(Chooser):
    """A filter a scanner."""

    def __init__(self, zones: Zones) -> None:
        super().__init__(zones)
        self._filters: dict[str, Kalman] = {}
        self._heard_s: dict[str, float] = {}

    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None:
        self._heard_s[scanner] = at_s
        known = self._filters.get(scanner)
        if known is None:
            self._filters[scanner] = Kalman(float(rssi_dbm))
        else:
            known.follow(rssi_dbm)

    def choice(self, now_s: float) -> str | None:
        fresh = [scanner for scanner, at_s in self._heard_s.items() if now_s - at_s <= TIMEOUT_S]
        return min(fresh, key=lambda scanner: distance_m(self._filters[scanner].value), default=None)
