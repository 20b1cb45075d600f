"""`comptoir node …` in processes of their own."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hardware.bluez.private_bus import find_dbus_daemon
from tests.conftest import missing_part
from tests.hardware.node.shop import PATIENCE_S


class Command:
    """A running `comptoir node …`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> str:
        assert self.process.stdout is not None
        return (await asyncio.wait_for(self.process.stdout.readline(), PATIENCE_S)).decode()

    async def complaint(self) -> str:
        assert self.process.stderr is not None
        return (await asyncio.wait_for(self.process.stderr.readline(), PATIENCE_S)).decode()

    def write(self, *lines: dict[str, object] | str) -> None:
        assert self.process.stdin is not None
        for line in lines:
            text = line if isinstance(line, str) else json.dumps(line)
            self.process.stdin.write(text.encode() + b"\n")

    async def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """The exit code and all that it said since."""
        self.process.send_signal(number)
        said = await asyncio.wait_for(self.process.communicate(), PATIENCE_S)
        assert self.process.returncode is not None
        return self.process.returncode, b"".join(said).decode()


@asynccontextmanager
async def command(*arguments: str, **environment: str) -> AsyncIterator[Command]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from hardware.host.cli import main; main()",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | environment,
    )
    try:
        yield Command(process)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()


@asynccontextmanager
async def stand_in(folder: Path, *options: str) -> AsyncIterator[tuple[Command, str]]:
    """A stand-in that is ready, and its bus's address."""
    if find_dbus_daemon() is None:
        missing_part("dbus-daemon is not installed")
    async with command("node", "stand-in", "--folder", str(folder), *options) as running:
        address = json.loads(await running.line())["address"]
        for _ in range(3):
            await running.complaint()
        yield running, address


async def beacon(bus_address: str, *options: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """Run `comptoir node beacon` to its end: exit code, standard output, standard error."""
    async with command("node", "beacon", *options, DBUS_SYSTEM_BUS_ADDRESS=bus_address) as running:
        talk = running.process.communicate(stdin.hex().encode())
        said, complaint = await asyncio.wait_for(talk, PATIENCE_S)
        assert running.process.returncode is not None
        return running.process.returncode, said.decode(), complaint.decode()
