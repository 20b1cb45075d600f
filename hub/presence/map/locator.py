"""The radio map as a zone engine: where a member most likely is, from all nodes together. Pure.

A hidden Markov model on the map's grid, one belief a member. Time goes in steps of half a second: people move
(`motion`), then everything heard in the step weighs in at once (`evidence`), so that the order in which twelve antennas
report one packet does not matter. A zone's share is the belief in its cells.

Rules
1. The engine stands for the zone it stands for until another has more than `HANDOVER` of the belief.
2. Nowhere: nobody has heard them for `FRESH_S`; or the node that hears them best hears `BEYOND_DB` less than any place
   on the floor would give; or most of the belief lies in no zone.
3. That a node that is up has heard nothing for `MISS_S` of somebody others hear says something; the silence of a node
   that is down says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub.presence.levels import FRESH_S
from hub.presence.locator import Estimate
from hub.presence.map.evidence import Evidence
from hub.presence.map.geometry import Area
from hub.presence.map.motion import STEP_S, Belief, Motion
from hub.presence.map.options import MapOptions
from hub.presence.map.radio_map import Grid, RadioMap

HANDOVER: Final = 0.55
"""Over a half: on a border the belief wavers around it. On the recordings 0.5 makes a quarter more false switches and
0.6 is right a point less often: it tells a crossing later."""

BEYOND_DB: Final = 10.0
"""Twice a packet's spread under what the worst place gives: next door, in the car park."""

MISS_S: Final = 3.0
"""The longest gap of a tag in reach in the recorded walks is 2.7 s."""

WALL_M: Final = 0.5
"""Areas end at the walls, the map goes a little further: what is in no area belongs to the one it is this near to."""

NOWHERE: Final = Estimate(None, 0.0)

DOUBT: Final = 1e-7
"""Of the belief is spread evenly with each step's evidence: no place is ever impossible."""


@dataclass(slots=True)
class _Track:
    """What is known of one member."""

    belief: Belief
    step_s: float
    """When the step under way began."""
    since_s: float
    pending: dict[str, list[float]] = field(default_factory=dict)
    """Node → dBm, of the step under way."""
    heard: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Node → (dBm, when) of its last sample."""
    missed_s: dict[str, float] = field(default_factory=dict)
    """Node → when its silence last weighed in."""
    estimate: Estimate = NOWHERE

    def best_dbm(self, at_s: float) -> float | None:
        """What the node hears that hears them best lately; None while nobody does."""
        return max((dbm for dbm, heard_s in self.heard.values() if at_s - heard_s <= FRESH_S), default=None)


class MapLocator:
    """The engine of one store; a `Locator`.

    Args:
        radio_map: of the store. Samples of nodes that are not on it are ignored.
        zones: the rectangles of each zone, in the map's metres; where two overlap, the first named zone has it.
        options: switches for the ablation.
    """

    def __init__(
        self, radio_map: RadioMap, zones: Mapping[str, Sequence[Area]], options: MapOptions | None = None
    ) -> None:
        self._options = options or MapOptions()
        self._evidence = Evidence(radio_map, self._options)
        self._motion = Motion(radio_map.grid, self._options)
        self._x_m = np.array(radio_map.grid.centres_x_m, np.float32)
        self._y_m = np.array(radio_map.grid.centres_y_m, np.float32)
        self._zones: tuple[str | None, ...] = (*zones, None)
        self._cells_of = _cells_of(radio_map.grid, list(zones.values()))
        self._up: frozenset[str] = frozenset()
        self._faintest_dbm = float("inf")
        self._tracks: dict[str, _Track] = {}

    def heard(self, member: str, node: str, rssi_dbm: float, at_s: float) -> None:
        """Take a sample; a late one counts in the step under way."""
        if node not in self._evidence.nodes:
            return
        if node not in self._up:
            self.node_up(node)
        track = self._tracks.get(member)
        if track is None or at_s - track.step_s > FRESH_S:
            # Their first step is over at once: whoever comes in is somewhere, however uncertain.
            track = self._tracks[member] = _Track(self._motion.anywhere(), at_s - STEP_S, at_s)
        elif track.step_s + STEP_S < at_s:
            self._pass_time(track, at_s)
        track.pending.setdefault(node, []).append(rssi_dbm)
        track.heard[node] = (rssi_dbm, at_s)

    def silent(self, member: str, node: str, at_s: float) -> None:  # noqa: ARG002 - the interface names the moment
        """A node lost them; that it no longer hears them weighs in from now on."""
        track = self._tracks.get(member)
        if track is not None:
            track.heard.pop(node, None)

    def node_down(self, node: str) -> None:
        """What it heard and is not weighed yet counts no more."""
        self._set_up(self._up - {node})
        for track in self._tracks.values():
            track.pending.pop(node, None)
            track.heard.pop(node, None)

    def node_up(self, node: str) -> None:
        """It counts from now on; its silence too, after `MISS_S`."""
        if node in self._evidence.nodes and node not in self._up:
            self._set_up(self._up | {node})
            for track in self._tracks.values():
                track.missed_s[node] = track.step_s

    def estimate(self, member: str, now_s: float) -> Estimate:
        """Where they most likely are; within a step the word of the last one."""
        track = self._tracks.get(member)
        if track is None or track.best_dbm(now_s) is None:
            return NOWHERE
        self._pass_time(track, now_s)
        return track.estimate

    def forget(self, member: str) -> None:
        """Forget a member."""
        self._tracks.pop(member, None)

    def _set_up(self, up: frozenset[str]) -> None:
        self._up = up
        self._faintest_dbm = self._evidence.faintest_dbm(up)

    def _pass_time(self, track: _Track, now_s: float) -> None:
        """Make the steps that are over: at most `FRESH_S` of them, then nothing of them is known."""
        passed = False
        while track.step_s + STEP_S <= now_s and track.best_dbm(track.step_s) is not None:
            track.step_s += STEP_S
            track.belief = self._motion.move(track.belief)
            self._weigh(track)
            passed = True
        if passed:
            track.estimate = self._decide(track)
        elif track.step_s + STEP_S <= now_s:
            track.step_s = now_s

    def _weigh(self, track: _Track) -> None:
        """Let the step's samples and silences speak."""
        if not track.pending:
            return
        said = self._evidence.of_samples(track.pending)
        for node in self._missing(track):
            miss = self._evidence.of_miss(node)
            if miss is not None:
                said += miss
                track.missed_s[node] = track.step_s
        track.pending = {}
        belief = track.belief * np.exp(said - said.max())
        belief /= belief.sum()
        track.belief = (1.0 - DOUBT) * belief + DOUBT * self._motion.anywhere()

    def _missing(self, track: _Track) -> list[str]:
        """The nodes that are up and have not heard them for `MISS_S`, or said so that long ago."""
        since_s = track.step_s - MISS_S
        return [
            node
            for node in sorted(self._up)
            if max(track.heard.get(node, (0.0, track.since_s))[1], track.missed_s.get(node, track.since_s))
            <= since_s
        ]

    def _decide(self, track: _Track) -> Estimate:
        best_dbm = track.best_dbm(track.step_s)
        if best_dbm is None or best_dbm < self._faintest_dbm - BEYOND_DB:
            return NOWHERE
        cells = track.belief.sum(axis=0)
        shares = self._cells_of @ cells.ravel()
        likeliest = int(shares.argmax())
        before = track.estimate.zone
        zone = self._zones[likeliest]
        if (
            before is not None
            and zone != before
            and self._options.hysteresis
            and shares[likeliest] <= HANDOVER
        ):
            likeliest, zone = self._zones.index(before), before
        if zone is None:
            return NOWHERE
        place_m = (float(cells.sum(axis=1) @ self._x_m), float(cells.sum(axis=0) @ self._y_m))
        return Estimate(zone, min(1.0, float(shares[likeliest])), place_m)


def _cells_of(grid: Grid, zones: Sequence[Sequence[Area]]) -> NDArray[np.float32]:
    """(zones and nowhere, cells): how much of a cell belongs to a zone; nowhere comes last.

    By area, not by a cell's centre: where a border runs must not depend on where the grid begins.
    """
    cells = np.zeros((len(zones) + 1, grid.columns, grid.rows), np.float32)
    free = np.ones((grid.columns, grid.rows), np.float32)
    for margin_m in (0.0, WALL_M):
        for number, areas in enumerate(zones):
            for area in areas:
                covered = np.minimum(_covered(grid, area, margin_m), free)
                cells[number] += covered
                free -= covered
    cells[-1] = free
    return cells.reshape(len(zones) + 1, -1)


def _covered(grid: Grid, area: Area, margin_m: float) -> NDArray[np.float32]:
    """How much of each cell lies in an area or at most `margin_m` beside it."""
    return np.outer(
        _overlap(grid.centres_x_m, grid.cell_m, area.x0_m - margin_m, area.x1_m + margin_m),
        _overlap(grid.centres_y_m, grid.cell_m, area.y0_m - margin_m, area.y1_m + margin_m),
    )


def _overlap(centres_m: Sequence[float], cell_m: float, from_m: float, to_m: float) -> NDArray[np.float32]:
    """The share of each cell along one axis that lies between two borders."""
    centres = np.array(centres_m)
    low, high = np.maximum(centres - cell_m / 2, from_m), np.minimum(centres + cell_m / 2, to_m)
    return np.clip((high - low) / cell_m, 0.0, 1.0).astype(np.float32)
