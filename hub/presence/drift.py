"""How each fob's clock runs against the hub's, learned from which window was heard when. Pure.

An identifier of window w heard at t says: the fob's clock stood at 0 between t − (w+1)·2^K and t − w·2^K. Of these
two bounds only the later one is proof: an identifier can be repeated late by anybody who caught it, but nobody without
the key can send it early. So `latest_s`, the latest moment at which the clock can have stood at 0, only ever
comes from evidence nobody can forge, and grows by the specification's 150 ppm; what is heard later than even
that clock allows is a replay. The estimate the table follows is kept within what was heard and below that bound, so
a replay can pull it by one window at most, however often it is repeated.

Nothing here says when somebody was heard for longer than `KEEP_S`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hardware.beacon.eid import MAX_CLOCK_ERROR
from hub.presence.table import TOLERATED_WINDOWS

SLACK_S: Final = 5.0
"""Samples come by several nodes, smoothed and with ages rounded on the way: a few seconds prove nothing."""

DOUBT_S: Final = 60.0
"""So long after its window an identifier is no late delivery: a batch may rest in the broker's queue, and its age
does not grow there. Until then it is simply nobody's."""

KEEP_S: Final = 1200.0
"""Longer than a window at K = 10, so that a rotation is seen; after it, within a visit's end, all is forgotten."""

TELL_SHARE: Final = 0.25
"""A clock is written down anew when it moved by a quarter of a window: half the way to where tolerance ends is
safe, and at 50 ppm it happens once in two months, so the row says little about when somebody came."""


class Verdict(Enum):
    """What an identifier of a known fob says."""

    FITS = "fits"
    OUT_OF_TIME = "out of time"
    """No window of this moment: as unknown as a stranger's."""
    REPLAYED = "replayed"
    """Well after its window, by a clock that is proven: somebody repeats what they caught."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, and where the estimate of the epoch stands after it."""

    verdict: Verdict
    epoch_s: float


@dataclass(slots=True)
class _Seen:
    """What was learned of one fob in this visit."""

    latest_s: float
    """The latest moment its clock can have stood at 0, as of `at_s`."""
    at_s: float
    window: int
    rotated: bool = False


class Drift:
    """The clocks of the fobs heard lately, by row of the table."""

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}
        self._origins_s: dict[int, float] = {}
        """Row → the epoch it was registered with, where the estimate has left it."""

    def __len__(self) -> int:
        """How many fobs something is remembered of."""
        return len(self._seen)

    def __iter__(self) -> Iterator[int]:
        """The rows of the fobs heard lately."""
        return iter(self._seen)

    def __contains__(self, row: object) -> bool:
        """Whether a fob was heard lately, by its own clock."""
        return row in self._seen

    def judge(self, row: int, k: int, epoch_s: float, window: int, heard_s: float) -> Judged:
        """Judge one identifier and follow the clock.

        Args:
            row: whose.
            k: its rotation exponent.
            epoch_s: where the table has its clock's zero now, store time.
            window: the window the identifier is of.
            heard_s: store time at which it was heard.
        """
        period_s = float(1 << k)
        earliest_s, at_latest_s = heard_s - (window + 1) * period_s, heard_s - window * period_s
        seen = self._seen.get(row)
        origin_s = self._origins_s.get(row, epoch_s)
        bound_s = origin_s + TOLERATED_WINDOWS * period_s
        if seen is not None:
            learned_s = seen.latest_s + MAX_CLOCK_ERROR * max(0.0, heard_s - seen.at_s) + SLACK_S
            bound_s = min(bound_s, learned_s)
        if at_latest_s < origin_s - TOLERATED_WINDOWS * period_s:
            return Judged(Verdict.OUT_OF_TIME, epoch_s)
        if earliest_s >= bound_s:
            known = seen is not None and window < seen.window and earliest_s >= bound_s + DOUBT_S
            return Judged(Verdict.REPLAYED if known else Verdict.OUT_OF_TIME, epoch_s)
        self._learn(row, window, heard_s, at_latest_s)
        followed_s = min(max(epoch_s, earliest_s), at_latest_s)
        if followed_s != epoch_s:
            self._origins_s.setdefault(row, epoch_s)
        return Judged(Verdict.FITS, followed_s)

    def _learn(self, row: int, window: int, heard_s: float, at_latest_s: float) -> None:
        seen = self._seen.get(row)
        if seen is None:
            self._seen[row] = _Seen(at_latest_s, heard_s, window)
            return
        grown_s = seen.latest_s + MAX_CLOCK_ERROR * max(0.0, heard_s - seen.at_s)
        seen.latest_s, seen.at_s = min(grown_s, at_latest_s), max(seen.at_s, heard_s)
        seen.rotated |= window > seen.window
        seen.window = max(seen.window, window)

    def worth_keeping(self, row: int, k: int, epoch_s: float) -> bool:
        """Whether an estimate should be written down: it moved far enough, and a rotation was heard.

        One identifier alone may be a replay; the next one at its time is not.
        """
        seen, origin_s = self._seen.get(row), self._origins_s.get(row, epoch_s)
        return seen is not None and seen.rotated and abs(epoch_s - origin_s) >= TELL_SHARE * (1 << k)

    def kept(self, row: int) -> None:
        """The estimate was written down: it is what the fob is registered with now."""
        self._origins_s.pop(row, None)

    def forget(self, row: int) -> None:
        """Forget a fob; an unknown row is no fault."""
        self._seen.pop(row, None)
        self._origins_s.pop(row, None)

    def prune(self, now_s: float) -> None:
        """Forget what was learned from fobs that are not heard any more."""
        for row in [row for row, seen in self._seen.items() if now_s - seen.at_s > KEEP_S]:
            del self._seen[row]
