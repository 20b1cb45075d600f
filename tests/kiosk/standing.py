"""A panel in a running app, and what its cells look like."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual.app import App

from kiosk.app import KioskApp
from kiosk.events import PersonEvent
from kiosk.frames import headless
from kiosk.panel import KioskPanel
from kiosk.screen import Screen


@dataclass(frozen=True, slots=True)
class Cell:
    """One drawn character with its colours, each (red, green, blue) in 0–255."""

    character: str
    ink: tuple[int, int, int]
    paper: tuple[int, int, int]


def cells(app: App[Any]) -> Iterator[Cell]:
    """Every drawn cell of the app's present frame that is not blank."""
    with app._context():
        strips = app.screen._compositor.render_strips()
    for strip in strips:
        for segment in strip:
            style = segment.style
            if style is None or style.color is None or style.bgcolor is None:
                assert not segment.text.strip(), "drawn without a colour of our own"
                continue
            ink, paper = style.color.get_truecolor(), style.bgcolor.get_truecolor(foreground=False)
            if style.reverse:
                ink, paper = paper, ink
            for character in segment.text:
                if character.strip():
                    yield Cell(character, (ink[0], ink[1], ink[2]), (paper[0], paper[1], paper[2]))


def text(app: App[Any]) -> str:
    """The app's present frame as lines of text."""
    with app._context():
        strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def draw(panel: KioskPanel, screen: Screen) -> None:
    """Show a screen and wait until it stands."""
    drawn = asyncio.Event()
    panel.show(screen, drawn.set)
    async with asyncio.timeout(10):
        await drawn.wait()


class Kiosk:
    """A panel alone in a headless app; what people did is in `done`."""

    def __init__(self) -> None:
        self.done: list[PersonEvent] = []
        self.panel = KioskPanel(self.done.append)
        self.app = KioskApp(self.panel)

    @asynccontextmanager
    async def stands(self, size: tuple[int, int] = (40, 12)) -> AsyncIterator["Kiosk"]:
        async with headless(self.app, size):
            yield self
        if self.app.crash is not None:
            raise self.app.crash

    async def draw(self, screen: Screen) -> str:
        await draw(self.panel, screen)
        return text(self.app)
