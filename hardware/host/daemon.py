"""Somebody else's program that serves us from a process of its own, and is gone when its user is."""

import asyncio
import atexit
import contextlib
import os
import shutil
import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from hardware.host.errors import UnavailableError

START_TIMEOUT_S: Final = 10.0
"""A broker or a bus listens within 50 ms; a Pi that boots everything at once may take seconds."""

STOP_TIMEOUT_S: Final = 3.0
"""Such programs end within 0.1 s of SIGTERM; after this they are killed."""

_POLL_S: Final = 0.01


def find_program(name: str) -> str | None:
    """Find a program: on PATH, or in the sbin folders that a plain user's PATH leaves out."""
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return shutil.which(name, path=folders)


class Daemon(ABC):
    """The life of one such process; a subclass says what is run, and when it serves.

    It ends with its user: in `__aexit__` of the subclass's context, at the interpreter's exit, and, where
    `setpriv` (util-linux) is at hand, by the kernel when this process is killed.

    Args:
        name: of the program, for people.
        log: the file its output is appended to.
        fix: what to do when it does not serve.
    """

    def __init__(self, name: str, log: Path, fix: str) -> None:
        self._name, self._log, self._fix = name, log, fix
        self._process: asyncio.subprocess.Process | None = None

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """Prepare what the program needs on the disk; returns the program's path and its arguments."""

    @abstractmethod
    async def _listens(self) -> bool:
        """Whether it accepts connections."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it; see `stop`."""
        await self.stop()

    async def stop(self) -> None:
        """End it politely, or not if it does not listen. Idempotent."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            await self.kill()
        self._forget()

    async def kill(self) -> None:
        """Kill it (SIGKILL), as a power cut does: what it held in memory is gone. Idempotent."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._forget()

    async def restart(self) -> None:
        """Start it again where it was, with nobody connected and nothing remembered.

        Raises:
            UnavailableError: see `_start`.
        """
        await self.stop()
        await self._start()

    async def _start(self) -> None:
        """Start it and wait until it accepts connections.

        Raises:
            UnavailableError: it cannot be run, ended, or did not listen; names its log's last line.
        """
        program, *arguments = self._command()
        with self._log.open("ab") as log:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *_end_with_parent(),
                    program,
                    *arguments,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            except OSError as error:
                raise self._unavailable(f"cannot be run ({program}: {error.strerror})") from None
        atexit.register(self._kill_leftover)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._accepting(self._process)
        except TimeoutError:
            await self.kill()
            raise self._unavailable(f"did not listen within {START_TIMEOUT_S:g} s") from None
        except BaseException:
            await self.kill()
            raise

    async def _accepting(self, process: asyncio.subprocess.Process) -> None:
        while not await self._listens():
            if process.returncode is not None:
                raise self._unavailable(f"ended at once with status {process.returncode}")
            await asyncio.sleep(_POLL_S)

    def _forget(self) -> None:
        atexit.unregister(self._kill_leftover)
        self._process = None

    def _kill_leftover(self) -> None:
        # At the interpreter's exit no loop runs any more that could wait for it.
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    def _last_log_line(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")

    def _unavailable(self, what: str) -> UnavailableError:
        return UnavailableError(
            f"{self._name} {what}; its last word: {self._last_log_line()}",
            where=str(self._log),
            fix=self._fix,
        )


async def close_quietly(writer: asyncio.StreamWriter) -> None:
    """Close a connection that was only made to see whether somebody listens."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _end_with_parent() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM") if setpriv else ()
