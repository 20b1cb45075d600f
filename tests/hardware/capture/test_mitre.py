"""Two raw captures of a conference room, against Wireshark's own reading of them, record by record."""

import csv
from pathlib import Path

import pytest

from hardware.capture.entry import EventKind
from hardware.capture.reader import read_entries
from hardware.radio.ad import MANUFACTURER_DATA, structures

LEGACY_TYPES = {"0", "1", "2", "4", "6"}
"""Wireshark's numbers of the advertising PDUs; 3 and 5 ask for a scan or a connection."""

# Records, damaged frames, legacy advertising PDUs.
CAPTURES = {
    "conference_room_nrf52_capture_45": (14_934, 1_291, 12_919),
    "conference_room_ubertooth_capture_45": (4_810, 1_197, 3_500),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_of_a_busy_room_is_read_as_wireshark_reads_it(data_dir: Path, name: str) -> None:
    """Kind and strength of every good frame, the company of every one that has just one.

    Wireshark's table holds the damaged frames too, taken at their word: there is nothing to compare them with.
    """
    folder = data_dir / "mitre_captures"
    with (folder / f"{name}.csv").open(encoding="latin-1", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = list(read_entries(folder / f"{name}.pcapng"))
    assert len(entries) == len(rows)
    damaged = legacy = companies = 0
    for entry, row in zip(entries, rows, strict=True):
        found = entry.contents
        damaged += found.damaged
        if found.damaged:
            continue
        is_advertising = row["PDU Type"] in LEGACY_TYPES
        assert is_advertising == (found.event is EventKind.LEGACY)
        legacy += is_advertising
        for report in found.reports:
            assert str(report.rssi_dbm) == row["RSSI"]
            makers = [data[:2] for kind, data in structures(report.ad) if kind == MANUFACTURER_DATA]
            if len(makers) == 1:
                assert str(int.from_bytes(makers[0], "little")) == row["Company"]
                companies += 1
        assert entry.at_s - entries[0].at_s == pytest.approx(float(row["Time"]), abs=2e-6)
    assert (len(entries), damaged, legacy) == CAPTURES[name]
    assert companies > legacy // 4
