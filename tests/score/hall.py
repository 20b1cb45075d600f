"""A hall with scanners, calibration points and walks whose true places are known, whatever files they came from.

Zones are the four quadrants of the floor; the first digit of a scanner's alias is its quadrant, and those whose second
digit is 0 are the Raspberry Pis.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from tests.score.engines import Heard
from tests.score.figures import Crossing
from tests.score.reading import Unusable

SPLIT_X_M = 10.2
SPLIT_Y_M = 8.9
CLEAR_M = 1.0
"""From here on a place is clear of the zones' borders."""

ZONE_OF = {(False, False): "1", (False, True): "2", (True, True): "3", (True, False): "4"}


def zone_at(x_m: float, y_m: float) -> str:
    """The quadrant of a place."""
    return ZONE_OF[x_m > SPLIT_X_M, y_m > SPLIT_Y_M]


def is_clear(x_m: float, y_m: float) -> bool:
    """Whether a place is more than `CLEAR_M` from every border."""
    return min(abs(x_m - SPLIT_X_M), abs(y_m - SPLIT_Y_M)) > CLEAR_M


@dataclass(frozen=True, slots=True)
class Scanner:
    """A fixed receiver."""

    name: str
    alias: str
    x_m: float
    y_m: float

    @property
    def zone(self) -> str:
        """The quadrant it stands in, by its alias."""
        return self.alias.removeprefix("sensor")[0]

    @property
    def is_pi(self) -> bool:
        """Whether it is one of the Raspberry Pis."""
        return self.alias.removeprefix("sensor")[1] == "0"


@dataclass(frozen=True, slots=True)
class Point:
    """A calibration point: what the scanners heard of a beacon that stood here for `seconds`."""

    x_m: float
    y_m: float
    seconds: float
    heard_dbm: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the beacon truly was; ± 4 cm."""

    at_s: float
    x_m: float
    y_m: float

    @property
    def zone(self) -> str:
        """The true zone."""
        return zone_at(self.x_m, self.y_m)


@dataclass(frozen=True, slots=True)
class Walk:
    """One recording, by time."""

    name: str
    heard: tuple[Heard, ...]
    places: tuple[Place, ...]

    def place_at(self, at_s: float) -> Place:
        """The true place, on the straight line between the two measured ones around `at_s`."""
        after = bisect_right(self.places, at_s, key=lambda place: place.at_s)
        if after in (0, len(self.places)):
            return self.places[max(after - 1, 0)]
        left, right = self.places[after - 1], self.places[after]
        share = (at_s - left.at_s) / (right.at_s - left.at_s)
        return Place(
            at_s, left.x_m + share * (right.x_m - left.x_m), left.y_m + share * (right.y_m - left.y_m)
        )

    def seconds(self) -> tuple[Place, ...]:
        """The true places at the moments of decision: one a second, the first a second after the first sample."""
        first_s, last_s = self.heard[0].at_s, self.heard[-1].at_s
        return tuple(self.place_at(first_s + second) for second in range(1, int(last_s - first_s) + 1))

    def crossings(self) -> tuple[Crossing, ...]:
        """The true changes of zone between one second and the next, each at the row where the new zone began.

        A foot over a border and back within one second is none: nobody who decides once a second can follow it.
        """
        return tuple(
            Crossing(self._entered_s(before.at_s, after), after.zone)
            for before, after in pairwise(self.seconds())
            if before.zone != after.zone
        )

    def _entered_s(self, from_s: float, there: Place) -> float:
        entered_s = there.at_s
        at = bisect_right(self.places, there.at_s, key=lambda place: place.at_s)
        for place in reversed(self.places[:at]):
            if place.at_s <= from_s or place.zone != there.zone:
                break
            entered_s = place.at_s
        return entered_s


@dataclass(frozen=True, slots=True)
class Hall:
    """All that a folder holds."""

    scanners: tuple[Scanner, ...]
    points: tuple[Point, ...]
    walks: tuple[Walk, ...]
    unusable: Unusable

    def zones(self, *, pis_only: bool = False) -> dict[str, str]:
        """Scanner → zone, of all or of the Raspberry Pis alone."""
        return {s.name: s.zone for s in self.scanners if s.is_pi or not pis_only}
