"""What every engine that is scored looks like: ours and the baselines. Causal by construction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Heard:
    """One advertisement as one scanner heard it; the strength is as the radio gave it."""

    at_s: float
    scanner: str
    rssi_dbm: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Where an engine says the beacon is: a zone and, if it knows places, metres on the floor."""

    zone: str | None
    place_m: tuple[float, float] | None = None


NOWHERE = Decision(None)


class Engine(Protocol):
    """Strengths in, decisions out; for one beacon and one recording. Times never go back."""

    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None: ...

    def decide(self, now_s: float) -> Decision: ...


Zones = Mapping[str, str]
"""Scanner → the zone it stands in."""

MakeEngine = Callable[[Zones], Engine]
"""A fresh engine for one recording. Other scanners than those of the zones are never heard."""
