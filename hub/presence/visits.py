"""A visit: from the first zone somebody enters until they have been gone for a while. Pure, in memory only.

| state | entered or seen again | left | Tick past the gap |
|---|---|---|---|
| away | → here: `VisitStarted` | – | – |
| here | – | → leaving | – |
| leaving | → here, the same visit | – | → away: `VisitEnded` |

An *unknown* zone is no leaving. Nothing is written to disk: a restarted hub begins new visits (design:
presence is kept minutes, not days).
"""

from dataclasses import dataclass
from typing import Final

from hub.presence.events import State, Tick, ZoneChanged

GAP_S: Final = 300.0
"""Shorter than a second visit, longer than a dead spot, a trolley of water or the car park and back."""


@dataclass(frozen=True, slots=True)
class VisitStarted:
    """Command: a member has come."""

    member: str
    at_s: float


@dataclass(frozen=True, slots=True)
class VisitEnded:
    """Command: a member went; they were last somewhere at `at_s`."""

    member: str
    started_s: float
    at_s: float


@dataclass(slots=True)
class _Visit:
    started_s: float
    left_s: float | None = None


class Visits:
    """The visits going on."""

    def __init__(self) -> None:
        self._visits: dict[str, _Visit] = {}

    def visiting(self, member: str) -> bool:
        """Whether a visit of this member is going on."""
        return member in self._visits

    def handle(self, event: ZoneChanged | Tick, now_s: float) -> tuple[VisitStarted | VisitEnded, ...]:
        """Take one event; see the table above."""
        match event:
            case ZoneChanged(member, _, State.LEFT, at_s):
                if member in self._visits:
                    self._visits[member].left_s = at_s
                return ()
            case ZoneChanged(member, _, _, at_s):
                if member in self._visits:
                    self._visits[member].left_s = None
                    return ()
                self._visits[member] = _Visit(at_s)
                return (VisitStarted(member, at_s),)
            case Tick():
                return self._end(now_s)

    def _end(self, now_s: float) -> tuple[VisitEnded, ...]:
        ended = []
        for member, visit in list(self._visits.items()):
            if visit.left_s is not None and now_s - visit.left_s > GAP_S:
                del self._visits[member]
                ended.append(VisitEnded(member, visit.started_s, visit.left_s))
        return tuple(ended)
