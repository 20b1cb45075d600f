"""What people said about a permission, one immutable record for each act."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """What for. The catalogue says the rest; a purpose that is not here does not exist."""

    MEMBERSHIP = "membership"
    RECOGNITION = "recognition"
    FIXED_ID = "fixed_id"
    SUGGESTION = "suggestion"


class Touchpoint(StrEnum):
    """Where the person meets it."""

    TILL = "till"
    STORE = "store"
    KIOSK = "kiosk"


class Level(StrEnum):
    """How much was allowed: one time, for this visit, or until further notice."""

    ONCE = "once"
    ON_REQUEST = "on_request"
    STANDING = "standing"


class Scope(StrEnum):
    """How far it reaches: at the checkout only, or in the whole store."""

    CHECKOUT = "checkout"
    STORE = "store"


class How(StrEnum):
    """How the act came to the hub; paper is typed in by staff, so it waits for the person (A15)."""

    OWN_DEVICE = "own-device"
    KIOSK = "kiosk"
    PAPER = "paper"


class ConsentState(StrEnum):
    """The ten consent states of the Data Privacy Vocabulary (W3C DPV 2, `dpv:ConsentStatus`)."""

    UNKNOWN = "ConsentUnknown"
    REQUESTED = "ConsentRequested"
    REQUEST_DEFERRED = "ConsentRequestDeferred"
    REFUSED = "ConsentRefused"
    GIVEN = "ConsentGiven"
    EXPIRED = "ConsentExpired"
    INVALIDATED = "ConsentInvalidated"
    REVOKED = "ConsentRevoked"
    RENEWED = "RenewedConsentGiven"
    WITHDRAWN = "ConsentWithdrawn"


ALLOWING: Final = frozenset({ConsentState.GIVEN, ConsentState.RENEWED})
"""The only states that allow anything (acceptance A5)."""


@dataclass(frozen=True, slots=True)
class PermissionRecord:
    """One act about one purpose at one touchpoint.

    Attributes:
        record_id: 16 hexadecimal characters.
        member_id: whose act.
        state: what the act made of the permission.
        notice: version of the privacy notice the person saw; empty for a withdrawal.
        language: `fr` or `en`, the language it was shown in.
        at_s: when the person acted, by the hub's clock (UTC seconds): not when it arrived.
        until_s: the first moment it no longer holds; None for no end.
    """

    record_id: str
    member_id: str
    state: ConsentState
    purpose: Purpose
    touchpoint: Touchpoint
    level: Level
    scope: Scope
    notice: str
    language: str
    how: How
    at_s: float
    until_s: float | None = None
