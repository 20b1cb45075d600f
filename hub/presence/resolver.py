"""Identifier on the air → member, for members whose recognition permission is in force and nobody else.

An identifier counts only within its window of the moment it was *heard*, one window more or less until the fob's
own clock is known (design: tolerate ±1 window), so a captured one is worthless afterwards (acceptance C3). Dropping
a member empties their rows at once: the next frame is as unknown as a stranger's (A7).
"""

from array import array
from dataclasses import dataclass, field
from typing import Final

from hardware.beacon.frames import EID_BYTES
from hub.presence.drift import Drift, Judged, Verdict
from hub.presence.keys import EidKey, MemberKeys, StaticKey
from hub.presence.lost import MEMBERS_A_SECOND, LostClocks
from hub.presence.member_rows import MemberRows
from hub.presence.table import MAX_EVIDENCE_AGE_S, EidTable
from hub.presence.taps import Tap, TapAnswered, TapSearch
from hub.wire.presence import IdScheme

__all__ = ["MAX_EVIDENCE_AGE_S", "ClockMoved", "Resolution", "Resolver"]

AT_ONCE: Final = 64
"""Rows that a look-up may bring up to date on its way, half a millisecond: a store of that size needs no slices."""

KEYS_A_SLICE: Final = 1_000
"""Keys a code is compared with in one go, 1.5 to 3 ms; a store of 300 members is through at once."""

PRUNE_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whose identifier it was.

    Attributes:
        low_assurance: a static identifier, which anybody can copy.
        model: the tag's make, as it was registered; None when nobody has said.
    """

    member_id: str
    low_assurance: bool
    model: str | None = None


@dataclass(frozen=True, slots=True)
class ClockMoved:
    """Command: write down where this fob's clock stood at 0."""

    member_id: str
    ik: bytes = field(repr=False)
    epoch_s: float


class Resolver:
    """The resolving table of one store."""

    def __init__(self) -> None:
        self.as_of: int | None = None
        """The revision of the people it holds, kept by who fills it; None: nobody yet."""
        self._table = EidTable()
        self._drift = Drift()
        self._lost = LostClocks(self._table)
        self._taps = TapSearch(self._table)
        self._rows = MemberRows()
        self._owners: list[str] = []
        """Row → member; "" when the row is free."""
        self._models = array("H")
        """Row → number of its model in `_model_names`: two bytes a fob, for a store has a handful of models."""
        self._model_names: list[str | None] = [None]
        self._until_s: dict[str, float] = {}
        self._statics: dict[str, tuple[StaticKey, ...]] = {}
        self._by_static: dict[tuple[IdScheme, bytes], set[str]] = {}
        self._moved: dict[bytes, ClockMoved] = {}
        self._replayed: set[str] = set()
        self._answered: list[TapAnswered] = []
        self._searched_s = self._pruned_s = float("-inf")

    @property
    def members(self) -> frozenset[str]:
        """Whom the table can name."""
        return frozenset(self._rows)

    def __contains__(self, member_id: object) -> bool:
        """Whether the table can name a member."""
        return member_id in self._rows

    def put(self, keys: MemberKeys, now_s: float) -> None:
        """Hold a member's keys, instead of those held before: whoever just got permission is in at once."""
        if self._same_fobs(keys):
            self._limit(keys)
            return
        self.drop(keys.member_id)
        rows = []
        for key in keys.keys:
            if isinstance(key, EidKey):
                row = self._table.add(key.ik, key.k, key.epoch_s, now_s)
                if row == len(self._owners):
                    self._owners.append(keys.member_id)
                    self._models.append(0)
                self._owners[row] = keys.member_id
                self._models[row] = self._model_number(key.model)
                rows.append(row)
        self._rows[keys.member_id] = tuple(rows)
        statics = tuple(key for key in keys.keys if isinstance(key, StaticKey))
        if statics:
            self._statics[keys.member_id] = statics
        for static in statics:
            self._by_static.setdefault((static.scheme, static.identifier), set()).add(keys.member_id)
        self._limit(keys)

    def _model_number(self, model: str | None) -> int:
        if model not in self._model_names:
            self._model_names.append(model)
        return self._model_names.index(model)

    def _model(self, row: int) -> str | None:
        return self._model_names[self._models[row]]

    def _same_fobs(self, keys: MemberKeys) -> bool:
        """Whether the fobs are those held; a clock that is off by less than a window is being followed already."""
        rows = self._rows.get(keys.member_id)
        rotating = [key for key in keys.keys if isinstance(key, EidKey)]
        statics = tuple(key for key in keys.keys if isinstance(key, StaticKey))
        if rows is None or len(rows) != len(rotating) or self._statics.get(keys.member_id, ()) != statics:
            return False
        held = [self._table.key(row) for row in rows]
        return all(
            (ik, k) == (key.ik, key.k)
            and self._model(row) == key.model
            and abs(epoch_s - key.epoch_s) < 1 << k
            for row, (ik, k, epoch_s), key in zip(rows, held, rotating, strict=True)
        )

    def _limit(self, keys: MemberKeys) -> None:
        if keys.until_s is None:
            self._until_s.pop(keys.member_id, None)
        else:
            self._until_s[keys.member_id] = keys.until_s

    def drop(self, member_id: str) -> None:
        """Forget a member's keys at once; unknown members are no fault."""
        if member_id in self._rows:
            self._forget_member(member_id)

    def _forget_member(self, member_id: str) -> None:
        for row in self._rows.pop(member_id):
            self._moved.pop(self._table.key(row)[0], None)
            self._table.remove(row)
            self._drift.forget(row)
            self._lost.forget(row)
            self._owners[row] = ""
        for key in self._statics.pop(member_id, ()):
            owners = self._by_static[key.scheme, key.identifier]
            owners.discard(member_id)
            if not owners:
                del self._by_static[key.scheme, key.identifier]
        self._until_s.pop(member_id, None)
        self._replayed.discard(member_id)

    def refresh(self, now_s: float, budget: int) -> bool:
        """Work on the table for a slice of at most `budget` rows; says whether more is due.

        Call it whenever nothing else is to be done, at least once a second. Once a second it also searches for
        fobs whose clock began anew. Codes shown at kiosks are looked for in each slice.
        """
        if now_s - self._searched_s >= 1.0:
            self._searched_s = now_s
            self._lost.search(now_s, MEMBERS_A_SECOND, skip=self._drift)
        if now_s - self._pruned_s >= PRUNE_EVERY_S:
            self._pruned_s = now_s
            self._drift.prune(now_s)
        self._search_taps(now_s)
        more = self._table.refresh(now_s, budget)
        return more or len(self._taps) > 0

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
        if scheme is not IdScheme.EID:
            return self._resolve_static(scheme, identifier, now_s)
        if len(identifier) != EID_BYTES:
            return None
        self._table.refresh(now_s, AT_ONCE)
        eid, heard_s = int.from_bytes(identifier), now_s - age_s
        candidates = self._table.find(eid)
        if not candidates:
            found = self._lost.heard(eid, heard_s, now_s)
            if found is None:
                return None
            self._set_clock(found.row, found.epoch_s, now_s)
            candidates = self._table.find(eid)
        row = self._judge(candidates, heard_s, now_s)
        return (
            None
            if row is None
            else Resolution(self._owners[row], low_assurance=False, model=self._model(row))
        )

    def _resolve_static(self, scheme: IdScheme, identifier: bytes, now_s: float) -> Resolution | None:
        owners = [
            member_id
            for member_id in self._by_static.get((scheme, identifier), ())
            if self._in_force(member_id, now_s) and self._static_in_force(member_id, identifier, now_s)
        ]
        if len(owners) != 1:
            return None
        held = self._statics[owners[0]]
        model = next(key.model for key in held if (key.scheme, key.identifier) == (scheme, identifier))
        return Resolution(owners[0], low_assurance=True, model=model)

    def _judge(self, candidates: list[tuple[int, int]], heard_s: float, now_s: float) -> int | None:
        """The row, of all that have this identifier, whose it was by the time it was heard."""
        owners = {self._owners[row] for row, _ in candidates}
        owners = {member_id for member_id in owners if self._in_force(member_id, now_s)}
        if len(owners) != 1:
            return None
        (member_id,) = owners
        fitting = None
        for row, window in candidates:
            if self._owners[row] != member_id:
                continue
            _, k, epoch_s = self._table.key(row)
            judged = self._drift.judge(row, k, epoch_s, window, heard_s)
            if judged.verdict is Verdict.FITS:
                fitting = row
                self._follow(row, judged, now_s)
            elif judged.verdict is Verdict.REPLAYED:
                self._replayed.add(member_id)
        return fitting

    def _follow(self, row: int, judged: Judged, now_s: float) -> None:
        ik, k, epoch_s = self._table.key(row)
        self._lost.forget(row)
        if judged.epoch_s != epoch_s:
            self._table.set_epoch(row, judged.epoch_s, now_s)
        if self._drift.worth_keeping(row, k, judged.epoch_s):
            self._drift.kept(row)
            self._moved[ik] = ClockMoved(self._owners[row], ik, judged.epoch_s)

    def _set_clock(self, row: int, epoch_s: float, now_s: float) -> None:
        """A fob was found whose clock began anew."""
        ik, _, _ = self._table.key(row)
        self._drift.forget(row)
        self._table.set_epoch(row, epoch_s, now_s)
        self._moved[ik] = ClockMoved(self._owners[row], ik, epoch_s)

    def search_for(self, member_id: str) -> None:
        """Search first for the fobs of a member who is here, by card or code, and whom nothing heard.

        Unknown members, and fobs heard lately, are no fault.
        """
        for row in self._rows.get(member_id) or ():
            if row not in self._drift:
                self._lost.ask(row)

    def take_moved(self) -> tuple[ClockMoved, ...]:
        """Clocks to be written down since the last call."""
        moved, self._moved = tuple(self._moved.values()), {}
        return moved

    def take_replayed(self) -> frozenset[str]:
        """Members of whom somebody repeated an identifier after its window, since the last call."""
        replayed, self._replayed = frozenset(self._replayed), set()
        return replayed

    def find_owner(self, tap: Tap, now_s: float) -> None:
        """Look whose app made a code, a proof of possession; `take_answered` says it, at once or slices later."""
        self._taps.ask(tap, tuple(self._drift))
        self._search_taps(now_s)

    def give_up(self, kiosk: str) -> None:
        """Something newer happened at a kiosk than the code looked for; none is no fault."""
        self._taps.forget(kiosk)

    def take_answered(self) -> tuple[TapAnswered, ...]:
        """The codes whose search came to its end since the last call."""
        answered, self._answered = tuple(self._answered), []
        return answered

    def _search_taps(self, now_s: float) -> None:
        for tap, row in self._taps.work(now_s, KEYS_A_SLICE):
            owner = None if row is None else self._owners[row]
            if owner is not None and not self._in_force(owner, now_s):
                owner = None
            self._answered.append(TapAnswered(tap.kiosk, tap.act_id, owner))

    def _in_force(self, member_id: str, now_s: float) -> bool:
        until_s = self._until_s.get(member_id)
        return until_s is None or now_s < until_s

    def _static_in_force(self, member_id: str, identifier: bytes, now_s: float) -> bool:
        return any(
            key.identifier == identifier and (key.until_s is None or now_s < key.until_s)
            for key in self._statics[member_id]
        )
