"""Permissions over the stored acts: the only way to any history or offer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from hardware.host.entropy import Entropy
from hardware.host.errors import DataError
from hub.permission.catalogue import Catalogue
from hub.permission.clock import NeverBack
from hub.permission.decide import Code, Decision, Question, decide
from hub.permission.records import (
    ALLOWING,
    ConsentState,
    How,
    Level,
    PermissionRecord,
    Purpose,
    Scope,
    Touchpoint,
)
from hub.presence.keys import MemberKeys, StaticKey
from hub.store.people import People

VISIT_S: Final = 4 * 3600.0
"""An *on request* grant is for this visit and ends with it (`visit_ended`), unseen after four hours."""

HOMES: Final[Mapping[Purpose, Touchpoint]] = {
    Purpose.MEMBERSHIP: Touchpoint.TILL,
    Purpose.RECOGNITION: Touchpoint.STORE,
    Purpose.FIXED_ID: Touchpoint.STORE,
    Purpose.SUGGESTION: Touchpoint.KIOSK,
}
"""Where each purpose is asked for when nobody says where."""


@dataclass(frozen=True, slots=True)
class IdentityChanges:
    """Whose keys or permissions may have changed, and the revision of the people up to which that is known."""

    revision: int
    member_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody allows.

    Attributes:
        notice: version of the privacy notice they saw.
        language: `fr` or `en`.
        until_s: first moment it no longer holds; None for the level's own end.
    """

    purpose: Purpose
    touchpoint: Touchpoint
    level: Level
    how: How
    notice: str
    scope: Scope = Scope.STORE
    language: str = "fr"
    until_s: float | None = None


class Permissions:
    """Decides, grants and withdraws.

    Args:
        people: the members.
        catalogue: the purposes that exist.
        notice: version of the store's privacy notice; None when it has none, and then no consent counts.
        entropy: where record ids come from.
    """

    def __init__(self, people: People, catalogue: Catalogue, notice: str | None, entropy: Entropy) -> None:
        self._people = people
        self._catalogue = catalogue
        self._notice = notice
        self._entropy = entropy
        self._time = NeverBack(people.acts.clock_mark_s())

    def decide(
        self, member_id: str, purpose: str, touchpoint: str, now_s: float, place: Scope = Scope.STORE
    ) -> Decision:
        """Decide, and use a one-time grant up when it allows.

        A purpose or touchpoint nobody knows is denied.

        Raises:
            DataError: there is no such member.
        """
        decision = self.look(member_id, purpose, touchpoint, now_s, place)
        if decision.allowed and decision.once:
            assert decision.record_id is not None
            if not self._people.acts.use(decision.record_id):
                return Decision(allowed=False, code=Code.USED_UP, record_id=decision.record_id)
        return decision

    def look(
        self, member_id: str, purpose: str, touchpoint: str, now_s: float, place: Scope = Scope.STORE
    ) -> Decision:
        """What `decide` would say, using nothing up."""
        records = self._people.acts.records(member_id)
        try:
            question = Question(
                Purpose(purpose), Touchpoint(touchpoint), self._now(now_s), self._notice, place
            )
        except ValueError:
            return Decision(allowed=False, code=Code.UNKNOWN)
        used = self._people.acts.used([r.record_id for r in records if r.level is Level.ONCE])
        decision = decide(records, self._catalogue, question, used)
        if decision.code is Code.EXPIRED:
            # Once somebody was told "expired", no restart with the clock set back may say otherwise.
            self._save(question.now_s)
        return decision

    def membership_allowed(self, member_id: str, now_s: float) -> str | None:
        """The record the membership rests on, or None when it was ended."""
        decision = self.decide(member_id, Purpose.MEMBERSHIP, Touchpoint.TILL, now_s, Scope.CHECKOUT)
        return decision.record_id if decision.allowed else None

    def identity_keys(self, member_id: str, now_s: float) -> MemberKeys | None:
        """What the resolver may hold of a member; None when they may not be recognised or have no fob."""
        decision = self.look(member_id, Purpose.RECOGNITION, Touchpoint.STORE, now_s)
        if not decision.allowed:
            return None
        keys = self._people.fobs.keys(member_id)
        if any(isinstance(key, StaticKey) for key in keys):
            # A fixed identifier can be followed by anybody: being recognised by it is a question of its own.
            fixed = self.look(member_id, Purpose.FIXED_ID, Touchpoint.STORE, now_s)
            keys = tuple(
                replace(key, until_s=fixed.until_s) if isinstance(key, StaticKey) else key
                for key in keys
                if fixed.allowed or not isinstance(key, StaticKey)
            )
        return MemberKeys(member_id, keys, decision.until_s) if keys else None

    def identity_changes(self, since: int | None) -> IdentityChanges:
        """Whose `identity_keys` may have changed since a revision, but for the passing of time.

        Args:
            since: the revision of an earlier answer; None for all who have a fob.
        """
        # The revision first: what changes in between is then told again, not missed.
        revision = self._people.revision()
        members = self._people.fobs.owners() if since is None else self._people.changed_since(since)
        return IdentityChanges(revision, members)

    def set_fob_clock(self, member_id: str, ik: bytes, epoch_s: float) -> None:
        """Write down where a fob's clock was found to have stood at 0, store time."""
        self._people.fobs.set_clock(member_id, ik, epoch_s)

    def grant(self, member_id: str, grant: Grant, now_s: float) -> PermissionRecord:
        """Remember a grant. It allows at once unless staff typed it in.

        Raises:
            DataError: no such member, or the catalogue has no such permission.
        """
        entry = self._catalogue.purposes[grant.purpose]
        for what, value, allowed in (
            ("touchpoint", grant.touchpoint, entry.touchpoints),
            ("level", grant.level, entry.levels),
            ("scope", grant.scope, entry.scopes),
        ):
            if value not in allowed:
                raise DataError(
                    f"{grant.purpose} cannot be granted with {what} {value}",
                    fix=f"one of: {', '.join(sorted(allowed))}",
                )
        earlier = any(
            (r.purpose, r.touchpoint) == (grant.purpose, grant.touchpoint)
            for r in self._people.acts.records(member_id)
        )
        at_s = self._time.stamp(now_s)
        until_s = grant.until_s
        if grant.level is Level.ON_REQUEST:
            until_s = min(at_s + VISIT_S, until_s) if until_s is not None else at_s + VISIT_S
        state = ConsentState.RENEWED if earlier else ConsentState.GIVEN
        return self._remember(member_id, grant, state, at_s, until_s)

    def withdraw(
        self,
        member_id: str,
        purpose: Purpose,
        *,
        how: How,
        now_s: float,
        age_s: float = 0.0,
        touchpoint: Touchpoint | None = None,
    ) -> PermissionRecord:
        """Remember a withdrawal; never refused, whoever brings it and whatever was granted.

        Withdrawing recognition deletes the keys of the member's fobs in the same transaction, withdrawing fixed
        identifiers those: a later grant needs the fob to be registered again. A withdrawal older than a grant in
        force changes nothing.

        Args:
            member_id: whose.
            purpose: what is taken back.
            how: how it came.
            now_s: store time now.
            age_s: how long ago the person acted, for an act that rested in a kiosk.
            touchpoint: where; None for the purpose's own.

        Raises:
            DataError: there is no such member.
        """
        at_s = self._time.at(now_s) - age_s if age_s > 0 else self._time.stamp(now_s)
        place = touchpoint or HOMES[purpose]
        taken_back = Grant(purpose, place, Level.STANDING, how, notice="")
        return self._remember(member_id, taken_back, ConsentState.WITHDRAWN, at_s, None)

    def visit_ended(self, member_id: str, now_s: float) -> int:
        """End what was granted for this visit: every *on request* grant still in force expires.

        Returns:
            How many ended.
        """
        latest: dict[tuple[Purpose, Touchpoint], PermissionRecord] = {}
        for record in sorted(self._people.acts.records(member_id), key=lambda record: record.at_s):
            latest[record.purpose, record.touchpoint] = record
        over = [
            record
            for record in latest.values()
            if record.level is Level.ON_REQUEST
            and record.state in ALLOWING
            and (record.until_s is None or now_s < record.until_s)
        ]
        for record in over:
            ended = replace(
                record,
                record_id=self._entropy.new_id(),
                state=ConsentState.EXPIRED,
                at_s=self._time.stamp(now_s),
                until_s=None,
            )
            self._people.acts.append(ended, keys_stay=lambda _: True)
        return len(over)

    def records(self, member_id: str) -> tuple[PermissionRecord, ...]:
        """Every act of a member in order of arrival."""
        return self._people.acts.records(member_id)

    def _remember(
        self, member_id: str, grant: Grant, state: ConsentState, at_s: float, until_s: float | None
    ) -> PermissionRecord:
        record = PermissionRecord(
            record_id=self._entropy.new_id(),
            member_id=member_id,
            state=state,
            purpose=grant.purpose,
            touchpoint=grant.touchpoint,
            level=grant.level,
            scope=grant.scope,
            notice=grant.notice,
            language=grant.language,
            how=grant.how,
            at_s=at_s,
            until_s=until_s,
        )
        if state is not ConsentState.WITHDRAWN or grant.purpose not in (
            Purpose.RECOGNITION,
            Purpose.FIXED_ID,
        ):
            self._people.acts.append(record)
            return record

        def allowed_still(records: tuple[PermissionRecord, ...]) -> bool:
            # No saving of the mark here: this is asked inside the transaction of the withdrawal.
            question = Question(grant.purpose, Touchpoint.STORE, self._time.at(0.0), self._notice)
            return decide(records, self._catalogue, question).allowed

        only = self._people.fobs.static_ids(member_id) if grant.purpose is Purpose.FIXED_ID else None
        self._people.acts.append(record, allowed_still, only)
        return record

    def _now(self, now_s: float) -> float:
        at_s = self._time.at(now_s)
        mark_s = self._time.unsaved_s()
        if mark_s is not None:
            self._save(mark_s)
        return at_s

    def _save(self, mark_s: float) -> None:
        if self._people.acts.save_clock_mark(mark_s):
            self._time.saved(mark_s)
