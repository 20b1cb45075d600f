"""Which frames are a loyalty beacon's, and that nothing else gets in."""

import json
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon import build
from hardware.beacon.frames import (
    APP_SERVICE_UUID,
    IBEACON_EID_PREFIX,
    FrameFilter,
    FrameKind,
    LoyaltyFrame,
    LoyaltyScheme,
    is_possible_rssi,
    may_be_loyalty,
    uuid_bytes,
)
from hardware.radio import ad
from hardware.radio.ad import structure, to_advert

EID = b"EID_test"
BEACON = uuid.UUID("41424344-4546-4748-4940-414243444546").bytes
NAMESPACE = bytes.fromhex("12345678901234678901")
ALL = FrameFilter(frozenset(FrameKind), frozenset({BEACON}), frozenset({NAMESPACE}))

CARRIERS = {
    FrameKind.EDDYSTONE_EID: (build.eddystone_eid(EID), LoyaltyScheme.EID, EID),
    FrameKind.APP_EID: (build.app_eid(EID), LoyaltyScheme.EID, EID),
    FrameKind.IBEACON_EID: (build.ibeacon_eid(EID, 7, 9), LoyaltyScheme.EID, EID),
    FrameKind.IBEACON: (build.ibeacon(BEACON, 1, 2), LoyaltyScheme.IBEACON, BEACON + b"\0\1\0\2"),
    FrameKind.EDDYSTONE_UID: (
        build.eddystone_uid(NAMESPACE, b"instan"),
        LoyaltyScheme.EDDYSTONE_UID,
        NAMESPACE + b"instan",
    ),
}


def heard(payload: bytes, loyalty: FrameFilter = ALL, rssi_dbm: int = -60) -> tuple[LoyaltyFrame, ...]:
    return loyalty.frames(to_advert(payload, rssi_dbm, 0.0))


@pytest.mark.parametrize("kind", FrameKind)
def test_each_carrier_brings_its_identifier(kind: FrameKind) -> None:
    payload, scheme, identifier = CARRIERS[kind]
    (frame,) = heard(payload)
    assert (frame.kind, frame.scheme, frame.id) == (kind, scheme, identifier)
    assert len(payload) <= 31


@pytest.mark.parametrize("kind", FrameKind)
def test_a_kind_that_is_not_configured_is_not_heard(kind: FrameKind) -> None:
    others = FrameFilter(frozenset(FrameKind) - {kind}, frozenset({BEACON}), frozenset({NAMESPACE}))
    assert heard(CARRIERS[kind][0], others) == ()


def test_the_bytes_on_the_air() -> None:
    """They are fixed: fobs are sold and phones speak them already."""
    assert build.eddystone_eid(EID, -29).hex() == "0201060303aafe0d16aafe30e34549445f74657374"
    assert (
        build.ibeacon(BEACON, 1, 2, -8).hex()
        == "0201061aff4c0002154142434445464748494041424344454600010002f8"
    )
    assert build.eddystone_uid(NAMESPACE, bytes(5) + b"\1", -29).hex() == (
        "0201060303aafe1716aafe00e3123456789012346789010000000000010000"
    )
    assert build.app_eid(EID).hex() == (
        "0201061b21" + uuid.UUID(APP_SERVICE_UUID).bytes[::-1].hex() + "01ec" + EID.hex()
    )
    assert len(build.app_eid(EID)) == 31
    assert build.ibeacon_eid(EID)[9:17] == IBEACON_EID_PREFIX


def test_static_fobs_of_others_are_foreign() -> None:
    assert heard(build.ibeacon(bytes(16), 1, 2)) == ()
    assert heard(build.eddystone_uid(bytes(10), b"instan")) == ()


def test_an_ibeacon_of_ours_is_never_taken_for_a_static_one() -> None:
    static = FrameFilter(frozenset({FrameKind.IBEACON}), frozenset({IBEACON_EID_PREFIX + EID}))
    assert heard(build.ibeacon_eid(EID), static) == ()


@pytest.mark.parametrize("length", [0, 1, 9, 11, 12, 18, 20])
def test_an_eid_frame_has_one_length(length: int) -> None:
    """Eddystone-EID: "the length of this frame is fixed and shall be truncated after the EID bytes"."""
    frame = (b"\x30\x00" + bytes(30))[:length]
    assert heard(structure(ad.SERVICE_DATA_16, b"\xaa\xfe" + frame)) == ()


@pytest.mark.parametrize(("length", "count"), [(17, 0), (18, 1), (19, 0), (20, 1), (21, 0)])
def test_a_uid_frame_comes_with_or_without_its_reserved_bytes(length: int, count: int) -> None:
    frame = (b"\x00\x00" + NAMESPACE + bytes(20))[:length]
    assert len(heard(structure(ad.SERVICE_DATA_16, b"\xaa\xfe" + frame))) == count


@pytest.mark.parametrize("payload", [b"", b"\x02" + bytes(9), b"\x01" + bytes(8), b"\x01" + bytes(10)])
def test_an_app_frame_of_another_version_or_length_is_foreign(payload: bytes) -> None:
    data = uuid_bytes(APP_SERVICE_UUID)[::-1] + payload
    assert heard(structure(ad.SERVICE_DATA_128, data)) == ()


@pytest.mark.parametrize("data", [b"", b"\x02\x15" + BEACON + bytes(4), b"\x10\x05" + BEACON + bytes(5)])
def test_other_apple_data_is_foreign(data: bytes) -> None:
    assert heard(structure(ad.MANUFACTURER_DATA, b"\x4c\x00" + data)) == ()


@pytest.mark.parametrize("more", [b"\x64", b"\x10\x05\x0a\x1c"], ids=["battery byte", "another message"])
def test_what_follows_an_ibeacon_in_apples_data_does_not_hide_it(more: bytes) -> None:
    """The message says its own length, 0x15."""
    data = b"\x4c\x00\x02\x15" + BEACON + b"\0\1\0\2\xc5"
    (frame,) = heard(structure(ad.MANUFACTURER_DATA, data + more))
    assert (frame.kind, frame.id) == (FrameKind.IBEACON, BEACON + b"\0\1\0\2")


def test_one_advertisement_brings_at_most_one_frame_a_carrier() -> None:
    payload = build.eddystone_eid(EID) + build.eddystone_eid(b"another!") + build.ibeacon_eid(EID)
    assert [frame.kind for frame in heard(payload)] == [FrameKind.EDDYSTONE_EID, FrameKind.IBEACON_EID]


@pytest.mark.parametrize("rssi_dbm", [-128, -127, 0, 127, 21, 42])
def test_a_strength_that_is_none_never_gets_in(rssi_dbm: int) -> None:
    assert heard(build.eddystone_eid(EID), rssi_dbm=rssi_dbm) == ()


@given(st.integers(-200, 200))
def test_possible_strengths_are_those_of_hci(rssi_dbm: int) -> None:
    assert is_possible_rssi(rssi_dbm) == (-126 <= rssi_dbm <= 20 and rssi_dbm != 0)


@given(st.binary(max_size=60))
def test_garbage_is_foreign_and_never_raises(payload: bytes) -> None:
    for frame in heard(payload):
        assert len(frame.id) in (8, 16, 20)
    for data in (b"\xaa\xfe" + payload, b"\x4c\x00\x02\x15" + payload):
        heard(structure(ad.SERVICE_DATA_16, data))
        heard(structure(ad.MANUFACTURER_DATA, data))


def test_the_published_vectors_of_our_kinds_are_heard_and_all_others_are_foreign(data_dir: Path) -> None:
    names = {
        "EddystoneUIDFrame": FrameKind.EDDYSTONE_UID,
        "EddystoneEIDFrame": FrameKind.EDDYSTONE_EID,
        "IBeaconAdvertisement": FrameKind.IBEACON,
    }
    vectors = json.loads((data_dir / "ble_advert_vectors" / "vectors.json").read_text())
    seen = set()
    for vector in vectors:
        expected = vector["expected"].get("_type") if isinstance(vector["expected"], dict) else None
        beacons = (
            frozenset({uuid_bytes(vector["expected"]["uuid"])})
            if expected == "IBeaconAdvertisement"
            else frozenset()
        )
        loyalty = FrameFilter(frozenset(FrameKind), beacons, frozenset({NAMESPACE}))
        kinds = {frame.kind for text in vector["hex"] for frame in heard(bytes.fromhex(text), loyalty)}
        if "test_bad_packets" in vector["source"]:
            assert kinds == set()
            continue
        assert kinds == ({names[expected]} if expected in names else set()), vector["source"]
        seen |= kinds
    assert seen == set(names.values())


@pytest.mark.parametrize("kind", FrameKind)
def test_schemes_are_named_as_on_the_wire(kind: FrameKind) -> None:
    from hub.wire.presence import IdScheme

    assert LoyaltyFrame(kind, EID).scheme.value in {scheme.value for scheme in IdScheme}


@given(st.one_of(st.binary(max_size=60), st.sampled_from([payload for payload, _, _ in CARRIERS.values()])))
def test_what_may_be_no_loyalty_frame_is_let_through_by_no_filter(payload: bytes) -> None:
    advert = to_advert(payload, -60, 0.0)
    if not may_be_loyalty(advert.manufacturer_data, advert.service_data):
        assert ALL.frames(advert) == ()


@pytest.mark.parametrize("kind", FrameKind)
def test_every_loyalty_frame_may_be_one(kind: FrameKind) -> None:
    advert = to_advert(CARRIERS[kind][0], -60, 0.0)
    assert may_be_loyalty(advert.manufacturer_data, advert.service_data)
