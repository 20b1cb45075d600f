"""The kiosk's app: one panel, no way out for a visitor, and no traceback on a shopper's screen."""

import asyncio
import traceback
from typing import ClassVar, Final

import structlog
from rich.console import Group
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType

from hardware.host.errors import ExitCode
from kiosk.panel import KioskPanel
from kiosk.screen import HOME_LANGUAGE
from kiosk.texts import Texts
from kiosk.theme import THEME

log = structlog.get_logger()

_CLEAR: Final = Control(ControlType.CLEAR, ControlType.HOME)
"""Not every terminal has the alternate screen that is dropped at the end; the Linux console long had none."""


class KioskApp(App[None], inherit_bindings=False):
    """Shows one `KioskPanel` on the whole terminal.

    It ends by `leave()` (the supervisor's signal leads there), never by a key: a chord that staff know is known to
    every child of the street a week later. A crash wipes the screen, leaves one neutral sentence and ends with
    `ExitCode.SOFTWARE` for the supervisor to start it anew.
    """

    CSS_PATH = "panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False  # a selection can be copied: it would put what is drawn on the terminal's clipboard
    TITLE = "Comptoir"

    def __init__(self, panel: KioskPanel) -> None:
        super().__init__()
        self.panel = panel
        self.crash: Exception | None = None
        self.standing = asyncio.Event()
        """Set once the first screen stands on the terminal."""
        self.register_theme(THEME)
        self.theme = THEME.name

    def compose(self) -> ComposeResult:
        """The panel alone."""
        yield self.panel

    def on_mount(self) -> None:
        """Keys go to the panel from the start."""
        self.panel.focus()
        self.call_after_refresh(self.standing.set)

    def leave(self) -> None:
        """End, and leave nothing of anybody on the terminal."""
        if self.return_code is None:  # a crash's code stands
            self.exit(message=_CLEAR)

    async def on_event(self, event: events.Event) -> None:
        """Keys go to the panel before anything else, in their order.

        Textual gives a key to whatever has the focus. While the screen is drawn anew that is a widget about to
        go, or none, and a scanned code would lose digits or have them change places.
        """
        if isinstance(event, events.Key) and not event.is_forwarded and self.panel.take_key(event):
            return
        await super().on_event(event)

    def _handle_exception(self, error: Exception) -> None:
        """Replace Textual's handler, which prints a traceback with local variables, names and codes among them."""
        self.crash = error
        frames = traceback.extract_tb(error.__traceback__)
        at = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "unknown"
        log.error(
            "screen crashed", error=type(error).__name__, at=at
        )  # the message may quote a name: left out
        self._return_code = int(ExitCode.SOFTWARE)
        self._exit_renderables[:] = [Group(_CLEAR, Text(Texts(HOME_LANGUAGE, "EUR")("crash")))]
        self._close_messages_no_wait()
