"""Identifier on the air → member, for members whose recognition permission is in force and nobody else.

The table holds every identifier a permitted fob may have advertised within the last `MAX_EVIDENCE_AGE_S`,
and the one it will advertise next. An identifier counts only within one window of the moment it was *heard*
(design: tolerate ±1 window), so a captured one is worthless afterwards (acceptance C3). Dropping a member
empties their rows at once: the next frame is as unknown as a stranger's (A7).
"""

import heapq
import hmac
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hardware.beacon.eid import MAX_BEACON_CLOCK_S, compute_eid
from hardware.beacon.tap import tap_codes
from hub.presence.keys import EidKey, MemberKeys, StaticKey
from hub.wire.presence import IdScheme

MAX_EVIDENCE_AGE_S: Final = 120.0
"""Older evidence resolves to nobody: strangers' frames rest at most 60 s in an outbox, and after two
minutes of silence it says nothing about where somebody is now."""

TOLERATED_WINDOWS: Final = 1
"""How many windows a beacon's clock may be off: cheap crystals drift minutes a year, a window has 17."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whose identifier it was.

    Attributes:
        low_assurance: a static identifier, which anybody can copy.
    """

    member_id: str
    low_assurance: bool


@dataclass(slots=True)
class _Fob:
    """One rotating fob and the windows it has in the table: `first` to `last`."""

    member_id: str
    key: EidKey
    first: int = 0
    last: int = -1
    eids: dict[int, bytes] = field(default_factory=dict)

    def window(self, time_s: float) -> int:
        return int((time_s - self.key.epoch_s) // (1 << self.key.k))


class Resolver:
    """The resolving table of one store."""

    def __init__(self) -> None:
        self._members: dict[str, MemberKeys] = {}
        self._fobs: dict[str, list[_Fob]] = {}
        self._by_eid: dict[bytes, list[tuple[_Fob, int]]] = {}
        self._by_static: dict[tuple[IdScheme, bytes], set[str]] = {}
        self._rolls: list[tuple[float, int, _Fob]] = []
        self._serial = 0

    @property
    def members(self) -> frozenset[str]:
        """Whom the table can name."""
        return frozenset(self._members)

    def replace(self, everybody: Iterable[MemberKeys], now_s: float) -> frozenset[str]:
        """Make the table hold exactly these members; what did not change is not computed again.

        Returns:
            The members it no longer holds.
        """
        wanted = {keys.member_id: keys for keys in everybody}
        gone = self.members - wanted.keys()
        for member_id in gone:
            self._forget_member(member_id)
        self._forget_rolls(gone)
        for keys in wanted.values():
            if self._members.get(keys.member_id) != keys:
                self.put(keys, now_s)
        return gone

    def put(self, keys: MemberKeys, now_s: float) -> None:
        """Hold a member's keys, instead of those held before."""
        self.drop(keys.member_id)
        self._members[keys.member_id] = keys
        fobs = self._fobs[keys.member_id] = []
        for key in keys.keys:
            match key:
                case EidKey():
                    fob = _Fob(keys.member_id, key)
                    fob.first = fob.window(now_s - MAX_EVIDENCE_AGE_S) - TOLERATED_WINDOWS
                    fob.last = fob.first - 1
                    fobs.append(fob)
                    self._extend(fob, now_s)
                case StaticKey():
                    self._by_static.setdefault((key.scheme, key.identifier), set()).add(keys.member_id)

    def drop(self, member_id: str) -> None:
        """Forget a member's keys at once; unknown members are no fault."""
        if member_id in self._members:
            self._forget_member(member_id)
            self._forget_rolls(frozenset({member_id}))

    def _forget_member(self, member_id: str) -> None:
        keys = self._members.pop(member_id)
        for fob in self._fobs.pop(member_id):
            for window in range(fob.first, fob.last + 1):
                self._forget_window(fob, window)
            fob.last = fob.first - 1
        for key in keys.keys:
            if isinstance(key, StaticKey):
                owners = self._by_static[key.scheme, key.identifier]
                owners.discard(member_id)
                if not owners:
                    del self._by_static[key.scheme, key.identifier]

    def _forget_rolls(self, gone: frozenset[str]) -> None:
        # A key in a queue is a key held: the queue is cleared too, once for all who go.
        self._rolls = [roll for roll in self._rolls if roll[2].member_id not in gone]
        heapq.heapify(self._rolls)

    def resolve(
        self, scheme: IdScheme, identifier: bytes, now_s: float, age_s: float = 0.0
    ) -> Resolution | None:
        """Whose identifier this is; None for a stranger's, an old one, and one two members could have sent.

        Args:
            scheme: how the identifier is to be read.
            identifier: the bytes on the air: 8 for an EID, 16 for Eddystone-UID, 20 for iBeacon.
            now_s: store time now.
            age_s: how long ago it was heard.
        """
        if not 0 <= age_s <= MAX_EVIDENCE_AGE_S:
            return None
        if scheme is IdScheme.EID:
            self._roll(now_s)
            heard_s = now_s - age_s
            owners = {
                fob.member_id
                for fob, window in self._by_eid.get(identifier, ())
                if abs(fob.window(heard_s) - window) <= TOLERATED_WINDOWS
            }
        else:
            owners = self._by_static.get((scheme, identifier), set())
        in_force = [member_id for member_id in owners if self._in_force(member_id, now_s)]
        if len(in_force) != 1:
            return None
        return Resolution(in_force[0], low_assurance=scheme is not IdScheme.EID)

    def resolve_tap(self, code: str, kiosk: str, now_s: float, age_s: float = 0.0) -> str | None:
        """Whose app made this code for this kiosk at that moment; a proof of possession.

        Tries every permitted fob: three HMACs each, 0.13 s for ten thousand.
        """
        spoken = code.upper()
        for member_id, fobs in self._fobs.items():
            for fob in fobs:
                codes = tap_codes(fob.key.ik, kiosk, now_s - age_s)
                if any(hmac.compare_digest(spoken.encode(), c.encode()) for c in codes):
                    return member_id if self._in_force(member_id, now_s) else None
        return None

    def _in_force(self, member_id: str, now_s: float) -> bool:
        until_s = self._members[member_id].until_s
        return until_s is None or now_s < until_s

    def _roll(self, now_s: float) -> None:
        while self._rolls and self._rolls[0][0] <= now_s:
            self._extend(heapq.heappop(self._rolls)[2], now_s)

    def _extend(self, fob: _Fob, now_s: float) -> None:
        """Compute the windows up to the next one, forget those too old, and say when to come again."""
        oldest = fob.window(now_s - MAX_EVIDENCE_AGE_S) - TOLERATED_WINDOWS
        current = fob.window(now_s)
        for window in range(fob.first, min(oldest, fob.last + 1)):
            self._forget_window(fob, window)
        for window in range(max(fob.last + 1, oldest), current + TOLERATED_WINDOWS + 1):
            beacon_s = window << fob.key.k
            if 0 <= beacon_s <= MAX_BEACON_CLOCK_S:
                eid = compute_eid(fob.key.ik, fob.key.k, beacon_s)
                fob.eids[window] = eid
                self._by_eid.setdefault(eid, []).append((fob, window))
        fob.first, fob.last = oldest, current + TOLERATED_WINDOWS
        self._serial += 1
        # Rounding may put the next window's start at now itself; coming again at once would never end.
        next_s = max(fob.key.epoch_s + ((current + 1) << fob.key.k), math.nextafter(now_s, math.inf))
        heapq.heappush(self._rolls, (next_s, self._serial, fob))

    def _forget_window(self, fob: _Fob, window: int) -> None:
        eid = fob.eids.pop(window, None)
        if eid is None:
            return
        left = [row for row in self._by_eid[eid] if row[0] is not fob or row[1] != window]
        if left:
            self._by_eid[eid] = left
        else:
            del self._by_eid[eid]
