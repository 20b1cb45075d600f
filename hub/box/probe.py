"""Watches the running parts from outside and keeps what the story's figures are made of. Decides nothing."""

import statistics
from collections import Counter
from dataclasses import dataclass, field

from hardware.host.clock import wall_ms
from hub.observer import BatchName, HubObserver
from hub.wire.display import KioskView, Revision

RevisionKey = tuple[str, str, int]


def _key(kiosk: str, revision: Revision) -> RevisionKey:
    return (kiosk, revision.session_id, revision.n)


@dataclass(slots=True)
class Latency:
    """Milliseconds of wall time from an advertisement entering an agent to the kiosk's screen showing its effect."""

    median: float | None
    p99: float | None
    n: int


@dataclass(slots=True)
class Probe(HubObserver):
    """One probe watches one shop: every agent, the hub, every kiosk.

    Implements the observers of the three rooms, so that what is counted is what happened in each, seen there.
    """

    adverts_heard: int = 0
    frames_kept: int = 0
    sent: set[BatchName] = field(default_factory=set)
    taken: set[BatchName] = field(default_factory=set)
    taken_again: int = 0
    """Batches a hub took as fresh though one had taken them before."""
    let_go: set[BatchName] = field(default_factory=set)
    """Batches that left an agent's outbox by a rule: their rest was over, or the box was full."""
    last_taken_heard_ms: float = 0.0
    """When (wall) the latest of what the hub has taken was heard."""
    duplicates: int = 0
    recognitions: list[tuple[str, float]] = field(default_factory=list)
    recognised: set[str] = field(default_factory=set)
    views: Counter[str] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    _heard_ms: dict[BatchName, float] = field(default_factory=dict)
    _caused: dict[RevisionKey, float] = field(default_factory=dict)

    # the agents
    def advert_heard(self, node: str) -> None:
        """An advertisement reached an agent."""
        del node
        self.adverts_heard += 1

    def frame_kept(self, node: str) -> None:
        """It carried a configured loyalty frame."""
        del node
        self.frames_kept += 1

    def reported(self, node: str, boot_id: str, seq: int, heard_wall_ms: float) -> None:
        """A batch lies in an agent's outbox."""
        self.sent.add((node, boot_id, seq))
        self._heard_ms[node, boot_id, seq] = heard_wall_ms

    def batch_let_go(self, node: str, boot_id: str, seq: int) -> None:
        """A batch left an agent's outbox by a rule, not by an acknowledgement."""
        self.let_go.add((node, boot_id, seq))

    def published(self, node: str, boot_id: str, seq: int) -> None:
        """The bus confirmed a batch: no figure rests on it, for a confirmation is no delivery."""

    # the hub
    def batch_taken(self, batch: BatchName, *, fresh: bool) -> None:
        """See `HubObserver`."""
        if not fresh:
            self.duplicates += 1
            return
        self.taken_again += batch in self.taken
        self.taken.add(batch)
        self.last_taken_heard_ms = max(self.last_taken_heard_ms, self._heard_ms.get(batch, 0.0))

    def resolved(self, member_id: str) -> None:
        """See `HubObserver`."""
        self.recognised.add(member_id)
        self.recognitions.append((member_id, wall_ms()))

    def view_published(self, view: KioskView, cause: BatchName | None) -> None:
        """See `HubObserver`."""
        self.views[view.level.value] += 1
        if cause is not None and cause in self._heard_ms:
            self._caused[_key(view.kiosk, view.revision)] = self._heard_ms[cause]

    # the kiosks
    def view_drawn(self, kiosk: str, revision: Revision, drawn_wall_ms: float) -> None:
        """A kiosk has repainted its screen with this view."""
        started_ms = self._caused.pop(_key(kiosk, revision), None)
        if started_ms is not None:
            self.latencies_ms.append(drawn_wall_ms - started_ms)

    def heard_between(self, node: str, from_ms: float, to_ms: float) -> frozenset[BatchName]:
        """The batches of a node whose cause came in between two moments (wall)."""
        return frozenset(
            name for name, at_ms in self._heard_ms.items() if name[0] == node and from_ms <= at_ms < to_ms
        )

    def recognitions_after(self, member_id: str, since_wall_ms: float) -> int:
        """How often a member's frames were resolved after a moment."""
        return sum(1 for who, at_ms in self.recognitions if who == member_id and at_ms > since_wall_ms)

    def latency(self) -> Latency:
        """What `latencies_ms` comes to."""
        values = sorted(self.latencies_ms)
        if not values:
            return Latency(None, None, 0)
        p99 = values[min(len(values) - 1, round(0.99 * (len(values) - 1)))]
        return Latency(round(statistics.median(values), 1), round(p99, 1), len(values))
