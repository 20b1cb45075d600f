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
        recognised_without_permission: B's frames resolved at the hub, and one if its resolver holds a key of hers.
        heard_without_permission: messages on the bus that carry an identifier of B's fob: it was on the air.
        discount_by_card_minor, points_by_card: what B's card redeemed, and what it earned, in one sale.
        personal_views_while_two: personal views of any kiosk while A and C stood at one and nobody had acted.
        progress_counter: C's packs as her kiosk showed them after her touch.
        progress_discount_minor: C's discount at the till.
        foreign_traces: canary bytes of bystanders' advertisements found in the store's files, logs at DEBUG, words,
            pictures and all captured bus traffic.
        unresolved_after_60_s: identifiers of B's fob and of a stranger's found there, the traffic left out, when they
            had been away for 60 s.
        reversed: units returned whose counter and points both went back.
        open_entitlements: D's rights open at the next visit.
        outage_s: how long the cable was out.
        broker_kills, hub_kills: how often each was killed −9.
        edge_cut_s: how long one node was cut off.
        link_repeated, link_reordered: messages that bad links delivered twice, and let overtake another.
        zones_unknown: the zones that the hub said it did not know, while one of their nodes was cut off.
        zones_wrongly_empty: how often it was seen to call such a zone empty.
        recovery_ms: fault → wall milliseconds from its mending until the whole store worked again.
        lost: batches, and sales of the till, that reached no database and were not let go by a stated rule.
        doubled: batches taken as fresh again, sales posted beyond those made, discounts posted and not given or
            given and not posted.
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
    recognised_without_permission: int = 0
    heard_without_permission: int = 0
    discount_by_card_minor: int = 0
    points_by_card: int = 0
    personal_views_while_two: int = 0
    progress_counter: int = 0
    progress_discount_minor: int = 0
    foreign_traces: int = 0
    unresolved_after_60_s: int = 0
    reversed: int = 0
    open_entitlements: int = 0
    outage_s: float = 0.0
    broker_kills: int = 0
    hub_kills: int = 0
    edge_cut_s: float = 0.0
    link_repeated: int = 0
    link_reordered: int = 0
    zones_unknown: list[str] = field(default_factory=list)
    zones_wrongly_empty: int = 0
    recovery_ms: dict[str, float] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    advert_to_view_ms: Latency = field(default_factory=lambda: Latency(None, None, 0))
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)
