"""The demo's split view: floor plan, kiosk, ticket, and the story as it is told. Keys go off the story."""

from pathlib import PurePath
from typing import ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher, Static

from kiosk.floor_view import draw_floor
from kiosk.panel import KioskPanel
from kiosk.screen import HOME_LANGUAGE, Language
from kiosk.split_model import Controls, SplitModel
from kiosk.texts import Texts
from kiosk.theme import THEME
from kiosk.widgets import Words

REFRESH_S: Final = 0.25
"""A walker moves a metre a second: a quarter of a second is smooth enough for characters."""

CHECKOUT: Final = "panel-checkout"
AISLE: Final = "panel-aisle"


class SplitApp(App[None], inherit_bindings=False):
    """Shows a shop whose parts run beside it in the same event loop.

    Args:
        checkout: the checkout kiosk's panel.
        aisle: the aisle display's.
        controls: the shop.
        language: of the view at first; the panels have their own.
    """

    CSS_PATH: ClassVar[list[str | PurePath]] = ["panel.tcss", "split.tcss"]
    ENABLE_COMMAND_PALETTE = False
    TITLE = "Comptoir"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause"),
        Binding("s", "step"),
        Binding("w", "walk"),
        Binding("i", "scan"),
        Binding("p", "pay"),
        Binding("c", "cable"),
        Binding("plus,equals_sign", "speed(1.5)"),
        Binding("minus", "speed(0.6667)"),
        Binding("k", "other_kiosk"),
        Binding("l", "language"),
        Binding("q,ctrl+c,ctrl+q", "quit"),
        Binding("tab", "app.focus_next"),
        Binding("shift+tab", "app.focus_previous"),
    ]

    def __init__(
        self, checkout: KioskPanel, aisle: KioskPanel, controls: Controls, language: Language = HOME_LANGUAGE
    ) -> None:
        super().__init__()
        self._panels = {CHECKOUT: checkout, AISLE: aisle}
        self._controls = controls
        self._texts = Texts(language, "EUR")
        self.register_theme(THEME)
        self.theme = THEME.name

    def compose(self) -> ComposeResult:
        """Floor and story on the left, kiosk and ticket on the right."""
        with Horizontal(id="shop"):
            with Vertical(id="left"):
                yield Static(id="floor", markup=False)
                yield Words("", classes="legend")
                yield Static(id="story", markup=False)
            with Vertical(id="right"):
                with ContentSwitcher(initial=CHECKOUT, id="kiosk"):
                    yield Vertical(self._panels[CHECKOUT], id=CHECKOUT)
                    yield Vertical(self._panels[AISLE], id=AISLE)
                yield Static(id="ticket", markup=False)
        yield Words("", classes="keys")

    def on_mount(self) -> None:
        """Start refreshing; digits and Enter go to the kiosk, letters to the view."""
        self._caption()
        self.set_interval(REFRESH_S, self._refresh)
        self._panels[CHECKOUT].focus()
        self._refresh()

    def show_kiosk(self, *, aisle: bool) -> None:
        """Bring one of the two kiosks to the front."""
        name = AISLE if aisle else CHECKOUT
        self.query_one(ContentSwitcher).current = name
        self._caption()
        self._panels[name].focus()

    def _caption(self) -> None:
        words = self._texts
        aisle = self.query_one(ContentSwitcher).current == AISLE
        self.query_one("#floor").border_title = words("split.floor")
        self.query_one("#story").border_title = words("split.story")
        self.query_one("#ticket").border_title = words("split.ticket")
        self.query_one("#kiosk").border_title = words(
            "split.kiosk.aisle" if aisle else "split.kiosk.checkout"
        )
        keys = (("␣", "pause"), ("s", "step"), ("w", "walk"), ("i", "scan"), ("p", "pay"), ("c", "cable"),
                ("+−", "speed"), ("k", "kiosk"), ("l", "language"), ("q", "quit"))  # fmt: skip
        line = "  ".join(f"{key} {words(f'split.key.{name}')}" for key, name in keys)
        self.query_one(".keys", Words).update(line)

    def _refresh(self) -> None:
        model, words = self._controls.model(), self._texts
        floor = self.query_one("#floor", Static)
        width, height = floor.content_size.width, floor.content_size.height
        if width > 1 and height > 1:
            floor.update(draw_floor(model, width, height, words.language, words("split.unknown")))
        self.query_one(".legend", Words).update(words("split.legend", state=self._state(model)))
        story = self.query_one("#story", Static)
        at = 0 if words.language == "fr" else 1
        told = [sentence[at] for sentence in model.sentences]
        story.update("\n".join(told[-max(1, story.content_size.height // 2) :]))
        self.query_one("#ticket", Static).update("\n".join(line[at] for line in model.ticket))

    def _state(self, model: SplitModel) -> str:
        words = self._texts
        parts = [words("split.status", clock=model.clock, speed=model.speed, bus=model.bus)]
        parts.append(words("split.cable.in" if model.cable_in else "split.cable.out"))
        if model.paused:
            parts.append(words("split.paused"))
        return "  ".join(parts)

    def action_pause(self) -> None:
        """Space."""
        self._controls.pause()

    def action_step(self) -> None:
        """S."""
        self._controls.step()

    def action_walk(self) -> None:
        """W."""
        self._controls.walk()

    def action_scan(self) -> None:
        """I."""
        self._controls.scan()

    def action_pay(self) -> None:
        """P."""
        self._controls.pay()

    def action_cable(self) -> None:
        """C."""
        self._controls.cable()

    def action_speed(self, factor: float) -> None:
        """Plus and minus."""
        self._controls.speed(factor)

    def action_other_kiosk(self) -> None:
        """K."""
        self.show_kiosk(aisle=self.query_one(ContentSwitcher).current == CHECKOUT)

    def action_language(self) -> None:
        """L."""
        self._texts = Texts("en" if self._texts.language == "fr" else "fr", "EUR")
        self._caption()
