"""Writes small captures, as `btmon -w`, hcidump and the sniffers write them, with whatever is wrong with them."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from hardware.capture.btsnoop import EPOCH_US
from hardware.capture.link_layer import ADVERTISING_ACCESS, crc24

ADDRESS = bytes.fromhex("c0ffee000001")
"""Nobody's: drawn up for these tests."""


# HCI


def legacy_event(*reports: tuple[bytes, int], count: int | None = None) -> bytes:
    """An LE Advertising Report event of (data, strength)."""
    body = b"".join(
        struct.pack("<BB6sB", 0, 1, ADDRESS, len(data)) + data + struct.pack("<b", rssi)
        for data, rssi in reports
    )
    return meta_event(b"\x02" + bytes((len(reports) if count is None else count,)) + body)


@dataclass(frozen=True)
class Extended:
    data: bytes
    rssi_dbm: int = -60
    status: int = 0
    """0 complete, 1 more to come, 2 truncated."""
    address: bytes = ADDRESS
    legacy: bool = False


def extended_event(*reports: Extended, count: int | None = None) -> bytes:
    body = b"".join(
        struct.pack(
            "<HB6sBBBbbHB6sB",
            one.status << 5 | (0x10 if one.legacy else 0),
            *(1, one.address, 1, 2, 3, 127, one.rssi_dbm, 0, 0, bytes(6), len(one.data)),
        )
        + one.data
        for one in reports
    )
    return meta_event(b"\x0d" + bytes((len(reports) if count is None else count,)) + body)


def meta_event(parameters: bytes) -> bytes:
    return bytes((0x3E, len(parameters))) + parameters


# btsnoop


def btsnoop(
    *records: tuple[int, bytes], datalink: int = 2001, version: int = 1, step_us: int = 1000
) -> bytes:
    """A file of (flags, packet); in 2001 flags are adapter << 16 | opcode."""
    out = [b"btsnoop\0" + struct.pack(">II", version, datalink)]
    for number, (flags, packet) in enumerate(records):
        at_us = EPOCH_US + number * step_us
        out.append(struct.pack(">IIIIq", len(packet), len(packet), flags, 0, at_us) + packet)
    return b"".join(out)


# Link layer


def frame(kind: int, payload: bytes, *, wrong_bits: int = 0, access: bytes = ADVERTISING_ACCESS) -> bytes:
    """Access address, PDU, CRC; `wrong_bits` spoil the CRC."""
    pdu = bytes((kind | 0x40, len(payload))) + payload
    return access + pdu + (crc24(pdu) ^ wrong_bits).to_bytes(3, "little")


def advertising(data: bytes, kind: int = 0, *, wrong_bits: int = 0) -> bytes:
    return frame(kind, ADDRESS + data, wrong_bits=wrong_bits)


def nordic(ll: bytes, *, flags: int = 1, rssi_dbm: int = -60, version: int = 3, kind: int = 2) -> bytes:
    """Link type 272."""
    payload = struct.pack("<BBBBHI", 10, flags, 37, -rssi_dbm, 0, 0) + ll
    lengths = bytes((6, len(payload))) if version == 1 else struct.pack("<H", len(payload))
    return b"\x0b" + lengths + struct.pack("<BHB", version, 7, kind) + payload


def with_header(
    ll: bytes, *, flags: int = 0x37, rssi_dbm: int = -60, reference: bytes = ADVERTISING_ACCESS
) -> bytes:
    """Link type 256."""
    return struct.pack("<BbbB4sH", 0, rssi_dbm, -90, 0, reference, flags) + ll


# pcapng


@dataclass
class Pcapng:
    """Builds a file block by block, in either byte order."""

    order: str = "<"
    blocks: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.section()

    def block(self, kind: int, body: bytes, *, again: int = 0) -> "Pcapng":
        body += bytes(-len(body) % 4)
        total = len(body) + 12
        self.blocks.append(
            struct.pack(f"{self.order}II", kind, total) + body + struct.pack(f"{self.order}I", again or total)
        )
        return self

    def section(self) -> "Pcapng":
        return self.block(
            0x0A0D0D0A, struct.pack(f"{self.order}IHHq", 0x1A2B3C4D, 1, 0, -1) + self.option(4, b"a program")
        )

    def option(self, code: int, value: bytes) -> bytes:
        return struct.pack(f"{self.order}HH", code, len(value)) + value + bytes(-len(value) % 4)

    def interface(self, link_type: int, *, snapshot: int = 0, options: bytes = b"") -> "Pcapng":
        return self.block(1, struct.pack(f"{self.order}HHI", link_type, 0, snapshot) + options)

    def enhanced(
        self, packet: bytes, at: int = 0, *, interface: int = 0, claims: int | None = None
    ) -> "Pcapng":
        size = len(packet) if claims is None else claims
        head = struct.pack(f"{self.order}IIIII", interface, at >> 32, at & 0xFFFFFFFF, size, size)
        return self.block(6, head + packet + bytes(-len(packet) % 4) + self.option(2, bytes(4)))

    def old(self, packet: bytes, at: int = 0) -> "Pcapng":
        head = struct.pack(f"{self.order}HHIIII", 0, 0, at >> 32, at & 0xFFFFFFFF, len(packet), len(packet))
        return self.block(2, head + packet)

    def simple(self, packet: bytes, *, original: int | None = None) -> "Pcapng":
        size = len(packet) if original is None else original
        return self.block(3, struct.pack(f"{self.order}I", size) + packet)

    def bytes(self) -> bytes:
        return b"".join(self.blocks)


def sniffed(link_type: int, packets: Sequence[bytes]) -> bytes:
    """A plain capture of one interface, a millisecond between packets."""
    capture = Pcapng().interface(link_type)
    for number, packet in enumerate(packets):
        capture.enhanced(packet, number * 1000)
    return capture.bytes()
