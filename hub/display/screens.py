"""What a desk can be showing: one class a state, each holding just what that state needs."""

from dataclasses import dataclass

from hub.offers.assurance import Assurance
from hub.wire.base import LocalText
from hub.wire.display import Offer, Progress, Thanks


@dataclass(frozen=True, slots=True)
class Person:
    """Who acted here, how surely, and when last.

    Attributes:
        in_basket: the paired till's basket holds their offer.
    """

    member_id: str
    assurance: Assurance
    acted_s: float
    in_basket: bool = False


@dataclass(frozen=True, slots=True)
class Idle:
    """Symbols or attract."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody acted; the look-up is under way, the screen is still as before."""

    person: Person


@dataclass(frozen=True, slots=True)
class Offering:
    """The offer of the person who acted."""

    person: Person
    content: Offer | Progress
    permission_revision: int


@dataclass(frozen=True, slots=True)
class Thanking:
    """The sale is done."""

    person: Person
    content: Thanks
    permission_revision: int


@dataclass(frozen=True, slots=True)
class Noting:
    """One sentence that says nothing about anybody."""

    message: LocalText
    since_s: float


@dataclass(frozen=True, slots=True)
class Shut:
    """The store has no privacy notice: nothing is recognised."""


Screen = Idle | Waiting | Offering | Thanking | Noting | Shut
