"""The cable between a part of the store and the hub: a TCP relay on loopback that can be pulled."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import Final

CHUNK_BYTES: Final = 65_536
"""Read size of the relay. Nothing is gained above the kernel's loopback buffer."""

_LINGER_ZERO: Final = struct.pack("ii", 1, 0)
"""`SO_LINGER` on, 0 s: close sends RST, so the other side notices a break, not a polite end."""

_LINGER_OFF: Final = struct.pack("ii", 0, 0)


class Cable:
    """Relays every connection made to `port` to the target port, both on 127.0.0.1, while it is plugged in.

    Args:
        target_port: where the hub, or the broker, listens.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener: socket.socket | None = None
        self._relays: set[asyncio.Task[None]] = set()
        self._plugged = True

    @property
    def port(self) -> int:
        """The near end, a free port the system chose; after `start`."""
        assert self._listener is not None, "a cable has a port once it is started"
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def plugged(self) -> bool:
        """False between `pull` and `plug`."""
        return self._plugged

    async def start(self) -> None:
        """Listen on the near end."""
        assert self._listener is None, "a cable is started once"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        # Not asyncio's server: closing that while it accepts (CPython 3.11) leaks the connection.
        asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    def pull(self) -> None:
        """Break every connection, and each new one as soon as it is made, until `plug`. Idempotent."""
        self._plugged = False
        for relay in self._relays:
            relay.cancel()

    def plug(self) -> None:
        """Let new connections through again. Idempotent."""
        self._plugged = True

    def lead_to(self, target_port: int) -> None:
        """Let new connections through to another port: what was at the far end came back elsewhere."""
        self._target_port = target_port

    async def stop(self) -> None:
        """Break every connection and stop listening. Idempotent."""
        if self._listener is None:
            return
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        self._listener = None
        self.pull()
        await asyncio.gather(*self._relays, return_exceptions=True)

    def _accept(self, listener: socket.socket) -> None:
        try:
            near, _ = listener.accept()
        except OSError:
            return  # gone again before we looked
        near.setblocking(False)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        if not self._plugged:
            near.close()
            return
        relay = asyncio.create_task(self._relay(near), name=f"cable to port {self._target_port}")
        self._relays.add(relay)
        relay.add_done_callback(self._relays.discard)
        # Not in the relay's own `finally`: one that is cancelled before its first step never gets there.
        relay.add_done_callback(lambda _relay: near.close())

    async def _relay(self, near: socket.socket) -> None:
        try:
            near_reader, near_writer = await asyncio.open_connection(sock=near)
            with _broken_at_the_end(near_writer):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
                with _broken_at_the_end(far_writer):
                    async with asyncio.TaskGroup() as both_ways:
                        both_ways.create_task(self._pour(near_reader, far_writer, outward=True))
                        both_ways.create_task(self._pour(far_reader, near_writer, outward=False))
                    await _close_politely(far_writer)
                    await _close_politely(near_writer)
        except* OSError:
            pass  # one side broke, or nobody listens at the far end: the cable breaks the other side too

    async def _pour(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, outward: bool
    ) -> None:
        """Let one direction through to its end; `outward` is from the near end to the target."""
        del outward
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()


@contextlib.contextmanager
def _broken_at_the_end(writer: asyncio.StreamWriter) -> Iterator[None]:
    """Break the connection when the block ends, unless it is closed by then."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    try:
        yield
    finally:
        writer.transport.abort()


async def _close_politely(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
    writer.close()
    await writer.wait_closed()
