"""What happens to a kiosk: to its screen's core these are facts, in the past tense."""

from dataclasses import dataclass

from hub.wire.display import KioskView


@dataclass(frozen=True, slots=True)
class ViewArrived:
    """The hub sent a full screen state."""

    view: KioskView


@dataclass(frozen=True, slots=True)
class ViewNotUnderstood:
    """The hub sent a screen state of another version of the wire, or of a kind this kiosk does not know."""


@dataclass(frozen=True, slots=True)
class HubSeen:
    """The hub announced a session of itself, or its last will did.

    Args:
        session_id: the hub's session, a wire `Token`.
        online: False when it left or vanished.
    """

    session_id: str
    online: bool


@dataclass(frozen=True, slots=True)
class BusLost:
    """The connection to the bus is down: nothing of the hub's can be heard."""


@dataclass(frozen=True, slots=True)
class StopDelivered:
    """The hub acknowledged one stop: it is committed there."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed. At least two a second keep every timer within half a second."""


@dataclass(frozen=True, slots=True)
class SymbolTouched:
    """A person touched one of the symbols on the screen."""

    symbol: str


@dataclass(frozen=True, slots=True)
class CharacterTyped:
    """One character came from the keyboard or the barcode scanner."""

    character: str


@dataclass(frozen=True, slots=True)
class CodeSubmitted:
    """Enter ended what was typed or scanned."""


@dataclass(frozen=True, slots=True)
class CodePresented:
    """A whole code came at once: the app's tap."""

    code: str


@dataclass(frozen=True, slots=True)
class WhyToggled:
    """A person asked for the reasons, or put them away."""


@dataclass(frozen=True, slots=True)
class LanguageToggled:
    """A person asked for the other language."""


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """A person said "not this time"."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """A person touched "don't recognise me any more"; the question follows."""


@dataclass(frozen=True, slots=True)
class StopConfirmed:
    """They answered yes."""


@dataclass(frozen=True, slots=True)
class StopDropped:
    """They answered no."""


@dataclass(frozen=True, slots=True)
class Left:
    """A person touched "done"."""


PersonEvent = (
    SymbolTouched
    | CharacterTyped
    | CodeSubmitted
    | CodePresented
    | WhyToggled
    | LanguageToggled
    | OfferDeclined
    | StopAsked
    | StopConfirmed
    | StopDropped
    | Left
)
"""What a person can do at the screen."""

Event = ViewArrived | ViewNotUnderstood | HubSeen | BusLost | StopDelivered | Tick | PersonEvent
