"""Advertising PDUs as a sniffer took them off the air: the frame, its checksum, the advertisement in it.

Sources: Bluetooth Core Specification, Vol 6 Part B §2.1 (packet), §2.3 (advertising PDUs), §2.3.4 (common extended
header), §3.1.1 (CRC); the link types 251 and 256 of the tcpdump group's registry; Nordic's sniffer for link type 272,
whose format its Wireshark dissector describes (packet-nordic_ble.c).
"""

import struct
from typing import Final

from hardware.capture.entry import DAMAGED, NOTHING, Contents, EventKind, Report
from hardware.radio.ad import MAX_LEGACY_BYTES

ADVERTISING_ACCESS: Final = bytes.fromhex("d6be898e")
"""0x8E89BED6 as it is sent; everything else is a connection, an isochronous or a periodic train."""

NO_RSSI_DBM: Final = 127
ADDRESS_BYTES: Final = 6
CRC_BYTES: Final = 3

_LEGACY_WITH_DATA: Final = frozenset((0, 2, 4, 6))
"""ADV_IND, ADV_NONCONN_IND, SCAN_RSP, ADV_SCAN_IND: an address, then AD structures."""

_DIRECT: Final = 1
_EXTENDED: Final = 7
_FIXED_BYTES: Final = {1: 12, 3: 12, 5: 34}
"""ADV_DIRECT_IND, SCAN_REQ, CONNECT_IND have one length."""

_EXTENDED_FIELDS: Final = (6, 6, 1, 2, 3, 18, 1)
"""Bytes of AdvA, TargetA, CTEInfo, AdvDataInfo, AuxPtr, SyncInfo, TxPower: bit 0 … 6 of the flags."""

_NORDIC_HEADER: Final = 7
_NORDIC_PACKETS: Final = frozenset((0x02, 0x06))
_CODED: Final = 2


def crc24(pdu: bytes) -> int:
    """The checksum of an advertising PDU (polynomial 0x00065B, initial value 0x555555), as its bytes are sent."""
    value = 0xAAAAAA
    for byte in pdu:
        value = value >> 8 ^ _CRC_TABLE[(value ^ byte) & 0xFF]
    return value


def _crc_entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0xDA6000 if value & 1 else 0)
    return value


_CRC_TABLE: Final = tuple(_crc_entry(value) for value in range(256))


def read_plain(packet: bytes) -> Contents:
    """Read link type 251: access address, PDU, CRC; nothing about strength."""
    return _read(packet, NO_RSSI_DBM)


def read_with_header(packet: bytes) -> Contents:
    """Read link type 256 (Ubertooth): a radio's header of ten bytes, then as 251.

    Whether the CRC was right is in the flags, or is computed.
    """
    if len(packet) < 10:
        return DAMAGED
    _channel, signal_dbm, _noise, _offenses, reference, flags = struct.unpack_from("<BbbB4sH", packet)
    if not flags & 0x0001:  # still whitened
        return NOTHING
    crc_ok = bool(flags & 0x0800) if flags & 0x0400 else None
    frame = packet[10:]
    if flags & 0x0010 and reference == ADVERTISING_ACCESS != frame[:4]:
        return DAMAGED  # taken for an advertisement in spite of wrong bits
    rssi_dbm = signal_dbm if flags & 0x0002 else NO_RSSI_DBM
    return _read(frame, rssi_dbm, crc_ok=crc_ok, coded=flags >> 14 == _CODED)


def read_nordic(packet: bytes) -> Contents:
    """Read link type 272 (nRF Sniffer, protocol 1 … 3, a later one alike): Nordic's two headers, then as 251.

    Whether the CRC was right is what the sniffer says: its radio checked the frame as it came in.
    """
    if len(packet) < _NORDIC_HEADER:
        return DAMAGED
    # Protocol 1 has a header length and one byte of payload length where its followers have two.
    version, kind = packet[3], packet[6]
    announced = packet[2] if version == 1 else packet[1] | packet[2] << 8
    if version == 0 or len(packet) != _NORDIC_HEADER + announced:
        return DAMAGED
    if kind not in _NORDIC_PACKETS:
        return NOTHING
    header = packet[_NORDIC_HEADER : _NORDIC_HEADER + 10]
    if len(header) < 10 or header[0] != 10:
        return DAMAGED
    flags, rssi_dbm = header[1], -header[3]
    frame = packet[_NORDIC_HEADER + 10 :]
    return _read(frame, rssi_dbm, crc_ok=bool(flags & 1), coded=(flags >> 4) & 0b111 == _CODED)


def _read(frame: bytes, rssi_dbm: int, *, crc_ok: bool | None = None, coded: bool = False) -> Contents:
    """Read access address, PDU and CRC; `crc_ok` None: nobody checked it."""
    if crc_ok is False or len(frame) < 4:
        return DAMAGED
    if frame[:4] != ADVERTISING_ACCESS:
        return NOTHING
    body = frame[5:] if coded else frame[4:]  # the coded PHY has its coding indicator in between
    if len(body) < 2 + CRC_BYTES or len(body) != 2 + body[1] + CRC_BYTES:
        return DAMAGED
    pdu = body[:-CRC_BYTES]
    if crc_ok is None and crc24(pdu) != int.from_bytes(body[-CRC_BYTES:], "little"):
        return DAMAGED
    return _pdu(pdu[0] & 0x0F, pdu[2:], rssi_dbm)


def _pdu(kind: int, payload: bytes, rssi_dbm: int) -> Contents:
    if kind in _LEGACY_WITH_DATA:
        data = payload[ADDRESS_BYTES:]
        if len(payload) < ADDRESS_BYTES or len(data) > MAX_LEGACY_BYTES:
            return DAMAGED
        return Contents(EventKind.LEGACY, reports=(Report(rssi_dbm, data),))
    if kind == _EXTENDED:
        data_or_none = _extended_data(payload)
        if data_or_none is None:
            return DAMAGED
        return Contents(EventKind.EXTENDED, reports=(Report(rssi_dbm, data_or_none),))
    if len(payload) != _FIXED_BYTES.get(kind, len(payload)):
        return DAMAGED
    return Contents(EventKind.LEGACY) if kind == _DIRECT else NOTHING


def _extended_data(payload: bytes) -> bytes | None:
    """The data after the common extended header; None: the header does not fit.

    A chain of PDUs (AUX_CHAIN_IND) is not joined: each names the next by its moment, which a sniffer may have missed.
    """
    if not payload:
        return None
    header_bytes = payload[0] & 0b11_1111
    header, data = payload[1 : 1 + header_bytes], payload[1 + header_bytes :]
    if len(header) < header_bytes:
        return None
    if header:
        needed = sum(size for bit, size in enumerate(_EXTENDED_FIELDS) if header[0] >> bit & 1)
        if 1 + needed > header_bytes:
            return None
    return data
