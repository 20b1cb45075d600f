"""What turns strengths into a zone: the one interface of the zone engines. Pure.

An engine says where a member most likely is, of those it has heard lately. It decides between zones; it never
decides that somebody came or left: that is the life cycle around it (`hub.presence.zones`).
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where a member most likely is now.

    Attributes:
        zone: the zone the engine stands for now, its own hysteresis applied; None: nowhere in reach, or it cannot say.
        confidence: 0..1, that `zone` is right.
        place_m: x and y in metres of the floor; None where the engine has no positions.
    """

    zone: str | None
    confidence: float
    place_m: tuple[float, float] | None = None


class Locator(Protocol):
    """Strengths in, estimates out; one of a store, for all members.

    Strengths are calibrated: the offsets of the node and of the tag's model are added already. Of one member and
    node `at_s` never goes back; between nodes it may, by the second a report is under way.
    """

    def heard(self, member: str, node: str, rssi_dbm: float, at_s: float) -> None:
        """A node heard a member with this strength at this store time."""
        ...

    def silent(self, member: str, node: str, at_s: float) -> None:
        """A node has heard nothing of a member for a while, and says so at `at_s`."""
        ...

    def node_down(self, node: str) -> None:
        """A node is away or deaf: what it heard counts no more, and that it hears nothing says nothing."""
        ...

    def node_up(self, node: str) -> None:
        """A node is there and its radio works."""
        ...

    def estimate(self, member: str, now_s: float) -> Estimate:
        """Where a member most likely is at `now_s`; somebody never heard is nowhere."""
        ...

    def forget(self, member: str) -> None:
        """Forget a member; an unknown one is no fault."""
        ...
