"""Looks at one sample screen: on this terminal, or as a picture."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from textual import events

from kiosk.app import KioskApp
from kiosk.frames import headless, save_frame
from kiosk.panel import KioskPanel
from kiosk.samples import SAMPLES
from kiosk.screen import Screen

_NOTHING: Final = re.compile(r"(?!)")
"""No key is a code's here, so that any letter ends the preview."""


def sample(state: str, *, english: bool) -> Screen:
    """The sample of that name in one language."""
    return replace(SAMPLES[state], language="en" if english else "fr")


async def draw(state: str, path: Path, size: tuple[int, int], *, english: bool) -> None:
    """Write a picture of a sample screen, `size` cells large.

    Raises:
        OSError: the file cannot be written.
    """
    panel = KioskPanel(lambda _event: None)
    async with headless(KioskApp(panel), size) as app:
        drawn = asyncio.Event()
        panel.show(sample(state, english=english), drawn.set)
        await drawn.wait()
        save_frame(app, path)


async def look(state: str, *, english: bool) -> None:
    """Show a sample screen on this terminal until a key that means nothing to it."""
    panel = KioskPanel(lambda _event: None, typing=_NOTHING)
    app = _Preview(panel)
    panel.show(sample(state, english=english))
    await app.run_async()


class _Preview(KioskApp):
    """A kiosk's app that a designer can leave."""

    CSS_PATH = "panel.tcss"

    def on_key(self, _event: events.Key) -> None:
        """End on a key nothing else took."""
        self.exit()
