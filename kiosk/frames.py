"""Screens without a terminal: several apps in one event loop, and pictures of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.app import App


def svg_of(app: App[Any]) -> str:
    """The app's present frame as SVG.

    `xml:space="preserve"` is added, since renderers other than browsers squeeze the runs of spaces otherwise.
    """
    with app._context():  # noqa: SLF001 - the picture may be taken from a task that is none of the app's
        picture = app.export_screenshot()
    return picture.replace("<svg ", '<svg xml:space="preserve" ', 1)


def save_frame(app: App[Any], path: Path) -> Path:
    """Write the app's present frame as an SVG file; the folder must exist."""
    path.write_text(svg_of(app), encoding="utf-8")
    return path


@asynccontextmanager
async def headless(app: App[Any], size: tuple[int, int]) -> AsyncIterator[App[Any]]:
    """Run an app without a terminal in the running event loop, from its first frame on until the block ends.

    Nest the blocks of several apps (an `AsyncExitStack` does): each captures the standard streams while it runs,
    so they must end in the reverse order of their start.
    """
    ready = asyncio.Event()

    async def started(_pilot: object) -> None:
        ready.set()

    task = asyncio.create_task(
        app.run_async(headless=True, size=size, auto_pilot=started), name=f"screen {app.title}"
    )
    first = asyncio.create_task(ready.wait(), name=f"first frame of {app.title}")
    try:
        await asyncio.wait((task, first), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield app
    finally:
        first.cancel()
        if app.return_code is None:  # a crash's code stands
            app.exit()
        await task
