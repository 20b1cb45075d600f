"""The one rule that allows or denies, pure: the acts of a person in, a decision out.

Of the acts about one purpose at one touchpoint only those of the newest instant count, by the time the
*person* acted. An older grant that arrives late changes nothing (acceptance A8), and of a grant and a
withdrawal at one instant the withdrawal wins until a newer act (A9).

| newest acts | decision |
|---|---|
| purpose or touchpoint not in the catalogue | DENY `unknown` |
| none, and nothing at all was granted | DENY `no_permission` (A1) |
| none, but this purpose was granted at another touchpoint | DENY `touchpoint_mismatch` |
| none, but another purpose was granted | DENY `purpose_mismatch` (A2) |
| any of them is not (Renewed)ConsentGiven | DENY `withdrawn`, `refused`, … `concurrent` (A5, A9) |
| entered by staff | DENY `unconfirmed` (A15) |
| consent under no or another edition of the notice | DENY `no_notice`, `notice_changed` (A16, B7) |
| now ≥ its end | DENY `expired` (A10) |
| granted for the checkout, asked elsewhere | DENY `out_of_scope` |
| a *once* grant already used | DENY `used_up` (A3) |
| otherwise | ALLOW `allowed` |

Staff entry, notice and end concern consent only: `membership` is a contract.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.permission.catalogue import Basis, Catalogue
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


class Code(StrEnum):
    """Why, for the person, the export and the tests."""

    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    NO_PERMISSION = "no_permission"
    PURPOSE_MISMATCH = "purpose_mismatch"
    TOUCHPOINT_MISMATCH = "touchpoint_mismatch"
    NOT_GIVEN = "not_given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CONCURRENT = "concurrent"
    UNCONFIRMED = "unconfirmed"
    NO_NOTICE = "no_notice"
    NOTICE_CHANGED = "notice_changed"
    EXPIRED = "expired"
    OUT_OF_SCOPE = "out_of_scope"
    USED_UP = "used_up"


_CODE_OF_STATE: Final = {
    ConsentState.REFUSED: Code.REFUSED,
    ConsentState.WITHDRAWN: Code.WITHDRAWN,
    ConsentState.REVOKED: Code.WITHDRAWN,
    ConsentState.EXPIRED: Code.EXPIRED,
    ConsentState.INVALIDATED: Code.NOTICE_CHANGED,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Allow or deny, and the record it rests on (None when there is none).

    Attributes:
        once: an allowance that a use must consume before anything is done.
        until_s: when an allowance ends by itself; None for no end.
    """

    allowed: bool
    code: Code
    record_id: str | None = None
    once: bool = False
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """May this be done, there, now?

    Attributes:
        place: where it is asked; `STORE` is answered only by a grant for the whole store.
        notice: version of the store's privacy notice, None when it has none.
    """

    purpose: Purpose
    touchpoint: Touchpoint
    now_s: float
    notice: str | None
    place: Scope = Scope.STORE


def decide(
    records: Sequence[PermissionRecord],
    catalogue: Catalogue,
    question: Question,
    used: frozenset[str] = frozenset(),
) -> Decision:
    """Decide one question about one member.

    Args:
        records: every act of that member, in any order; each id once.
        catalogue: the purposes that exist.
        question: what is asked.
        used: record ids of *once* grants that were used.
    """
    entry = catalogue.purposes[question.purpose]
    if question.touchpoint not in entry.touchpoints:
        return Decision(allowed=False, code=Code.UNKNOWN)
    newest = _newest(records, question.purpose, question.touchpoint)
    if not newest:
        return Decision(allowed=False, code=_why_none(records, catalogue, question))
    fault = _state_fault(newest)
    if fault is not None:
        return Decision(allowed=False, code=fault, record_id=newest[0].record_id)
    for grant in newest:
        # Of several grants of one instant the narrowest counts.
        fault = _consent_fault(grant, question) if entry.basis is Basis.CONSENT else None
        fault = fault or _reach_fault(grant, question, used)
        if fault is not None:
            return Decision(allowed=False, code=fault, record_id=grant.record_id)
    return Decision(
        allowed=True,
        code=Code.ALLOWED,
        record_id=newest[0].record_id,
        once=any(grant.level is Level.ONCE for grant in newest),
        until_s=min((grant.until_s for grant in newest if grant.until_s is not None), default=None),
    )


def material(notice: str) -> str:
    """The edition of a notice version: what stands before its first dot.

    `3.1` and `3.2` differ in wording; `4` differs in substance, and grants under `3` wait for renewal.
    """
    return notice.partition(".")[0]


def _newest(
    records: Sequence[PermissionRecord], purpose: Purpose, touchpoint: Touchpoint
) -> list[PermissionRecord]:
    about = [r for r in records if (r.purpose, r.touchpoint) == (purpose, touchpoint)]
    last_s = max((r.at_s for r in about), default=0.0)
    return sorted(
        (r for r in about if r.at_s == last_s), key=lambda r: (r.level is not Level.ONCE, r.record_id)
    )


def _why_none(records: Sequence[PermissionRecord], catalogue: Catalogue, question: Question) -> Code:
    granted = {
        purpose
        for purpose, touchpoint in {(r.purpose, r.touchpoint) for r in records}
        if catalogue.purposes[purpose].basis is Basis.CONSENT
        and _state_fault(_newest(records, purpose, touchpoint)) is None
    }
    if question.purpose in granted:
        return Code.TOUCHPOINT_MISMATCH
    return Code.PURPOSE_MISMATCH if granted else Code.NO_PERMISSION


def _state_fault(newest: Sequence[PermissionRecord]) -> Code | None:
    states = {r.state for r in newest}
    if states <= ALLOWING:
        return None
    if states & ALLOWING:
        return Code.CONCURRENT
    return _CODE_OF_STATE.get(newest[0].state, Code.NOT_GIVEN)


def _consent_fault(grant: PermissionRecord, question: Question) -> Code | None:
    if grant.how is How.PAPER:
        return Code.UNCONFIRMED
    if question.notice is None:
        return Code.NO_NOTICE
    if material(grant.notice) != material(question.notice):
        return Code.NOTICE_CHANGED
    if grant.until_s is not None and question.now_s >= grant.until_s:
        return Code.EXPIRED
    return None


def _reach_fault(grant: PermissionRecord, question: Question, used: frozenset[str]) -> Code | None:
    if grant.scope is Scope.CHECKOUT and question.place is Scope.STORE:
        return Code.OUT_OF_SCOPE
    return Code.USED_UP if grant.record_id in used else None
