"""Finds a fob again whose clock began anew, as after a change of its battery. Pure.

Its identifiers are then those of some window since 0, and nobody knows which. A table of them all would be a
static identifier for each member, and searching everybody for each unknown identifier is what strangers would
abuse. So the search goes the other way round and does not mind how many identifiers are unknown: a few members
a second are taken in turn, their windows of one temporary key computed (64 at K = 10, for the price of two key
schedules), and each is looked up among the unknown identifiers of the last half minute. After each round over everybody
the next older temporary key has its turn, `PERIODS` in all, then the newest again.

| what | bound |
|---|---|
| cost | `MEMBERS_A_SECOND` × 20 µs a second at K = 10, none while no unknown identifier is heard |
| a battery changed within 18 h is found | members / `MEMBERS_A_SECOND`: 67 s for 10,000, 1 h 50 for a million |
| within `PERIODS` × 18 h | as many times longer; or within 34 s by `ask`, when the person shows a card meanwhile |
| recognised | with the next rotation after that: a single identifier may be a replay, two in a row are not |

Unknown identifiers are kept in memory only, `UNKNOWN_S` long, `MAX_UNKNOWN` of them.
"""

from collections import OrderedDict, deque
from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from hardware.beacon.eid import eids_of_temporary_key, temporary_key
from hub.presence.table import EidTable

UNKNOWN_S: Final = 30.0
"""What nobody can resolve is gone everywhere within a minute (acceptance B5): half of it may pass on the way here."""

MAX_UNKNOWN: Final = 4_096
"""A crowd's, 0.6 MB; under a flood the newest stay, and the search may miss one until the flood is over."""

MEMBERS_A_SECOND: Final = 150
"""3 ms of a core each second, in one slice."""

PERIODS: Final = 16
"""Temporary keys searched: twelve days, for a fob whose owner comes every week."""

ASKED_PERIODS: Final = 540
"""The same for one member who was identified otherwise: 410 days, longer than a battery lasts."""

ASKED_WINDOWS: Final = 1_024
"""Windows computed a second for somebody asked for: all 410 days in half a minute at K = 10."""

SHARE_WINDOWS: Final = 64
"""Windows that count as one member's turn: with a faster rotation (K < 10) fewer members have it in a second."""

MAX_ASKED: Final = 64
"""Cards shown within a minute; more than all tills of a store take."""

MAX_WINDOWS: Final = 4_096
"""Windows of one temporary key computed, 64 KiB: at K < 4 the first of them only."""

TRIAL_WINDOWS: Final = 2
"""A found clock must show its next identifiers within so many windows, or is forgotten."""


@dataclass(frozen=True, slots=True)
class Found:
    """Command: this fob's clock stood at 0 at `epoch_s`."""

    row: int
    epoch_s: float


@dataclass(slots=True)
class _Trial:
    row: int
    window: int
    heard_s: float
    until_s: float
    expected: tuple[int, ...]


@dataclass(slots=True)
class _Asked:
    row: int
    period: int = 0


class LostClocks:
    """The search.

    Args:
        table: whose keys are tried.
    """

    def __init__(self, table: EidTable) -> None:
        self._table = table
        self._unknown: OrderedDict[int, tuple[float, float]] = OrderedDict()
        """Identifier → (heard at, arrived at), in order of arrival."""
        self._row = self._period = 0
        self._asked: deque[_Asked] = deque(maxlen=MAX_ASKED)
        self._trials: dict[int, _Trial] = {}
        self._expected: dict[int, int] = {}

    @property
    def unknown(self) -> int:
        """How many unknown identifiers are in memory."""
        return len(self._unknown)

    def ask(self, row: int) -> None:
        """Search for this fob first: its owner is here, and it was not heard."""
        if all(asked.row != row for asked in self._asked):
            self._asked.append(_Asked(row))

    def heard(self, eid: int, heard_s: float, now_s: float) -> Found | None:
        """Note an identifier nobody has; says whose it is when it is the one a found clock was to show next."""
        row = self._expected.get(eid)
        if row is not None:
            trial = self._trials[row]
            _, k, _ = self._table.key(row)
            window = trial.window + 1 + trial.expected.index(eid)
            # By the first sighting the clock stood at 0 within one window; the second must agree.
            earliest_s = max(heard_s - (window + 1 << k), trial.heard_s - (trial.window + 1 << k))
            latest_s = min(heard_s - (window << k), trial.heard_s - (trial.window << k))
            if earliest_s <= latest_s:
                self.forget(row)
                return Found(row, latest_s)
        if now_s - heard_s > UNKNOWN_S:
            return None
        self._unknown[eid] = (heard_s, now_s)
        self._unknown.move_to_end(eid)
        if len(self._unknown) > MAX_UNKNOWN:
            self._unknown.popitem(last=False)
        return None

    def forget(self, row: int) -> None:
        """Stop searching for a fob that was heard, or removed."""
        trial = self._trials.pop(row, None)
        if trial is not None:
            for eid in trial.expected:
                self._expected.pop(eid, None)
        if self._asked:
            self._asked = deque((asked for asked in self._asked if asked.row != row), MAX_ASKED)

    def search(self, now_s: float, budget: int, skip: Container[int] = ()) -> None:
        """Try one slice: somebody asked for, and at most the next `budget` members but for rows to `skip`.

        The one asked for costs a tenth of the others: tills that ask all day long do not stop their turn.
        """
        self._prune(now_s)
        if not self._unknown:
            return
        if self._asked:
            asked = self._asked[0]
            periods = max(1, ASKED_WINDOWS // self._windows(asked.row))
            for period in range(asked.period, asked.period + periods):
                self._try(asked.row, period)
            asked.period += periods
            if asked.period >= ASKED_PERIODS or asked.row in self._trials:
                self._asked.popleft()
        for _ in range(self._table.rows):
            if budget <= 0:
                return
            budget -= 1
            if self._table.in_use(self._row) and self._row not in skip and self._row not in self._trials:
                self._try(self._row, self._period)
                budget -= max(self._windows(self._row) // SHARE_WINDOWS, 1) - 1
            self._row += 1
            if self._row >= self._table.rows:
                self._row, self._period = 0, (self._period + 1) % PERIODS

    def _windows(self, row: int) -> int:
        """Windows of one temporary key that are tried."""
        _, k, _ = self._table.key(row)
        return min(1 << 16 >> k, MAX_WINDOWS)

    def _try(self, row: int, period: int) -> None:
        ik, k, _ = self._table.key(row)
        first = period << 16 >> k
        if row in self._trials:
            return
        eids = eids_of_temporary_key(temporary_key(ik, period << 16), k, first, self._windows(row))
        hits = self._unknown.keys() & eids
        for eid in hits:
            self._put_on_trial(row, first + eids.index(eid), self._unknown[eid][0])

    def _put_on_trial(self, row: int, window: int, heard_s: float) -> None:
        ik, k, _ = self._table.key(row)
        expected = tuple(
            eids_of_temporary_key(temporary_key(ik, later << k), k, later, 1)[0]
            for later in range(window + 1, window + 1 + TRIAL_WINDOWS)
        )
        until_s = heard_s + (TRIAL_WINDOWS + 1 << k)
        self._trials[row] = _Trial(row, window, heard_s, until_s, expected)
        self._expected.update(dict.fromkeys(expected, row))

    def _prune(self, now_s: float) -> None:
        while self._unknown and now_s - next(iter(self._unknown.values()))[1] > UNKNOWN_S:
            self._unknown.popitem(last=False)
        for row in [row for row, trial in self._trials.items() if now_s > trial.until_s]:
            self.forget(row)
