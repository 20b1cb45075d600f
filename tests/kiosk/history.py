"""Histories of a kiosk: events in, what was drawn and sent out."""

from typing import Any

from hub.wire.base import LocalText
from hub.wire.display import (
    Closed,
    Content,
    KioskView,
    Level,
    Noted,
    Revision,
    Symbols,
    Thanks,
)
from kiosk.core import KioskCore
from kiosk.events import Event, HubSeen, ViewArrived
from kiosk.samples import OFFER, PROGRESS
from kiosk.screen import NOBODY, Command, Draw, Kind, Screen, Send, Wipe

KIOSK = "checkout-1"
FIRST = "1" * 16
SECOND = "2" * 16
SUBJECT = "sealed-for-the-hub"

SYMBOLS = Symbols(symbols=("lune", "cerise", "bateau", "chat", "parapluie", "couronne"))
THANKS = Thanks(discount_minor=200, points_used=50, counter=0, every=5)
NOTED = Noted(message=LocalText(fr="Ce code n’est pas connu.", en="This code is not known."))
CLOSED = Closed(reason=LocalText(fr="pas de notice", en="no notice"))

CONTENTS: dict[Kind, Content] = {
    Kind.ATTRACT: NOBODY,
    Kind.CLOSED: CLOSED,
    Kind.SYMBOLS: SYMBOLS,
    Kind.OFFER: OFFER,
    Kind.PROGRESS: PROGRESS,
    Kind.NOTED: NOTED,
    Kind.THANKS: THANKS,
}
PERSONAL = (Kind.OFFER, Kind.PROGRESS, Kind.THANKS)


def view(content: Content, n: int = 1, session: str = FIRST, **changes: Any) -> KioskView:
    """A view as the hub sends it."""
    personal = Kind(content.kind) in PERSONAL
    facts: dict[str, Any] = {
        "kiosk": KIOSK,
        "revision": Revision(session_id=session, n=n),
        "ttl_s": 300.0,
        "level": Level.L2 if personal else Level.L1 if isinstance(content, Symbols) else Level.L0,
        "content": content,
        "permission_revision": 7 if personal else 0,
        "subject": SUBJECT if personal else None,
    }
    return KioskView(**(facts | changes))


class Told:
    """Plays events into a core and keeps what it commanded."""

    def __init__(self, core: KioskCore | None = None, *, online: bool = True) -> None:
        self.core = core or KioskCore(KIOSK)
        self.now_s = 1_000.0
        self.n = 0
        self.commands: list[Command] = []
        if online:
            self.happens(HubSeen(FIRST, online=True))

    def happens(self, *events: Event, after_s: float = 0.0) -> "Told":
        self.now_s += after_s
        for event in events:
            self.commands += self.core.handle(event, self.now_s)
        return self

    def shows(self, content: Content, after_s: float = 0.0, **changes: Any) -> "Told":
        """The hub shows its next view."""
        self.n += 1
        return self.happens(ViewArrived(view(content, self.n, **changes)), after_s=after_s)

    def forget(self) -> "Told":
        self.commands.clear()
        return self

    @property
    def screen(self) -> Screen:
        """What stands: the last drawn."""
        return self.draws[-1].screen if self.draws else self.core._screen(self.now_s)

    @property
    def kind(self) -> str:
        """The kind of screen that stands."""
        return self.screen.kind.value

    @property
    def draws(self) -> list[Draw]:
        return [command for command in self.commands if isinstance(command, Draw)]

    @property
    def sends(self) -> list[Send]:
        return [command for command in self.commands if isinstance(command, Send)]

    @property
    def acts(self) -> list[str]:
        return [send.act.kind for send in self.sends]

    @property
    def wipes(self) -> int:
        return sum(isinstance(command, Wipe) for command in self.commands)


def standing(kind: Kind) -> Told:
    """A kiosk on which a screen of this kind stands; what led there is forgotten."""
    from kiosk.events import CodePresented, StopAsked

    told = Told()
    if kind is Kind.NOTE:
        told.happens(CodePresented("?"))
    elif kind is Kind.CONFIRM:
        told.shows(OFFER).happens(StopAsked())
    elif kind is not Kind.ATTRACT:
        told.shows(CONTENTS[kind])
    screen = told.core._screen(told.now_s)
    assert screen.kind is kind
    return told.forget()
