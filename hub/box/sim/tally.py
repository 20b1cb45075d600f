"""Holds what a store's screens and zones say against where everybody really is. Pure.

An *offer at the wrong till* is counted wherever somebody is a candidate at a till's kiosk though they are not at
that till: neither standing nor queueing there, nor having left it within `WIPE_S`. It does not matter what they do
instead: walk by, stand at the till beside, shop in an aisle, be gone. All looks at one kiosk of one visit are one
such showing; the seconds tell how long. At a display without a till the same is counted by its zone.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

WIPE_S: Final = 10.0
"""How long a kiosk may take to forget somebody who left it (acceptance C6)."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody really is.

    Attributes:
        zone: None between zones.
        till: the till they stand at.
        queue: the till they queue for.
    """

    zone: str | None
    till: str | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """A kiosk: its zone, and the till it is paired with (None: a display)."""

    zone: str
    till: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """What the store says at one moment.

    Attributes:
        near: kiosk → the people it takes for candidates.
        zones: person → the zone they are in; absent: nowhere.
    """

    near: Mapping[str, Collection[str]]
    zones: Mapping[str, str]


@dataclass(slots=True)
class Visit:
    """What became of one person's visit; all times in store seconds, None: did not happen."""

    entered_s: float | None = None
    noticed_s: float | None = None
    """The first zone anybody gave them."""
    till: str | None = None
    arrived_s: float | None = None
    departed_s: float | None = None
    recognised_s: float | None = None
    """When the kiosk of their till took them for a candidate, at the earliest when they arrived there."""
    wiped_s: float | None = None
    out_s: float | None = None
    gone_s: float | None = None
    """When the hub had them in no zone any more, after they were out."""
    looks_inside: int = 0
    looks_right: int = 0
    wrong: dict[str, int] = field(default_factory=dict)
    """Kiosk where they had no business → number of looks that it had them as a candidate."""
    business_s: dict[str, float] = field(default_factory=dict)
    """Kiosk → when they last had business there."""


class Tally:
    """Follows everybody who may be recognised, look by look.

    Args:
        people: who is followed; each may come several times.
        screens: every kiosk.
        truth: person and store seconds → where they are; None while out of the store.
    """

    def __init__(
        self,
        people: Collection[str],
        screens: Mapping[str, Screen],
        truth: Callable[[str, float], Spot | None],
    ) -> None:
        self.screens = dict(screens)
        self.visits: list[Visit] = []
        """Those that began, by their beginning."""
        self._going_on = {person: Visit() for person in people}
        self._truth = truth

    def look(self, look: Look, at_s: float) -> None:
        """Take note of one moment; moments come in order."""
        for person in self._going_on:
            spot = self._truth(person, at_s)
            visit = self._visit(person, spot, at_s)
            zone = look.zones.get(person)
            near = {kiosk for kiosk, people in look.near.items() if person in people}
            if spot is not None:
                _follow_inside(visit, spot, zone, at_s)
            elif visit.entered_s is not None:
                _follow_outside(visit, zone, at_s)
            self._follow_screens(visit, spot, near, at_s)

    def _visit(self, person: str, spot: Spot | None, at_s: float) -> Visit:
        visit = self._going_on[person]
        if spot is None or (visit.entered_s is not None and visit.out_s is None):
            return visit
        if visit.out_s is not None:
            visit = self._going_on[person] = Visit()
        visit.entered_s = at_s
        self.visits.append(visit)
        return visit

    def _follow_screens(self, visit: Visit, spot: Spot | None, near: Collection[str], at_s: float) -> None:
        for kiosk, screen in self.screens.items():
            if spot is not None and _has_business(screen, spot):
                visit.business_s[kiosk] = at_s
            elif kiosk in near and at_s - visit.business_s.get(kiosk, float("-inf")) > WIPE_S:
                visit.wrong[kiosk] = visit.wrong.get(kiosk, 0) + 1
        if visit.till is None:
            return
        at_own = any(self.screens[kiosk].till == visit.till for kiosk in near)
        if at_own and visit.departed_s is None and visit.recognised_s is None:
            visit.recognised_s = at_s
        if not at_own and visit.departed_s is not None and visit.wiped_s is None:
            visit.wiped_s = at_s


def _has_business(screen: Screen, spot: Spot) -> bool:
    return screen.zone == spot.zone if screen.till is None else screen.till in (spot.till, spot.queue)


def _follow_inside(visit: Visit, spot: Spot, zone: str | None, at_s: float) -> None:
    if zone is not None and visit.noticed_s is None:
        visit.noticed_s = at_s
    if spot.zone is not None:
        visit.looks_inside += 1
        visit.looks_right += zone == spot.zone
    if spot.till is not None and visit.arrived_s is None:
        visit.till, visit.arrived_s = spot.till, at_s
    if visit.arrived_s is not None and visit.departed_s is None and spot.till is None:
        visit.departed_s = at_s


def _follow_outside(visit: Visit, zone: str | None, at_s: float) -> None:
    if visit.out_s is None:
        visit.out_s = at_s
        if visit.arrived_s is not None and visit.departed_s is None:
            visit.departed_s = at_s
    if zone is None and visit.gone_s is None:
        visit.gone_s = at_s
