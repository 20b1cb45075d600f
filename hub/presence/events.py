"""What the zones are told and what they say."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What is known about a member and a zone."""

    PRESENT = "present"
    HELD = "held"
    UNKNOWN = "unknown"
    LEFT = "left"


class Occupancy(StrEnum):
    """What is known about a zone and the members in it, whoever they are."""

    EMPTY = "empty"
    OCCUPIED = "occupied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Heard:
    """A node heard a member, with smoothed strength, at `at_s` (store time of hearing)."""

    member: str
    node: str
    rssi_dbm: float
    at_s: float


@dataclass(frozen=True, slots=True)
class FellSilent:
    """A node hears a member no longer, since `at_s`."""

    member: str
    node: str
    at_s: float


@dataclass(frozen=True, slots=True)
class NodeUp:
    """A node is there and its radio works."""

    node: str


@dataclass(frozen=True, slots=True)
class NodeDown:
    """A node is offline or deaf."""

    node: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A member may no longer be recognised."""

    member: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; once a second."""


Event = Heard | FellSilent | NodeUp | NodeDown | Forgotten | Tick


@dataclass(frozen=True, slots=True)
class ZoneChanged:
    """Command: take note that a member is in this zone in this state, since `at_s`."""

    member: str
    zone: str
    state: State
    at_s: float
