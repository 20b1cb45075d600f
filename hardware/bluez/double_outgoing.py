"""The double's signals on their way to the bus: in order, never faster than the daemon takes them.

dbus-fast 5.2 takes a full socket for a broken one (it knows no EAGAIN) and ends the connection; a crowd on the air
would be enough. So a signal is only handed to it while the socket has room.
"""

import asyncio
import select
from collections import deque
from typing import Final

from dbus_fast import Message
from dbus_fast.aio import MessageBus

MAX_WAITING: Final = 4_096
"""Some 2 MB, a second of a crowd: a controller whose buffers are full loses packets too."""

RETRY_S: Final = 0.002
"""The daemon takes about ten signals in this time."""


class Outgoing:
    """Used in the event loop's thread.

    Args:
        bus: connected; once it breaks, what is sent is lost, as every client notices by itself.
    """

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._waiting: deque[Message] = deque()
        self._retry: asyncio.TimerHandle | None = None

    @property
    def full(self) -> bool:
        """No more packets should be put."""
        return len(self._waiting) >= MAX_WAITING

    def put(self, message: Message) -> None:
        """Send `message` after those that wait."""
        self._waiting.append(message)
        if self._retry is None:
            self._flush()

    def close(self) -> None:
        """Send nothing more."""
        self._waiting.clear()
        if self._retry is not None:
            self._retry.cancel()

    def _flush(self) -> None:
        self._retry = None
        while self._waiting:
            if not self._bus.connected:
                self._waiting.clear()
                return
            if not self._has_room():
                self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._flush)
                return
            try:
                sent = self._bus.send(self._waiting.popleft())
            except OSError:
                # The daemon died a moment ago, and dbus-fast stumbles over the socket that it closes.
                self._waiting.clear()
                return
            sent.add_done_callback(_ignore_outcome)

    def _has_room(self) -> bool:
        # A UNIX socket counts as writable while less than a quarter of its buffer is used (Linux, af_unix.c): far
        # more than one signal or one of dbus-fast's own replies needs.
        descriptor = self._bus._fd  # noqa: SLF001 - there is no public way to the socket
        assert descriptor is not None, "a connected bus has a socket"
        room = select.poll()
        room.register(descriptor, select.POLLOUT)
        return bool(room.poll(0))


def _ignore_outcome(sent: "asyncio.Future[None]") -> None:
    if not sent.cancelled():
        sent.exception()
