"""`comptoir` as a process: started as a person would, asked over the real port, ended by signals."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

COMPTOIR = Path(sys.executable).with_name("comptoir")
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def comptoir(*arguments: str | Path, stdin: str = "") -> Ended:
    """Run a command to its end."""
    done = subprocess.run(
        [COMPTOIR, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=PATIENCE_S
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class HubProcess:
    """A running `comptoir hub run`."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log: IO[bytes]) -> None:
        self.process, self.port = process, port
        self._log = log
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=5.0)

    def log(self) -> str:
        """What it wrote on standard error so far."""
        return Path(self._log.name).read_text(encoding="utf-8")

    async def serving(self) -> None:
        """Wait until it answers the till."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                assert self.process.returncode is None, self.log()
                try:
                    answer = await self.client.get("/v1/health")
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
                else:
                    assert answer.status_code == 200
                    return

    async def end(self, number: int) -> int:
        """Send a signal and wait for the exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@asynccontextmanager
async def hub_process(
    config_file: Path, port: int, program: Sequence[str | Path] = (COMPTOIR,)
) -> AsyncIterator[HubProcess]:
    """Start `comptoir hub run`; killed at the latest when the block ends."""
    with tempfile.NamedTemporaryFile("w+b", dir=config_file.parent, suffix=".log") as log:
        process = await asyncio.create_subprocess_exec(
            *program, "--log-level", "info", "hub", "run", str(config_file),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
            env=dict(os.environ, PYTHONWARNINGS="error::ResourceWarning"),
        )  # fmt: skip
        hub = HubProcess(process, port, log)
        try:
            yield hub
        finally:
            await hub.client.aclose()
            if process.returncode is None:
                process.kill()
                await process.wait()
