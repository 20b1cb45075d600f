"""What `comptoir edge listen` shows: the beacons a person at the shelf would look for. Pure.

| event | what happens |
|---|---|
| `FrameHeard` | shown when it is new, moved by `MOVED_DB`, or was not shown for `SHOWN_EVERY_S` |
| `Ticked` | what fell silent is shown as silent, then forgotten |

Times are store seconds on one monotonic clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hardware.beacon.frames import FrameKind, LoyaltyFrame, LoyaltyScheme

MOVED_DB: Final = 6
"""A step towards the antenna or away from it; less is a hand in between."""

SHOWN_EVERY_S: Final = 5.0
"""Who stands still wants to see now and then that it still works."""

SILENT_AFTER_S: Final = 10.0
"""Twenty usual advertising intervals of a fob."""

MAX_ROWS: Final = 256
"""More identifiers than that at one antenna are no crowd but a forger; the one heard longest ago goes."""

_BAR_CELLS: Final = 20
_NEAR_DBM: Final = -40
_FAR_DBM: Final = -100


@dataclass(frozen=True, slots=True)
class FrameHeard:
    """A loyalty frame came in."""

    frame: LoyaltyFrame
    rssi_dbm: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """Some time has passed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One identifier as a person may see it.

    Attributes:
        kind: which frame on which carrier.
        beacon: a short form of the identifier: enough to tell two apart, not enough to imitate one.
        rssi_dbm: as last heard.
        count: how often it was heard.
        silent: it was not heard for `SILENT_AFTER_S`.
        age_s: since it was heard.
    """

    kind: FrameKind
    beacon: str
    rssi_dbm: int
    count: int
    silent: bool = False
    age_s: float = 0.0


@dataclass(slots=True)
class _Row:
    frame: LoyaltyFrame
    rssi_dbm: int
    heard_s: float
    shown_s: float
    shown_dbm: int
    count: int = 1

    def shown(self, now_s: float, *, silent: bool = False) -> Shown:
        age_s = now_s - self.heard_s
        return Shown(self.frame.kind, short_form(self.frame), self.rssi_dbm, self.count, silent, age_s)


class Listing:
    """The identifiers heard of late at one antenna."""

    def __init__(self) -> None:
        # In order of last hearing.
        self._rows: dict[LoyaltyFrame, _Row] = {}

    def handle(self, event: FrameHeard | Ticked, now_s: float) -> tuple[Shown, ...]:
        """Take one event at `now_s`; what is worth a line."""
        match event:
            case FrameHeard(frame, rssi_dbm):
                return self._hear(frame, rssi_dbm, now_s)
            case Ticked():
                return self._tick(now_s)

    def rows(self, now_s: float) -> tuple[Shown, ...]:
        """Everything heard of late, the strongest first."""
        shown = (row.shown(now_s) for row in self._rows.values())
        return tuple(sorted(shown, key=lambda one: (-one.rssi_dbm, one.beacon)))

    def _hear(self, frame: LoyaltyFrame, rssi_dbm: int, now_s: float) -> tuple[Shown, ...]:
        row = self._rows.pop(frame, None)
        if row is None:
            if len(self._rows) >= MAX_ROWS:
                del self._rows[next(iter(self._rows))]
            self._rows[frame] = row = _Row(frame, rssi_dbm, now_s, now_s, rssi_dbm)
            return (row.shown(now_s),)
        self._rows[frame] = row
        row.rssi_dbm, row.heard_s = rssi_dbm, now_s
        row.count += 1
        if abs(rssi_dbm - row.shown_dbm) < MOVED_DB and now_s - row.shown_s < SHOWN_EVERY_S:
            return ()
        row.shown_s, row.shown_dbm = now_s, rssi_dbm
        return (row.shown(now_s),)

    def _tick(self, now_s: float) -> tuple[Shown, ...]:
        silent = [row for row in self._rows.values() if now_s - row.heard_s >= SILENT_AFTER_S]
        for row in silent:
            del self._rows[row.frame]
        return tuple(row.shown(now_s, silent=True) for row in silent)


def short_form(frame: LoyaltyFrame) -> str:
    """Tell beacons apart: half of a rotating identifier, major/minor, or the end of an instance."""
    match frame.scheme:
        case LoyaltyScheme.EID:
            return frame.id[:4].hex()
        case LoyaltyScheme.IBEACON:
            major, minor = (int.from_bytes(frame.id[at : at + 2], "big") for at in (16, 18))
            return f"{major}/{minor}"
        case LoyaltyScheme.EDDYSTONE_UID:
            return frame.id[-4:].hex()


def line_of(one: Shown) -> str:
    """One line of text, without the time."""
    strength = "silent" if one.silent else f"{one.rssi_dbm} dBm"
    return f"{one.kind:<14} {one.beacon:<11} {strength:>8} {one.count:>6}"


def table(rows: Iterable[Shown], radio: str, width: int, height: int) -> list[str]:
    """Draw what is heard, the strongest first, into at most `height` lines of `width` characters."""
    all_rows = list(rows)
    heard = f"{len(all_rows)} loyalty beacon{'' if len(all_rows) == 1 else 's'}"
    lines = [f"{radio} · {heard} · nothing is kept or sent · Ctrl-C ends", ""]
    room = max(0, height - len(lines))
    for one in all_rows[:room]:
        cells = round(_BAR_CELLS * (one.rssi_dbm - _FAR_DBM) / (_NEAR_DBM - _FAR_DBM))
        bar = "█" * min(_BAR_CELLS, max(1, cells))
        lines.append(f"{line_of(one)}  {bar:<{_BAR_CELLS}} {one.age_s:4.1f} s")
    return [line[:width] for line in lines]
