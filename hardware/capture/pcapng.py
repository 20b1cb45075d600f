"""Reads pcapng files: what Wireshark, the nRF Sniffer and Ubertooth write.

Source: draft-ietf-opsawg-pcapng (blocks, options, byte order); link types from the tcpdump group's registry.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from hardware.capture.entry import DAMAGED, NOTHING, Contents, Entry
from hardware.capture.hci import HciReader
from hardware.capture.link_layer import read_nordic, read_plain, read_with_header

SECTION: Final = 0x0A0D0D0A
MAGIC: Final = bytes.fromhex("0a0d0d0a")
INTERFACE: Final = 1
OLD_PACKET: Final = 2
SIMPLE_PACKET: Final = 3
ENHANCED_PACKET: Final = 6

H4: Final = 187
H4_WITH_DIRECTION: Final = 201
LE_LINK_LAYER: Final = 251
LINUX_MONITOR: Final = 254
LE_WITH_HEADER: Final = 256
NORDIC: Final = 272

MAX_PACKET_BLOCK_BYTES: Final = 1 << 18
"""Wireshark's own limit of a packet, 256 KiB; a Bluetooth packet has 64 KiB at most. A longer block is skipped."""

MAX_INTERFACES: Final = 1024
"""Of one section: a sniffer has one to three; a file that names more than this is no capture of ours."""

_PACKETS: Final = frozenset((OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET))
_OFF_THE_AIR: Final = {NORDIC: read_nordic, LE_WITH_HEADER: read_with_header, LE_LINK_LAYER: read_plain}
_CHUNK_BYTES: Final = 1 << 16
_RESOLUTION_OPTION: Final = 9
_MONITOR_EVENT: Final = 3


class _EndsHere(Exception):  # noqa: N818 - it ends a loop, nobody is told an error
    """Nothing after this point can be found: the file was cut, or a length lies."""


@dataclass(frozen=True, slots=True)
class _Interface:
    link_type: int
    snapshot_bytes: int
    tick_s: float


@dataclass(slots=True)
class _Section:
    """Byte order ("<" or ">") and interfaces since the last section header."""

    order: str = "<"
    interfaces: list[_Interface] = field(default_factory=list)


def read_pcapng(file: BinaryIO) -> Iterator[Entry]:
    """Read a file from its beginning, record by record; unknown blocks and options are skipped."""
    section, hci, at_s = _Section(), HciReader(), 0.0
    try:
        while header := file.read(8):
            kind, body = _block(file, header, section)
            if kind == SECTION:
                section.interfaces.clear()
            elif kind == INTERFACE:
                _add_interface(section, body)
            elif kind in _PACKETS:
                entry = _packet(kind, body, section, hci, at_s)
                at_s = entry.at_s
                yield entry
    except _EndsHere:
        yield Entry(at_s, DAMAGED, whole=False)
    if reports := hci.rest():
        yield Entry(at_s, Contents(reports=reports), whole=False)


def _block(file: BinaryIO, header: bytes, section: _Section) -> tuple[int, bytes]:
    """Read a block; the body of one we do not use is skipped and comes back empty."""
    if len(header) < 8:
        raise _EndsHere
    rest = 4  # the length is repeated at the end
    if header[:4] == MAGIC:
        section.order = _byte_order(file.read(4))
        rest += 4
    kind, total = struct.unpack(f"{section.order}II", header)
    left = total - len(header) - rest
    if left < 0 or total % 4:
        raise _EndsHere
    keep = (kind == INTERFACE or kind in _PACKETS) and left <= MAX_PACKET_BLOCK_BYTES
    body = _exactly(file, left) if keep else _skip(file, left)
    (again,) = struct.unpack(f"{section.order}I", _exactly(file, 4))
    if again != total:
        raise _EndsHere
    return kind, body


def _byte_order(magic: bytes) -> str:
    match magic:
        case b"\x4d\x3c\x2b\x1a":
            return "<"
        case b"\x1a\x2b\x3c\x4d":
            return ">"
        case _:
            raise _EndsHere


def _exactly(file: BinaryIO, count: int) -> bytes:
    content = file.read(count)
    if len(content) < count:
        raise _EndsHere
    return content


def _skip(file: BinaryIO, count: int) -> bytes:
    while count:
        count -= len(_exactly(file, min(count, _CHUNK_BYTES)))
    return b""


def _add_interface(section: _Section, body: bytes) -> None:
    # One that cannot be read takes its number all the same: the packets after it name it.
    link_type, snapshot_bytes, tick_s = -1, 0, 1e-6
    if len(body) >= 8:
        link_type, _reserved, snapshot_bytes = struct.unpack_from(f"{section.order}HHI", body)
        tick_s = _tick_s(body[8:], section.order)
    if len(section.interfaces) < MAX_INTERFACES:
        section.interfaces.append(_Interface(link_type, snapshot_bytes, tick_s))


def _tick_s(options: bytes, order: str) -> float:
    """The resolution of an interface's time stamps; a microsecond unless it says so."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from(f"{order}HH", options, at)
        if code == _RESOLUTION_OPTION and length == 1 and at + 4 < len(options):
            exponent = options[at + 4]
            return float(2.0 ** -(exponent & 0x7F)) if exponent & 0x80 else float(10.0**-exponent)
        if code == 0:
            break
        at += 4 + length + -length % 4
    return 1e-6


def _packet(kind: int, body: bytes, section: _Section, hci: HciReader, last_s: float) -> Entry:
    """Read a packet block; one without a stamp of its own happened with the last."""
    at_s = last_s
    if kind == SIMPLE_PACKET:
        if len(body) < 4 or not section.interfaces:
            return Entry(at_s, DAMAGED)
        (original,) = struct.unpack_from(f"{section.order}I", body)
        limit = section.interfaces[0].snapshot_bytes or original
        number, start, captured = 0, 4, min(original, limit)
    else:
        if len(body) < 20:
            return Entry(at_s, DAMAGED)
        form = "IIII" if kind == ENHANCED_PACKET else "HxxIII"
        number, high, low, captured = struct.unpack_from(f"{section.order}{form}", body)
        start = 20
        if number < len(section.interfaces):
            at_s = (high << 32 | low) * section.interfaces[number].tick_s
    if number >= len(section.interfaces) or start + captured > len(body):
        return Entry(at_s, DAMAGED)
    link_type = section.interfaces[number].link_type
    return Entry(at_s, _contents(link_type, body[start : start + captured], hci))


def _contents(link_type: int, packet: bytes, hci: HciReader) -> Contents:
    if (read := _OFF_THE_AIR.get(link_type)) is not None:
        return read(packet)
    if link_type == H4:
        return hci.read_h4(packet)
    if link_type == H4_WITH_DIRECTION:
        return hci.read_h4(packet[4:])
    return _monitor(packet, hci) if link_type == LINUX_MONITOR else NOTHING


def _monitor(packet: bytes, hci: HciReader) -> Contents:
    if len(packet) < 4:
        return DAMAGED
    adapter, opcode = struct.unpack_from(">HH", packet)
    return hci.read_event(packet[4:], adapter) if opcode == _MONITOR_EVENT else NOTHING
