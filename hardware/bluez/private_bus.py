"""A D-Bus of our own: a real `dbus-daemon` that needs no root, gone when its user is."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from hardware.host.daemon import Daemon, close_quietly, find_program
from hardware.host.errors import UnavailableError

MAX_SOCKET_PATH_BYTES: Final = 107
"""What Linux takes as the path of a socket (unix(7), `sun_path`)."""

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
    """Find the daemon's program; see `find_program`."""
    return find_program("dbus-daemon")


class PrivateBus(Daemon):
    """A `dbus-daemon` in a process of its own; an async context manager.

    Every process of this user may own any name on it: a bus for a double, not for a machine.

    Args:
        folder: an existing folder for its configuration, its socket and its log, `dbus-daemon.log`.
        program: its path; by default `find_dbus_daemon()`.
    """

    def __init__(self, folder: Path, program: str | None = None) -> None:
        self._folder = folder.resolve()
        super().__init__("dbus-daemon", self._folder / "dbus-daemon.log", "look at that log")
        self._program = program or find_dbus_daemon()

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

    def _command(self) -> Sequence[str]:
        assert self._program is not None, "restart comes after a start"
        # A killed daemon leaves its socket behind, at which nobody listens.
        self._socket.unlink(missing_ok=True)
        config = self._folder / "dbus-daemon.conf"
        config.write_text(_CONFIGURATION.format(address=self.address), encoding="utf-8")
        return self._program, "--nofork", "--nopidfile", f"--config-file={config}"

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(self._socket)
        except OSError:
            return False
        await close_quietly(writer)
        return True

    @property
    def _socket(self) -> Path:
        return self._folder / "dbus.sock"
