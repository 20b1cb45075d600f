"""How good inside and outside are told apart: the figures of `python -m tests.score sal`.

| figure | meaning |
|---|---|
| `frame_accuracy` | share of the frames (100 ms) whose decided zone is the true one |
| `crossings` | true changes of zone |
| `found` | crossings with a decided switch into the same zone, from 3 s before to 5 s after |
| `false` | decided switches that found no crossing; a switch finds one at most, and one is found once |
| `latency_s` | from the crossing to the switch that found it; below zero is early |
| `within_10_s` | found, false and latency with ± 10 s: a car counts as inside only when the whole of it is |
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.score.engines import Decision
from tests.score.figures import Crossing, Json, median_and, share, switches
from tests.score.sal import Frame

WINDOW_S = (-3.0, 5.0)
WIDE_WINDOW_S = (-10.0, 10.0)


@dataclass(frozen=True, slots=True)
class Matched:
    """Which switches found which crossings."""

    latencies_s: tuple[float, ...] = field(default=())
    false: int = 0

    def __add__(self, other: "Matched") -> "Matched":
        return Matched(self.latencies_s + other.latencies_s, self.false + other.false)

    def to_json(self) -> Json:
        """The figures as the command prints them."""
        return {
            "found": len(self.latencies_s),
            "false": self.false,
            "latency_s": median_and(self.latencies_s, "p95", 0.95),
        }


@dataclass(frozen=True, slots=True)
class DoorFigures:
    """The counts behind the figures; adding two pools them."""

    frames: int = 0
    right: int = 0
    crossings: int = 0
    narrow: Matched = field(default_factory=Matched)
    wide: Matched = field(default_factory=Matched)

    def __add__(self, other: "DoorFigures") -> "DoorFigures":
        return DoorFigures(
            self.frames + other.frames,
            self.right + other.right,
            self.crossings + other.crossings,
            self.narrow + other.narrow,
            self.wide + other.wide,
        )

    @property
    def rank(self) -> tuple[float, float]:
        """Better is higher: right frames, then fewer false switches."""
        return (self.right / max(self.frames, 1), -self.narrow.false)

    def to_json(self) -> Json:
        """The figures as the command prints them."""
        return {
            "frames": self.frames,
            "frame_accuracy": share(self.right, self.frames),
            "crossings": self.crossings,
            **self.narrow.to_json(),
            "within_10_s": self.wide.to_json(),
        }


def door_figures(
    frames: Sequence[Frame], crossings: Sequence[Crossing], decisions: Sequence[Decision]
) -> DoorFigures:
    """Judge the decisions of one recording, one for each frame."""
    pairs = list(zip(frames, decisions, strict=True))
    switched = list(switches((frame.at_s, decision.zone) for frame, decision in pairs))
    return DoorFigures(
        frames=len(pairs),
        right=sum(decision.zone == frame.zone for frame, decision in pairs),
        crossings=len(crossings),
        narrow=_match(crossings, switched, WINDOW_S),
        wide=_match(crossings, switched, WIDE_WINDOW_S),
    )


def _match(
    crossings: Sequence[Crossing], switched: Sequence[tuple[float, str]], window_s: tuple[float, float]
) -> Matched:
    """In order of time, each crossing takes the first free switch that fits it."""
    free = list(switched)
    latencies_s: list[float] = []
    for crossing in crossings:
        fits = (
            switch
            for switch in free
            if switch[1] == crossing.zone and window_s[0] <= switch[0] - crossing.at_s <= window_s[1]
        )
        found = next(fits, None)
        if found is not None:
            free.remove(found)
            latencies_s.append(found[0] - crossing.at_s)
    return Matched(tuple(latencies_s), len(free))
