"""How good the zones of a walk are: the figures of `python -m tests.score tetam`.

| figure | meaning |
|---|---|
| `zone_accuracy` | share of the seconds whose decided zone is the true one; a second with none decided is wrong |
| `zone_accuracy_clear` | the same over the seconds whose true place is more than 1 m from every border |
| `switches`, `true_switches` | changes from one named zone to another, decided and true |
| `false_switches_per_min` | decided switches with no true crossing *into the decided zone* within ± 3 s |
| `handoff_s` | from a true crossing to the first decision for the zone crossed into, if before the next crossing |
| `handoffs_missed` | the crossings with no such decision |
| `position_error_m` | distance from the decided place to the true one; None where no place was decided |

Several recordings pool: their seconds, switches and samples are put together, never their shares averaged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import dist

from tests.score.engines import Decision
from tests.score.figures import DIGITS, Crossing, Json, median_and, quantile, share, switches
from tests.score.hall import Place, is_clear

EXPLAINED_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class ZoneFigures:
    """The counts behind the figures; adding two pools them."""

    seconds: int = 0
    right: int = 0
    clear: int = 0
    clear_right: int = 0
    switched: int = 0
    crossed: int = 0
    false: int = 0
    handoffs_s: tuple[float, ...] = field(default=())
    missed: int = 0
    errors_m: tuple[float, ...] = field(default=())

    def __add__(self, other: "ZoneFigures") -> "ZoneFigures":
        return ZoneFigures(
            self.seconds + other.seconds,
            self.right + other.right,
            self.clear + other.clear,
            self.clear_right + other.clear_right,
            self.switched + other.switched,
            self.crossed + other.crossed,
            self.false + other.false,
            self.handoffs_s + other.handoffs_s,
            self.missed + other.missed,
            self.errors_m + other.errors_m,
        )

    @property
    def rank(self) -> tuple[float, float]:
        """Better is higher: right clear of borders, then fewer false switches."""
        return (self.clear_right / max(self.clear, 1), -self.false / max(self.seconds, 1))

    @property
    def position_median_m(self) -> float | None:
        """The median distance from the true place."""
        return quantile(self.errors_m, 0.5)

    def to_json(self) -> Json:
        """The figures as the command prints them."""
        return {
            "seconds": self.seconds,
            "zone_accuracy": share(self.right, self.seconds),
            "zone_accuracy_clear": share(self.clear_right, self.clear),
            "switches": self.switched,
            "true_switches": self.crossed,
            "false_switches": self.false,
            "false_switches_per_min": round(60.0 * self.false / self.seconds, DIGITS)
            if self.seconds
            else None,
            "handoff_s": median_and(self.handoffs_s, "p95", 0.95),
            "handoffs_missed": self.missed,
            "position_error_m": median_and(self.errors_m, "p90", 0.9) if self.errors_m else None,
        }


def zone_figures(
    truth: Sequence[Place], crossings: Sequence[Crossing], decisions: Sequence[Decision]
) -> ZoneFigures:
    """Judge the decisions of one walk, one for each place of `truth`."""
    pairs = list(zip(truth, decisions, strict=True))
    right = [decision.zone == place.zone for place, decision in pairs]
    clear = [is_clear(place.x_m, place.y_m) for place in truth]
    decided = [(place.at_s, decision.zone) for place, decision in pairs]
    switched = list(switches(decided))
    handoffs_s, missed = _handoffs(crossings, decided)
    return ZoneFigures(
        seconds=len(pairs),
        right=sum(right),
        clear=sum(clear),
        clear_right=sum(is_right for is_right, is_clear_ in zip(right, clear, strict=True) if is_clear_),
        switched=len(switched),
        crossed=len(crossings),
        false=sum(not _explained(at_s, zone, crossings) for at_s, zone in switched),
        handoffs_s=handoffs_s,
        missed=missed,
        errors_m=tuple(
            dist(decision.place_m, (place.x_m, place.y_m))
            for place, decision in pairs
            if decision.place_m is not None
        ),
    )


def _explained(at_s: float, zone: str, crossings: Sequence[Crossing]) -> bool:
    return any(
        crossing.zone == zone and abs(crossing.at_s - at_s) <= EXPLAINED_WITHIN_S for crossing in crossings
    )


def _handoffs(
    crossings: Sequence[Crossing], decided: Sequence[tuple[float, str | None]]
) -> tuple[tuple[float, ...], int]:
    handoffs_s: list[float] = []
    for index, crossing in enumerate(crossings):
        until_s = crossings[index + 1].at_s if index + 1 < len(crossings) else float("inf")
        delays_s = (
            at_s - crossing.at_s
            for at_s, zone in decided
            if zone == crossing.zone and crossing.at_s <= at_s < until_s
        )
        first_s = next(delays_s, None)
        if first_s is not None:
            handoffs_s.append(first_s)
    return tuple(handoffs_s), len(crossings) - len(handoffs_s)
