"""What the hub says, in order, on the bus; handlers of the bus may not wait, so they leave it here."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from hub.wire.base import Message
from hub.wire.bus import Bus
from hub.wire.codec import encode

log = structlog.get_logger()

MAX_WAITING: Final = 4_096
"""A minute of acknowledgements of twelve busy nodes. What is dropped beyond it is asked for again: a batch is
resent until it is acknowledged, and a view is the full state, sent again within seconds."""


MAX_UNDER_WAY: Final = 32
"""Messages sent and not yet confirmed. One by one, twelve nodes' acknowledgements at 20 ms a confirmation would be 50
a second, a third of what they ask for; the bus itself takes 200."""


@dataclass(frozen=True, slots=True)
class _Letter:
    topic: str
    payload: bytes
    retain: bool
    expiry_s: float | None


class Outgoing:
    """A queue in front of a bus. Messages for nobody (the bus is not connected) are dropped, not kept."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._waiting: asyncio.Queue[_Letter] = asyncio.Queue(MAX_WAITING)

    def put(
        self, topic: str, message: Message, *, retain: bool = False, expiry_s: float | None = None
    ) -> None:
        """Send a message as soon as those before it are sent."""
        self._put(_Letter(topic, encode(message), retain, expiry_s))

    def clear(self, topic: str) -> None:
        """Take back what the broker keeps on a topic."""
        self._put(_Letter(topic, b"", True, None))

    def _put(self, letter: _Letter) -> None:
        try:
            self._waiting.put_nowait(letter)
        except asyncio.QueueFull:
            log.warning("outgoing_queue_full", limit=MAX_WAITING)

    async def run(self) -> None:
        """Send until cancelled, in order, without waiting for one confirmation before the next message."""
        room = asyncio.Semaphore(MAX_UNDER_WAY)
        async with asyncio.TaskGroup() as under_way:
            while True:
                await room.acquire()
                letter = await self._waiting.get()
                # Tasks begin in the order they are made, and a bus has taken a message before it first waits.
                under_way.create_task(self._send(letter)).add_done_callback(lambda _sent: room.release())

    async def _send(self, letter: _Letter) -> None:
        await self._bus.publish(letter.topic, letter.payload, retain=letter.retain, expiry_s=letter.expiry_s)
