"""A real Mosquitto for one box: started on a free loopback port, gone when the box is."""

import asyncio
import atexit
import contextlib
import os
import shutil
import signal
import socket
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hardware.host.errors import UnavailableError
from hub.wire.memory import MAX_QUEUED

START_TIMEOUT_S: Final = 10.0
"""Mosquitto listens within 50 ms; a Pi that boots everything at once may take seconds."""

STOP_TIMEOUT_S: Final = 3.0
"""Mosquitto ends within 0.1 s of SIGTERM; after this it is killed."""

MAX_PACKET_BYTES: Final = 65_536
"""Four times the largest message of ours: what is beyond it is refused before it costs memory."""

_POLL_S: Final = 0.02
_PORT_ATTEMPTS: Final = 3


def find_mosquitto() -> str | None:
    """Find the broker's program: on PATH, or in the sbin folders that a plain user's PATH leaves out."""
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return shutil.which("mosquitto", path=folders)


class Mosquitto:
    """A broker in a process of its own; an async context manager.

    It takes anonymous clients, which only a box on loopback may; it keeps nothing on disk but its log. It
    ends with the box: in `__aexit__`, at the interpreter's exit, and, where `setpriv` (util-linux) is at
    hand, by the kernel when this process is killed.

    Args:
        folder: an existing folder for its configuration and its log, `mosquitto.log`.
        program: its path; by default `find_mosquitto()`.
    """

    def __init__(self, folder: Path, program: str | None = None) -> None:
        self._folder = folder
        self._program = program or find_mosquitto()
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1; the same after `restart`."""
        assert self._port, "a broker has a port once it is started"
        return self._port

    async def __aenter__(self) -> Self:
        """Start it and wait until it accepts connections.

        Raises:
            UnavailableError: it is not installed, ended, or did not listen; names its log's last line.
        """
        if self._program is None:
            raise UnavailableError(
                "Mosquitto is not installed", fix="install the package mosquitto, or use the in-memory bus"
            )
        for attempts_left in reversed(range(_PORT_ATTEMPTS)):
            self._port = _free_port()
            try:
                await self._start()
            except UnavailableError:
                # Somebody else may have taken the port since we looked.
                if not attempts_left or "in use" not in self._last_log_line():
                    raise
            else:
                break
        return self

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
        """Start it again on the same port, with nothing remembered.

        Raises:
            UnavailableError: see `__aenter__`.
        """
        await self.stop()
        await self._start()

    async def _start(self) -> None:
        assert self._program is not None, "restart comes after a start"
        config = self._folder / "mosquitto.conf"
        config.write_text(_configuration(self.port), encoding="utf-8")
        with self._log.open("ab") as log:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *_end_with_parent(),
                    self._program,
                    "-c",
                    str(config),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            except OSError as error:
                raise self._unavailable(f"cannot be run ({self._program}: {error.strerror})") from None
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
        while not await _listens(self.port):
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

    @property
    def _log(self) -> Path:
        return self._folder / "mosquitto.log"

    def _last_log_line(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")

    def _unavailable(self, what: str) -> UnavailableError:
        return UnavailableError(
            f"Mosquitto {what}; its last word: {self._last_log_line()}",
            where=str(self._log),
            fix="look at that log, or use the in-memory bus",
        )


def _configuration(port: int) -> str:
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence false",
        f"max_queued_messages {MAX_QUEUED}",
        f"max_packet_size {MAX_PACKET_BYTES}",
        # Nagle's algorithm and delayed acknowledgements together cost 40 ms a message.
        "set_tcp_nodelay true",
        "sys_interval 0",
        "connection_messages false",
        "log_dest stderr",
    ]
    if os.geteuid() == 0:
        # Otherwise it becomes the user mosquitto, who may read neither this file nor the folder it is in.
        lines.append("user root")
    return "\n".join(lines) + "\n"


def _end_with_parent() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM") if setpriv else ()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
