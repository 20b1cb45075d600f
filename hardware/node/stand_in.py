"""A D-Bus and a BlueZ for a machine without a radio: the shell of `comptoir node stand-in`."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hardware.bluez.double import BluezDouble
from hardware.bluez.double_advertising import DoubleAdvertising
from hardware.bluez.private_bus import PrivateBus
from hardware.host.errors import StorageError
from hardware.host.failures import LoopFailures
from hardware.node.air import BadLine, Packet, PacketReader

_READ_BYTES: Final = 65_536


async def run_stand_in(
    folder: Path | None,
    adapters: Sequence[str],
    rssi_dbm: int,
    ready: Callable[[str], None],
    bad_line: Callable[[BadLine], None],
) -> None:
    """Keep a private bus with a BlueZ double on it until SIGINT or SIGTERM; packets come from standard input.

    Args:
        folder: for the bus's socket, configuration and log; None: a temporary one, removed afterwards.
        adapters: their names.
        rssi_dbm: how strongly the other adapters hear what one advertises.
        ready: called with the bus's address when bluetoothd may be called.
        bad_line: called for each line that is no packet; the next are read all the same.

    Raises:
        UnavailableError: there is no dbus-daemon, or it does not start.
        StorageError: the folder cannot be made.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    failures = LoopFailures(loop, stop.set)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with _folder(folder) as place:
        async with (
            PrivateBus(place) as bus,
            BluezDouble(bus.address, adapters) as double,
            DoubleAdvertising(double, rssi_dbm=rssi_dbm),
        ):
            _Input(loop, PacketReader(adapters), double, bad_line).start()
            ready(bus.address)
            await stop.wait()
    failures.check()


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    if folder is None:
        # A socket's path has 107 bytes at most, so it lies right under the system's temporary folder.
        with tempfile.TemporaryDirectory(prefix="comptoir-") as made:
            yield Path(made)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot be made: {error.strerror}", where=str(folder), fix="choose another folder"
        ) from None
    yield folder


class _Input:
    """Standard input, read in a thread of its own: a pipe, a file, a terminal, /dev/null; its end ends nothing.

    The loop can wait for pipes only. The thread reads the descriptor itself: one that waits in `sys.stdin` would
    hold its lock when the interpreter ends.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        reader: PacketReader,
        double: BluezDouble,
        bad_line: Callable[[BadLine], None],
    ) -> None:
        self._loop, self._reader, self._double, self._bad_line = loop, reader, double, bad_line

    def start(self) -> None:
        """Begin to read."""
        # In the background of a shell a read from the terminal would stop the whole process; so it is an error.
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)
        threading.Thread(target=self._read, name="standard input", daemon=True).start()

    def _read(self) -> None:
        # The loop is closed when the process ends.
        with contextlib.suppress(RuntimeError):
            while data := _read_some():
                self._hand_over(data)
            self._hand_over(None)

    def _hand_over(self, data: bytes | None) -> None:
        # One piece at a time: a large file waits in the pipe, not in our memory.
        taken = threading.Event()
        self._loop.call_soon_threadsafe(self._take, data, taken)
        taken.wait()

    def _take(self, data: bytes | None, taken: threading.Event) -> None:
        try:
            for found in self._reader.end() if data is None else self._reader.feed(data):
                if isinstance(found, Packet):
                    self._double.transmit(found.adapter, found.transmitter, found.data, found.rssi_dbm)
                else:
                    self._bad_line(found)
        finally:
            taken.set()


def _read_some() -> bytes:
    # A process started without a standard input may have a socket of its own under that number.
    if sys.stdin is None:
        return b""
    try:
        return os.read(sys.stdin.fileno(), _READ_BYTES)
    except OSError:
        # A terminal that is somebody else's now.
        return b""
