"""Who is where when: visits drawn or written, lines at the tills, and each person's way as straight pieces. Pure.

A line serves in the order people come to it. Whoever waits moves up a place when somebody ahead has paid.
"""

import bisect
import heapq
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar, get_args

from hardware.sim.floor import Point, Till, distance_m, place_in_line
from hardware.sim.routes import Routes
from hardware.sim.scenario import Person, Scenario, Side, Stop, Visit

if TYPE_CHECKING:
    from hardware.host.entropy import Entropy

T = TypeVar("T")

SIDES: Final[tuple[Side, ...]] = get_args(Side)

REACTION_S: Final = 1.0
"""Until somebody in a line notices that the one ahead has moved."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One straight piece of a way, or a stay: where somebody is from one moment to another.

    Attributes:
        from_s: seconds since the scenario's start.
        until_s: the next piece begins here.
        from_m: place at `from_s`.
        to_m: place at `until_s`; the same for a stay.
        facing_rad: where they look, counter-clockwise from the x axis.
        till: the till they pay at meanwhile.
        queue: the till they wait for meanwhile.
    """

    from_s: float
    until_s: float
    from_m: Point
    to_m: Point
    facing_rad: float
    till: str | None = None
    queue: str | None = None

    def at(self, at_s: float) -> Point:
        """The place at a moment of the piece."""
        if self.from_m == self.to_m:
            return self.from_m
        share = (at_s - self.from_s) / (self.until_s - self.from_s)
        return (
            self.from_m[0] + share * (self.to_m[0] - self.from_m[0]),
            self.from_m[1] + share * (self.to_m[1] - self.from_m[1]),
        )


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """One visit as it will go: the truth a report is measured against. Seconds since the scenario's start."""

    person: str
    enters_s: float
    leaves_s: float
    till: str | None = None
    pays_from_s: float | None = None
    pays_until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Journeys:
    """Everybody's ways.

    Attributes:
        pieces: person → pieces by time; between two visits there is a gap.
        visits: by the time of entering.
    """

    pieces: dict[str, tuple[Piece, ...]]
    visits: tuple[VisitPlan, ...]

    def piece_at(self, person: str, at_s: float) -> Piece | None:
        """The piece somebody is on; None while outside."""
        pieces = self.pieces[person]
        i = bisect.bisect_right(pieces, at_s, key=_from_s) - 1
        return pieces[i] if i >= 0 and at_s < pieces[i].until_s else None


def _from_s(piece: Piece) -> float:
    return piece.from_s


@dataclass(slots=True)
class _Walker:
    """Somebody on their way, piece by piece."""

    name: str
    speed_m_s: float
    now_s: float
    mark: Point
    """The place of the floor they go from, which every other one can be reached from."""
    here: Point
    """Where they are: at the mark, or a step beside it."""
    entered_s: float = 0.0
    facing_rad: float = 0.0
    pieces: list[Piece] = field(default_factory=list)

    def go(self, way: Iterable[Point], queue: str | None = None) -> None:
        for corner in way:
            if corner == self.here:
                continue
            self.face(corner)
            until_s = self.now_s + distance_m(self.here, corner) / self.speed_m_s
            self.pieces.append(Piece(self.now_s, until_s, self.here, corner, self.facing_rad, queue=queue))
            self.now_s, self.here = until_s, corner

    def stay(self, until_s: float, till: str | None = None, queue: str | None = None) -> None:
        if until_s > self.now_s:
            self.pieces.append(
                Piece(self.now_s, until_s, self.here, self.here, self.facing_rad, till=till, queue=queue)
            )
            self.now_s = until_s

    def face(self, place: Point) -> None:
        self.facing_rad = math.atan2(place[1] - self.here[1], place[0] - self.here[0])


def draw_people(scenario: Scenario, entropy: "Entropy") -> tuple[Person, ...]:
    """Everybody with a known fob, in the order of `Scenario.member_names`: written-out people, then drawn ones."""
    shoppers = scenario.shoppers
    if shoppers is None:
        return scenario.people
    names = scenario.member_names[len(scenario.people) :]
    return scenario.people + tuple(
        Person(
            name=name,
            tag=_one_of(shoppers.tags, entropy),
            carried=_one_of(SIDES, entropy),
            speed_m_s=shoppers.speed_m_s.at(entropy.uniform()),
        )
        for name in names
    )


def plan(scenario: Scenario, people: tuple[Person, ...], entropy: "Entropy") -> Journeys:
    """Work out every visit that begins within the scenario, of the people `draw_people` gave."""
    return _Planner(scenario, people, entropy).run()


def _one_of(choices: Sequence[T], entropy: "Entropy") -> T:
    return choices[int(entropy.uniform() * len(choices))]


class _Planner:
    def __init__(self, scenario: Scenario, people: tuple[Person, ...], entropy: "Entropy") -> None:
        self._scenario, self._people, self._entropy = scenario, people, entropy
        self._floor = scenario.floor
        self._routes = Routes(scenario.floor)
        self._served_until: dict[str, list[float]] = {till: [] for till in self._floor.tills}
        self._visits: list[VisitPlan] = []
        self._pieces: dict[str, list[Piece]] = {person.name: [] for person in people}
        self._arriving: list[tuple[float, str, _Walker, Visit, Iterator[Visit]]] = []

    def run(self) -> Journeys:
        # Each walks to their till first; then the tills serve in the order of arrival over the whole store.
        written = len(self._scenario.people)
        for i, person in enumerate(self._people):
            walker = _Walker(person.name, person.speed_m_s, 0.0, self._floor.door_m, self._floor.door_m)
            self._begin(walker, iter(person.visits) if i < written else self._draw_visits(walker))
        while self._arriving:
            _, _, walker, visit, visits = heapq.heappop(self._arriving)
            self._finish(walker, visit)
            self._begin(walker, visits)
        return Journeys(
            {name: tuple(pieces) for name, pieces in self._pieces.items()},
            tuple(sorted(self._visits, key=lambda visit: (visit.enters_s, visit.person))),
        )

    def _draw_visits(self, walker: _Walker) -> Iterator[Visit]:
        shoppers, draw = self._scenario.shoppers, self._entropy.uniform
        assert shoppers is not None, "only they are drawn"
        tills = tuple(self._floor.tills)
        while True:
            enters_s = walker.now_s + shoppers.away_s.at(draw())
            places = list(shoppers.stops)
            n = min(max(round(shoppers.stops_a_visit.at(draw())), 1), len(places))
            stops = tuple(
                Stop(at=places.pop(int(draw() * len(places))), stay_s=shoppers.stay_s.at(draw()))
                for _ in range(n)
            )
            till = _one_of(tills, self._entropy) if tills else None
            yield Visit(enters_s=enters_s, stops=stops, till=till, pay_s=shoppers.pay_s.at(draw()))

    def _begin(self, walker: _Walker, visits: Iterator[Visit]) -> None:
        visit = next(visits, None)
        if visit is None or max(walker.now_s, visit.enters_s) >= self._scenario.duration_s:
            return
        walker.entered_s = walker.now_s = max(walker.now_s, visit.enters_s)
        for stop in visit.stops:
            self._go(walker, self._floor.stops[stop.at])
            self._settle(walker)
            walker.stay(walker.now_s + stop.stay_s)
        arrives_s = walker.now_s
        if visit.till is not None:
            arrives_s += self._way_m(walker, self._floor.tills[visit.till]) / walker.speed_m_s
        heapq.heappush(self._arriving, (arrives_s, walker.name, walker, visit, visits))

    def _finish(self, walker: _Walker, visit: Visit) -> None:
        pays_from_s = pays_until_s = None
        if visit.till is not None:
            pays_from_s, pays_until_s = self._pay(walker, visit.till, visit.pay_s)
        self._go(walker, self._floor.door_m)
        self._pieces[walker.name] = walker.pieces
        self._visits.append(
            VisitPlan(walker.name, walker.entered_s, walker.now_s, visit.till, pays_from_s, pays_until_s)
        )

    def _pay(self, walker: _Walker, name: str, pay_s: float) -> tuple[float, float]:
        till, served = self._floor.tills[name], self._served_until[name]
        arrives_s = walker.now_s + self._way_m(walker, till) / walker.speed_m_s
        ahead = [until_s for until_s in served if until_s > arrives_s]
        self._go(walker, place_in_line(till, len(ahead)))
        self._settle(walker)
        for moved, until_s in enumerate(ahead, start=1):
            place = place_in_line(till, len(ahead) - moved)
            walker.face(place)
            walker.stay(until_s + REACTION_S, queue=name)
            self._go(walker, place, queue=name)
            self._settle(walker, queue=name)
        walker.face(till.at_m)
        pays_from_s = walker.now_s
        walker.stay(pays_from_s + pay_s, till=name)
        served.append(walker.now_s)
        return pays_from_s, walker.now_s

    def _way_m(self, walker: _Walker, till: Till) -> float:
        way = self._routes.way(walker.mark, till.pay_at_m)
        return sum(distance_m(one, other) for one, other in itertools.pairwise(way))

    def _go(self, walker: _Walker, mark: Point, queue: str | None = None) -> None:
        walker.go(self._routes.way(walker.mark, mark), queue)
        walker.mark = mark

    def _settle(self, walker: _Walker, queue: str | None = None) -> None:
        """Step a little aside, where there is room."""
        off_m = self._scenario.stand_spread_m * math.sqrt(self._entropy.uniform())
        angle = math.tau * self._entropy.uniform()
        spot = (walker.mark[0] + off_m * math.cos(angle), walker.mark[1] + off_m * math.sin(angle))
        inside = 0.0 <= spot[0] <= self._floor.width_m and 0.0 <= spot[1] <= self._floor.depth_m
        if inside and self._floor.is_free(walker.mark, spot):
            walker.go((spot,), queue)
