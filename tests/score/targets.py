"""What the figures should be, and whether they are (the issue of plan 4, "Targets")."""

import math
from dataclasses import asdict, dataclass

from tests.score.door_figures import DoorFigures
from tests.score.figures import DIGITS, Json
from tests.score.report import Scores, pooled
from tests.score.zone_figures import ZoneFigures

CLEAR_ACCURACY = 0.94
ACCURACY = 0.86
MARGIN = 0.03
FALSE_SWITCH_SHARE = 0.5
POSITION_M = 1.2
FRAME_ACCURACY = 0.98


@dataclass(frozen=True, slots=True)
class Target:
    """One figure, what it should be, and whether it is."""

    what: str
    wanted: str
    got: float | None
    met: bool

    def to_json(self) -> Json:
        """As the command prints it."""
        return asdict(self)


def at_least(what: str, wanted: float, got: float | None) -> Target:
    """A figure that should not be lower."""
    return Target(what, f"≥ {wanted:g}", _rounded(got), got is not None and got >= wanted)


def at_most(what: str, wanted: float, got: float | None) -> Target:
    """A figure that should not be higher."""
    return Target(what, f"≤ {wanted:g}", _rounded(got), got is not None and got <= wanted)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def walk_targets(scores: Scores[ZoneFigures]) -> list[Target]:
    """What walks past all scanners should reach."""
    ours = pooled(scores.ours[scores.best])
    return [
        at_least("zone_accuracy_clear", CLEAR_ACCURACY, ours.clear_right / max(ours.clear, 1)),
        at_least("zone_accuracy", ACCURACY, ours.right / max(ours.seconds, 1)),
        at_most("position_error_m median", POSITION_M, ours.position_median_m),
        *beside_targets(scores),
    ]


def beside_targets(scores: Scores[ZoneFigures], of: str = "") -> list[Target]:
    """What our engine should reach beside the most accurate baseline of these walks, named `of`."""
    ours = pooled(scores.ours[scores.best])
    theirs = {name: pooled(by_recording) for name, by_recording in scores.baselines.items()}
    rival = max(theirs, key=lambda name: theirs[name].rank)
    above = (ours.clear_right - theirs[rival].clear_right) / max(ours.clear, 1)
    allowed = math.floor(FALSE_SWITCH_SHARE * theirs[rival].false)
    return [
        at_least(f"{of}zone_accuracy_clear above {rival}", MARGIN, above),
        at_most(f"{of}false switches, half of {rival}'s", allowed, ours.false),
    ]


def door_targets(ours: DoorFigures) -> list[Target]:
    """Targets for somebody who walks through a door."""
    return [
        at_least("walking: frame_accuracy", FRAME_ACCURACY, ours.right / max(ours.frames, 1)),
        at_least("walking: crossings found", ours.crossings, len(ours.narrow.latencies_s)),
        at_most("walking: false crossings", 0, ours.narrow.false),
    ]
