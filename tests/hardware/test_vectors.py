"""All published advertisements (51, of three projects' own tests), each with the outcome its label says.

Where we differ from a label on purpose, the reason stands beside it.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hardware.beacon.build import app_eid, eddystone_eid, ibeacon_eid
from hardware.beacon.eddystone import (
    EddystoneEid,
    EddystoneEncryptedTlm,
    EddystoneTlm,
    EddystoneUid,
    EddystoneUrl,
)
from hardware.beacon.formats import AltBeacon, BeaconFrame, ExposureNotification, IBeacon, beacon_frames
from hardware.beacon.frames import FrameFilter, FrameKind, LoyaltyScheme
from hardware.capture.entry import EventKind, Report
from hardware.capture.hci import HciReader
from hardware.radio.ad import SERVICE_DATA_16, structure, to_advert
from tests.hardware.capture.files import ADDRESS, Extended, extended_event, legacy_event

RADIUS_ID = bytes.fromhex("2f234454cf6d4a0fadf2f4911ba9ffa600010002")

EXPECTED: dict[str, BeaconFrame | None] = {
    "test_bad_packets": None,
    "test_eddystone_uid": EddystoneUid(-29, bytes.fromhex("12345678901234678901"), bytes(5) + b"\1"),
    "test_eddystone_url": EddystoneUrl(-8, "https://github.com/citruz"),
    # The labels call 10948 seconds what the specification counts in tenths.
    "test_eddystone_tlm": EddystoneTlm(2840, 19.0, 5223, 1094.8),
    "test_eddystone_tlm2": EddystoneTlm(2840, 71 + 17 / 256, 5223, 1094.8),
    # Its structure says a length that leaves salt and check outside.
    "test_eddystone_tlm_enc": EddystoneEncryptedTlm(b"A" * 12, None),
    "test_eddystone_eid": EddystoneEid(-29, b"EID_test"),
    "test_ibeacon": IBeacon(bytes.fromhex("41424344454647484940414243444546"), 1, 2, -8),
    "test_cypress_beacon": IBeacon(bytes.fromhex("0005000100001000800000805f9b0131"), 2, 0x6C66, -61),
    "test_exposure_notification": ExposureNotification(
        bytes.fromhex("0d3b4f65584c582160571dd19010d41c"), bytes.fromhex("2660ee34")
    ),
    "test_ibeacon_sensor": IBeacon(bytes.fromhex("e2c56db5dffb48d2b060d0f5a71096e0"), 100, 0, -59),
    "test_ibeacon_tracker": IBeacon(bytes.fromhex("e2c56db5dffb48d2b060d0f5a71096e0"), 100, 0, -59),
    "test_ibeacon_iphone_ble_packet_var_1": None,
    "test_ibeacon_iphone_ble_packet_var_2": None,
    "test_altbeacon_sensor": AltBeacon(
        0xFFFF, bytes.fromhex("d3162f5af3ee494799db09756062d0fc005a0005"), -60, 0
    ),
    "test_altbeacon_tracker": AltBeacon(
        0xFFFF, bytes.fromhex("d3162f5af3ee494799db09756062d0fc005a0005"), -60, 0
    ),
    # A sensor's reading as a web address, base 64.
    "test_ruuvitag_v2": EddystoneUrl(-18, "https://ruu.vi/#AjwYAMFf"),
    "test_ruuvitag_v4": EddystoneUrl(-10, "https://ruu.vi/#BGQYAMq8w"),
    "testRecognizeBeacon": AltBeacon(0x0118, RADIUS_ID, -59, 9),
    "testDetectsDaveMHardwareBeacon": AltBeacon(
        0x0118, bytes.fromhex("2f234454cf6d4a0fadf2f4911ba9ffa600050003"), -66, 2
    ),
    # Their layout is configured for another code than AltBeacon's; without it there is no beacon.
    "testDetectsAlternateBeconType": None,
    "BeaconParserTest.java::testRecognizeBeacon": None,
    "testAllowsAccessToParserIdentifier": None,
    "testParseWrongFormatReturnsNothing": None,
    "testParsesBeaconMissingDataField": AltBeacon(0x0118, RADIUS_ID, -59, None),
    # About reading a layout; its bytes have no company, and nobody parses them.
    "testSetBeaconLayout": None,
    "testRecognizeBeaconWithFormatSpecifyingManufacturer": AltBeacon(0x0118, RADIUS_ID, -59, 9),
    "testReEncodesBeacon": AltBeacon(0x0118, RADIUS_ID, -59, 9),
    # Says five bytes more than there are: a structure that runs over the end is not read.
    "testReEncodesBeaconForEddystoneTelemetry": None,
    "testLittleEndianIdentifierParsing": AltBeacon(0x0118, bytes(range(1, 0x15)), -59, 9),
    "testReEncodesLittleEndianBeacon": AltBeacon(0x0118, bytes(range(1, 0x15)), -59, 9),
    "testRecognizeBeaconCapturedManufacturer": AltBeacon(
        0xBBAA, bytes.fromhex("e2c56db5dffb48d2b060d0f5a71096e000010004"), -59, 0
    ),
    # Null to their fixed layout of 17 characters; a whole Eddystone-URL.
    "testParseGattIdentifierThatRunsOverPduLength": EddystoneUrl(-25, "http://google.com/"),
    "testLongUrlBeaconIdentifier": EddystoneUrl(-25, "https://www..edu/.net/.info/.biz/.gov/.com.org"),
    "testParseManufacturerIdentifierThatRunsOverPduLength": None,
    "testParseProblematicBeaconFromIssue229": AltBeacon(
        0x00E0, bytes.fromhex("7777772e626c756b692e636f6d000100010001ab")[:20], -86, 0
    ),
    "testCanParseLocationBeacon": None,
    "doesNotCashWithOverflowingByteCodeComparisonOnPdu": None,
    "testCanParseLongDataTypeOfDifferentSize": None,
    "testCanParsePdusFromAltBeacon": AltBeacon(0x0118, RADIUS_ID, -59, None),
    "testCanParsePdusFromOtherBeacon": EddystoneUid(
        -25, bytes.fromhex("2f234454f4911ba9ffa6"), bytes(5) + b"\1"
    ),
}


@pytest.fixture(scope="module")
def vectors(data_dir: Path) -> list[dict[str, Any]]:
    found = json.loads((data_dir / "ble_advert_vectors" / "vectors.json").read_text())
    assert isinstance(found, list)
    return found


def frames(vector: dict[str, Any]) -> list[BeaconFrame]:
    payloads = [bytes.fromhex(text) for text in vector["hex"]]
    if vector["layer"].startswith("HCI"):
        found = [HciReader().read_h4(payload) for payload in payloads]
        assert all(one.event is EventKind.LEGACY and not one.damaged for one in found)
        payloads = [report.ad for one in found for report in one.reports]
    return [frame for payload in payloads for frame in beacon_frames(payload)]


def test_every_vector_has_the_outcome_of_its_label(vectors: list[dict[str, Any]]) -> None:
    assert len(vectors) == 51
    for vector in vectors:
        source = vector["source"]
        name = source.rsplit("::", 1)[1]
        if "estimote" in name or name in ("test_ruuvitag_v3", "test_ruuvitag_v5"):
            expected = None  # makers' own formats, which are none of ours
        else:
            expected = EXPECTED.get(source.split()[-1], EXPECTED[name])
        assert frames(vector) == ([] if expected is None else [expected]), source


def test_strengths_of_the_hci_vectors_are_their_labels(vectors: list[dict[str, Any]]) -> None:
    checked = 0
    for vector in vectors:
        for claim in vector["expected"] if isinstance(vector["expected"], list) else []:
            if "rssi'] == " in claim and vector["layer"].startswith("HCI"):
                (report,) = HciReader().read_h4(bytes.fromhex(vector["hex"][0])).reports
                assert report.rssi_dbm == int(claim.split("== ")[1])
                checked += 1
    assert checked == 8


def test_the_vectors_by_format(vectors: list[dict[str, Any]]) -> None:
    assert Counter(type(frame).__name__ for vector in vectors for frame in frames(vector)) == {
        "AltBeacon": 13,
        "IBeacon": 4,
        "EddystoneUrl": 5,
        "EddystoneUid": 2,
        "EddystoneTlm": 2,
        "EddystoneEncryptedTlm": 1,
        "EddystoneEid": 1,
        "ExposureNotification": 1,
    }


# Identities


@pytest.fixture(scope="module")
def identities(data_dir: Path) -> dict[str, Any]:
    found = json.loads((data_dir / "identity_vectors.json").read_text())
    assert isinstance(found, dict)
    return found


def test_every_published_eid_is_heard_in_each_of_its_carriers(identities: dict[str, Any]) -> None:
    """What computes them is tested with `hardware.beacon.eid`; here they are on the air."""
    everything = FrameFilter(frozenset(FrameKind))
    for vector in identities["eid"]:
        eid = bytes.fromhex(vector["eid"])
        for build in (eddystone_eid, app_eid, ibeacon_eid):
            (frame,) = everything.frames(to_advert(build(eid), -60, 0.0))
            assert (frame.scheme, frame.id) == (LoyaltyScheme.EID, eid)
        assert [type(one) for one in beacon_frames(eddystone_eid(eid))] == [EddystoneEid]
    assert len(identities["eid"]) == 8


def test_exposure_notifications_are_recognised_and_never_loyalty(identities: dict[str, Any]) -> None:
    vectors = identities["en"]
    for rpi, aem in zip(vectors["rpi"], vectors["aem"], strict=True):
        payload = structure(SERVICE_DATA_16, b"\x6f\xfd" + bytes.fromhex(rpi + aem))
        assert list(beacon_frames(payload)) == [ExposureNotification(bytes.fromhex(rpi), bytes.fromhex(aem))]
        assert FrameFilter(frozenset(FrameKind)).frames(to_advert(payload, -60, 0.0)) == ()
    assert len(vectors["rpi"]) == 3


def test_whose_address_resolves_makes_no_difference(identities: dict[str, Any]) -> None:
    """The design: never identify by address or IRK. The same advertisement from any address is the same."""
    eid = eddystone_eid(b"aaaabbbb")
    heard = set()
    for _irk, address, _resolves in identities["rpa"]:
        sender = bytes.fromhex(address.replace(":", ""))[::-1]
        for event in (
            legacy_event((eid, -60)).replace(ADDRESS, sender),
            extended_event(Extended(eid, address=sender)),
        ):
            heard |= set(HciReader().read_event(event).reports)
    assert heard == {Report(-60, eid)}
    assert len(identities["rpa"]) == 6
