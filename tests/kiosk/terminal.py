"""A real pseudo-terminal with a real program on it, read through a terminal emulator."""

import asyncio
import fcntl
import os
import pty
import signal
import struct
import termios
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pyte


class Terminal:
    """What a person sits in front of.

    Attributes:
        raw: every byte the program wrote.
    """

    def __init__(self, fd: int, process: asyncio.subprocess.Process, size: tuple[int, int]) -> None:
        self._fd, self.process = fd, process
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._changed = asyncio.Event()

    @property
    def text(self) -> str:
        """The screen as lines."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def read(self) -> None:
        """Take what the program wrote."""
        try:
            written = os.read(self._fd, 65_536)
        except OSError:  # the other end is closed
            asyncio.get_running_loop().remove_reader(self._fd)
            return
        self.raw += written
        self._stream.feed(_without_private(written))
        self._changed.set()

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._fd, keys.encode())

    def touch(self, words: str) -> None:
        """Touch the first place where these words stand, as a finger on a touch screen does.

        Raises:
            AssertionError: they stand nowhere.
        """
        for row, line in enumerate(self.text.split("\n"), start=1):
            if words in line:
                column = line.index(words) + 1
                for end in "Mm":  # pressed, released (xterm, "SGR mouse mode")
                    self.type(f"\x1b[<0;{column};{row}{end}")
                return
        raise AssertionError(f"{words!r} stands nowhere on:\n{self.text}")

    async def until(self, holds: Callable[[str], bool], timeout_s: float = 20.0) -> str:
        """Wait until the screen's text is so; fails with the screen when it does not come."""
        try:
            async with asyncio.timeout(timeout_s):
                while not holds(self.text):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"never stood on the terminal; what stands:\n{self.text}") from None
        return self.text

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)


def _without_private(written: bytes) -> bytes:
    """Take out the keyboard protocol's sequences (CSI > … u, CSI = … u), which the emulator does not know."""
    import re

    return re.sub(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]", b"", written)


@asynccontextmanager
async def terminal(argv: Sequence[str], size: tuple[int, int], **environment: str) -> AsyncIterator[Terminal]:
    """Run a program on a pseudo-terminal of `size` (columns, lines); it is killed at the end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | environment,
    )
    os.close(theirs)
    shown = Terminal(ours, process, size)
    loop = asyncio.get_running_loop()
    loop.add_reader(ours, shown.read)
    try:
        yield shown
    finally:
        loop.remove_reader(ours)
        if process.returncode is None:
            process.kill()
        await process.wait()
        os.close(ours)
