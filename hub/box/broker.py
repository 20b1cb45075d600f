"""A real Mosquitto for one box: started on a free loopback port, gone when the box is."""

import asyncio
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from hardware.host.daemon import Daemon, close_quietly, find_program
from hardware.host.errors import UnavailableError
from hub.wire.memory import MAX_QUEUED

MAX_PACKET_BYTES: Final = 65_536
"""Four times the largest message of ours: what is beyond it is refused before it costs memory."""

_PORT_ATTEMPTS: Final = 3


def find_mosquitto() -> str | None:
    """Find the broker's program; see `find_program`."""
    return find_program("mosquitto")


class Mosquitto(Daemon):
    """A broker in a process of its own; an async context manager.

    It takes anonymous clients, which only a box on loopback may; it keeps nothing on disk but its log.

    Args:
        folder: an existing folder for its configuration and its log, `mosquitto.log`.
        program: its path; by default `find_mosquitto()`.
    """

    def __init__(self, folder: Path, program: str | None = None) -> None:
        super().__init__("Mosquitto", folder / "mosquitto.log", "look at that log, or use the in-memory bus")
        self._folder = folder
        self._program = program or find_mosquitto()
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

    def _command(self) -> Sequence[str]:
        assert self._program is not None, "restart comes after a start"
        config = self._folder / "mosquitto.conf"
        config.write_text(_configuration(self.port), encoding="utf-8")
        return self._program, "-c", str(config)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        await close_quietly(writer)
        return True


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
