"""Doubts an identifier that is heard where its owner cannot be: somebody repeats it. Pure.

One beacon cannot be near two far nodes. A node that hears r dBm says that it is at most D(r) metres away, with D
from the recorded hall's path loss and three standard deviations on top; a sample contradicts another of the same
identifier when their nodes are farther apart than both distances and the way somebody can have walked meanwhile. So
"strong" and "far" depend on each other: −50 dBm at both nodes contradict beyond 3 m, −60 dBm beyond 13 m, and −65 dBm
in no shop. A repeated identifier after its window (`hub.presence.drift`) is doubted likewise.

| state | Sighted, agrees | Sighted, contradicts | Replayed | Forgotten |
|---|---|---|---|---|
| trusted | – | the second within `SHORT_S` → suspect: `Suspected` | → suspect: `Suspected` | – |
| suspect | the last contradiction `CLEAN_S` ago → trusted | stays | stays | → trusted |
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.presence.events import Forgotten, Tick

REFERENCE_DBM: Final = -61.5
PATH_LOSS_DB: Final = 14.8
"""Median at 1 m, and decibels a tenfold distance costs (n = 1.48): the recorded hall, TETAM."""

MARGIN_DB: Final = 13.5
"""Three standard deviations of that model (4.5 dB). On the recorded walks 9 dB raises contradictions (8 samples of
1,891, by 2 m at most), 13.5 none; it also covers a tag that sends 8 dB more and stands well."""

WALK_M_S: Final = 2.0
"""A brisk walk with a trolley."""

SHORT_S: Final = 10.0
"""How long a sample can contradict: a walker crosses 20 m in it, and smoothed strengths lag 5 s."""

DOUBTS: Final = 2
"""Contradicting samples within `SHORT_S` that make a suspect: one may be a fault of a radio."""

CLEAN_S: Final = 60.0
"""Nothing is shown until so long after the last contradiction: three views' time to live."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node's antenna stands, metres, and what is added to its RSSI."""

    x_m: float
    y_m: float
    offset_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Sighted:
    """A node heard an identifier of a member, with smoothed strength, at `at_s`."""

    member: str
    identifier: bytes = field(repr=False)
    node: str
    rssi_dbm: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Replayed:
    """An identifier of a member was heard after its window."""

    member: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Suspected:
    """Command: recognise this member nowhere until further notice."""

    member: str


class Suspicion:
    """Whom not to believe.

    Args:
        places: node → where it stands; one without a place contradicts nobody.
    """

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places
        self._heard: dict[str, dict[bytes, dict[str, Sighted]]] = {}
        """Member → identifier → node → its latest sample."""
        self._doubts_s: dict[str, list[float]] = {}
        """Member → when samples contradicted; the last is what `CLEAN_S` counts from."""
        self._suspects: set[str] = set()

    @property
    def suspects(self) -> frozenset[str]:
        """Who is suspect now."""
        return frozenset(self._suspects)

    def handle(self, event: Sighted | Replayed | Forgotten | Tick, now_s: float) -> Suspected | None:
        """Take one event; see the table above."""
        match event:
            case Sighted():
                return self._sighted(event)
            case Replayed(member, at_s):
                return self._doubt(member, at_s, enough=1)
            case Forgotten(member):
                self._heard.pop(member, None)
                self._doubts_s.pop(member, None)
                self._suspects.discard(member)
                return None
            case Tick():
                self._prune(now_s)
                return None

    def _sighted(self, event: Sighted) -> Suspected | None:
        if event.node in self._places:
            samples = self._heard.setdefault(event.member, {}).setdefault(event.identifier, {})
            against = any(self._contradict(event, other) for other in samples.values())
            samples[event.node] = event
            if against:
                return self._doubt(event.member, event.at_s, DOUBTS)
        if event.member in self._suspects and event.at_s - self._doubts_s[event.member][-1] >= CLEAN_S:
            self._suspects.discard(event.member)
        return None

    def _contradict(self, one: Sighted, other: Sighted) -> bool:
        apart_s = abs(one.at_s - other.at_s)
        if one.node == other.node or apart_s > SHORT_S:
            return False
        a, b = self._places[one.node], self._places[other.node]
        reach_m = _at_most_m(one.rssi_dbm + a.offset_db) + _at_most_m(other.rssi_dbm + b.offset_db)
        return math.dist((a.x_m, a.y_m), (b.x_m, b.y_m)) > reach_m + WALK_M_S * apart_s

    def _doubt(self, member: str, at_s: float, enough: int) -> Suspected | None:
        recent = [then_s for then_s in self._doubts_s.get(member, ()) if at_s - then_s <= SHORT_S]
        # Samples may come late: the last is the latest, in whatever order they came.
        self._doubts_s[member] = sorted([*recent, at_s])[-DOUBTS:]
        if member in self._suspects or len(self._doubts_s[member]) < enough:
            return None
        self._suspects.add(member)
        return Suspected(member)

    def _prune(self, now_s: float) -> None:
        for member, identifiers in list(self._heard.items()):
            for identifier, samples in list(identifiers.items()):
                if all(now_s - sample.at_s > SHORT_S for sample in samples.values()):
                    del identifiers[identifier]
            if not identifiers:
                del self._heard[member]
        for member, doubts_s in list(self._doubts_s.items()):
            if member not in self._suspects and now_s - doubts_s[-1] > SHORT_S:
                del self._doubts_s[member]
            elif now_s - doubts_s[-1] > CLEAN_S + SHORT_S:
                # Nothing was heard of them since, so nobody has to be told that they are trusted again.
                del self._doubts_s[member]
                self._suspects.discard(member)


def _at_most_m(rssi_dbm: float) -> float:
    return float(10.0 ** ((REFERENCE_DBM + MARGIN_DB - rssi_dbm) / PATH_LOSS_DB))
