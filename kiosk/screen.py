"""What a kiosk shows at one moment, and what its core commands."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from hub.wire.display import Act, Attract, Content, Revision

Language = Literal["fr", "en"]

NOBODY: Final = Attract()
"""What stands when nobody is known to be here."""

HOME_LANGUAGE: Language = "fr"
"""Every wipe returns to it: the next person is a stranger to the last one's choice."""


class Note(StrEnum):
    """A short message of the kiosk's own, in place of the hub's view."""

    STOPPED = "stopped"
    STOPPED_OFFLINE = "stopped_offline"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    UNREADABLE = "unreadable"


class Kind(StrEnum):
    """Which screen stands: the hub's seven, and two of the kiosk's own."""

    ATTRACT = "attract"
    CLOSED = "closed"
    SYMBOLS = "symbols"
    OFFER = "offer"
    PROGRESS = "progress"
    NOTED = "noted"
    THANKS = "thanks"
    NOTE = "note"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything a display needs to draw one frame; two equal ones look the same."""

    content: Content = NOBODY
    note: Note | None = None
    confirming: bool = False
    """The question "don't recognise me any more?" stands; nothing of the view is drawn beneath it."""
    language: Language = HOME_LANGUAGE
    online: bool = False
    outdated: bool = False
    """The hub's last view was of a version or kind this kiosk does not know: staff are asked for an update."""
    why: bool = False
    """The reasons are open."""
    waiting: bool = False
    """An act is on its way to the hub."""
    resting: bool = False
    """Symbols are not taken now: a wrong one was touched a moment ago."""
    typed: int = 0
    """How many characters of a code were typed; the characters themselves never reach the screen."""

    @property
    def kind(self) -> Kind:
        """Which screen this is."""
        if self.note is not None:
            return Kind.NOTE
        return Kind.CONFIRM if self.confirming else Kind(self.content.kind)


@dataclass(frozen=True, slots=True)
class Draw:
    """Show this screen; `revision` is the hub's view it comes from, None when it is the kiosk's own."""

    screen: Screen
    revision: Revision | None


@dataclass(frozen=True, slots=True)
class Send:
    """Deliver one act to the hub.

    Args:
        act: what the person did.
        seen: the view they saw when they did it.
        permission_revision: the permission revision that view named.
        subject: whom that view was about, as the hub sealed it.
        urgent: goes before everything else that waits.
        rest_s: worthless after this many seconds undelivered.
    """

    act: Act
    seen: Revision | None
    permission_revision: int
    subject: str | None
    urgent: bool
    rest_s: float


@dataclass(frozen=True, slots=True)
class Wipe:
    """A person's time at the screen is over: forget everything a display may still hold of it."""


Command = Draw | Send | Wipe
