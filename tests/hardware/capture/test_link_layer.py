"""Advertising PDUs as sniffers write them."""

import struct

import pytest

from hardware.capture.entry import DAMAGED, NOTHING, Contents, EventKind, Report
from hardware.capture.link_layer import crc24, read_nordic, read_plain, read_with_header
from tests.hardware.capture.files import ADDRESS, advertising, frame, nordic, with_header

A = b"\x02\x01\x06"
LEGACY = Contents(EventKind.LEGACY, reports=(Report(-60, A),))


def test_the_checksum_is_the_specifications() -> None:
    """An ADV_NONCONN_IND of our own making, computed by the shift register of Vol 6 Part B, figure 3.4."""
    pdu = bytes((0x42, 9)) + ADDRESS + A
    register = 0x555555
    for byte in pdu:
        for bit in range(8):
            feedback = (register >> 23 ^ byte >> bit) & 1
            register = (register << 1 & 0xFFFFFF) ^ (0x00065B if feedback else 0)
    assert crc24(pdu) == int(f"{register:024b}"[::-1], 2)


@pytest.mark.parametrize("kind", [0, 2, 4, 6])
def test_legacy_advertising_brings_its_data(kind: int) -> None:
    ll = advertising(A, kind)
    assert read_nordic(nordic(ll)) == read_with_header(with_header(ll)) == LEGACY
    assert read_plain(ll) == Contents(EventKind.LEGACY, reports=(Report(127, A),))


@pytest.mark.parametrize(
    ("kind", "length", "event"), [(1, 12, EventKind.LEGACY), (3, 12, None), (5, 34, None), (9, 4, None)]
)
def test_other_pdus_bring_no_data(kind: int, length: int, event: EventKind | None) -> None:
    """A directed advertisement has none; a scan or connection request is no advertisement."""
    assert read_plain(frame(kind, bytes(length))) == Contents(event)


@pytest.mark.parametrize(("kind", "length"), [(0, 5), (0, 38), (1, 11), (3, 13), (5, 33)])
def test_a_pdu_of_an_impossible_length_is_damaged(kind: int, length: int) -> None:
    assert read_plain(frame(kind, bytes(length))) == DAMAGED


def test_a_wrong_checksum_is_damaged_whoever_found_it() -> None:
    good, bad = advertising(A), advertising(A, wrong_bits=1)
    assert read_with_header(with_header(bad)) == read_plain(bad) == DAMAGED
    # A sniffer that checked the frame knows better than what it wrote down of it.
    assert read_with_header(with_header(good, flags=0x0437)) == DAMAGED
    assert read_with_header(with_header(bad, flags=0x0C37)) == LEGACY
    assert read_nordic(nordic(good, flags=0)) == DAMAGED
    assert read_nordic(nordic(bad)) == LEGACY


def test_what_is_no_advertisement_is_left_alone() -> None:
    data = frame(2, bytes(10), access=b"\x01\x02\x03\x04")
    assert read_plain(data) == read_nordic(nordic(data)) == NOTHING
    assert read_with_header(with_header(data, reference=b"\x01\x02\x03\x04")) == NOTHING
    assert read_with_header(with_header(advertising(A), flags=0x36)) == NOTHING  # whitened
    assert read_nordic(nordic(b"", kind=0x0D)) == NOTHING


def test_an_access_address_with_wrong_bits_is_damaged() -> None:
    near = b"\xd7" + advertising(A)[1:]
    assert read_with_header(with_header(near)) == DAMAGED


def test_strength_counts_only_where_it_is_valid() -> None:
    (report,) = read_with_header(with_header(advertising(A), flags=0x35)).reports
    assert report.rssi_dbm == 127


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_each_protocol_of_nordics_sniffer_is_read(version: int) -> None:
    assert read_nordic(nordic(advertising(A), version=version, kind=6)) == LEGACY


def test_the_coded_phy_has_a_byte_more() -> None:
    ll = advertising(A)
    coded = ll[:4] + b"\x01" + ll[4:]
    assert read_nordic(nordic(coded, flags=0x21)) == LEGACY
    assert read_with_header(with_header(coded, flags=0x8037)) == LEGACY


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_cut_packet_is_damaged(cut: int) -> None:
    for packet, read in (
        (nordic(advertising(A)), read_nordic),
        (with_header(advertising(A)), read_with_header),
    ):
        assert read(packet[:-cut]) == DAMAGED


def test_nordic_headers_that_lie_are_damaged() -> None:
    good = nordic(advertising(A))
    for packet in (good[:3] + b"\x00" + good[4:], good[:7] + b"\x09" + good[8:], good + b"\0"):
        assert read_nordic(packet) == DAMAGED
    assert read_nordic(b"\x0b\x02\x00\x03\x00\x00\x02ab") == DAMAGED


# Extended advertising


def extended(header: bytes, data: bytes) -> bytes:
    return frame(7, bytes((len(header),)) + header + data)


def test_extended_advertising_brings_the_data_after_its_header() -> None:
    everything = b"\x7f" + bytes(6 + 6 + 1 + 2 + 3 + 18 + 1)
    for header in (b"", b"\x00", b"\x09" + ADDRESS + b"\x01\x02", everything, b"\x00acad"):
        expected = Contents(EventKind.EXTENDED, reports=(Report(127, A),))
        assert read_plain(extended(header, A)) == expected
    assert read_plain(extended(b"", bytes(200))).reports == (Report(127, bytes(200)),)


@pytest.mark.parametrize("payload", [b"", b"\x05\x00", b"\x02\x01\x00", struct.pack("<BB", 1, 0x7F)])
def test_an_extended_header_that_does_not_fit_is_damaged(payload: bytes) -> None:
    assert read_plain(frame(7, payload)) == DAMAGED
