"""A bad link: a cable that understands MQTT's framing, and repeats and swaps messages that pass through it.

Towards the broker messages are repeated only: one held back would stall a sender that waits for its confirmation.
Towards the participant they are repeated and swapped, also on the hub's own link: there batches overtake each other.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hub.box.broker import MAX_PACKET_BYTES
from hub.box.cable import CHUNK_BYTES, Cable

HOLD_S: Final = 0.02
"""Wall seconds a message is held back for the next one to overtake it; without a next one it goes on."""

_PUBLISH: Final = 3
_QOS_1: Final = 1
_DUP: Final = 0x08
_MAX_LENGTH_BYTES: Final = 4
"""MQTT 5 section 1.5.5: the remaining length takes at most four bytes of seven bits each."""


class FramingError(ConnectionError):
    """What passes is not MQTT: the link breaks."""


@dataclass(slots=True)
class Temper:
    """How bad the links of a store are now, and what they did. May be changed at any time.

    Attributes:
        chance: gives numbers in [0, 1), e.g. `SystemEntropy().uniform`.
        repeat: probability for each message to arrive twice.
        swap: probability for each message to be overtaken by the next.
        repeated: messages that were.
        reordered: messages that were.
    """

    chance: Callable[[], float]
    repeat: float = 0.0
    swap: float = 0.0
    repeated: int = 0
    reordered: int = 0

    def strike(self, probability: float) -> bool:
        """Draw whether it happens now."""
        return self.chance() < probability


class Framer:
    """Cuts a stream of bytes into whole MQTT control packets (MQTT 5 section 2.1). Pure."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> tuple[bytes, ...]:
        """Take bytes; returns the packets they complete.

        Raises:
            FramingError: a length that is none, or larger than the broker takes.
        """
        self._rest += chunk
        packets = []
        while (size := _packet_bytes(self._rest)) is not None and size <= len(self._rest):
            packets.append(self._rest[:size])
            self._rest = self._rest[size:]
        return tuple(packets)


def _packet_bytes(start: bytes) -> int | None:
    """How long the packet is that begins so; None when that is not known yet."""
    length = 0
    for place, byte in enumerate(start[1 : 1 + _MAX_LENGTH_BYTES]):
        length |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            if length > MAX_PACKET_BYTES:
                raise FramingError(f"a packet of {length} bytes")
            return 2 + place + length
    if len(start) > _MAX_LENGTH_BYTES:
        raise FramingError("a length of more than four bytes")
    return None


class Disorder:
    """One direction of one connection: which packets go on, how often and in which order. Pure but for the dice.

    Args:
        temper: asked for each message.
        swaps: whether messages overtake each other in this direction.
    """

    def __init__(self, temper: Temper, *, swaps: bool) -> None:
        self._temper = temper
        self._swaps = swaps
        self._held: tuple[bytes, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether a message waits to be overtaken."""
        return bool(self._held)

    def take(self, packet: bytes) -> tuple[bytes, ...]:
        """Take a packet; returns what goes on now. Only messages (PUBLISH) of QoS 1 are touched."""
        if packet[0] >> 4 != _PUBLISH or packet[0] >> 1 & 0b11 != _QOS_1:
            return (packet,)
        copies = self._copies(packet)
        if self._held:
            self._temper.reordered += 1
            return (*copies, *self.release())
        if self._swaps and self._temper.strike(self._temper.swap):
            self._held = copies
            return ()
        return copies

    def release(self) -> tuple[bytes, ...]:
        """Let go what was held back."""
        held, self._held = self._held, ()
        return held

    def _copies(self, packet: bytes) -> tuple[bytes, ...]:
        if not self._temper.strike(self._temper.repeat):
            return (packet,)
        self._temper.repeated += 1
        return (packet, bytes([packet[0] | _DUP]) + packet[1:])


class Link(Cable):
    """A cable to a broker with a temper.

    Args:
        target_port: where the broker listens.
        temper: may be shared by several links.
    """

    def __init__(self, target_port: int, temper: Temper) -> None:
        super().__init__(target_port)
        self._temper = temper

    async def _pour(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, outward: bool
    ) -> None:
        framer, disorder = Framer(), Disorder(self._temper, swaps=not outward)
        overdue: asyncio.TimerHandle | None = None
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                # In one write: to a connection that broke meanwhile, asyncio complains about each.
                writer.write(b"".join(out for packet in framer.feed(chunk) for out in disorder.take(packet)))
                if overdue is not None:
                    overdue.cancel()
                loop = asyncio.get_running_loop()
                overdue = loop.call_later(HOLD_S, _let_go, disorder, writer) if disorder.holds else None
                await writer.drain()
            writer.write(b"".join(disorder.release()))
            writer.write_eof()
        finally:
            if overdue is not None:
                overdue.cancel()


def _let_go(disorder: Disorder, writer: asyncio.StreamWriter) -> None:
    if not writer.is_closing():
        writer.write(b"".join(disorder.release()))
