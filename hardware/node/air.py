"""Simulated transmitters on the air of a stand-in: JSON lines in, packets out.

One line: `{"adapter": "hci3", "transmitter": "a", "rssi_dbm": -61, "payload": "0201061…"}`. The payload is raw AD
structures in hexadecimal; the transmitter is any word, from which the double makes an address.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hardware.radio.ad import MAX_AD_BYTES

MAX_LINE_BYTES: Final = 8192
"""An extended advertisement is 3,300 digits; a longer line is no packet."""

MAX_TRANSMITTER_CHARACTERS: Final = 64
"""A word that tells simulated people apart."""


class Packet(BaseModel):
    """One packet as one adapter receives it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    adapter: str
    transmitter: Annotated[str, Field(min_length=1, max_length=MAX_TRANSMITTER_CHARACTERS)]
    rssi_dbm: Annotated[int, Field(ge=-127, le=20)]
    payload: Annotated[str, Field(max_length=2 * MAX_AD_BYTES)]

    @field_validator("payload")
    @classmethod
    def _is_hexadecimal(cls, text: str) -> str:
        bytes.fromhex(text)
        return text

    @property
    def data(self) -> bytes:
        """The raw AD structures."""
        return bytes.fromhex(self.payload)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no packet, and why; what it held is not repeated."""

    number: int
    fault: str


class PacketReader:
    """Cuts a stream of bytes into lines and lines into packets, however the bytes are cut up.

    Args:
        adapters: the names there are.
    """

    def __init__(self, adapters: Collection[str]) -> None:
        self._adapters = adapters
        self._rest = b""
        self._number = 0
        self._too_long = False

    def feed(self, data: bytes) -> Iterator[Packet | BadLine]:
        """Take more of the stream; yields what is complete, in order. Empty lines are passed over."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._line(line)
        if len(self._rest) > MAX_LINE_BYTES:
            # Its end is still to come, and belongs to it.
            self._rest, self._too_long = b"", True

    def end(self) -> Iterator[Packet | BadLine]:
        """The stream ended: a last line without its line feed counts."""
        rest, self._rest = self._rest, b""
        yield from self._line(rest)

    def _line(self, line: bytes) -> Iterator[Packet | BadLine]:
        self._number += 1
        too_long, self._too_long = self._too_long or len(line) > MAX_LINE_BYTES, False
        if too_long:
            yield BadLine(self._number, f"longer than {MAX_LINE_BYTES} bytes")
        elif line.strip():
            yield self._packet(line)

    def _packet(self, line: bytes) -> Packet | BadLine:
        try:
            packet = Packet.model_validate_json(line)
        except ValidationError as error:
            fault = error.errors(include_input=False)[0]
            key = ".".join(str(part) for part in fault["loc"])
            return BadLine(self._number, f"{key}: {fault['msg']}" if key else fault["msg"])
        if packet.adapter not in self._adapters:
            return BadLine(
                self._number, f"adapter: there is none of that name; there are {_listed(self._adapters)}"
            )
        return packet


def _listed(names: Collection[str]) -> str:
    return ", ".join(names)
