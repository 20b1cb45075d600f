"""The zone engine that needs no calibration: which zone hears a member best, for long enough. Pure.

Rules
1. A node's level is its last report, the mean of what it heard since the one before; it counts for 10 s.
2. A zone's level is the mean received power of its nodes, those that hear nothing counting as nothing.
3. The belief in each zone is a share of 1. With every sample, over the seconds since the last one (at most 1 s: a gap
   in the evidence is no evidence), a zone behind the best loses `EVIDENCE_PER_DBS` in log-odds for each dB and second,
   of at most `LEAD_DB`; and as people walk, `MOVES_PER_S` of all belief is dealt out evenly again. So a large lead
   decides soon, a small one takes its time, and no past is so certain that it cannot be outlived.
4. The engine stands for a zone once the belief in it is `CERTAIN` and its level the enter level, and then for no other
   until that one gets there: between `CERTAIN` and its rest lies the hysteresis. Before the first certainty it says the
   zone heard best, at the enter level at least.
5. While the level at the zone it stands for is 8 dB below the enter level, or gone, it says *nowhere*.
6. A zone all of whose nodes are down takes no part: that nobody is heard there says nothing.

Levels compare in dB after the nodes' and the tag models' offsets; no distance is ever computed. The belief is a hidden
Markov model's forward step with one even rate of moving; the constants are from the plateau of a search over the
recorded walks (TETAM, 12 scanners and 4; SAL's door), not from its peak: `tests/hub/presence/test_rules.py`.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.presence.levels import Levels, ZoneNode
from hub.presence.locator import Estimate

ENTER_DBM: Final = -85.0
"""A level a member must reach to be in a zone: with n = 1.5 and −61.5 dBm at 1 m (recorded shop-like hall) about 35 m
in the open; what is weaker is next door. A store's calibration may set each zone's own."""

STAY_MARGIN_DB: Final = 8.0
"""This much below the enter level the engine says nowhere: 2.8 σ of a still beacon (2.9 dB)."""

EVIDENCE_PER_DBS: Final = 1.0
"""Log-odds for a lead of one dB over one second. From 0.6 to 1.3 the recordings say the same; below,
walkers are told late."""

LEAD_DB: Final = 10.0
"""More than this counts as this: at one node a reflection or a body makes 10 dB, and one wild value decides nothing."""

MOVES_PER_S: Final = 0.3
"""Somebody who walks is in a zone of some metres for five seconds. It bounds what the past weighs against
the present."""

CERTAIN: Final = 0.8
"""Three to one. From an even belief between two zones a lead of 6 dB takes 0.2 s to get there, and against a
settled one 1 s."""

LONGEST_STEP_S: Final = 1.0
"""What one sample may add in time: nodes report twice a second what they hear."""

SILENT_BELOW_ENTER_DB: Final = 10.0
"""What a zone that hears nothing counts as: what was just too weak for a node to hear it."""


@dataclass(slots=True)
class _Track:
    levels: Levels = field(default_factory=Levels)
    belief: dict[str, float] = field(default_factory=dict)
    zone: str | None = None
    sure: bool = False
    """The zone was certain once: it has the hysteresis."""
    weighed_s: float | None = None


class Rules:
    """The engine of one store; a `Locator`.

    Args:
        nodes: every configured node by name; samples of others are ignored.
        enter_dbm: the enter level of the zones that have their own.
    """

    def __init__(self, nodes: Mapping[str, ZoneNode], enter_dbm: Mapping[str, float] | None = None) -> None:
        self._zones = {name: node.zone for name, node in nodes.items()}
        self._sizes = Counter(self._zones.values())
        self._enter_dbm = dict.fromkeys(self._sizes, ENTER_DBM) | dict(enter_dbm or {})
        self._down: set[str] = set()
        self._tracks: dict[str, _Track] = {}

    def heard(self, member: str, node: str, rssi_dbm: float, at_s: float) -> None:
        """See `Locator`. A node that hears somebody is there, whatever was said of it."""
        if node not in self._zones:
            return
        self.node_up(node)
        track = self._tracks.setdefault(member, _Track())
        track.levels.take(node, rssi_dbm, at_s)
        passed_s = 0.0 if track.weighed_s is None else min(at_s - track.weighed_s, LONGEST_STEP_S)
        levels = self._levels(track, at_s)
        if passed_s > 0.0:
            track.belief = self._weighed(track.belief, levels, passed_s)
        track.weighed_s = at_s if track.weighed_s is None else max(track.weighed_s, at_s)
        self._decide(track, levels)

    def silent(self, member: str, node: str, at_s: float) -> None:
        """See `Locator`."""
        track = self._tracks.get(member)
        if track is not None:
            track.levels.drop(node, at_s)

    def node_down(self, node: str) -> None:
        """See `Locator`."""
        if node in self._zones and node not in self._down:
            self._down.add(node)
            self._sizes[self._zones[node]] -= 1
        for track in self._tracks.values():
            track.levels.drop(node)

    def node_up(self, node: str) -> None:
        """See `Locator`."""
        if node in self._down:
            self._down.discard(node)
            self._sizes[self._zones[node]] += 1

    def estimate(self, member: str, now_s: float) -> Estimate:
        """See `Locator`; only what is heard changes it, and the end of a level's time."""
        track = self._tracks.get(member)
        if track is None or track.zone is None:
            return Estimate(None, 0.0)
        level_dbm = self._levels(track, now_s).get(track.zone)
        if level_dbm is None or level_dbm < self._enter_dbm[track.zone] - STAY_MARGIN_DB:
            return Estimate(None, 0.0)
        return Estimate(track.zone, track.belief.get(track.zone, 0.0))

    def forget(self, member: str) -> None:
        """See `Locator`."""
        self._tracks.pop(member, None)

    def _levels(self, track: _Track, at_s: float) -> dict[str, float]:
        return track.levels.of_zones(self._zones.__getitem__, self._sizes, at_s)

    def _weighed(
        self, belief: Mapping[str, float], levels: Mapping[str, float], passed_s: float
    ) -> dict[str, float]:
        """The belief after so many seconds of these levels: rule 3."""
        live = [zone for zone, nodes in self._sizes.items() if nodes > 0]
        even, best_dbm = 1.0 / len(live), max(levels.values())
        moved = 1.0 - math.exp(-MOVES_PER_S * passed_s)
        weights: dict[str, float] = {}
        for zone in live:
            silent_dbm = self._enter_dbm[zone] - SILENT_BELOW_ENTER_DB
            behind_db = min(best_dbm - levels.get(zone, silent_dbm), LEAD_DB)
            prior = (1.0 - moved) * belief.get(zone, even) + moved * even
            weights[zone] = prior * math.exp(-EVIDENCE_PER_DBS * max(0.0, behind_db) * passed_s)
        whole = sum(weights.values())
        return {zone: weight / whole for zone, weight in weights.items()}

    def _decide(self, track: _Track, levels: Mapping[str, float]) -> None:
        """Rule 4."""
        heard = {zone: dbm for zone, dbm in levels.items() if dbm >= self._enter_dbm[zone]}
        certain = [zone for zone in heard if track.belief.get(zone, 0.0) >= CERTAIN]
        if certain:
            track.zone, track.sure = certain[0], True
        elif heard and not track.sure:
            track.zone = max(heard, key=lambda zone: (heard[zone], zone))
