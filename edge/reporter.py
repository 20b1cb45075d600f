"""The agent's core: what of all that is heard is worth telling the hub. Pure.

An identifier is reported when it is first heard, with the packet that finds the last report old enough, and when it
falls silent. The strength told is the mean of all packets since the last report.

| event | what happens |
|---|---|
| `AdvertHeard` | counted in; reported at once if due, or with the next `Ticked` when the burst is spent |
| `Ticked` | what waits is reported, repeated identifiers first; silent ones are reported, then forgotten |
| `ListeningStopped` | everything is forgotten, nothing reported (acceptance B7) |

Times are store seconds on one monotonic clock.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from edge.smoothing import Span, begin, follow
from hardware.beacon.frames import LoyaltyFrame, LoyaltyScheme

REPORT_EVERY_S: Final = 0.5
"""A walker goes 70 cm meanwhile. Through the rules, on the recordings, it is as good as hearing every packet or better;
0.8 s costs two frames in a thousand at the door (10 Hz), 1.5 s seven seconds in a hundred in the hall."""

SILENT_AFTER_S: Final = 6.0
"""Ten usual advertising intervals of a fob at TETAM's loss (about two heard a second)."""

MAX_TRACKED: Final = 32_768
"""Under 20,000 forged identifiers a second a real one stays until its second packet 1.6 s later; 20 MB.

An identifier heard once goes before one heard twice, so that a flood of fresh ones cannot push out a
shopper's.
"""

BURST_REPORTS: Final = 20
"""Reports at once in a second, each at most a disk write and a message; what is more shares one at the tick."""

MAX_SAMPLES: Final = 32
"""Samples in a report; the wire takes no more (hub.wire.presence.MAX_SAMPLES)."""

MAX_REPORTS_A_TICK: Final = 64
"""2,048 identifiers: among 10,000 forged ones, each as often on the air as a real one, that is told within 5 s (C9).
A crowd at one antenna is a tenth of it; the rest waits for the next tick."""


@dataclass(frozen=True, slots=True)
class AdvertHeard:
    """A loyalty frame came in with a possible strength."""

    frame: LoyaltyFrame
    rssi_dbm: int
    heard_s: float


@dataclass(frozen=True, slots=True)
class Ticked:
    """About a second has passed."""


@dataclass(frozen=True, slots=True)
class ListeningStopped:
    """The node listens no more: it may not, or its radio is deaf. Whoever it heard has not left for that."""


Event = AdvertHeard | Ticked | ListeningStopped


@dataclass(frozen=True, slots=True)
class Reading:
    """One identifier as it was until `heard_s`: its mean strength since the last report, or that it fell silent after.

    `first`: of what was told before none counts any more; it is heard first, or heard again.
    """

    scheme: LoyaltyScheme
    id: bytes
    silent: bool
    rssi_dbm: float
    heard_s: float
    first: bool

    @property
    def transition(self) -> bool:
        """It says that somebody came or went, not only how strong they are."""
        return self.first or self.silent


@dataclass(frozen=True, slots=True)
class Report:
    """Command: tell the hub. At most `MAX_SAMPLES` readings."""

    readings: tuple[Reading, ...]


_Key = tuple[LoyaltyScheme, bytes]


@dataclass(slots=True)
class _Track:
    span: Span
    told_s: float | None = None
    spent: bool = False
    """The span was told; the next packet begins another."""

    def hear(self, rssi_dbm: int, heard_s: float) -> None:
        heard_s = max(heard_s, self.span.heard_s)
        self.span = begin(rssi_dbm, heard_s) if self.spent else follow(self.span, rssi_dbm, heard_s)
        self.spent = False

    def due(self) -> bool:
        return self.told_s is None or self.span.heard_s - self.told_s >= REPORT_EVERY_S

    def reading(self, key: _Key, *, silent: bool = False) -> Reading:
        first = self.told_s is None
        self.told_s, self.spent = self.span.heard_s, True
        return Reading(*key, silent, self.span.mean_dbm, self.span.heard_s, first)


class Reporter:
    """The state of one antenna: what it hears now and what of it the hub was told."""

    def __init__(self) -> None:
        self._forget()

    @property
    def tracked(self) -> int:
        """Identifiers in memory, at most `MAX_TRACKED`."""
        return len(self._once) + len(self._again)

    def handle(self, event: Event, now_s: float) -> tuple[Report, ...]:
        """Take one event at `now_s`, store seconds, monotonic."""
        match event:
            case AdvertHeard():
                return self._hear(event)
            case Ticked():
                return self._tick(now_s)
            case ListeningStopped():
                self._forget()
                return ()

    def _forget(self) -> None:
        # Both in order of last hearing. An identifier begins in `_once`, and moves with its second packet.
        self._once: OrderedDict[_Key, _Track] = OrderedDict()
        self._again: OrderedDict[_Key, _Track] = OrderedDict()
        self._waiting: dict[_Key, None] = {}
        self._burst_left = BURST_REPORTS

    def _hear(self, event: AdvertHeard) -> tuple[Report, ...]:
        key = (event.frame.scheme, event.frame.id)
        track = self._follow(key, event)
        if not track.due():
            return ()
        if self._burst_left == 0:
            self._waiting[key] = None
            return ()
        self._burst_left -= 1
        self._waiting.pop(key, None)
        return (Report((track.reading(key),)),)

    def _follow(self, key: _Key, event: AdvertHeard) -> _Track:
        track = self._once.pop(key, None) or self._again.pop(key, None)
        if track is None:
            self._make_room()
            track = self._once[key] = _Track(begin(event.rssi_dbm, event.heard_s))
        else:
            track.hear(event.rssi_dbm, event.heard_s)
            self._again[key] = track
        return track

    def _make_room(self) -> None:
        if self.tracked >= MAX_TRACKED:
            key, _ = (self._once or self._again).popitem(last=False)
            self._waiting.pop(key, None)

    def _tick(self, now_s: float) -> tuple[Report, ...]:
        self._burst_left = BURST_REPORTS
        readings = [*self._fallen_silent(now_s), *self._waited()]
        return tuple(_batches(readings))

    def _fallen_silent(self, now_s: float) -> Iterator[Reading]:
        for tracks in (self._again, self._once):
            silent = [key for key, track in _until(tracks, now_s - SILENT_AFTER_S)]
            for key in silent:
                track = tracks.pop(key)
                self._waiting.pop(key, None)
                if track.told_s is not None:
                    yield track.reading(key, silent=True)

    def _waited(self) -> Iterator[Reading]:
        waiting = sorted(self._waiting, key=lambda key: key in self._once)
        for key in waiting[: MAX_REPORTS_A_TICK * MAX_SAMPLES]:
            del self._waiting[key]
            yield (self._once.get(key) or self._again[key]).reading(key)


def _until(tracks: OrderedDict[_Key, _Track], heard_s: float) -> Iterator[tuple[_Key, _Track]]:
    """The tracks last heard at `heard_s` or before; they stand first."""
    for item in tracks.items():
        if item[1].span.heard_s > heard_s:
            return
        yield item


def _batches(readings: Iterable[Reading]) -> Iterator[Report]:
    all_readings = tuple(readings)
    for at in range(0, len(all_readings), MAX_SAMPLES):
        yield Report(all_readings[at : at + MAX_SAMPLES])
