"""The guided walk: whom to send where, when to listen, what to keep. Pure: `handle(event, now_s) -> commands`.

| state | Typed | Heard | Ticked | Connected(False) |
|---|---|---|---|---|
| waiting at a point | Enter → listening there; a place → listening at it; skip, undo → another point; \
finish → done; quit → left | dropped | – | told |
| listening | Enter → kept, if enough; again → from the beginning; skip, undo → dropped; quit → left | counted | \
time is up → kept, next point | told; from the beginning when it is back |
| done, left | – | – | – | – |

A strength counts by when it was *heard*: what was heard on the way to a point, or just after arriving while the
node's mean still holds some of the way, is not of the point. After the last point the walk is done.
"""

from dataclasses import dataclass
from typing import Final

from hub.calibration.points import MAX_POINTS, Place, parse_place
from hub.calibration.record import MAX_STRENGTHS, Point, Walk

SETTLE_S: Final = 2.0
"""What an agent reports is the mean since its last report, half a second to a second before; twice that, for whoever
types first and then stands still."""

LISTEN_S: Final = 20.0
"""Time to turn around slowly, so that the body stands between tag and node for at most half of it; some fifteen
reports a node at one a second, whose mean is good to a dB with the recorded σ of 2.9 dB."""

LATE_S: Final = 2.0
"""How long to wait for what was heard within the time: an agent sends at once, a broker takes milliseconds."""

MIN_HEARD: Final = 3
"""Strengths that make a point worth keeping; fewer say that the tag is off."""

FEW_NODES: Final = 3
"""Fewer nodes than this fix no place; the point is kept all the same and the person told."""

WORDS: Final = {
    "again": ("r", "again", "refaire"),
    "skip": ("s", "skip", "sauter"),
    "undo": ("u", "undo", "annuler"),
    "finish": ("f", "finish", "finir"),
    "quit": ("q", "quit", "quitter"),
}
"""What can be typed, in both languages whatever the one spoken: nobody on a ladder should have to remember."""

_WORD_OF: Final = {typed: word for word, spoken in WORDS.items() for typed in spoken}


@dataclass(frozen=True, slots=True)
class Typed:
    """A line was typed."""

    line: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A node heard the calibrator's tag at `at_s` (store time)."""

    node: str
    rssi_dbm: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker is there (again), or was lost."""

    up: bool


@dataclass(frozen=True, slots=True)
class Ticked:
    """About a second has passed."""


Event = Typed | Heard | Connected | Ticked


@dataclass(frozen=True, slots=True)
class Say:
    """Command: say the sentence `calibrate.{key}`, with these values in its places."""

    key: str
    values: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Show:
    """Command: show how the listening goes, instead of what was shown before.

    Attributes:
        left_s: seconds still to stand here.
        nodes: how many nodes hear the tag.
        strongest: the loudest of them and its last strength; None while nobody hears.
        heard: strengths so far.
    """

    left_s: float
    nodes: int
    strongest: tuple[str, float] | None
    heard: int


@dataclass(frozen=True, slots=True)
class Keep:
    """Command: write the walk down, so that an interruption loses nothing."""

    walk: Walk


@dataclass(frozen=True, slots=True)
class End:
    """Command: the walk is over; `finished` says whether it is to be used now."""

    finished: bool


Command = Say | Show | Keep | End


def say(key: str, **values: object) -> Say:
    """A `Say` with its values by name."""
    return Say(key, tuple(values.items()))


class Guide:
    """One walk, from its first point or from where an earlier one was interrupted.

    Args:
        plan: the points proposed, in order; those that `walk` has already are passed over.
        walk: what was measured so far.
        nodes: the store's nodes; what others report is dropped.
        listen_s: how long to stand at a point.
    """

    def __init__(
        self, plan: tuple[Place, ...], walk: Walk, nodes: frozenset[str], listen_s: float = LISTEN_S
    ) -> None:
        self.walk = walk
        self._plan, self._nodes, self._listen_s = plan, nodes, listen_s
        self._skipped: set[int] = set()
        self._place: Place | None = None
        """Where the person stands while we listen; None while we wait."""
        self._from_s = 0.0
        self._heard: dict[str, list[float]] = {}
        self._ended = False

    def begin(self) -> tuple[Command, ...]:
        """What to say first."""
        kept = (say("resumed", points=len(self.walk.points)),) if self.walk.points else ()
        return (*kept, say("help"), *self._next())

    def handle(self, event: Event, now_s: float) -> tuple[Command, ...]:
        """Take one event at `now_s`, store time."""
        if self._ended:
            return ()
        match event:
            case Typed():
                return self._typed(event.line.strip(), now_s)
            case Heard():
                self._hear(event)
                return ()
            case Ticked():
                return self._tick(now_s)
            case Connected():
                return self._connection(now_s, up=event.up)

    def _next(self) -> tuple[Command, ...]:
        number = self._number()
        if number is None:
            return self._end(finished=True)
        place = self._plan[number]
        return (say("stand", number=number + 1, of=len(self._plan), x=place.x_m, y=place.y_m),)

    def _number(self) -> int | None:
        """The first point that is neither measured nor skipped."""
        open_points = (
            number
            for number, place in enumerate(self._plan)
            if number not in self._skipped and not self.walk.has(place)
        )
        return next(open_points, None)

    def _end(self, *, finished: bool) -> tuple[Command, ...]:
        self._ended = True
        return (End(finished),)

    def _typed(self, line: str, now_s: float) -> tuple[Command, ...]:
        word = _WORD_OF.get(line.casefold())
        if word == "quit":
            return self._end(finished=False)
        if self._place is not None:
            return self._typed_while_listening(line, word, now_s)
        number = self._number()
        assert number is not None, "without a point left the walk has ended"
        if line == "":
            return self._listen(self._plan[number], now_s)
        if word == "finish":
            return self._end(finished=True)
        if word == "skip":
            self._skipped.add(number)
            return self._next()
        if word in ("undo", "again"):
            return self._undo()
        place = parse_place(line)
        if place is None:
            return (say("not_understood"), say("help"))
        return self._listen(place, now_s)

    def _typed_while_listening(self, line: str, word: str | None, now_s: float) -> tuple[Command, ...]:
        assert self._place is not None
        if word == "again":
            return self._listen(self._place, now_s)
        if word in ("skip", "undo"):
            number = self._number()
            if word == "skip" and number is not None and self._plan[number] == self._place:
                self._skipped.add(number)
            self._place = None
            return (say("dropped"), *self._next())
        if line == "" or word == "finish":
            return self._close(now_s)
        return (say("not_understood"),)

    def _undo(self) -> tuple[Command, ...]:
        if not self.walk.points:
            return (say("nothing_to_undo"), *self._next())
        last = self.walk.points[-1]
        self.walk = self.walk.without_last()
        return (say("undone", x=last.x_m, y=last.y_m), Keep(self.walk), *self._next())

    def _listen(self, place: Place, now_s: float) -> tuple[Command, ...]:
        if len(self.walk.points) >= MAX_POINTS and not self.walk.has(place):
            return (say("enough_points", points=MAX_POINTS),)
        self._place, self._heard, self._from_s = place, {}, now_s + SETTLE_S
        return (say("listening", x=place.x_m, y=place.y_m, seconds=round(SETTLE_S + self._listen_s)),)

    def _hear(self, event: Heard) -> None:
        within = self._from_s <= event.at_s <= self._from_s + self._listen_s
        if self._place is None or not within or event.node not in self._nodes:
            return
        strengths = self._heard.setdefault(event.node, [])
        if len(strengths) < MAX_STRENGTHS:
            strengths.append(event.rssi_dbm)

    def _tick(self, now_s: float) -> tuple[Command, ...]:
        if self._place is None:
            return ()
        left_s = self._from_s + self._listen_s - now_s
        if left_s + LATE_S <= 0:
            return self._close(now_s)
        strongest = max(
            ((node, levels[-1]) for node, levels in self._heard.items()),
            key=lambda heard: heard[1],
            default=None,
        )
        return (Show(max(0.0, left_s), len(self._heard), strongest, self._count()),)

    def _count(self) -> int:
        return sum(map(len, self._heard.values()))

    def _close(self, now_s: float) -> tuple[Command, ...]:
        """Keep what was heard here, if it is worth it."""
        place, self._place = self._place, None
        assert place is not None
        seconds = min(now_s - self._from_s, self._listen_s)
        if seconds <= 0 or self._count() < MIN_HEARD:
            return (say("nothing_heard"), *self._next())
        heard = {node: tuple(levels) for node, levels in sorted(self._heard.items())}
        point = Point(x_m=place.x_m, y_m=place.y_m, seconds=seconds, heard_dbm=heard)
        self.walk = self.walk.with_point(point)
        told = say("kept", nodes=len(heard), heard=self._count(), points=len(self.walk.points))
        few = (say("few_nodes", nodes=len(heard)),) if len(heard) < FEW_NODES else ()
        return (told, *few, Keep(self.walk), *self._next())

    def _connection(self, now_s: float, *, up: bool) -> tuple[Command, ...]:
        if not up:
            return (say("broker_lost"),)
        if self._place is None:
            return (say("broker_back"),)
        return (say("broker_back"), *self._listen(self._place, now_s))
