"""A D-Bus of our own: a real `dbus-daemon` that needs no root, gone when its user is."""

import asyncio
import atexit
import contextlib
import os
import shutil
import signal
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hardware.host.errors import UnavailableError

START_TIMEOUT_S: Final = 10.0
"""The daemon listens within 20 ms; a Pi that boots everything at once may take seconds."""

STOP_TIMEOUT_S: Final = 3.0
"""The daemon ends within 0.1 s of SIGTERM; after this it is killed."""

MAX_SOCKET_PATH_BYTES: Final = 107
"""What Linux takes as the path of a socket (unix(7), `sun_path`)."""

_POLL_S: Final = 0.01

_CONFIGURATION: Final = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""


def find_dbus_daemon() -> str | None:
    """Find the daemon's program: on PATH, or in the sbin folders that a plain user's PATH leaves out."""
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return shutil.which("dbus-daemon", path=folders)


class PrivateBus:
    """A `dbus-daemon` in a process of its own; an async context manager.

    Every process of this user may own any name on it: a bus for a double, not for a machine. It ends with its
    user: in `__aexit__`, at the interpreter's exit, and, where `setpriv` (util-linux) is at hand, by the kernel
    when this process is killed.

    Args:
        folder: an existing folder for its configuration, its socket and its log, `dbus-daemon.log`.
        program: its path; by default `find_dbus_daemon()`.
    """

    def __init__(self, folder: Path, program: str | None = None) -> None:
        self._folder = folder.resolve()
        self._program = program or find_dbus_daemon()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """For `DBUS_SYSTEM_BUS_ADDRESS`; the same after `restart`."""
        return f"unix:path={self._socket}"

    async def __aenter__(self) -> Self:
        """Start it and wait until it accepts connections.

        Raises:
            UnavailableError: it is not installed, ended, or did not listen; names its log's last line.
        """
        if self._program is None:
            raise UnavailableError("dbus-daemon is not installed", fix="install the package dbus-daemon")
        if len(os.fsencode(self._socket)) > MAX_SOCKET_PATH_BYTES:
            raise UnavailableError(
                "the path is too long for a socket", where=str(self._socket), fix="choose a shorter folder"
            )
        await self._start()
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
        """Kill it (SIGKILL): every connection breaks at once. Idempotent."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._forget()

    async def restart(self) -> None:
        """Start it again at the same address; nobody is connected.

        Raises:
            UnavailableError: see `__aenter__`.
        """
        await self.stop()
        await self._start()

    async def _start(self) -> None:
        assert self._program is not None, "restart comes after a start"
        # A killed daemon leaves its socket behind, at which nobody listens.
        self._socket.unlink(missing_ok=True)
        config = self._folder / "dbus-daemon.conf"
        config.write_text(_CONFIGURATION.format(address=self.address), encoding="utf-8")
        with self._log.open("ab") as log:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *_end_with_parent(),
                    self._program,
                    "--nofork",
                    "--nopidfile",
                    f"--config-file={config}",
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
        while not await _listens(self._socket):
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
    def _socket(self) -> Path:
        return self._folder / "dbus.sock"

    @property
    def _log(self) -> Path:
        return self._folder / "dbus-daemon.log"

    def _unavailable(self, what: str) -> UnavailableError:
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        return UnavailableError(
            f"dbus-daemon {what}; its last word: {last}", where=str(self._log), fix="look at that log"
        )


def _end_with_parent() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM") if setpriv else ()


async def _listens(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
