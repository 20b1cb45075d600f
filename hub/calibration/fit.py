"""What a walk gives: engines fitted to all its points, and how good they are on points held out. Pure."""

from dataclasses import dataclass
from typing import Final

from hub.calibration.engines import Fitted, fit_engines
from hub.calibration.judge import Score, judge
from hub.calibration.record import Walk
from hub.config import Engine, StoreConfig

HELD_OUT_SHARE: Final = 0.1
"""Of the points the map may miss so many more. Held out, a point takes the middle out of its piece of the map, which in
use is there; the rules lose nothing by it. And on recorded walks the map is right more often than the rules."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is proposed to the person.

    Attributes:
        fitted: from all points.
        rules: how the rules do on points held out.
        mapped: how the map does; None without one.
    """

    fitted: Fitted
    rules: Score
    mapped: Score | None

    @property
    def better(self) -> Engine:
        """The map, unless the rules find clearly more zones: see `HELD_OUT_SHARE`."""
        if self.mapped is None:
            return "rules"
        return (
            "radio_map" if self.mapped.right >= self.rules.right - HELD_OUT_SHARE * self.rules.of else "rules"
        )


def calibrate(walk: Walk, config: StoreConfig) -> Calibration:
    """Fit a walk and judge the fit.

    Args:
        walk: with at least one point, all by one tag; of a model the configuration has, or of none.
        config: of the same store.
    """
    assert walk.points, "a walk of no points calibrates nothing"
    tag_offset_db = config.tag_models[walk.tag_model].offset_db if walk.tag_model is not None else 0.0
    rules, mapped = judge(walk.points, tag_offset_db, config)
    return Calibration(fit_engines(walk.points, tag_offset_db, config), rules, mapped)
