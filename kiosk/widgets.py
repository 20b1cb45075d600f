"""The few things screens are made of: words, touch targets, the awning."""

from collections.abc import Callable
from typing import NamedTuple

from textual import events
from textual.containers import Horizontal, ScrollableContainer
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from kiosk.events import PersonEvent
from kiosk.symbols import HEIGHT, WIDTH, Drawing, render


class Words(Static):
    """Text drawn as it is: never as markup, so no name can style, link or run anything (acceptance C5)."""

    def __init__(self, text: str | Content, classes: str = "") -> None:
        super().__init__(text if isinstance(text, Content) else Content(text), classes=classes, markup=False)


class Target(Widget, can_focus=True):
    """A large touch target: a touch, a click, or Enter while it has the focus, means one thing.

    Args:
        name: names it among the targets of its screen, also to find it again after a redraw.
        label: what stands on it.
        event: the act a press means, or what it does on the spot when it is no act of interest to the core.
    """

    class Pressed(Message):
        """Somebody pressed a target."""

        def __init__(self, event: PersonEvent) -> None:
            super().__init__()
            self.event = event

    def __init__(
        self, name: str, label: str | Content, event: PersonEvent | Callable[[], None], classes: str = ""
    ) -> None:
        super().__init__(id=f"target-{name}", classes=classes)
        self._label = label if isinstance(label, Content) else Content(label)
        self._event = event

    def render(self) -> Content:
        """The label."""
        return self._label

    def press(self) -> None:
        """Do as if it were touched."""
        if callable(self._event):
            self._event()
        else:
            self.post_message(self.Pressed(self._event))

    def on_click(self, event: events.Click) -> None:
        """A touch or a click."""
        event.stop()
        self.press()


class Status(NamedTuple):
    """What the header says in the place of the title; nothing when `words` is empty."""

    words: str
    alert: bool = False


class Header(Horizontal):
    """The line at the top: the title or, when there is one, the status that matters more now; and the language.

    Args:
        title: what the screen is about, may be empty.
        status: see `say`.
        language: the target that switches it.
    """

    def __init__(self, title: str, status: Status, language: Target) -> None:
        self._title = title
        self._words = Words("")
        super().__init__(self._words, language, classes="header")
        self.say(status)

    def say(self, status: Status) -> None:
        """Show `status` in the place of the title; the title again when it is empty."""
        self._words.update(Content(status.words or self._title))
        self._words.set_classes("title" if not status.words else "status alert" if status.alert else "status")


class Reasons(ScrollableContainer, can_focus=False):
    """Every reason the hub gave, whole: what does not fit stands on further pages.

    Args:
        reasons: one text each.
        more: the label of the target that turns the page; `turning` shows it only when there is something to turn.
    """

    def __init__(self, reasons: list[str], more: str) -> None:
        super().__init__(*(Words(reason, classes="reason") for reason in reasons), classes="middle reasons")
        self.turning = Target("more", more, self.turn, "second")
        self.turning.display = False

    def watch_virtual_size(self) -> None:
        """Offer to turn the page as soon as it is known that there is another one."""
        self.turning.display = self.max_scroll_y > 0

    def on_resize(self) -> None:
        """The same when the room changes, not the reasons."""
        self.turning.display = self.max_scroll_y > 0

    def turn(self) -> None:
        """Show the next page; the first again after the last."""
        if self.scroll_y >= self.max_scroll_y:
            self.scroll_home(animate=False)
        else:
            self.scroll_page_down(animate=False)


class SymbolTarget(Target):
    """A touch target with a drawn symbol and its name beneath; the drawing grows with the space."""

    def __init__(
        self, name: str, word: str, drawing: Drawing | None, event: PersonEvent, classes: str = ""
    ) -> None:
        super().__init__(name, word, event, classes)
        self._drawing = drawing

    def render(self) -> Content:
        """The drawing in the largest size that fits, and the word."""
        if self._drawing is None:
            return self._label
        room = min(self.content_size.width // WIDTH, (self.content_size.height - 1) * 2 // HEIGHT)
        if room < 1:
            return self._label
        return Content("\n").join([render(self._drawing, min(room, 3)), self._label])


class Awning(Widget):
    """The striped awning of a shop: says "this belongs to the shop" and nothing else."""

    STRIPE = 4

    def render(self) -> Content:
        """Two lines: the cloth, and its scallops."""
        cloth, scallops = [], []
        for at in range(0, self.size.width, self.STRIPE):
            style = Style.parse("$kiosk-deep" if at // self.STRIPE % 2 else "$kiosk-card")
            cloth.append(("█" * self.STRIPE, style))
            scallops.append(("▝▀▀▘", style))
        return Content("\n").join([Content.assemble(*cloth), Content.assemble(*scallops)])
