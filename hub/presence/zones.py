"""In which zone each member is, from coming to leaving: the life cycle around a zone engine. Pure; one table.

The engine (`hub.presence.locator.Locator`) says which zone hears a member; *here*: the zone they are in or, of somebody
not in any yet, the zone it said last; *there*: another one; *nowhere*. Only being heard makes anybody present or moves
them; only time, or being forgotten, makes them leave. Time is the time of hearing: a late sample counts for when it was
heard, and one from before the last change of zone is ignored, so evidence never moves anybody backwards.

| event | absent | entering | present | held | unknown |
|---|---|---|---|---|---|
| Heard, here | entering | entering | present | present | present |
| Heard, here, for long enough | present | present | present | present | present |
| Heard, there | entering | entering | present there | held | unknown |
| Heard, there, for long enough | present there | present there | present there | present there | present there |
| Heard, nowhere | entering | entering | held | held | unknown |
| Heard, nowhere, in a blind zone | entering | entering | unknown | unknown | unknown |
| FellSilent, here | absent | entering | present | held | unknown |
| FellSilent, there | absent | entering | present | held | unknown |
| FellSilent, nowhere | absent | entering | held | held | unknown |
| FellSilent, nowhere, in a blind zone | absent | entering | unknown | unknown | unknown |
| NodeUp | absent | entering | present | held | unknown |
| NodeDown, here | absent | entering | present | held | unknown |
| NodeDown, nowhere | absent | entering | unknown | unknown | unknown |
| Tick, here | absent | entering | present | held | unknown |
| Tick, there | absent | entering | present | held | unknown |
| Tick, nowhere | absent | entering | held | held | unknown |
| Tick, silent past the deadline | absent | absent | left | left | unknown |
| Tick, silent past the deadline in a blind zone | absent | absent | unknown | unknown | unknown |
| Tick, unknown for ten minutes | absent | absent | left | left | left |
| Forgotten | absent | absent | left | left | left |

"Long enough": 3 samples of the zone's own nodes over 1.5 s. "Deadline": 3 × the 95th percentile of the learned interval
between advertisements, plus 2 s, within 4 to 60 s, counted from the last sample by which the engine stood for the zone.
"Blind": one of the zone's nodes is down, or was never heard of. A zone without a node of its own (a radio map has such)
is watched by all nodes. NodeUp starts the deadlines of the members in its zone anew.
"""

from collections.abc import Collection, Mapping
from typing import Final

from hub.presence.closeness import CONFIDENT, margin
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
from hub.presence.levels import ZoneNode
from hub.presence.locator import Estimate, Locator
from hub.presence.rules import ENTER_DBM, Rules
from hub.presence.track import Track

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

LATE_S: Final = 120.0
"""Older evidence says nothing about where somebody is now."""

UNKNOWN_KEEP_S: Final = 600.0
"""Presence is kept minutes: whoever cannot be told present or gone for ten is forgotten."""


class Zones:
    """The zones of one store.

    Args:
        nodes: every configured node by name; samples of others are ignored.
        locator: the zone engine; None for the rules.
        enter_dbm: the enter level of the zones that have their own.
        kiosk_zones: the zones in which it matters who stands where; None for all.
        near_dbm: the measured level at the kiosk of the zones that have one.
    """

    def __init__(
        self,
        nodes: Mapping[str, ZoneNode],
        locator: Locator | None = None,
        enter_dbm: Mapping[str, float] | None = None,
        kiosk_zones: Collection[str] | None = None,
        near_dbm: Mapping[str, float] | None = None,
    ) -> None:
        self._nodes = dict(nodes)
        self._enter_dbm = dict(enter_dbm or {})
        self._near_dbm = dict(near_dbm or {})
        self._locator: Locator = Rules(nodes, enter_dbm) if locator is None else locator
        self._watchers: dict[str, frozenset[str]] = {}
        for name, node in self._nodes.items():
            self._watchers[node.zone] = self._watchers.get(node.zone, frozenset()) | {name}
        self._sizes = {zone: len(watchers) for zone, watchers in self._watchers.items()}
        self._rivals = frozenset(self._watchers if kiosk_zones is None else kiosk_zones)
        self._up: dict[str, bool] = {}
        self._tracks: dict[str, Track] = {}
        self.approaches = 0
        """How often somebody came to stand at a kiosk, or ceased to, with no change of zone: see `stands`."""

    def zone_of(self, member: str) -> tuple[str, State] | None:
        """Zone and state of a member; None while absent or entering."""
        track = self._tracks.get(member)
        return None if track is None or track.zone is None else (track.zone, track.state)

    def estimate_of(self, member: str) -> Estimate | None:
        """Zone, confidence and place of a member; None while absent or entering.

        The confidence is the engine's while they are present, its last while they are held, and 0 while unknown.
        """
        track = self._tracks.get(member)
        if track is None or track.zone is None:
            return None
        return Estimate(track.zone, 0.0 if track.state is State.UNKNOWN else track.confidence, track.place_m)

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

    def stands(self, member: str) -> bool:
        """Whether they are at the kiosk of their zone and at no other: see `hub.presence.closeness`."""
        track = self._tracks.get(member)
        return track is not None and track.state is State.PRESENT and track.closeness.stands

    def handle(self, event: Event, now_s: float) -> tuple[ZoneChanged, ...]:
        """Take one event; see the table above."""
        match event:
            case Heard():
                return self._heard(event, now_s)
            case FellSilent():
                return self._fell_silent(event, now_s)
            case NodeUp(node):
                self._node_up(node, now_s)
                return ()
            case NodeDown(node):
                return self._node_down(node, now_s)
            case Forgotten(member):
                return self._forget(member, now_s)
            case Tick():
                return tuple(change for member in list(self._tracks) for change in self._watch(member, now_s))

    # -- being heard

    def _heard(self, event: Heard, now_s: float) -> tuple[ZoneChanged, ...]:
        node = self._nodes.get(event.node)
        at_s = min(event.at_s, now_s)
        if node is None or now_s - at_s > LATE_S:
            return ()
        if event.node not in self._up:
            self._node_up(event.node, now_s)
        track = self._tracks.setdefault(event.member, Track())
        if at_s < track.since_s or at_s < track.heard_by_s.get(event.node, at_s):
            return ()
        track.heard_by_s[event.node] = at_s
        level_dbm = event.rssi_dbm + node.offset_db
        track.closeness.levels.take(event.node, level_dbm, at_s)
        track.learn(at_s)
        self._locator.heard(event.member, event.node, level_dbm, at_s)
        estimate = self._locator.estimate(event.member, at_s)
        return self._follow(event.member, track, estimate, (event.node, level_dbm, at_s), now_s)

    def _follow(
        self,
        member: str,
        track: Track,
        estimate: Estimate,
        sample: tuple[str, float, float],
        now_s: float,
    ) -> tuple[ZoneChanged, ...]:
        """Let the engine's word after a sample (node, dBm, time) act."""
        node, level_dbm, at_s = sample
        if track.zone is None:
            track.heard_s = max(track.heard_s, at_s)
        if estimate.zone is None:
            track.here = None
            track.closeness.leave()
            return self._lose(member, track, now_s)
        if estimate.zone != track.here:
            track.here, track.here_s, track.here_samples = estimate.zone, at_s, 0
            track.strong_s = float("-inf") if estimate.zone != track.zone else track.strong_s
        track.heard_s = max(track.heard_s, at_s)
        if node in self._watching(estimate.zone):
            track.here_samples += 1
            track.here_last_s = max(track.here_last_s, at_s)
            if level_dbm >= self._enter_dbm.get(estimate.zone, ENTER_DBM):
                track.strong_s = max(track.strong_s, at_s)
        self._approach(track, estimate, at_s)
        return self._stand(member, track, estimate, at_s, now_s)

    def _approach(self, track: Track, estimate: Estimate, at_s: float) -> None:
        """Let the sample say whether they are at the kiosk of the zone the engine stands for."""
        zone = estimate.zone
        assert zone is not None
        levels = track.closeness.levels.of_zones(lambda node: self._nodes[node].zone, self._sizes, at_s)
        strong = levels.get(zone, ENTER_DBM) >= self._enter_dbm.get(zone, ENTER_DBM)
        near_dbm = self._near_dbm.get(zone)
        stood = track.closeness.stands
        track.closeness.follow(
            zone,
            margin(zone, levels, self._rivals),
            None if near_dbm is None else levels.get(zone, float("-inf")) - near_dbm,
            sure=strong and estimate.confidence >= CONFIDENT,
            settled=track.settled(),
            at_s=at_s,
        )
        self.approaches += track.closeness.stands is not stood

    def _stand(
        self, member: str, track: Track, estimate: Estimate, at_s: float, now_s: float
    ) -> tuple[ZoneChanged, ...]:
        """The engine stands for a zone: they are there, once they have come in for long enough."""
        assert estimate.zone is not None
        track.confidence, track.place_m = estimate.confidence, estimate.place_m
        if estimate.zone != track.zone:
            if track.state is not State.PRESENT and not track.settled():
                return ()
            track.zone, track.since_s = estimate.zone, at_s
            return self._change(member, track, State.PRESENT, at_s)
        return () if track.state is State.PRESENT else self._change(member, track, State.PRESENT, now_s)

    def _lose(self, member: str, track: Track, now_s: float) -> tuple[ZoneChanged, ...]:
        """The engine says nowhere: held, or unknown where somebody may be and not be heard."""
        if track.zone is None or track.state is State.UNKNOWN:
            return ()
        state = State.UNKNOWN if self._blind(track.zone) else State.HELD
        return () if state is track.state else self._change(member, track, state, now_s)

    # -- not being heard

    def _fell_silent(self, event: FellSilent, now_s: float) -> tuple[ZoneChanged, ...]:
        track = self._tracks.get(event.member)
        if track is None or event.node not in track.heard_by_s or track.heard_by_s[event.node] > event.at_s:
            return ()
        track.closeness.levels.drop(event.node)
        self._locator.silent(event.member, event.node, event.at_s)
        return self._ask(event.member, track, now_s)

    def _ask(self, member: str, track: Track, now_s: float) -> tuple[ZoneChanged, ...]:
        """Without a sample the engine's word can only take away."""
        if track.zone is None or self._locator.estimate(member, now_s).zone is not None:
            return ()
        return self._lose(member, track, now_s)

    def _node_up(self, node: str, now_s: float) -> None:
        if node not in self._nodes or self._up.get(node) is True:
            return
        self._up[node] = True
        self._locator.node_up(node)
        for track in self._tracks.values():
            if track.zone is not None and node in self._watching(track.zone):
                track.heard_s = now_s

    def _node_down(self, node: str, now_s: float) -> tuple[ZoneChanged, ...]:
        if node not in self._nodes:
            return ()
        self._up[node] = False
        self._locator.node_down(node)
        changes: list[ZoneChanged] = []
        for member, track in list(self._tracks.items()):
            if node in track.heard_by_s:
                track.closeness.levels.drop(node)
                changes += self._ask(member, track, now_s)
        return tuple(changes)

    def _watch(self, member: str, now_s: float) -> tuple[ZoneChanged, ...]:
        """A second passed for a member."""
        track = self._tracks[member]
        silent = now_s - track.heard_s > track.deadline_s()
        if track.zone is None:
            if silent:
                self._drop(member)
            return ()
        if track.state is State.UNKNOWN:
            over = now_s - track.state_at_s > UNKNOWN_KEEP_S
            return self._change(member, track, State.LEFT, now_s) if over else ()
        if silent:
            state = State.UNKNOWN if self._blind(track.zone) else State.LEFT
            return self._change(member, track, state, now_s)
        return self._ask(member, track, now_s)

    def _forget(self, member: str, now_s: float) -> tuple[ZoneChanged, ...]:
        track = self._tracks.get(member)
        if track is None:
            return ()
        if track.zone is not None:
            return self._change(member, track, State.LEFT, now_s)
        self._drop(member)
        return ()

    def _change(self, member: str, track: Track, state: State, at_s: float) -> tuple[ZoneChanged, ...]:
        assert track.zone is not None
        track.state, track.state_at_s = state, at_s
        if state is State.LEFT:
            self._drop(member)
        return (ZoneChanged(member, track.zone, state, at_s),)

    def _drop(self, member: str) -> None:
        del self._tracks[member]
        self._locator.forget(member)

    def _watching(self, zone: str) -> Collection[str]:
        return self._watchers.get(zone, self._nodes.keys())

    def _blind(self, zone: str) -> bool:
        return any(not self._up.get(name, False) for name in self._watching(zone))
