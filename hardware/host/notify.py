"""What a process tells the service manager that started it: sd_notify(3), in the few words we need.

A datagram of `NAME=value` lines to the socket that `NOTIFY_SOCKET` names; no more than that is the protocol
(systemd, sd_notify(3) and sd_watchdog_enabled(3)), so no library is needed for it (README, decisions).
"""

import contextlib
import socket
from collections.abc import MutableMapping
from types import TracebackType
from typing import Final, Self

from hardware.host.errors import UnavailableError

MAX_STATUS_CHARS: Final = 200
"""`systemctl status` shows one line; a longer one hides what matters."""

_USEC_PER_S: Final = 1_000_000


class ServiceManager:
    """The other end of `NOTIFY_SOCKET`; tells nobody when there is none. A context manager that closes the socket.

    What cannot be handed over is dropped: a service does not stop for a manager that does not listen, and the manager
    has its own time limits for a service that does not speak.

    Args:
        address: of a Unix datagram socket, a path or "@" and an abstract name; None: nobody listens.
        watchdog_s: the manager takes us for hung after so long without `alive`; None: it does not watch.

    Raises:
        UnavailableError: the address is of a kind we do not speak.
    """

    def __init__(self, address: str | None = None, watchdog_s: float | None = None) -> None:
        if address is not None and address[:1] not in {"/", "@"}:
            raise UnavailableError(
                "neither a path nor an abstract name",
                where="NOTIFY_SOCKET",
                fix="start it by systemd, or unset it",
            )
        self._address = "\0" + address[1:] if address and address[0] == "@" else address
        self.watchdog_s = watchdog_s
        self._socket = None
        if address is not None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    @classmethod
    def take_from(cls, environ: MutableMapping[str, str], pid: int) -> Self:
        """Take the manager's words to this process out of `environ`, so that no child inherits them.

        Args:
            environ: `os.environ`.
            pid: ours; a watchdog meant for another process is none for us.

        Raises:
            UnavailableError: see the class.
        """
        address = environ.pop("NOTIFY_SOCKET", None) or None
        watchdog_usec = environ.pop("WATCHDOG_USEC", "")
        watched_pid = environ.pop("WATCHDOG_PID", str(pid))
        watched = watchdog_usec.isdecimal() and int(watchdog_usec) > 0 and watched_pid == str(pid)
        return cls(address, int(watchdog_usec) / _USEC_PER_S if watched and address else None)

    def __enter__(self) -> Self:
        """Nothing to open: the socket is there."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()

    def ready(self) -> None:
        """Say that the service does its work now; what was ordered after it may start."""
        self._tell("READY=1")

    def stopping(self) -> None:
        """Say that the end was asked for and is being carried out."""
        self._tell("STOPPING=1")

    def alive(self) -> None:
        """Say that we are not hung; see `watchdog_s`."""
        self._tell("WATCHDOG=1")

    def status(self, sentence: str) -> None:
        """Say in one line how things are, for `systemctl status`; no identifier, no name of a person."""
        self._tell(f"STATUS={' '.join(sentence.split())[:MAX_STATUS_CHARS]}")

    def _tell(self, assignment: str) -> None:
        if self._socket is None:
            return
        assert self._address is not None
        with contextlib.suppress(OSError):
            self._socket.sendto(assignment.encode(), self._address)
