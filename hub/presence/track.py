"""What the zones remember of one member, and the two questions of time: long enough here, silent for too long. Pure."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from hub.presence.closeness import Closeness
from hub.presence.events import State

ENTER_SAMPLES: Final = 3
ENTER_DWELL_S: Final = 1.5
"""One sample tells near from far with AUC 0.69 only; three over 1.5 s are not one burst."""

SILENCE_FACTOR: Final = 3.0
SILENCE_WOBBLE_S: Final = 2.0
SILENCE_MIN_S: Final = 4.0
SILENCE_MAX_S: Final = 60.0
"""Three lost advertisements in a row at the learned pace, and a little; never under a report's own jitter, never so
long that an empty place looks taken for more than a minute."""

FIRST_INTERVAL_S: Final = 5.0
"""Assumed until `LEARN_FROM` intervals were seen."""

LEARN_FROM: Final = 5
LEARN_OVER: Final = 32
"""Intervals remembered: some seconds to a minute, so that the deadline follows this beacon in this place."""

ONE_ADVERT_S: Final = 0.2
"""Samples closer together are one advertisement heard by several nodes: no interval of the beacon's."""


@dataclass(slots=True)
class Track:
    """What is remembered of one member."""

    zone: str | None = None
    state: State = State.LEFT
    since_s: float = 0.0
    state_at_s: float = 0.0
    heard_s: float = 0.0
    """When they were last heard while the engine stood for the own zone (for any, while entering)."""
    heard_by_s: dict[str, float] = field(default_factory=dict)
    """Node → when it heard them last."""
    closeness: Closeness = field(default_factory=Closeness)
    strong_s: float = float("-inf")
    confidence: float = 0.0
    place_m: tuple[float, float] | None = None
    here: str | None = None
    """The zone the engine has stood for since `here_s`, with that many samples of its own nodes."""
    here_s: float = 0.0
    here_samples: int = 0
    here_last_s: float = 0.0
    paced_s: float = float("-inf")
    intervals: deque[float] = field(default_factory=lambda: deque(maxlen=LEARN_OVER))

    def deadline_s(self) -> float:
        """How long silence may last."""
        known = sorted(self.intervals)
        p95_s = known[(len(known) * 95 - 1) // 100] if len(known) >= LEARN_FROM else FIRST_INTERVAL_S
        return min(max(SILENCE_FACTOR * p95_s + SILENCE_WOBBLE_S, SILENCE_MIN_S), SILENCE_MAX_S)

    def learn(self, at_s: float) -> None:
        """Take note of the beacon's pace."""
        passed_s = at_s - self.paced_s
        if passed_s >= ONE_ADVERT_S:
            if self.intervals or self.paced_s > 0.0:
                self.intervals.append(passed_s)
            self.paced_s = at_s

    def settled(self) -> bool:
        """Whether the engine has stood for the zone for long enough, by enough of its nodes' samples."""
        return self.here_samples >= ENTER_SAMPLES and self.here_last_s - self.here_s >= ENTER_DWELL_S
