"""The strengths of one member at the nodes, smoothed, and what they make of a zone. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

FRESH_S: Final = 10.0
"""A node's level counts this long after it was heard: nodes say when somebody falls silent, and this bounds what a
lost report can do. Longer than the slowest fob's interval."""


@dataclass(frozen=True, slots=True)
class ZoneNode:
    """A node as the zones see it: the zone it stands in, and what is added to its RSSI."""

    zone: str
    offset_db: float = 0.0


@dataclass(slots=True)
class Levels:
    """A level a node.

    Args:
        smooth_s: the time constant with which it follows what is heard, 0 for none; the share of a new value depends
            on the time since the last one, so that a quick beacon and a slow one are smoothed alike.
    """

    smooth_s: float = 0.0
    _nodes: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Node → (dBm, heard at)."""

    def take(self, node: str, rssi_dbm: float, at_s: float) -> None:
        """A node heard them at `at_s`; a time that went back counts as no time at all."""
        known = self._nodes.get(node)
        if known is None or self.smooth_s == 0.0 or at_s - known[1] > FRESH_S:
            self._nodes[node] = (rssi_dbm, at_s)
            return
        level_dbm, heard_s = known
        share = 1.0 - math.exp(-max(0.0, at_s - heard_s) / self.smooth_s)
        self._nodes[node] = (level_dbm + share * (rssi_dbm - level_dbm), max(at_s, heard_s))

    def drop(self, node: str, until_s: float = math.inf) -> None:
        """Forget what a node heard until then."""
        if node in self._nodes and self._nodes[node][1] <= until_s:
            del self._nodes[node]

    def of_zones(
        self, zone_of: Callable[[str], str], sizes: Mapping[str, int], at_s: float
    ) -> dict[str, float]:
        """Mean received power of each zone's nodes, in dBm; those that hear nothing count as nothing.

        A zone with more nodes is not louder for it. A zone none of whose nodes hears them is left out.

        Args:
            zone_of: node → its zone.
            sizes: zone → how many of its nodes could hear them.
            at_s: the moment; older levels than `FRESH_S` are over.
        """
        by_zone: dict[str, list[float]] = {}
        for node, (level_dbm, heard_s) in self._nodes.items():
            if at_s - heard_s <= FRESH_S:
                by_zone.setdefault(zone_of(node), []).append(level_dbm)
        return {zone: _power_dbm(levels, max(sizes[zone], len(levels))) for zone, levels in by_zone.items()}


def _power_dbm(levels_dbm: Sequence[float], nodes: int) -> float:
    if len(levels_dbm) == nodes == 1:
        # Most zones have one node, and a store asks this for every report.
        return levels_dbm[0]
    return 10.0 * math.log10(sum(10.0 ** (level / 10.0) for level in levels_dbm) / nodes)
