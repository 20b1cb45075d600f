"""The kiosk's screen as one widget: alone in the kiosk's app, or a part of the demo's split view."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from textual import events
from textual.app import ComposeResult
from textual.css.query import NoMatches
from textual.message import Message
from textual.widget import Widget

from kiosk.events import CharacterTyped, CodeSubmitted, PersonEvent
from kiosk.screen import Screen
from kiosk.texts import Texts
from kiosk.views import build, status
from kiosk.widgets import Header, Target

ANY_CODE: Final = re.compile(r"[0-9A-Za-z-]")
DIGITS: Final = re.compile(r"[0-9]")
"""For a panel among other keys: letters and signs belong to the app around it."""

ROOMY_LINES: Final = 18
"""From here on every screen has lines to spare for distance (the offer needs 12)."""


class Display(Protocol):
    """Where a kiosk's client draws."""

    def show(self, screen: Screen, drawn: Callable[[], None] | None = None) -> None:
        """Draw `screen` soon, then call `drawn` once it really stands on the display."""
        ...

    def wipe(self) -> None:
        """Forget what a person left behind (the focus, a half-made gesture)."""
        ...


class KioskPanel(Widget, can_focus=True):
    """Shows screens and reports what people do.

    Keys: Tab and the arrows move the focus, Enter presses the target that has it; characters of a code followed by
    Enter are a card typed or scanned. No key is bound to an act, so no scan can set one off.

    Args:
        emit: takes what a person did.
        currency: ISO 4217 code of the prices.
        typing: the characters taken as a code's.
    """

    class _Show(Message):
        def __init__(self, screen: Screen, drawn: Callable[[], None] | None) -> None:
            super().__init__()
            self.screen = screen
            self.drawn = drawn

    class _Wiped(Message):
        pass

    def __init__(
        self,
        emit: Callable[[PersonEvent], None],
        *,
        currency: str = "EUR",
        typing: re.Pattern[str] = ANY_CODE,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self._emit = emit
        self._currency = currency
        self._typing = typing
        self._code_begun = False
        self._shown = Screen()
        self._texts = Texts(self._shown.language, currency)

    @property
    def shown(self) -> Screen:
        """The screen that stands."""
        return self._shown

    def show(self, screen: Screen, drawn: Callable[[], None] | None = None) -> None:
        """See `Display`. May be called from any task of the event loop."""
        self.post_message(self._Show(screen, drawn))

    def wipe(self) -> None:
        """See `Display`."""
        self.post_message(self._Wiped())

    def press(self, target: str) -> None:
        """Press a target by name (`symbol-lune`, `why`, `stop`, …) as a finger would.

        Raises:
            LookupError: no such target stands on the screen now.
        """
        try:
            self.query_one(f"#target-{target}", Target).press()
        except NoMatches:
            raise LookupError(f"no target {target!r} on the {self._shown.kind} screen") from None

    def compose(self) -> ComposeResult:
        """The widgets of the screen that stands."""
        yield from build(self._shown, self._texts)

    def on_resize(self, event: events.Resize) -> None:
        """Spread out where there is room."""
        self.set_class(event.size.height >= ROOMY_LINES, "roomy")

    async def on_kiosk_panel__show(self, message: _Show) -> None:
        """Draw, keep the focus where it was if that target is still there, and report once it stands."""
        message.stop()
        before, self._shown = self._shown, message.screen
        if before.typed and not message.screen.typed:
            self._code_begun = False
        if self.is_mounted and _same_but_status(before, message.screen):
            self.query_one(Header).say(status(message.screen, self._texts))
        else:
            await self._redraw()
        if message.drawn is not None:
            self.call_after_refresh(message.drawn)

    async def _redraw(self) -> None:
        focused = self.screen.focused
        focused_id = focused.id if isinstance(focused, Target) and self in focused.ancestors else None
        self._texts = Texts(self._shown.language, self._currency)
        await self.recompose()
        if focused_id is not None:
            again = self.query(f"#{focused_id}")
            (again.first() if again else self).focus(scroll_visible=False)

    def on_kiosk_panel__wiped(self, message: _Wiped) -> None:
        """The next person starts with nothing focused."""
        message.stop()
        self._code_begun = False
        if self.has_focus_within:
            self.focus(scroll_visible=False)

    def on_target_pressed(self, message: Target.Pressed) -> None:
        """A target was pressed."""
        message.stop()
        self._emit(message.event)

    def on_key(self, event: events.Key) -> None:
        """Keys that reached the panel or one of its targets."""
        if self.take_key(event):
            event.stop()

    def take_key(self, event: events.Key) -> bool:
        """Characters and Enter of a code; Enter, Tab and the arrows among the targets.

        Returns:
            False when the key means nothing here.
        """
        focused = self.screen.focused
        if event.key == "enter":
            if self._code_begun:
                self._code_begun = False
                self._emit(CodeSubmitted())
            elif isinstance(focused, Target):
                focused.press()
        elif event.character is not None and self._typing.fullmatch(event.character):
            self._code_begun = True
            self._emit(CharacterTyped(event.character))
        elif event.key in ("tab", "down", "right"):
            self.screen.focus_next(Target)
        elif event.key in ("shift+tab", "up", "left"):
            self.screen.focus_previous(Target)
        else:
            return False
        return True


def _same_but_status(before: Screen, after: Screen) -> bool:
    return after == replace(before, typed=after.typed, waiting=after.waiting)
