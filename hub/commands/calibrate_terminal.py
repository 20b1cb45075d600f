"""The person at the terminal: lines typed, sentences said in their language, one line redrawn while a tag is heard."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from typing import Final

import click

from hub.calibration.guide import Say, Show
from hub.texts import Language, text
from hub.wire.base import LocalText

_READ_BYTES: Final = 4_096
_MAX_LINE: Final = 200
"""A place or a word is shorter; what is longer is something pasted by mistake."""


class Lines:
    """The lines of standard input, read in a thread of its own: a terminal, a pipe, a file.

    The loop can wait for pipes only. The thread reads the descriptor itself: one that waits in `sys.stdin` would hold
    its lock when the interpreter ends.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._begun = False
        self._rest = b""

    async def next(self) -> str | None:
        """The next line, without its end; None when there are no more."""
        if not self._begun:
            self._begun = True
            # In the background of a shell a read from the terminal would stop the whole process; so it is an error.
            signal.signal(signal.SIGTTIN, signal.SIG_IGN)
            threading.Thread(target=self._read, name="standard input", daemon=True).start()
        line = await self._queue.get()
        if line is None:
            self._queue.put_nowait(None)
        return line

    def _read(self) -> None:
        # The loop is closed when the process ends.
        with contextlib.suppress(RuntimeError):
            while data := _read_some():
                self._loop.call_soon_threadsafe(self._take, data)
            self._loop.call_soon_threadsafe(self._queue.put_nowait, None)

    def _take(self, data: bytes) -> None:
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-_MAX_LINE:]
        for line in lines:
            self._queue.put_nowait(line[-_MAX_LINE:].decode(errors="replace").strip())


def _read_some() -> bytes:
    try:
        return os.read(sys.stdin.fileno(), _READ_BYTES)
    except (AttributeError, OSError, ValueError):  # closed, or none: nobody types
        return b""


class Screen:
    """Says sentences on standard output.

    Args:
        language: of the sentences.
    """

    def __init__(self, language: Language) -> None:
        self._language = language
        self._redraws = sys.stdout.isatty()
        self._line_open = False

    def say(self, key: str, **values: object) -> None:
        """Say the sentence `calibrate.{key}`."""
        if self._line_open:
            click.echo()
            self._line_open = False
        click.echo(self._sentence(key, values))

    def command(self, command: Say) -> None:
        """Say what the guide wants said."""
        self.say(command.key, **dict(command.values))

    def show(self, shown: Show) -> None:
        """Redraw the line of what is heard; into a pipe nothing, the sentence after each point says enough."""
        if not self._redraws:
            return
        node, level_dbm = shown.strongest or ("–", float("nan"))
        values: dict[str, object] = {
            "seconds": round(shown.left_s),
            "nodes": shown.nodes,
            "heard": shown.heard,
        }
        key = "live" if shown.strongest else "live_nothing"
        sentence = self._sentence(key, {**values, "node": node, "level": f"{level_dbm:.0f}"})
        # ECMA-48: back to the line's beginning, and away with what stood there.
        click.echo(f"\r\x1b[K{sentence}", nl=False, color=True)
        self._line_open = True

    def _sentence(self, key: str, values: dict[str, object]) -> str:
        said = text(f"calibrate.{key}", **{name: _spoken(value) for name, value in values.items()})
        return said.fr if self._language == "fr" else said.en


def _spoken(value: object) -> object:
    if isinstance(value, float):
        return LocalText(fr=f"{value:.1f}".replace(".", ","), en=f"{value:.1f}")
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(sorted(map(str, value)))
    return value
