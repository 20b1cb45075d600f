"""The formats that are recognised, at their edges."""

import struct

import pytest

from hardware.beacon.build import eddystone_eid, eddystone_uid, ibeacon
from hardware.beacon.eddystone import (
    URL_EXPANSIONS,
    URL_SCHEMES,
    EddystoneEncryptedTlm,
    EddystoneTlm,
    read_eddystone,
    read_url,
)
from hardware.beacon.formats import AltBeacon, ExposureNotification, Format, IBeacon, beacon_frames, format_of
from hardware.radio.ad import MANUFACTURER_DATA, SERVICE_DATA_16, structure


def test_every_format_is_recognised_in_one_payload_and_in_order() -> None:
    url = structure(SERVICE_DATA_16, b"\xaa\xfe\x10\x00\x03ruu\x07")
    tlm = structure(SERVICE_DATA_16, b"\xaa\xfe\x20\x00" + bytes(12))
    payload = b"".join(
        (
            ibeacon(bytes(16), 1, 2),
            structure(MANUFACTURER_DATA, b"\x18\x01\xbe\xac" + bytes(22)),
            eddystone_uid(bytes(10), bytes(6)),
            url,
            tlm,
            eddystone_eid(bytes(8)),
            structure(SERVICE_DATA_16, b"\x6f\xfd" + bytes(20)),
        )
    )
    assert [format_of(frame) for frame in beacon_frames(payload)] == list(Format)


def test_two_frames_of_one_kind_are_two() -> None:
    assert len(list(beacon_frames(ibeacon(bytes(16), 1, 2) + ibeacon(bytes(16), 1, 3)))) == 2


@pytest.mark.parametrize("length", range(30))
def test_lengths_of_manufacturers_frames(length: int) -> None:
    apple = list(beacon_frames(structure(MANUFACTURER_DATA, (b"\x4c\x00\x02\x15" + bytes(40))[: length + 2])))
    assert [type(frame) for frame in apple] == [IBeacon] * (length >= 23)
    other = list(beacon_frames(structure(MANUFACTURER_DATA, (b"\x4c\x00\xbe\xac" + bytes(40))[: length + 2])))
    assert [type(frame) for frame in other] == [AltBeacon] * (length in (23, 24))


@pytest.mark.parametrize("length", range(26))
def test_lengths_of_service_data(length: int) -> None:
    data = bytes(length)
    found = list(beacon_frames(structure(SERVICE_DATA_16, b"\x6f\xfd" + data)))
    assert [type(frame) for frame in found] == [ExposureNotification] * (length == 20)
    assert not list(beacon_frames(structure(SERVICE_DATA_16, b"\xd8\xfe" + data)))
    kinds = {kind: (bytes((kind,)) + data)[:length] for kind in (0x00, 0x10, 0x20, 0x30, 0x40)}
    assert (read_eddystone(kinds[0x00]) is not None) == (length in (18, 20))
    assert (read_eddystone(kinds[0x30]) is not None) == (length == 10)
    assert (read_eddystone(kinds[0x20]) is not None) == (length == 14)
    assert (read_eddystone(kinds[0x10]) is not None) == (3 <= length <= 20)
    assert read_eddystone(kinds[0x40]) is None


def test_urls_expand_by_the_table() -> None:
    for number, scheme in enumerate(URL_SCHEMES):
        assert read_url(bytes((number,)) + b"a\x00b\x07") == f"{scheme}a.com/b.com"
    assert len(URL_EXPANSIONS) == 14
    assert read_url(b"\x03a\x0d") == "https://a.gov"


@pytest.mark.parametrize(
    "encoded", [b"", b"\x04a", b"\x00a\x0e", b"\x00a b", b"\x00\x7f", b"\x00" + b"a" * 18]
)
def test_what_is_reserved_or_too_long_is_no_url(encoded: bytes) -> None:
    assert read_url(encoded) is None


def test_telemetry_says_what_it_does_not_know() -> None:
    data = b"\x20\x00" + struct.pack(">HhII", 0, -0x8000, 7, 15)
    assert read_eddystone(data) == EddystoneTlm(None, None, 7, 1.5)
    cold = b"\x20\x00" + struct.pack(">HhII", 3000, -0x0180, 0, 0)
    assert read_eddystone(cold) == EddystoneTlm(3000, -1.5, 0, 0.0)


@pytest.mark.parametrize(("length", "rest"), [(13, 0), (14, None), (16, 0), (18, b"salt"), (19, 0)])
def test_encrypted_telemetry_with_and_without_its_check(length: int, rest: bytes | int | None) -> None:
    found = read_eddystone((b"\x20\x01" + bytes(12) + b"saltx")[:length])
    if isinstance(rest, int):
        assert found is None
    else:
        assert found == EddystoneEncryptedTlm(bytes(12), rest)
    assert read_eddystone(b"\x20\x02" + bytes(12)) is None
