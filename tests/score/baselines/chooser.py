"""A baseline decides on one scanner, and that scanner's zone is where the beacon is."""

from abc import ABC, abstractmethod

from tests.score.engines import NOWHERE, Decision, Zones


class Chooser(ABC):
    """What the baselines share: from the chosen scanner to its zone."""

    def __init__(self, zones: Zones) -> None:
        self.zones = zones

    @abstractmethod
    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None:
        """Take one advertisement."""

    @abstractmethod
    def choice(self, now_s: float) -> str | None:
        """The scanner the beacon is with, None before any was heard or after all fell silent."""

    def decide(self, now_s: float) -> Decision:
        """The zone of the chosen scanner."""
        scanner = self.choice(now_s)
        return NOWHERE if scanner is None else Decision(self.zones[scanner])
