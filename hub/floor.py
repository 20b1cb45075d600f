"""The hub's ear: sightings and node states in, zones out. Shell around the resolver and the zone engine.

What does not resolve to a member who may be recognised is dropped here, from memory, and leaves nothing: no
row, no line in a log, no count of it.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from hub.config import NodeConfig, TagModelConfig
from hub.observer import BatchName, HubObserver
from hub.permission.service import Permissions
from hub.presence.locator import Estimate
from hub.presence.resolver import Resolution, Resolver
from hub.presence.suspicion import Place, Replayed, Sighted, Suspected, Suspicion
from hub.presence.visits import Visits
from hub.presence.zones import (
    FellSilent,
    Forgotten,
    Heard,
    NodeDown,
    NodeUp,
    Occupancy,
    Tick,
    ZoneChanged,
    Zones,
)
from hub.store.presence import TakenStore
from hub.wire.presence import NodePresence, NodeState, SampleState, Sightings, SightingsAck

log = structlog.get_logger()

NODE_SILENT_S = 75.0
"""A node beats every 30 s; two beats and a half without one and it is taken for gone."""


LOADED_AT_ONCE = 250
"""Members whose keys are read before the hub starts hearing, a twentieth of a second; the rest follow in slices."""

LOADED_A_SLICE = 16
REFRESHED_A_SLICE = 500
"""Members read, and rows computed, before the event loop has its turn again: 3 ms each."""


@dataclass(slots=True)
class _Node:
    session_id: str
    beat_s: float


@dataclass(slots=True)
class Floor:
    """Who is where. Calls `changed` with the batch that caused it (None: a timer) when a zone changed.

    Args:
        permissions: whose keys may be held.
        taken: which batches were committed before.
        nodes: the store's nodes.
        observer: see `HubObserver`.
        changed: told after each batch or tick that moved somebody.
        left: told of a member whose visit ended.
        zones: the store's, around the engine it asks for (`hub.engine`).
        tag_models: what is added to the strengths of each model of tag, so that a weak make is no distant one.
    """

    permissions: Permissions
    taken: TakenStore
    nodes: Mapping[str, NodeConfig]
    observer: HubObserver
    changed: Callable[[BatchName | None], None]
    left: Callable[[str], None]
    zones: Zones
    tag_models: Mapping[str, TagModelConfig] = field(default_factory=dict)
    resolver: Resolver = field(default_factory=Resolver)
    visits: Visits = field(default_factory=Visits)
    low_assurance: set[str] = field(default_factory=set)
    """Members whose last sample came from an identifier anybody can copy."""
    suspicion: Suspicion = field(init=False)
    suspected: int = 0
    """How often somebody became suspect since the start: for IT, who are told how often and never who."""
    _alive: dict[str, _Node] = field(default_factory=dict)
    _waiting: deque[str] = field(default_factory=deque)
    """Members whose keys are still to be read."""

    def __post_init__(self) -> None:
        """Place the nodes."""
        places = {
            name: Place(*node.place_m, node.offset_db) for name, node in self.nodes.items() if node.place_m
        }
        self.suspicion = Suspicion(places)

    def reload(self, now_s: float) -> frozenset[str]:
        """Hold the keys of those who may be recognised now, and of nobody else; returns who was let go.

        Only who changed since the last time is read again. At the first time that is everybody: beyond
        `LOADED_AT_ONCE` they are read by `refresh`.
        """
        first = self.resolver.as_of is None
        changes = self.permissions.identity_changes(self.resolver.as_of)
        self.resolver.as_of = changes.revision
        if first:
            self._waiting = deque(changes.member_ids)
            self._load(LOADED_AT_ONCE, now_s)
            return frozenset()
        return frozenset(
            member_id for member_id in changes.member_ids if not self._may_be_recognised(member_id, now_s)
        )

    def refresh(self, now_s: float) -> bool:
        """Work on the resolving table for a few ms; says whether there is more, to be done when the loop is idle."""
        self._load(LOADED_A_SLICE, now_s)
        due = self.resolver.refresh(now_s, REFRESHED_A_SLICE)
        for clock in self.resolver.take_moved():
            self.permissions.set_fob_clock(clock.member_id, clock.ik, clock.epoch_s)
        return due or bool(self._waiting)

    def _load(self, budget: int, now_s: float) -> None:
        for _ in range(min(budget, len(self._waiting))):
            self._may_be_recognised(self._waiting.popleft(), now_s)

    def _may_be_recognised(self, member_id: str, now_s: float) -> bool:
        """Hold a member's keys, or let them go; False when somebody was let go."""
        keys = self.permissions.identity_keys(member_id, now_s)
        if keys is not None:
            self.resolver.put(keys, now_s)
            return True
        known = member_id in self.resolver
        self.forget(member_id, now_s)
        return not known

    def forget(self, member_id: str, now_s: float) -> None:
        """Let a member go at once: their next frame is unknown (acceptance A7)."""
        self.resolver.drop(member_id)
        self.low_assurance.discard(member_id)
        self.suspicion.handle(Forgotten(member_id), now_s)
        self._follow(self.zones.handle(Forgotten(member_id), now_s), now_s)

    def take(self, batches: Sequence[Sightings], now_s: float) -> tuple[SightingsAck, ...]:
        """Take batches exactly once, in one transaction; the acknowledgements may be sent once this returns.

        Returns:
            One acknowledgement a batch, duplicates included; none for a node this store does not have.
        """
        ours = [batch for batch in batches if batch.node in self.nodes]
        if len(ours) < len(batches):
            log.warning("sightings_of_unknown_nodes", batches=len(batches) - len(ours))
        names = [(batch.node, batch.boot_id, batch.seq) for batch in ours]
        acknowledgements = []
        for batch, name, fresh in zip(ours, names, self.taken.accept_all(names, now_s), strict=True):
            self.observer.batch_taken(name, fresh=fresh)
            known = self._evaluate(batch, now_s, name if fresh else None)
            acknowledgements.append(
                SightingsAck(node=batch.node, boot_id=batch.boot_id, seqs=(batch.seq,), known=known)
            )
        return tuple(acknowledgements)

    def _evaluate(self, batch: Sightings, now_s: float, name: BatchName | None) -> tuple[str, ...]:
        known: list[str] = []
        moved, approaches = False, self.zones.approaches
        for sample in batch.samples:
            age_s = sample.age_ms / 1000.0
            found = self.resolver.resolve(sample.scheme, bytes.fromhex(sample.id), now_s, age_s)
            if found is None:
                continue
            known.append(sample.id)
            if name is None:
                continue
            rssi_dbm = sample.rssi_dbm + self._model_offset_db(found)
            sighted = Sighted(found.member_id, bytes.fromhex(sample.id), batch.node, rssi_dbm, now_s - age_s)
            moved |= self._doubt(sample.state, sighted, now_s)
            if found.member_id in self.suspicion.suspects:
                continue
            self.observer.resolved(found.member_id)
            if found.low_assurance:
                self.low_assurance.add(found.member_id)
            else:
                self.low_assurance.discard(found.member_id)
            moved |= self._follow(self.zones.handle(_event(sample.state, sighted), now_s), now_s)
        for member_id in self.resolver.take_replayed():
            moved |= self._suspend(self.suspicion.handle(Replayed(member_id, now_s), now_s), now_s)
        if moved or self.zones.approaches != approaches:
            self.changed(name)
        return tuple(dict.fromkeys(known))

    def _model_offset_db(self, found: Resolution) -> float:
        """What the tag's make needs; nothing for one without a make, or of a make the store does not know."""
        model = None if found.model is None else self.tag_models.get(found.model)
        return 0.0 if model is None else model.offset_db

    def _doubt(self, state: SampleState, sighted: Sighted, now_s: float) -> bool:
        """Let the suspicion take note of a sample; says whether it took somebody off the floor."""
        if state is SampleState.SILENT:
            return False
        return self._suspend(self.suspicion.handle(sighted, now_s), now_s)

    def _suspend(self, suspected: Suspected | None, now_s: float) -> bool:
        if suspected is None:
            return False
        self.suspected += 1
        if self.suspected.bit_count() == 1:
            log.warning("identifier_repeated_by_somebody", total=self.suspected)
        return self._follow(self.zones.handle(Forgotten(suspected.member), now_s), now_s)

    def node_state(self, state: NodeState, now_s: float) -> None:
        """A birth, a beat or a last will. A will of a session that a newer birth replaced says nothing."""
        if state.node not in self.nodes:
            return
        known = self._alive.get(state.node)
        if state.presence is NodePresence.OFFLINE:
            if known is None or known.session_id == state.session_id:
                self._down(state.node, now_s)
            return
        self._alive[state.node] = _Node(state.session_id, now_s)
        if state.radio_ok:
            self.zones.handle(NodeUp(state.node), now_s)
        elif self._follow(self.zones.handle(NodeDown(state.node), now_s), now_s):
            self.changed(None)

    def online(self, node: str) -> bool:
        """Whether a node is there."""
        return node in self._alive

    def estimate_of(self, member_id: str) -> Estimate | None:
        """Where a member is, how certain that is, and at which place; None while they are nowhere."""
        return self.zones.estimate_of(member_id)

    def zone_state(self, zone: str) -> Occupancy:
        """Whether a zone is empty, occupied, or unknown, as it is while one of its nodes is away or deaf."""
        return self.zones.occupancy(zone)

    def tick(self, now_s: float) -> None:
        """Let time act: deadlines of silence, and nodes that stopped beating."""
        for name, node in list(self._alive.items()):
            if now_s - node.beat_s > NODE_SILENT_S:
                self._down(name, now_s)
        if self._follow(self.zones.handle(Tick(), now_s), now_s):
            self.changed(None)
        for ended in self.visits.handle(Tick(), now_s):
            self.left(ended.member)
        self.suspicion.handle(Tick(), now_s)

    def _down(self, node: str, now_s: float) -> None:
        self._alive.pop(node, None)
        if self._follow(self.zones.handle(NodeDown(node), now_s), now_s):
            self.changed(None)

    def _follow(self, changes: Sequence[ZoneChanged], now_s: float) -> bool:
        """Let the visits take note; says whether anybody moved."""
        for change in changes:
            self.visits.handle(change, now_s)
        return bool(changes)


def _event(state: SampleState, sighted: Sighted) -> Heard | FellSilent:
    if state is SampleState.SILENT:
        return FellSilent(sighted.member, sighted.node, sighted.at_s)
    return Heard(sighted.member, sighted.node, sighted.rssi_dbm, sighted.at_s)
