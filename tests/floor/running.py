"""One part of the store as a process: started as its service would start it, its log kept in a file."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

COMPTOIR = str(Path(sys.executable).with_name("comptoir"))
END_S = 20.0


@dataclass(slots=True)
class Running:
    """A process and where its log goes."""

    name: str
    process: asyncio.subprocess.Process
    log_file: Path

    def log(self) -> str:
        """What it wrote on standard error."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    async def end(self, number: signal.Signals) -> int:
        """Send it a signal and wait for its exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(END_S):
            return await self.process.wait()

    async def said(self, words: str, timeout_s: float = 20.0) -> None:
        """Wait until its log holds these words."""
        try:
            async with asyncio.timeout(timeout_s):
                while words not in self.log():
                    assert self.process.returncode is None, f"{self.name} ended: {self.log()[-2000:]}"
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{self.name} never logged {words!r}: {self.log()[-2000:]}") from None


@asynccontextmanager
async def running(
    name: str,
    argv: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    *,
    talks: bool = False,
) -> AsyncIterator[Running]:
    """Start a program; it is killed at the latest when the block ends.

    Args:
        name: of the part, and of its log file in `folder`.
        argv: the program and its arguments.
        folder: where its log goes; a part started again goes on in the same log.
        environment: added to ours.
        talks: whether its standard input and output are pipes of ours.
    """
    log_file = folder / f"{name}.log"
    pipe = subprocess.PIPE if talks else subprocess.DEVNULL
    with log_file.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=pipe, stdout=pipe, stderr=log, env=os.environ | (environment or {})
        )
    part = Running(name, process, log_file)
    try:
        yield part
    finally:
        if process.returncode is None:
            process.kill()
        # Its pipes are closed with it.
        await process.communicate()
