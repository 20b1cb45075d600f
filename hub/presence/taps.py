"""Whose app made the code that somebody showed at a kiosk: a search through the keys, in slices. Pure.

A code says nothing about who made it, and an index of a million codes would have to be computed anew each half
minute. So the keys are tried: first those whose fob was heard lately, since whoever stands at a kiosk is in the store,
then all others, with the present half minute before its neighbours. Those heard, and a store of a few hundred members,
are through at once; ten thousand members take a second, most of it waiting for the next slice. At a million the
present half minute is through in time, its neighbours only in part.

| what | bound |
|---|---|
| codes looked for | one a kiosk: a newer act there takes the place of the older |
| time | `until_s` of each: an answer after it might meet another person at the screen |
| a slice | `budget` tries, 1.5 to 3 µs each, shared by all kiosks |
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from hardware.beacon.tap import SpokenCode
from hub.presence.table import EidTable


@dataclass(frozen=True, slots=True)
class Tap:
    """Event: somebody showed a code at a kiosk.

    Attributes:
        kiosk: where; the code is bound to it.
        code: as it was read or typed.
        act_id: of the act it came in.
        shown_s: when, store time; the code is bound to that half minute and its neighbours.
        until_s: the last moment at which an answer is still of use.
    """

    kiosk: str
    code: str = field(repr=False)
    act_id: str
    shown_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class TapAnswered:
    """Command: say at the kiosk whose code it was; `member_id` is None for nobody's."""

    kiosk: str
    act_id: str
    member_id: str | None


@dataclass(frozen=True, slots=True)
class _Search:
    tap: Tap
    spoken: SpokenCode
    tries: Iterator[tuple[bytes, int]]
    """(half minute, row) in the order they are tried."""


class TapSearch:
    """The codes being looked for.

    Args:
        table: whose keys are tried.
    """

    def __init__(self, table: EidTable) -> None:
        self._table = table
        self._searches: dict[str, _Search] = {}

    def __len__(self) -> int:
        """How many codes are being looked for."""
        return len(self._searches)

    def ask(self, tap: Tap, heard: tuple[int, ...]) -> None:
        """Look for a code, beginning with the rows that were heard lately."""
        spoken = SpokenCode.read(tap.code, tap.kiosk, tap.shown_s)
        self._searches[tap.kiosk] = _Search(tap, spoken, self._tries(spoken, heard))

    def forget(self, kiosk: str) -> None:
        """Look no longer for the code shown at a kiosk; none is no fault."""
        self._searches.pop(kiosk, None)

    def work(self, now_s: float, budget: int) -> list[tuple[Tap, int | None]]:
        """Try `budget` keys; returns what came to its end, with the row of the key that made the code or None.

        A search whose time is over ends without a word.
        """
        for search in list(self._searches.values()):
            if now_s > search.tap.until_s:
                self.forget(search.tap.kiosk)
        ended = []
        share = budget // max(1, len(self._searches))
        for search in list(self._searches.values()):
            done, row = self._slice(search, share)
            if done:
                self.forget(search.tap.kiosk)
                ended.append((search.tap, row))
        return ended

    def _slice(self, search: _Search, budget: int) -> tuple[bool, int | None]:
        tried = 0
        for half_minute, row in islice(search.tries, budget):
            # A free row has a key of zeros, which somebody may know.
            if self._table.in_use(row) and search.spoken.made_by(self._table.identity_key(row), half_minute):
                return True, row
            tried += 1
        return tried < budget, None

    def _tries(self, spoken: SpokenCode, heard: tuple[int, ...]) -> Iterator[tuple[bytes, int]]:
        for half_minute in spoken.half_minutes:
            yield from ((half_minute, row) for row in heard)
        for half_minute in spoken.half_minutes:
            # The rows are counted when their turn comes: who joins meanwhile is tried, too.
            yield from ((half_minute, row) for row in range(self._table.rows))
