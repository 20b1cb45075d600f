"""A service manager's end of NOTIFY_SOCKET: a real datagram socket that remembers what it was told."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_S = 20.0


class Manager:
    """What `systemd` would have been told; `address` goes into NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind("\0" + address[1:] if address[0] == "@" else address)
        self._told: list[str] = []
        self._closed = False

    @property
    def told(self) -> list[str]:
        """Each word so far, in order."""
        while not self._closed:
            try:
                self._told.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                break
        return self._told

    @property
    def states(self) -> list[str]:
        """Without the status lines and the watchdog's."""
        return [word for word in self.told if not word.startswith(("STATUS=", "WATCHDOG="))]

    @property
    def status(self) -> str:
        """The last status line, or nothing."""
        lines = [word.removeprefix("STATUS=") for word in self.told if word.startswith("STATUS=")]
        return lines[-1] if lines else ""

    async def until(self, holds: Callable[["Manager"], bool], timeout_s: float = PATIENCE_S) -> None:
        """Wait for a word; fails with all that was said when it does not come."""
        try:
            async with asyncio.timeout(timeout_s):
                while not holds(self):  # noqa: ASYNC110 - the words come from another process
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"never told; told were {self.told}") from None

    def close(self) -> None:
        """Hear the last of it, and listen no more."""
        assert self.told is not None
        self._closed = True
        self._socket.close()


@contextmanager
def listening(address: str) -> Iterator[Manager]:
    """A manager that listens at an address while the block runs."""
    manager = Manager(address)
    try:
        yield manager
    finally:
        manager.close()
