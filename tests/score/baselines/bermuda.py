"""Bermuda: distances on a beat of 1.05 s, fast retreats refused, a running-minimum average; then a race of two.

Rule: agittins/bermuda, bermuda_advert.py (calculate_data) and coordinator.py (_refresh_area_by_min_distance). Each beat
sees the latest advertisement of each scanner only. The largest radius (20 m) is left off: it can only lose a beacon.
"""

from dataclasses import dataclass, field
from itertools import islice

from tests.score.baselines.chooser import Chooser
from tests.score.engines import Zones

BEAT_S = 1.05
AT_1_M_DBM = -55.0
EXPONENT = 3.0
FASTEST_M_S = 3.0
SMOOTHED_OVER = 20
REMEMBERED = 10
AWAY_S = 30.0
CONTENDER_S = 10.0
"""A third of `AWAY_S`: with an older advertisement nobody wins."""
OUTRIGHT = 0.30
BY_HISTORY = 0.15
HISTORY = 5
MIN_HISTORY = 3


@dataclass(slots=True)
class Ear:
    """What one scanner has of the device; lists are newest first."""

    heard_s: float
    raw_m: float
    fresh: bool = True
    smooth_m: float | None = None
    heard: list[tuple[float, float]] = field(default_factory=list)
    by_beat_m: list[float] = field(default_factory=list)

    def beat(self, now_s: float) -> None:
        """Smooth, once a beat, whether or not something was heard in it."""
        fresh, self.fresh = self.fresh, False
        if fresh:
            self.heard.insert(0, (self.heard_s, self.raw_m))
        if self.smooth_m is None and fresh:
            self.smooth_m, self.by_beat_m = self.raw_m, [self.raw_m]
        elif not fresh and self.heard_s < now_s - AWAY_S:
            self.smooth_m, self.by_beat_m = None, []
        else:
            too_fast = self._velocity_m_s() > FASTEST_M_S and self.by_beat_m
            self.by_beat_m.insert(0, self.by_beat_m[0] if too_fast else self.raw_m)
            del self.by_beat_m[SMOOTHED_OVER:]
            self.smooth_m = min(self._running_minimum_m(), self.raw_m)
        del self.heard[REMEMBERED:]

    def _velocity_m_s(self) -> float:
        """The fastest retreat from any remembered place to the newest; an approach since the last is told as it is."""
        if len(self.heard) < 2:
            return 0.0
        new_s, new_m = self.heard[0]
        last_s, last_m = self.heard[1]
        peak = (new_m - last_m) / (new_s - last_s) if new_s > last_s else 0.0
        if peak < 0.0:
            return peak
        older = [
            (new_m - old_m) / (new_s - old_s) for old_s, old_m in islice(self.heard, 2, None) if new_s > old_s
        ]
        return max([peak, *older])

    def _running_minimum_m(self) -> float:
        nearest_m, total_m = self.raw_m, 0.0
        for away_m in self.by_beat_m:
            nearest_m = min(nearest_m, away_m)
            total_m += nearest_m
        return total_m / len(self.by_beat_m)


class Bermuda(Chooser):
    """An ear a scanner, and the one that has the device."""

    def __init__(self, zones: Zones) -> None:
        super().__init__(zones)
        self._ears: dict[str, Ear] = {}
        self._holder: str | None = None
        self._beat_s: float | None = None

    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None:
        self._beats(at_s)
        raw_m = 10.0 ** ((AT_1_M_DBM - rssi_dbm) / (10.0 * EXPONENT))
        ear = self._ears.get(scanner)
        if ear is None:
            self._ears[scanner] = Ear(at_s, raw_m)
        else:
            ear.heard_s, ear.raw_m, ear.fresh = at_s, raw_m, True

    def choice(self, now_s: float) -> str | None:
        self._beats(now_s)
        return self._holder

    def _beats(self, now_s: float) -> None:
        if self._beat_s is None:
            # The first beat falls right after the first advertisement: no start is quicker.
            self._beat_s = now_s + 0.001
        while self._beat_s <= now_s:
            for ear in self._ears.values():
                ear.beat(self._beat_s)
            self._race(self._beat_s)
            self._beat_s += BEAT_S

    def _race(self, now_s: float) -> None:
        for name, challenger in self._ears.items():
            if (
                name == self._holder
                or challenger.smooth_m is None
                or challenger.heard_s < now_s - CONTENDER_S
            ):
                continue
            if self._wins(name, challenger):
                self._holder = name
        if self._holder is not None and self._ears[self._holder].smooth_m is None:
            self._holder = None

    def _wins(self, name: str, challenger: Ear) -> bool:
        holder = None if self._holder is None else self._ears[self._holder]
        if self._holder is None or holder is None or holder.smooth_m is None:
            return True
        assert challenger.smooth_m is not None
        if holder.smooth_m < challenger.smooth_m:
            return False
        if self.zones[self._holder] == self.zones[name] and challenger.heard_s > holder.heard_s + 1.0:
            return True
        closer = (holder.smooth_m - challenger.smooth_m) / ((holder.smooth_m + challenger.smooth_m) / 2.0)
        if len(challenger.by_beat_m) > MIN_HISTORY and closer > BY_HISTORY:
            worst_m, best_m = max(challenger.by_beat_m[:HISTORY]), min(holder.by_beat_m[:HISTORY])
            if worst_m < best_m:
                return True
        return closer >= OUTRIGHT
