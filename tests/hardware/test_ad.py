"""The walk of raw AD structures: takes what is good, never raises."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.radio import ad
from hardware.radio.ad import from_advert, legacy_payload, structure, structures, to_advert, uuid_of
from hardware.radio.advert import Advert

FLAGS = bytes.fromhex("020106")
FEAA = "0000feaa-0000-1000-8000-00805f9b34fb"


def service_data(payload: bytes) -> dict[str, bytes]:
    return dict(to_advert(payload, -60, 0.0).service_data)


def test_manufacturer_and_service_data_of_each_width_are_read() -> None:
    payload = (
        structure(ad.MANUFACTURER_DATA, b"\x4c\x00\x02\x15")
        + structure(ad.SERVICE_DATA_16, b"\xaa\xfe\x30")
        + structure(ad.SERVICE_DATA_32, b"\x78\x56\x34\x12\x01")
        + structure(ad.SERVICE_DATA_128, bytes(range(16)) + b"\x02")
    )
    advert = to_advert(payload, -60, 12.5)
    assert dict(advert.manufacturer_data) == {0x004C: b"\x02\x15"}
    assert dict(advert.service_data) == {
        FEAA: b"\x30",
        "12345678-0000-1000-8000-00805f9b34fb": b"\x01",
        "0f0e0d0c-0b0a-0908-0706-050403020100": b"\x02",
    }
    assert (advert.rssi_dbm, advert.heard_s) == (-60, 12.5)


def test_a_zero_length_ends_the_walk() -> None:
    good = structure(ad.SERVICE_DATA_16, b"\xaa\xfe\x01")
    assert service_data(good + b"\x00" + structure(ad.MANUFACTURER_DATA, b"\x01\x00")) == {FEAA: b"\x01"}
    assert not to_advert(b"\x00" + good, -60, 0.0).service_data


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_truncated_tail_costs_only_itself(cut: int) -> None:
    good, tail = structure(ad.SERVICE_DATA_16, b"\xaa\xfe\x01"), structure(ad.MANUFACTURER_DATA, bytes(10))
    advert = to_advert(good + tail[:-cut], -60, 0.0)
    assert dict(advert.service_data) == {FEAA: b"\x01"}
    assert not advert.manufacturer_data


def test_a_structure_too_short_for_its_uuid_is_skipped() -> None:
    payload = b"".join(
        structure(ad_type, b"\x01")
        for ad_type in (ad.MANUFACTURER_DATA, ad.SERVICE_DATA_16, ad.SERVICE_DATA_32, ad.SERVICE_DATA_128)
    )
    advert = to_advert(payload + structure(ad.SERVICE_DATA_16, b"\xaa\xfe\x01"), -60, 0.0)
    assert (dict(advert.manufacturer_data), dict(advert.service_data)) == ({}, {FEAA: b"\x01"})


def test_of_duplicates_the_first_counts() -> None:
    twice = structure(ad.SERVICE_DATA_16, b"\xaa\xfe\x01") + structure(ad.SERVICE_DATA_16, b"\xaa\xfe\x02")
    assert service_data(twice) == {FEAA: b"\x01"}
    makers = structure(ad.MANUFACTURER_DATA, b"\x01\x00\x01") + structure(
        ad.MANUFACTURER_DATA, b"\x01\x00\x02"
    )
    assert dict(to_advert(makers, -60, 0.0).manufacturer_data) == {1: b"\x01"}


def test_the_walk_has_an_end_in_an_endless_payload() -> None:
    assert sum(1 for _ in structures(b"\x01\x00" * 100_000)) == ad.MAX_AD_BYTES // 2


@given(st.binary(max_size=300))
def test_garbage_never_raises_and_never_reads_past_the_end(payload: bytes) -> None:
    read = list(structures(payload))
    assert sum(len(data) + 2 for _, data in read) <= len(payload)
    to_advert(payload, -60, 0.0)


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=10))
def test_what_was_encoded_is_walked_again(parts: list[tuple[int, bytes]]) -> None:
    assert list(structures(b"".join(structure(*part) for part in parts))) == parts


def test_what_was_parsed_is_encoded_again() -> None:
    """BlueZ hands over no structures; a recording holds them."""
    parts = (
        structure(ad.MANUFACTURER_DATA, b"\x4c\x00\x02\x15"),
        structure(ad.SERVICE_DATA_16, b"\xaa\xfe\x30"),
        structure(ad.SERVICE_DATA_32, b"\x78\x56\x34\x12\x01"),
        structure(ad.SERVICE_DATA_128, bytes(range(16)) + b"\x02"),
    )
    assert from_advert(to_advert(b"".join(parts), -60, 0.0)) == b"".join(parts)
    assert from_advert(Advert(-60, 0.0, {1: bytes(253), 2: b"ok"})) == b"\x05\xff\x02\x00ok"


def test_what_does_not_fit_is_refused() -> None:
    assert len(legacy_payload(structure(0x09, bytes(26)))) == 31
    with pytest.raises(ValueError, match="31 bytes"):
        legacy_payload(structure(0x09, bytes(27)))
    with pytest.raises(ValueError, match="254 bytes"):
        structure(0x09, bytes(255))


def test_a_beacon_says_that_it_speaks_low_energy_only() -> None:
    assert legacy_payload() == FLAGS


def test_short_uuids_expand() -> None:
    assert uuid_of(0xFEAA) == FEAA


def test_no_published_vector_breaks_the_walk(data_dir: Path) -> None:
    vectors = json.loads((data_dir / "ble_advert_vectors" / "vectors.json").read_text())
    for vector in vectors:
        for text in vector["hex"]:
            for start in range(min(16, len(text) // 2)):
                to_advert(bytes.fromhex(text)[start:], -60, 0.0)


def test_no_capture_of_a_busy_room_breaks_the_walk(data_dir: Path) -> None:
    """A third of those frames are damaged; here every offset of the raw file is taken for an advertisement's start."""
    for capture in sorted((data_dir / "mitre_captures").rglob("*.pcap*")):
        content = capture.read_bytes()[:200_000]
        for start in range(0, len(content), 7):
            to_advert(content[start : start + 31], -60, 0.0)
