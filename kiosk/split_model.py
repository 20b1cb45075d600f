"""What the demo's split view shows beside the kiosk, and what its keys ask for: plain data, no other room's types."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ZoneBox:
    """A zone as a rectangle on the floor, metres; `people` are the labels of those the hub believes to be there."""

    label_fr: str
    label_en: str
    x0_m: float
    y0_m: float
    x1_m: float
    y1_m: float
    people: tuple[str, ...] = ()
    known: bool = True
    """False when a node of the zone is away: it is unknown who is there, not empty."""


@dataclass(frozen=True, slots=True)
class NodeMark:
    """A node on the floor, metres."""

    x_m: float
    y_m: float
    online: bool


@dataclass(frozen=True, slots=True)
class WalkerMark:
    """Where somebody truly is, metres."""

    label: str
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class SplitModel:
    """One moment of the shop."""

    width_m: float
    height_m: float
    zones: tuple[ZoneBox, ...]
    nodes: tuple[NodeMark, ...]
    walkers: tuple[WalkerMark, ...]
    ticket: tuple[tuple[str, str], ...]
    """The lines of the till's ticket, French and English."""
    sentences: tuple[tuple[str, str], ...]
    """What was told so far, French and English, oldest first."""
    clock: str
    speed: str
    bus: str
    cable_in: bool
    paused: bool


class Controls(Protocol):
    """What the keys do. None may block; what takes time goes on by itself."""

    def model(self) -> SplitModel:
        """The shop now."""
        ...

    def pause(self) -> None:
        """Stop the story and the clock, or let them go on."""
        ...

    def step(self) -> None:
        """Go on until the next sentence."""
        ...

    def walk(self) -> None:
        """Send somebody to the till, or away again."""
        ...

    def scan(self) -> None:
        """Scan a pack of nappies at the till."""
        ...

    def pay(self) -> None:
        """Pay what was scanned."""
        ...

    def cable(self) -> None:
        """Pull the hub's cable, or plug it in again."""
        ...

    def speed(self, factor: float) -> None:
        """Let the clock run `factor` times as fast as now."""
        ...
