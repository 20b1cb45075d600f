"""In which zone each member is: samples of several nodes in, changes of zone out. Pure; one table.

A zone's level for a member is the mean received power of its nodes, those that hear nothing counting as
nothing. Levels compare in dB after each node's own offset; no distance is ever computed. Time is the time of
hearing: a late sample counts for when it was heard, and one from before the last change of zone is ignored,
so evidence never moves anybody backwards.

| state | Heard | FellSilent | NodeDown | Tick | Forgotten |
|---|---|---|---|---|---|
| absent | → entering | – | – | – | – |
| entering | one zone best for ≥ 3 samples and ≥ 1.5 s → present | – | – | silent → absent | → absent |
| present | another zone's lead → present there; own level low → held | own level gone → held | \
own level gone → unknown | silence past its deadline → left, or unknown in a blind zone | → left |
| held | own level back → present; another zone's lead → there | – | as present | as present | → left |
| unknown | as held | – | – | 10 min → left | → left |

"Lead": how far another zone's level is above the own one, summed over time, at least 2 dB·s and 1 s long;
after a change the zone left needs 2 dB more for 10 s. "Low": 8 dB below the enter level. "Deadline": 3 × the
95th percentile of the learned interval between samples, plus 2 s, within 4 to 60 s. "Blind": one of the
zone's nodes is down, or was never heard of. NodeUp changes no state: the deadlines of the members in its
zone start anew.
"""

import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.presence.events import (
    Event,
    FellSilent,
    Forgotten,
    Heard,
    NodeDown,
    NodeUp,
    Occupancy,
    State,
    Tick,
    ZoneChanged,
)

__all__ = [
    "FellSilent",
    "Forgotten",
    "Heard",
    "NodeDown",
    "NodeUp",
    "Occupancy",
    "State",
    "Tick",
    "ZoneChanged",
    "ZoneNode",
    "Zones",
]

ENTER_DBM: Final = -85.0
"""A smoothed level a member must reach to be in a zone: with n = 1.5 and −61.5 dBm at 1 m (recorded shop-like
hall) about 35 m in the open; what is weaker is next door."""

STAY_MARGIN_DB: Final = 8.0
"""This much below the enter level a member is held, not present: 2.8 σ of a still beacon (2.9 dB)."""

ENTER_SAMPLES: Final = 3
ENTER_DWELL_S: Final = 1.5
"""One sample tells near from far with AUC 0.69 only; three over 1.5 s are not one burst."""

HANDOVER_DBS: Final = 2.0
HANDOVER_DWELL_S: Final = 1.0
"""The lead that moves a member, in dB times seconds: a large one moves at once, a small one takes its time.

The design's starting point, 6 dB for 2 s, was tried on the three recorded walks: a walker is through a quadrant before
it says so. With 2 dB·s and the edge's smoothing the zone is right 76 / 78 / 86 % of the seconds (chosen on these
walks: `tests/hub/presence/test_recorded.py`); beacons at rest change zone once a minute, where quadrants overlap."""

RECLAIM_DB: Final = 2.0
RECLAIM_S: Final = 10.0
"""Going straight back needs this much more, or the edge of two zones flutters. The design's 4 dB for 30 s
held walkers who really turned round."""

SILENCE_FACTOR: Final = 3.0
SILENCE_WOBBLE_S: Final = 2.0
SILENCE_MIN_S: Final = 4.0
SILENCE_MAX_S: Final = 60.0
"""Three lost reports in a row at the learned pace, and a little; never under a report's own jitter, never so
long that an empty place looks taken for more than a minute."""

FIRST_INTERVAL_S: Final = 5.0
"""Assumed until `LEARN_FROM` intervals were seen."""

LEARN_FROM: Final = 5
LEARN_OVER: Final = 32
"""Intervals remembered: about a minute, so that the deadline follows this beacon in this place."""

LEAD_GAP_S: Final = 2.0
"""What one sample may add to a lead in time: a gap in the evidence is no evidence."""

FRESH_S: Final = 10.0
"""A node's level counts this long after it was heard: nodes say when somebody falls silent, and this bounds
what a lost report can do."""

LATE_S: Final = 120.0
"""Older evidence says nothing about where somebody is now."""

UNKNOWN_KEEP_S: Final = 600.0
"""Presence is kept minutes: whoever cannot be told present or gone for ten is forgotten."""


@dataclass(frozen=True, slots=True)
class ZoneNode:
    """A node as the zones see it: the zone it stands in, and what is added to its RSSI."""

    zone: str
    offset_db: float = 0.0


@dataclass(slots=True)
class _Track:
    """What is remembered of one member."""

    levels: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Node → (dBm, heard at)."""
    zone: str | None = None
    state: State = State.LEFT
    since_s: float = 0.0
    state_at_s: float = 0.0
    heard_s: float = 0.0
    """When a node of the own zone heard them last (any zone, while entering)."""
    strong_s: float = float("-inf")
    best: str | None = None
    best_since_s: float = 0.0
    best_samples: int = 0
    leads_dbs: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Other zone → (lead so far, since when)."""
    weighed_s: float = 0.0
    before: str | None = None
    intervals: deque[float] = field(default_factory=lambda: deque(maxlen=LEARN_OVER))

    def deadline_s(self) -> float:
        """How long silence may last."""
        known = sorted(self.intervals)
        p95_s = known[(len(known) * 95 - 1) // 100] if len(known) >= LEARN_FROM else FIRST_INTERVAL_S
        return min(max(SILENCE_FACTOR * p95_s + SILENCE_WOBBLE_S, SILENCE_MIN_S), SILENCE_MAX_S)


class Zones:
    """The zones of one store.

    Args:
        nodes: every configured node by name; samples of others are ignored.
    """

    def __init__(self, nodes: Mapping[str, ZoneNode]) -> None:
        self._nodes = dict(nodes)
        self._sizes = Counter(node.zone for node in self._nodes.values())
        self._up: dict[str, bool] = {}
        self._tracks: dict[str, _Track] = {}

    def zone_of(self, member: str) -> tuple[str, State] | None:
        """Zone and state of a member; None while absent or entering."""
        track = self._tracks.get(member)
        return None if track is None or track.zone is None else (track.zone, track.state)

    def members_in(self, zone: str) -> tuple[str, ...]:
        """Members present in a zone, by id."""
        return tuple(
            sorted(m for m, t in self._tracks.items() if t.zone == zone and t.state is State.PRESENT)
        )

    def occupancy(self, zone: str) -> Occupancy:
        """Whether a zone is empty. While one of its nodes is down nobody can say that it is, nor who is there."""
        if self._blind(zone):
            return Occupancy.UNKNOWN
        states = {track.state for track in self._tracks.values() if track.zone == zone}
        if states & {State.PRESENT, State.HELD}:
            return Occupancy.OCCUPIED
        return Occupancy.UNKNOWN if State.UNKNOWN in states else Occupancy.EMPTY

    def strong_at_s(self, member: str) -> float | None:
        """When a node of the member's own zone last heard them at the enter level or above."""
        track = self._tracks.get(member)
        return None if track is None or track.zone is None else track.strong_s

    def handle(self, event: Event, now_s: float) -> tuple[ZoneChanged, ...]:
        """Take one event; see the table above."""
        match event:
            case Heard():
                return self._heard(event, now_s)
            case FellSilent(member, node, at_s):
                return self._fell_silent(member, node, at_s, now_s)
            case NodeUp(node):
                self._node_up(node, now_s)
                return ()
            case NodeDown(node):
                return self._node_down(node, now_s)
            case Forgotten(member):
                track = self._tracks.pop(member, None)
                if track is None or track.zone is None:
                    return ()
                return (ZoneChanged(member, track.zone, State.LEFT, now_s),)
            case Tick():
                return self._tick(now_s)

    def _heard(self, event: Heard, now_s: float) -> tuple[ZoneChanged, ...]:
        node = self._nodes.get(event.node)
        at_s = min(event.at_s, now_s)
        if node is None or now_s - at_s > LATE_S:
            return ()
        self._up.setdefault(event.node, True)
        track = self._tracks.setdefault(event.member, _Track())
        known = track.levels.get(event.node)
        if at_s < track.since_s or (known is not None and at_s < known[1]):
            return ()
        level_dbm = event.rssi_dbm + node.offset_db
        track.levels[event.node] = (level_dbm, at_s)
        if track.zone in (None, node.zone):
            if at_s > track.heard_s > 0.0:
                track.intervals.append(at_s - track.heard_s)
            track.heard_s = max(track.heard_s, at_s)
            if level_dbm >= ENTER_DBM:
                track.strong_s = max(track.strong_s, at_s)
        return self._weigh(event.member, track, at_s, now_s)

    def _weigh(self, member: str, track: _Track, at_s: float, now_s: float) -> tuple[ZoneChanged, ...]:
        levels = self._zone_levels(track, at_s)
        zone = self._entered(track, levels, at_s) if track.zone is None else self._led(track, levels, at_s)
        if zone is not None:
            return self._move(member, track, zone, at_s)
        return self._settle(member, track, levels, now_s)

    def _entered(self, track: _Track, levels: Mapping[str, float], at_s: float) -> str | None:
        """The zone a newcomer has come into, if it is certain enough."""
        best = max(levels, key=lambda zone: (levels[zone], zone))
        if levels[best] < ENTER_DBM:
            track.best, track.best_samples = None, 0
            return None
        if best != track.best:
            track.best, track.best_since_s, track.best_samples = best, at_s, 0
        track.best_samples += 1
        certain = track.best_samples >= ENTER_SAMPLES and at_s - track.best_since_s >= ENTER_DWELL_S
        return best if certain else None

    def _led(self, track: _Track, levels: Mapping[str, float], at_s: float) -> str | None:
        """The zone whose lead over the own one takes the member over, if any."""
        assert track.zone is not None
        passed_s = max(0.0, min(at_s - track.weighed_s, LEAD_GAP_S))
        track.weighed_s = max(track.weighed_s, at_s)
        own_dbm = levels.get(track.zone, ENTER_DBM - STAY_MARGIN_DB)
        leads: dict[str, tuple[float, float]] = {}
        for zone, level_dbm in levels.items():
            if zone == track.zone or level_dbm < ENTER_DBM:
                continue
            going_back = zone == track.before and at_s - track.since_s < RECLAIM_S
            ahead_db = level_dbm - own_dbm - (RECLAIM_DB if going_back else 0.0)
            lead_dbs, since_s = track.leads_dbs.get(zone, (0.0, at_s))
            lead_dbs += ahead_db * passed_s
            if lead_dbs > 0.0 or ahead_db > 0.0:
                leads[zone] = (max(lead_dbs, 0.0), since_s)
        track.leads_dbs = leads
        certain = [
            zone
            for zone, (lead_dbs, since_s) in leads.items()
            if lead_dbs >= HANDOVER_DBS and at_s - since_s >= HANDOVER_DWELL_S
        ]
        return max(certain, key=lambda zone: (leads[zone][0], zone), default=None)

    def _zone_levels(self, track: _Track, at_s: float) -> dict[str, float]:
        by_zone: dict[str, list[float]] = {}
        for node, (level_dbm, heard_s) in track.levels.items():
            if at_s - heard_s <= FRESH_S:
                by_zone.setdefault(self._nodes[node].zone, []).append(level_dbm)
        return {zone: _power_dbm(levels, self._sizes[zone]) for zone, levels in by_zone.items()}

    def _move(self, member: str, track: _Track, zone: str, at_s: float) -> tuple[ZoneChanged, ...]:
        track.before, track.zone, track.since_s = track.zone, zone, at_s
        track.leads_dbs, track.weighed_s = {}, at_s
        track.heard_s = track.strong_s = at_s
        return self._change(member, track, State.PRESENT, at_s)

    def _change(self, member: str, track: _Track, state: State, at_s: float) -> tuple[ZoneChanged, ...]:
        assert track.zone is not None
        track.state, track.state_at_s = state, at_s
        if state is State.LEFT:
            del self._tracks[member]
        return (ZoneChanged(member, track.zone, state, at_s),)

    def _settle(
        self, member: str, track: _Track, levels: Mapping[str, float], now_s: float
    ) -> tuple[ZoneChanged, ...]:
        """Present, held or unknown in the own zone, by the level there."""
        if track.zone is None:
            return ()
        own = levels.get(track.zone)
        if own is not None and own >= ENTER_DBM - STAY_MARGIN_DB:
            state = State.PRESENT
        elif track.state is State.UNKNOWN or (own is None and self._blind(track.zone)):
            state = State.UNKNOWN
        else:
            state = State.HELD
        return () if state is track.state else self._change(member, track, state, now_s)

    def _blind(self, zone: str) -> bool:
        return any(not self._up.get(name, False) for name, node in self._nodes.items() if node.zone == zone)

    def _fell_silent(self, member: str, node: str, at_s: float, now_s: float) -> tuple[ZoneChanged, ...]:
        track = self._tracks.get(member)
        if track is None or node not in track.levels or track.levels[node][1] > at_s:
            return ()
        del track.levels[node]
        return self._settle(member, track, self._zone_levels(track, now_s), now_s)

    def _node_up(self, node: str, now_s: float) -> None:
        if node not in self._nodes or self._up.get(node) is True:
            return
        self._up[node] = True
        for track in self._tracks.values():
            if track.zone == self._nodes[node].zone:
                track.heard_s = now_s

    def _node_down(self, node: str, now_s: float) -> tuple[ZoneChanged, ...]:
        if node not in self._nodes:
            return ()
        self._up[node] = False
        changes: list[ZoneChanged] = []
        for member, track in list(self._tracks.items()):
            if track.levels.pop(node, None) is not None:
                changes += self._settle(member, track, self._zone_levels(track, now_s), now_s)
        return tuple(changes)

    def _tick(self, now_s: float) -> tuple[ZoneChanged, ...]:
        changes: list[ZoneChanged] = []
        for member, track in list(self._tracks.items()):
            changes += self._watch(member, track, now_s)
        return tuple(changes)

    def _watch(self, member: str, track: _Track, now_s: float) -> tuple[ZoneChanged, ...]:
        if track.zone is None:
            if now_s - track.heard_s > track.deadline_s():
                del self._tracks[member]
            return ()
        if track.state is State.UNKNOWN:
            over = now_s - track.state_at_s > UNKNOWN_KEEP_S
            return self._change(member, track, State.LEFT, now_s) if over else ()
        if now_s - track.heard_s > track.deadline_s():
            state = State.UNKNOWN if self._blind(track.zone) else State.LEFT
            return self._change(member, track, state, now_s)
        return self._settle(member, track, self._zone_levels(track, now_s), now_s)


def _power_dbm(levels_dbm: list[float], nodes: int) -> float:
    """Mean received power over all nodes of a zone, in dBm: a zone with more nodes is not louder for it."""
    return 10.0 * math.log10(sum(10.0 ** (level / 10.0) for level in levels_dbm) / nodes)
