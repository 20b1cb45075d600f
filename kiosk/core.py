"""The kiosk's decisions, pure: what happened in, what to draw and to send out.

The person's acts, by the screen that stands (✓ taken, blank: ignored). Characters, Enter and the app's tap are
one column, "code"; the language can be switched anywhere.

| screen | symbol | code | why | decline | stop | yes / no | done |
|---|---|---|---|---|---|---|---|
| attract | | ✓ | | | | | |
| closed | | | | | | | |
| symbols | ✓ | ✓ | | | | | |
| offer | | ✓ | ✓ | ✓ | ✓ | | ✓ |
| progress | | ✓ | ✓ | | ✓ | | ✓ |
| noted | | ✓ | | | | | ✓ |
| thanks | | ✓ | | | ✓ | | ✓ |
| note (the kiosk's own) | | ✓ | | | | | ✓ |
| confirm (the stop's question) | | | | | | ✓ | |

Whose the screen is. An offer, progress, thanks, and anything the hub calls L2, is *personal*. It is wiped when
its time to live ends, after `IDLE_S` without an act of the person, on "done", on a stop, and when the hub shows
something else. Once wiped, the hub's refreshes of it (already on their way) are not drawn again until somebody
acts here or the hub has shown something that is not personal. While a stop is not yet committed by the hub
nothing personal is drawn at all: a stop asked of a kiosk that is cut off blanks at once and beats whatever older
view arrives later (acceptance A8). A stop is about the person whose view stood when it was asked, whoever's view
stands when the question is answered.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from hub.wire.display import (
    Act,
    Decline,
    KioskView,
    Leave,
    Level,
    Noted,
    PresentCode,
    Revision,
    StopRecognition,
    Symbols,
    TouchSymbol,
)
from kiosk.events import (
    BusLost,
    CharacterTyped,
    CodePresented,
    CodeSubmitted,
    Event,
    HubSeen,
    LanguageToggled,
    Left,
    OfferDeclined,
    StopAsked,
    StopConfirmed,
    StopDelivered,
    StopDropped,
    SymbolTouched,
    Tick,
    ViewArrived,
    ViewNotUnderstood,
    WhyToggled,
)
from kiosk.order import Arrival, ViewOrder
from kiosk.screen import HOME_LANGUAGE, NOBODY, Command, Draw, Kind, Language, Note, Screen, Send, Wipe
from kiosk.text import clean_view

IDLE_S = 25.0
"""Below the 30 s of acceptance C6, so that a late tick and a slow repaint still keep it."""

NOTE_S = 8.0
"""Long enough to read two short sentences aloud."""

ANSWER_S = 5.0
"""The hub answers in milliseconds; a person looks up after a few seconds without an answer."""

TYPED_S = 10.0
"""A code left half typed belongs to somebody who walked away."""

ACT_REST_S = 10.0
""""That's me", delivered later than this, may meet another person at the screen."""

STOP_REST_S = 30 * 86_400.0
"""A withdrawal outlasts any repair of the network."""

MAX_CODE = 40
CODE: Final = re.compile(r"[0-9A-Za-z-]{4,40}")
CODE_CHARACTER: Final = re.compile(r"[0-9A-Za-z-]")

PERSONAL: Final = frozenset({Kind.OFFER, Kind.PROGRESS, Kind.THANKS})

LAST_WORDS: Final = frozenset({Note.STOPPED, Note.STOPPED_OFFLINE, Note.DECLINED})
"""Notes that end somebody's time at the screen; said in their language, then it is the next person's."""

TAKES: Final[dict[type[Any], frozenset[Kind]]] = {
    SymbolTouched: frozenset({Kind.SYMBOLS}),
    CharacterTyped: frozenset(Kind) - {Kind.CLOSED, Kind.CONFIRM},
    CodeSubmitted: frozenset(Kind) - {Kind.CLOSED, Kind.CONFIRM},
    CodePresented: frozenset(Kind) - {Kind.CLOSED, Kind.CONFIRM},
    WhyToggled: frozenset({Kind.OFFER, Kind.PROGRESS}),
    LanguageToggled: frozenset(Kind),
    OfferDeclined: frozenset({Kind.OFFER}),
    StopAsked: PERSONAL,
    StopConfirmed: frozenset({Kind.CONFIRM}),
    StopDropped: frozenset({Kind.CONFIRM}),
    Left: PERSONAL | {Kind.NOTED, Kind.NOTE},
}
"""The table above: the act → the screens that take it."""


class KioskCore:
    """The state of one kiosk's screen.

    Args:
        kiosk: its name; views for another one are dropped.
        stops_pending: stops left undelivered by an earlier run.
    """

    def __init__(self, kiosk: str, stops_pending: int = 0) -> None:
        self._kiosk = kiosk
        self._order = ViewOrder()
        self._view: KioskView | None = None
        self._view_until_s = 0.0
        self._rest_until_s = 0.0
        self._note: Note | None = None
        self._note_until_s = 0.0
        self._answer_until_s: float | None = None
        self._active_s = 0.0
        self._language: Language = HOME_LANGUAGE
        self._why = False
        self._asked: Send | None = None
        self._typed = ""
        self._online = self._outdated = self._shielded = False
        self._stops_pending = stops_pending
        self._drawn: Screen | None = None
        self._handlers: dict[type[Any], Callable[[Any, float], tuple[Command, ...]]] = {
            ViewArrived: self._view_arrived,
            ViewNotUnderstood: self._view_not_understood,
            HubSeen: self._hub_seen,
            BusLost: self._bus_lost,
            StopDelivered: self._stop_delivered,
            Tick: lambda _event, _now_s: (),
            SymbolTouched: self._symbol_touched,
            CharacterTyped: self._character_typed,
            CodeSubmitted: self._code_submitted,
            CodePresented: lambda event, now_s: self._present(event.code, now_s),
            WhyToggled: self._why_toggled,
            LanguageToggled: self._language_toggled,
            OfferDeclined: self._offer_declined,
            StopAsked: self._stop_asked,
            StopConfirmed: self._stop_confirmed,
            StopDropped: self._stop_dropped,
            Left: self._left,
        }

    def handle(self, event: Event, now_s: float) -> tuple[Command, ...]:
        """Take one event.

        Args:
            event: what happened.
            now_s: monotonic store seconds (a wall clock set back must not prolong anything).

        Returns:
            Commands in the order they are to be carried out: what blanks the screen stands before what is sent.
        """
        commands = [*self._expire(now_s)]
        if self._takes(event, now_s):
            commands += self._handlers[type(event)](event, now_s)
        screen = self._screen(now_s)
        if screen != self._drawn:
            self._drawn = screen
            commands.append(Draw(screen, self._revision_drawn()))
        return tuple(sorted(commands, key=lambda command: isinstance(command, Send)))

    def _takes(self, event: Event, now_s: float) -> bool:
        screens = TAKES.get(type(event))
        return screens is None or self._screen(now_s).kind in screens

    def _revision_drawn(self) -> Revision | None:
        return None if self._own() or self._view is None else self._view.revision

    def _own(self) -> bool:
        """Whether a screen of the kiosk's own stands, so that nothing of the hub's view is drawn."""
        return self._note is not None or self._asked is not None

    def _screen(self, now_s: float) -> Screen:
        content = self._view.content if self._view else NOBODY
        return Screen(
            content=NOBODY if self._own() else content,
            note=self._note,
            confirming=self._asked is not None,
            language=self._language,
            online=self._online,
            outdated=self._outdated,
            why=self._why,
            waiting=self._answer_until_s is not None,
            resting=isinstance(content, Symbols) and now_s < self._rest_until_s,
            typed=len(self._typed),
        )

    # Time

    def _expire(self, now_s: float) -> tuple[Command, ...]:
        commands: tuple[Command, ...] = ()
        if self._note is not None and now_s >= self._note_until_s:
            commands = self._end_note()
        if self._answer_until_s is not None and now_s >= self._answer_until_s:
            self._answer_until_s = None
            self._show_note(Note.NO_ANSWER, now_s)
        if now_s - self._active_s >= TYPED_S:
            self._typed = ""
        if self._view is not None and now_s >= self._view_until_s:
            return (*commands, *(self._wipe() if _is_personal(self._view) else self._forget_view()))
        if now_s - self._active_s >= IDLE_S:
            return (*commands, *self._idle())
        return commands

    def _idle(self) -> tuple[Command, ...]:
        if _is_personal(self._view):
            return (self._send(Leave()), *self._wipe())
        if self._language != HOME_LANGUAGE and self._note is None:
            return self._wipe()
        return ()

    def _end_note(self) -> tuple[Command, ...]:
        last_word = self._note in LAST_WORDS
        self._note = None
        return self._wipe() if last_word else ()

    def _forget_view(self) -> tuple[Command, ...]:
        self._view = None
        return ()

    def _wipe(self) -> tuple[Command, ...]:
        if _is_personal(self._view):
            self._view = None
            self._shielded = True
        self._note = self._answer_until_s = self._asked = None
        self._why = False
        self._typed = ""
        self._language = HOME_LANGUAGE
        return (Wipe(),)

    # The hub

    def _view_arrived(self, event: ViewArrived, now_s: float) -> tuple[Command, ...]:
        if event.view.kiosk != self._kiosk:
            return ()
        return self._take(self._order.arrived(Arrival(clean_view(event.view), now_s)), now_s)

    def _view_not_understood(self, _event: ViewNotUnderstood, _now_s: float) -> tuple[Command, ...]:
        self._outdated = True  # and what stands is older than what was said just now
        return self._wipe() if _is_personal(self._view) else self._forget_view()

    def _hub_seen(self, event: HubSeen, now_s: float) -> tuple[Command, ...]:
        arrival = self._order.announced(event.session_id) if event.online else None
        # An old session's late word says nothing of the new one.
        if event.session_id == self._order.session_id:
            self._online = event.online
        return self._take(arrival, now_s)

    def _bus_lost(self, _event: BusLost, _now_s: float) -> tuple[Command, ...]:
        self._online = False
        return ()

    def _take(self, arrival: Arrival | None, now_s: float) -> tuple[Command, ...]:
        if arrival is None or now_s >= arrival.at_s + arrival.view.ttl_s:
            return ()
        view, self._outdated = arrival.view, False
        personal = _is_personal(view)
        if personal and (self._shielded or self._stops_pending):
            return ()
        commands: tuple[Command, ...] = ()
        if not personal:
            if _is_personal(self._view):
                commands = self._wipe()
            self._shielded = False
        elif self._view is None or self._view.content != view.content:
            self._active_s = now_s  # something happened to this person's purchase: they are still there
        if self._is_answer(view):
            self._answer_until_s = None
        self._view, self._view_until_s = view, arrival.at_s + view.ttl_s
        if personal or isinstance(view.content, Noted):
            self._note = None
        if isinstance(view.content, Symbols):
            self._rest_until_s = arrival.at_s + view.content.cooling_s
        return commands

    def _is_answer(self, view: KioskView) -> bool:
        """A refresh of what everybody may see, on its way when somebody acted, answers nothing."""
        refresh = self._view is not None and self._view.content == view.content
        return not refresh or _is_personal(view) or isinstance(view.content, Noted)

    def _stop_delivered(self, _event: StopDelivered, _now_s: float) -> tuple[Command, ...]:
        self._stops_pending = max(0, self._stops_pending - 1)
        if self._note is Note.STOPPED_OFFLINE and not self._stops_pending:
            self._note = Note.STOPPED
        return ()

    # The person

    def _send(self, act: Act, *, urgent: bool = False, rest_s: float = ACT_REST_S) -> Send:
        view = self._view
        return Send(
            act=act,
            seen=view.revision if view else None,
            permission_revision=view.permission_revision if view else 0,
            subject=view.subject if view else None,
            urgent=urgent,
            rest_s=rest_s,
        )

    def _show_note(self, note: Note, now_s: float) -> None:
        self._note, self._note_until_s = note, now_s + NOTE_S

    def _ask(self, act: Act, now_s: float) -> tuple[Command, ...]:
        """Send an act whose answer the person waits for; what it may reveal is theirs again."""
        self._active_s = now_s
        self._shielded = False
        self._note = None
        self._answer_until_s = now_s + ANSWER_S
        return (self._send(act),)

    def _symbol_touched(self, event: SymbolTouched, now_s: float) -> tuple[Command, ...]:
        self._active_s = now_s
        content = self._view.content if self._view else None
        assert isinstance(content, Symbols), "the table takes a symbol on its screen only"
        refused = content.locked or now_s < self._rest_until_s or self._answer_until_s is not None
        if refused or event.symbol not in content.symbols:
            return ()
        return self._ask(TouchSymbol(symbol=event.symbol), now_s)

    def _character_typed(self, event: CharacterTyped, now_s: float) -> tuple[Command, ...]:
        self._active_s = now_s
        if CODE_CHARACTER.fullmatch(event.character):
            self._typed = (self._typed + event.character)[: MAX_CODE + 1]
        return ()

    def _code_submitted(self, _event: CodeSubmitted, now_s: float) -> tuple[Command, ...]:
        typed, self._typed = self._typed, ""
        return self._present(typed, now_s) if typed else ()

    def _present(self, code: str, now_s: float) -> tuple[Command, ...]:
        self._active_s = now_s
        if not CODE.fullmatch(code):
            self._show_note(Note.UNREADABLE, now_s)
            return ()
        return self._ask(PresentCode(code=code), now_s)

    def _why_toggled(self, _event: WhyToggled, now_s: float) -> tuple[Command, ...]:
        self._active_s = now_s
        self._why = not self._why
        return ()

    def _language_toggled(self, _event: LanguageToggled, now_s: float) -> tuple[Command, ...]:
        self._active_s = now_s
        self._language = "en" if self._language == "fr" else "fr"
        return ()

    def _offer_declined(self, _event: OfferDeclined, now_s: float) -> tuple[Command, ...]:
        return self._go(self._send(Decline()), Note.DECLINED, now_s)

    def _stop_asked(self, _event: StopAsked, now_s: float) -> tuple[Command, ...]:
        self._active_s = now_s
        self._asked = self._send(StopRecognition(), urgent=True, rest_s=STOP_REST_S)
        return ()

    def _stop_dropped(self, _event: StopDropped, now_s: float) -> tuple[Command, ...]:
        self._active_s = now_s
        self._asked = None
        return ()

    def _stop_confirmed(self, _event: StopConfirmed, now_s: float) -> tuple[Command, ...]:
        send = self._asked
        assert send is not None, "the table takes the answer where the question stands"
        self._stops_pending += 1
        return self._go(send, Note.STOPPED if self._online else Note.STOPPED_OFFLINE, now_s)

    def _go(self, send: Send, note: Note, now_s: float) -> tuple[Command, ...]:
        """Wipe what is personal, but say the last word in the person's language."""
        self._active_s = now_s
        language = self._language
        wiped = self._wipe()
        self._language = language
        self._show_note(note, now_s)
        return (*wiped, send)

    def _left(self, _event: Left, now_s: float) -> tuple[Command, ...]:
        self._active_s = now_s
        if self._note is not None:
            return self._end_note()  # what stood beneath stands again: an unread code ends nobody's purchase
        sent = self._send(Leave())
        if self._view is not None and isinstance(self._view.content, Noted):
            self._view = None  # personal or not, it has been read; nothing of it needs a shield
        return (sent, *self._wipe())


def _is_personal(view: KioskView | None) -> bool:
    return view is not None and (view.level is Level.L2 or view.content.kind in PERSONAL)
