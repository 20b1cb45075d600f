"""From figures by engine and recording to the document the command prints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Generic, Protocol, Self, TypeVar

from tests.score.figures import Json


class Figures(Protocol):
    """Figures that pool by adding, and know which are better."""

    def __add__(self, other: Self) -> Self: ...

    @property
    def rank(self) -> tuple[float, float]: ...

    def to_json(self) -> Json: ...


F = TypeVar("F", bound=Figures)


ENGINES = ("rules", "radio_map")
"""Ours, listed always; one that the input gives no ground for has every figure null, and says why."""

NO_POINTS = "no calibration points in this input, and no store runs a radio map without"


@dataclass(frozen=True, slots=True)
class Scores(Generic[F]):
    """Engine → recording → figures, of ours and of the baselines, all over the same recordings.

    Attributes:
        best: the better of ours for the input as a whole; see `better`.
    """

    ours: Mapping[str, Mapping[str, F]]
    baselines: Mapping[str, Mapping[str, F]]
    best: str

    def only(self, recordings: Iterable[str]) -> "Scores[F]":
        """The same over some of the recordings; the better engine stays the one of the whole input."""
        names = list(recordings)
        ours, baselines = (
            {engine: {name: by_recording[name] for name in names} for engine, by_recording in group.items()}
            for group in (self.ours, self.baselines)
        )
        return Scores(ours, baselines, self.best)

    def to_json(self) -> Json:
        """`engine`, `engines` and `baselines`, pooled over the recordings."""
        ours, baselines = (
            {engine: pooled(by_recording).to_json() for engine, by_recording in group.items()}
            for group in (self.ours, self.baselines)
        )
        nothing: Json = {**dict.fromkeys(ours[self.best]), "note": NO_POINTS}
        return {
            "engine": {"name": self.best, **ours[self.best]},
            "engines": {name: ours.get(name, nothing) for name in ENGINES},
            "baselines": baselines,
        }


def better(ours: Mapping[str, Mapping[str, F]]) -> str:
    """The engine that ranks first over all recordings: one for all of them, as a shop runs one."""
    return max(ours, key=lambda name: pooled(ours[name]).rank)


def pooled(by_recording: Mapping[str, F]) -> F:
    """The figures of all recordings put together."""
    return reduce(add, by_recording.values())
