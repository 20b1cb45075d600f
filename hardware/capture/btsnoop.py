"""Reads btsnoop files: what `btmon -w` writes on a Pi (datalink 2001), and Android's and hcidump's (1002, 1001).

Sources: RFC 1761 (snoop, its ancestor); BlueZ, doc/btsnoop.txt and src/shared/btsnoop.c.
"""

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from hardware.capture.entry import DAMAGED, NOTHING, Contents, Entry
from hardware.capture.hci import HciReader
from hardware.host.errors import DataError

MAGIC: Final = b"btsnoop\0"
VERSION: Final = 1

UNENCAPSULATED: Final = 1001
H4: Final = 1002
MONITOR: Final = 2001

MAX_RECORD_BYTES: Final = 1 << 20
"""HCI's longest packet has 64 KiB; what announces more is no length, and nothing after it can be found."""

EPOCH_US: Final = 0x00DCDDB30F2F8000
"""1970 as btsnoop counts: microseconds since the year 0."""

_HEADER: Final = struct.Struct(">8sII")
_RECORD: Final = struct.Struct(">IIIIq")
_MONITOR_EVENT: Final = 3
_RECEIVED_EVENT: Final = 0b11
"""Flags of 1001 and 1002: bit 0 received, bit 1 command or event."""


def read_btsnoop(file: BinaryIO, where: str) -> Iterator[Entry]:
    """Read a file from its beginning, record by record.

    Raises:
        DataError: another version, or a datalink that is none of HCI's. `where` names the file in it.
    """
    hci = HciReader()
    read = _reader(file.read(_HEADER.size), hci, where)
    at_s = 0.0
    while header := file.read(_RECORD.size):
        if len(header) < _RECORD.size:
            yield Entry(at_s, DAMAGED, whole=False)
            break
        _original, included, flags, _drops, at_us = _RECORD.unpack(header)
        packet = file.read(included) if included <= MAX_RECORD_BYTES else b""
        if len(packet) < included:
            yield Entry(at_s, DAMAGED, whole=False)
            break
        at_s = (at_us - EPOCH_US) / 1e6
        yield Entry(at_s, read(packet, flags))
    if reports := hci.rest():
        yield Entry(at_s, Contents(reports=reports), whole=False)


def _reader(header: bytes, hci: HciReader, where: str) -> Callable[[bytes, int], Contents]:
    if len(header) < _HEADER.size:
        raise DataError("a btsnoop file that ends in its header", where=where, fix="copy it again")
    _magic, version, datalink = _HEADER.unpack(header)
    if version != VERSION:
        raise DataError(f"btsnoop version {version}", where=where, fix=f"only version {VERSION} is read")

    def monitor(packet: bytes, flags: int) -> Contents:
        return hci.read_event(packet, flags >> 16) if flags & 0xFFFF == _MONITOR_EVENT else NOTHING

    def unencapsulated(packet: bytes, flags: int) -> Contents:
        return hci.read_event(packet) if flags & _RECEIVED_EVENT == _RECEIVED_EVENT else NOTHING

    def h4(packet: bytes, _flags: int) -> Contents:
        return hci.read_h4(packet)

    readers = {MONITOR: monitor, H4: h4, UNENCAPSULATED: unencapsulated}
    if datalink not in readers:
        raise DataError(
            f"btsnoop with datalink {datalink}, which is not read", where=where, fix="record it with btmon -w"
        )
    return readers[datalink]
