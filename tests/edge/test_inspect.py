"""`comptoir edge inspect`: what each count counts, and that nothing else is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from edge.cli import edge
from hardware.beacon.build import eddystone_eid, eddystone_uid, ibeacon
from hardware.beacon.formats import Format
from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.host.errors import DataError
from hardware.radio.ad import SERVICE_DATA_16, structure
from hardware.radio.recording import Record
from tests.hardware.capture.files import (
    ADDRESS,
    Extended,
    Pcapng,
    advertising,
    btsnoop,
    extended_event,
    frame,
    legacy_event,
    nordic,
)
from tests.hardware.recorded import write_recording

NAME = structure(0x09, b"CANARY")
BEACON = ibeacon(bytes(range(16)), 1, 2)
EID = eddystone_eid(b"aaaabbbb")
NONE = dict.fromkeys(map(str, Format), 0)


def call(path: Path, *options: str) -> Result:
    return CliRunner().invoke(edge, ["inspect", str(path), *options])


def inspected(tmp_path: Path, content: bytes) -> dict[str, Any]:
    path = tmp_path / "file"
    path.write_bytes(content)
    counts = json.loads(call(path, "--json").output)
    assert isinstance(counts, dict)
    return counts


def test_the_document_has_these_keys_and_no_other(tmp_path: Path) -> None:
    """Issue 4, point 1: the shape is what others read."""
    assert inspected(tmp_path, btsnoop()) == {
        "records": 0,
        "legacy_events": 0,
        "extended_events": 0,
        "damaged": 0,
        "frames": {
            "ibeacon": 0,
            "altbeacon": 0,
            "eddystone_uid": 0,
            "eddystone_url": 0,
            "eddystone_tlm": 0,
            "eddystone_eid": 0,
            "exposure_notification": 0,
        },
    }


def test_an_event_counts_once_and_each_of_its_reports_brings_its_frames(tmp_path: Path) -> None:
    counts = inspected(
        tmp_path,
        btsnoop(
            (2, b"\x42\x20\x02\x01\x00"),
            (3, legacy_event((BEACON, -40), (EID, -50), (NAME, -60))),
            (3, extended_event(Extended(BEACON + EID), Extended(b"", legacy=True))),
            (3, extended_event(Extended(BEACON[:20], status=1))),
            (3, extended_event(Extended(BEACON[20:]))),
            (3, legacy_event((EID, -40), count=2)),
            (3, legacy_event((EID, -40))[:-30]),
        ),
    )
    frames = {"ibeacon": 3, "eddystone_eid": 3}
    assert counts == {
        "records": 7, "legacy_events": 3, "extended_events": 3, "damaged": 2, "frames": NONE | frames
    }  # fmt: skip


def test_a_sniffers_capture_counts_good_advertising_only(tmp_path: Path) -> None:
    packets = [
        nordic(advertising(BEACON)),
        nordic(advertising(eddystone_uid(bytes(10), bytes(6)), kind=2)),
        nordic(advertising(BEACON), flags=0),
        nordic(frame(3, bytes(12))),
        nordic(frame(7, b"\x00" + structure(SERVICE_DATA_16, b"\x6f\xfd" + bytes(20)))),
    ]
    capture = Pcapng().interface(272)
    for packet in packets:
        capture.enhanced(packet)
    frames = {"ibeacon": 1, "eddystone_uid": 1, "exposure_notification": 1}
    expected = {
        "records": 5, "legacy_events": 2, "extended_events": 1, "damaged": 1, "frames": NONE | frames
    }  # fmt: skip
    assert inspected(tmp_path, capture.bytes()) == expected
    cut = inspected(tmp_path, capture.enhanced(packets[0]).bytes()[:-5])
    assert cut == expected | {"damaged": 2}


def test_a_recording_of_ours_is_inspected_too(tmp_path: Path) -> None:
    path = tmp_path / "walk.jsonl"
    write_recording(path, [Record(0.0, -60, EID), Record(1.0, -60, EID)], FrameFilter(frozenset(FrameKind)))
    with path.open("a") as file:
        file.write("garbage\n")
    counts = inspected(tmp_path, path.read_bytes())
    assert (counts["records"], counts["legacy_events"], counts["damaged"]) == (3, 2, 1)
    assert counts["frames"]["eddystone_eid"] == 2


def test_people_read_words_and_nobody_an_address_or_a_name(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(btsnoop((3, legacy_event((BEACON, -40), (NAME, -50)))))
    said = call(path).output
    rows = {what: int(number) for number, what in (line.split(maxsplit=1) for line in said.splitlines())}
    assert {what: number for what, number in rows.items() if number} == {
        "records": 1,
        "legacy advertising events": 1,
        "iBeacon frames": 1,
    }
    assert len(rows) == 4 + len(Format)
    for text in (said, call(path, "--json").output):
        for secret in (ADDRESS.hex(), ADDRESS[::-1].hex(":"), "CANARY", bytes(range(16)).hex()):
            assert secret not in text


def test_a_file_of_another_kind_is_one_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xd4\xc3\xb2\xa1" + bytes(20))
    result = call(path)
    assert isinstance(result.exception, DataError)
    assert "classic pcap" in str(result.exception)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("nrf52", {"records": 14_934, "legacy_events": 12_919, "extended_events": 0, "damaged": 1_291}),
        ("ubertooth", {"records": 4_810, "legacy_events": 3_500, "extended_events": 0, "damaged": 1_197}),
    ],
)
def test_the_captures_of_a_conference_room(data_dir: Path, name: str, counts: dict[str, int]) -> None:
    """In spring 2020: phones, no beacon of any kind."""
    path = data_dir / "mitre_captures" / f"conference_room_{name}_capture_45.pcapng"
    assert json.loads(call(path, "--json").output) == counts | {"frames": NONE}
