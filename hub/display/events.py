"""What a kiosk's desk is told, and what it asks for."""

from dataclasses import dataclass

from hub.offers.assurance import Assurance
from hub.wire.base import LocalText
from hub.wire.display import Content, Level, Offer, Progress, Thanks


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recognised member near the kiosk.

    Attributes:
        low_assurance: known by an identifier anybody can copy: needs possession for anything personal.
        permission_revision: of their permissions, now.
    """

    member_id: str
    symbol: str
    low_assurance: bool = False
    permission_revision: int = 0


@dataclass(frozen=True, slots=True)
class CandidatesChanged:
    """These are near, in any order; may be told as often as one likes."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class SymbolTouched:
    """A touch on a symbol: "that's me".

    Attributes:
        seen: number of the view that was touched, of this hub session; None for an earlier session's.
        permission_revision: as that view said.
    """

    symbol: str
    seen: int | None
    permission_revision: int


@dataclass(frozen=True, slots=True)
class PersonIdentified:
    """A card, a code or the app: possession."""

    member_id: str


@dataclass(frozen=True, slots=True)
class CodeUnknown:
    """A code nobody owns."""


@dataclass(frozen=True, slots=True)
class OfferReady:
    """What was looked up may be shown."""

    member_id: str
    content: Offer | Progress
    permission_revision: int


@dataclass(frozen=True, slots=True)
class OfferWithheld:
    """Nothing may be shown (not permitted, so the history was not looked at), or there is nothing to say."""

    member_id: str
    message: LocalText


@dataclass(frozen=True, slots=True)
class BasketQuoted:
    """The paired till's basket holds this for the member."""

    member_id: str
    content: Offer | Progress


@dataclass(frozen=True, slots=True)
class SaleDone:
    """The paired till has committed the member's basket."""

    member_id: str
    thanks: Thanks


@dataclass(frozen=True, slots=True)
class Declined:
    """Somebody said "not this time"."""

    member_id: str


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody said "done"."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody said "do not recognise me any more" on a view about this member, however old."""

    member_id: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The member withdrew a permission, wherever."""

    member_id: str


@dataclass(frozen=True, slots=True)
class NoticeMissing:
    """The store has no privacy notice."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; once a second."""


Event = (
    CandidatesChanged
    | SymbolTouched
    | PersonIdentified
    | CodeUnknown
    | OfferReady
    | OfferWithheld
    | BasketQuoted
    | SaleDone
    | Declined
    | Left
    | StopAsked
    | Withdrawn
    | NoticeMissing
    | Tick
)


@dataclass(frozen=True, slots=True)
class Show:
    """Command: publish this view.

    Attributes:
        n: its number; grows by one with each view of the desk.
        ttl_s: the kiosk wipes by itself after this.
        about: the member it is about, at L2 only.
        permission_revision: of the member, or the newest of those near.
    """

    n: int
    level: Level
    content: Content
    ttl_s: float
    about: str | None = None
    permission_revision: int = 0


@dataclass(frozen=True, slots=True)
class LookUp:
    """Command: decide whether and what to offer; answer with `OfferReady` or `OfferWithheld`."""

    member_id: str
    assurance: Assurance


@dataclass(frozen=True, slots=True)
class BindAct:
    """Command: bind this act to the next basket opened at the paired till."""

    member_id: str
    assurance: Assurance


@dataclass(frozen=True, slots=True)
class CancelBinding:
    """Command: the member's act shall not reach a basket any more."""

    member_id: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Command: withdraw the member's permission to be recognised."""

    member_id: str


Command = Show | LookUp | BindAct | CancelBinding | Withdraw
