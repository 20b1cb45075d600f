"""The story's figures: what the running parts were seen to do."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from hub.box.probe import Latency


@dataclass(slots=True)
class StoryReport:
    """One JSON document. Times are store seconds unless their name says wall.

    Attributes:
        bus: which bus carried everything.
        adverts_heard: advertisements that reached an agent.
        frames_kept: those that carried a configured loyalty frame.
        sightings_published: batches the agents reported.
        duplicates_dropped: batches that reached the hub again and were dropped.
        recognised: different members resolved from the air.
        views_by_level: views the hub published, by display level.
        discount_minor: A's discount, from the till's answer to the commit.
        counter_before, counter_after: A's packs towards the next right, read from the hub's database.
        points_before, points_after: A's points around that sale, read from the hub's database.
        recognised_after_withdrawal: A's frames resolved later than 1 s (wall) after she said stop.
        reversed: units returned whose counter and points both went back.
        open_entitlements: D's rights open at the next visit.
        outage_s: how long the cable was out.
        lost: batches, and sales of the till, that reached no database and were not let go by a stated rule.
        advert_to_view_ms: wall milliseconds from an advertisement entering an agent to the screen it changed.
        seconds: wall seconds the story took.
    """

    bus: Literal["mqtt", "memory"]
    adverts_heard: int = 0
    frames_kept: int = 0
    sightings_published: int = 0
    duplicates_dropped: int = 0
    recognised: int = 0
    views_by_level: dict[str, int] = field(default_factory=dict)
    discount_minor: int = 0
    counter_before: int = 0
    counter_after: int = 0
    points_before: int = 0
    points_after: int = 0
    recognised_after_withdrawal: int = 0
    reversed: int = 0
    open_entitlements: int = 0
    outage_s: float = 0.0
    lost: int = 0
    advert_to_view_ms: Latency = field(default_factory=lambda: Latency(None, None, 0))
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)
