"""Home Assistant's `mqtt_room` sensor: the nearest report wins, or any once the held one is 5 s old.

Rule: home-assistant/core, homeassistant/components/mqtt_room/sensor.py. Distance grows as strength falls, so strengths
are compared. `away_timeout` is off, as it is by default.
"""

from typing import NamedTuple

from tests.score.baselines.chooser import Chooser
from tests.score.engines import Zones

TIMEOUT_S = 5.0


class _Held(NamedTuple):
    scanner: str
    rssi_dbm: int
    at_s: float


class MqttRoom(Chooser):
    """Holds one report."""

    def __init__(self, zones: Zones) -> None:
        super().__init__(zones)
        self._held: _Held | None = None

    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None:
        held = self._held
        if (
            held is None
            or scanner == held.scanner
            or rssi_dbm > held.rssi_dbm
            or at_s - held.at_s >= TIMEOUT_S
        ):
            self._held = _Held(scanner, rssi_dbm, at_s)

    def choice(self, now_s: float) -> str | None:  # noqa: ARG002 - it never forgets by time alone
        return None if self._held is None else self._held.scanner
