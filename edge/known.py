"""Which identifiers the hub says it knows, hence how long a batch may rest. Pure.

An edge cannot tell a stranger's identifier from a member's. What the hub has not acknowledged as known is
gone everywhere within a minute (acceptance B5).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

UNKNOWN_REST_S: Final = 45.0
"""Rest in the outbox and the broker together; the disk is wiped within `edge.app.SCRUB_EVERY_S` more."""

KNOWN_REST_S: Final = 120.0
"""What is older tells the hub nothing about where somebody is now: it neither resolves it
(`hub.presence.resolver.MAX_EVIDENCE_AGE_S`) nor weighs it (`hub.presence.zones.LATE_S`)."""

MAX_KNOWN: Final = 1_024
"""Members near one antenna, with their identifiers' rotations in `KNOWN_REST_S`; the oldest goes."""

MAX_WAITING: Final = 5_000
"""Batches not acknowledged; as many as the outbox holds (hardware.host.outbox.PRESENCE)."""

BatchKey = tuple[str, int]
"""(boot_id, seq)."""


@dataclass(frozen=True, slots=True)
class _Batch:
    identifiers: frozenset[str]
    heard_s: float


class KnownIds:
    """Learns from acknowledgements; identifiers are lower-case hexadecimal, as on the wire."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._waiting: dict[BatchKey, _Batch] = {}

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._known

    def rest_s(self, identifiers: Iterable[str]) -> float:
        """How long a batch of these may rest, store seconds."""
        known = all(identifier in self._known for identifier in identifiers)
        return KNOWN_REST_S if known else UNKNOWN_REST_S

    def batched(self, key: BatchKey, identifiers: Iterable[str], heard_s: float) -> None:
        """Note what is in a batch that was put into the outbox, and when that was heard (store seconds)."""
        self._waiting[key] = _Batch(frozenset(identifiers), heard_s)
        if len(self._waiting) > MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]

    def acknowledged(self, keys: Iterable[BatchKey], known: Iterable[str]) -> tuple[int, ...]:
        """Take the hub's word on what is in these batches: what it lists is known, the rest is not.

        Returns:
            The seqs of waiting batches that may rest longer now, because the hub knows all that is in them.
        """
        batches = [self._waiting.pop(key, None) for key in keys]
        settled = frozenset[str]().union(*(batch.identifiers for batch in batches if batch is not None))
        named = settled.intersection(known)
        new = named.difference(self._known)
        for identifier in settled:
            self._known.pop(identifier, None)
        self._known.update(dict.fromkeys(named))
        while len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]
        if not new:
            return ()
        return tuple(
            seq
            for (_, seq), batch in self._waiting.items()
            if batch.identifiers & new and all(identifier in self._known for identifier in batch.identifiers)
        )

    def expire(self, now_s: float) -> None:
        """Forget the batches whose rest is over: memory keeps a stranger no longer than the disk."""
        over = [
            key
            for key, batch in self._waiting.items()
            if batch.heard_s + self.rest_s(batch.identifiers) <= now_s
        ]
        for key in over:
            del self._waiting[key]
