"""btsnoop and pcapng: every record found, whatever is around it; what is cut is said."""

import io
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from hardware.beacon.build import eddystone_eid, ibeacon
from hardware.capture.btsnoop import read_btsnoop
from hardware.capture.entry import DAMAGED, Entry, EventKind
from hardware.capture.pcapng import MAX_INTERFACES, MAX_PACKET_BLOCK_BYTES, read_pcapng
from hardware.capture.reader import read_entries, read_records
from hardware.host.errors import DataError, NoInputError
from tests.conftest import missing_part
from tests.hardware.capture.files import (
    Extended,
    Pcapng,
    advertising,
    btsnoop,
    extended_event,
    legacy_event,
    nordic,
    sniffed,
    with_header,
)

A = b"\x02\x01\x06"
EVENT = legacy_event((A, -40))


def snooped(content: bytes) -> list[Entry]:
    return list(read_btsnoop(io.BytesIO(content), "a file"))


def captured(content: bytes) -> list[Entry]:
    return list(read_pcapng(io.BytesIO(content)))


def ads(entries: list[Entry]) -> list[bytes]:
    return [report.ad for entry in entries for report in entry.contents.reports]


# btsnoop


def test_btmons_own_datalink_knows_adapters_and_opcodes() -> None:
    more, last = extended_event(Extended(A, status=1)), extended_event(Extended(b"!"))
    entries = snooped(
        btsnoop(
            (0, bytes(16)),
            (2, b"\x42\x20\x02\x01\x00"),
            (3, EVENT),
            (3, more),
            (1 << 16 | 3, last),
            (3, last),
            (12, b"a note"),
        )
    )
    assert len(entries) == 7
    assert ads(entries) == [A, b"!", A + b"!"]
    assert not any(entry.contents.damaged for entry in entries)
    assert entries[2].at_s - entries[0].at_s == pytest.approx(0.002)


def test_h4_and_plain_hci_are_read_too() -> None:
    assert ads(snooped(btsnoop((1, b"\x04" + EVENT), (0, b"\x01\x03\x0c\x00"), datalink=1002))) == [A]
    assert ads(snooped(btsnoop((3, EVENT), (2, b"\x03\x0c\x00"), (1, bytes(9)), datalink=1001))) == [A]


def test_fragments_without_their_rest_come_at_the_end_and_are_no_record() -> None:
    *_, last = snooped(btsnoop((3, extended_event(Extended(A, status=1)))))
    assert (last.whole, last.contents.event, [one.ad for one in last.contents.reports]) == (False, None, [A])
    assert last.contents.reports


@pytest.mark.parametrize("cut", range(1, 24 + len(EVENT)))
def test_a_btsnoop_file_that_breaks_off_keeps_what_was_good(cut: int) -> None:
    *good, last = snooped(btsnoop((3, EVENT), (3, EVENT))[:-cut])
    assert ads(good) == [A]
    assert (last.whole, last.contents) == (False, DAMAGED)


def test_a_length_that_is_none_ends_the_file() -> None:
    lie = struct.pack(">IIIIq", 5, 0xFFFFFFF0, 3, 0, 0)
    *_, last = snooped(btsnoop((3, EVENT)) + lie + bytes(100))
    assert (last.whole, last.contents) == (False, DAMAGED)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (btsnoop(version=2), "version 2"),
        (btsnoop(datalink=1003), "datalink 1003"),
        (btsnoop()[:12], "ends in its header"),
    ],
)
def test_another_btsnoop_is_refused_by_name(content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        snooped(content)


# pcapng


@pytest.mark.parametrize("order", "<>")
def test_pcapng_in_either_byte_order(order: str) -> None:
    file = (
        Pcapng(order)
        .interface(272, options=Pcapng(order).option(2, b"nrf") + Pcapng(order).option(0, b""))
        .block(4, bytes(40))
        .enhanced(nordic(advertising(A)), 1_000_000)
        .block(0x0BAD, bytes(8))
        .enhanced(nordic(advertising(b"")), 1_500_000)
    )
    first, second = captured(file.bytes())
    assert ads([first, second]) == [A, b""]
    assert second.at_s - first.at_s == pytest.approx(0.5)


@pytest.mark.parametrize(("value", "ticks"), [(b"\x09", 10**9), (b"\x94", 1 << 20), (b"\x06", 10**6)])
def test_an_interface_has_its_own_resolution(value: bytes, ticks: int) -> None:
    build = Pcapng()
    file = build.interface(272, options=build.option(9, value)).enhanced(nordic(advertising(A)), 3 * ticks)
    (entry,) = captured(file.bytes())
    assert entry.at_s == pytest.approx(3.0)


def test_every_packet_block_counts_and_a_simple_one_has_the_last_stamp() -> None:
    packet = with_header(advertising(A))
    file = Pcapng().interface(256, snapshot=len(packet)).old(packet, 7_000_000).simple(packet, original=900)
    entries = captured(file.bytes())
    assert (ads(entries), [entry.at_s for entry in entries]) == ([A, A], [7.0, 7.0])


@pytest.mark.parametrize(
    ("link_type", "packet"),
    [
        (187, b"\x04" + EVENT),
        (201, b"\0\0\0\x01\x04" + EVENT),
        (251, advertising(A)),
        (254, b"\0\0\0\x03" + EVENT),
        (256, with_header(advertising(A))),
        (272, nordic(advertising(A))),
    ],
)
def test_each_link_type_of_bluetooth_is_read(link_type: int, packet: bytes) -> None:
    assert ads(captured(sniffed(link_type, [packet]))) == [A]


def test_other_packets_are_records_and_no_more() -> None:
    file = Pcapng().interface(1).interface(254).enhanced(bytes(60)).enhanced(b"\0\0\0\x02abc", interface=1)
    assert [(entry.whole, entry.contents.damaged) for entry in captured(file.bytes())] == [(True, False)] * 2
    (entry,) = captured(sniffed(254, [b"\0\0"]))
    assert entry.contents == DAMAGED


def test_a_section_begins_anew() -> None:
    file = Pcapng().interface(272).enhanced(nordic(advertising(A))).section().interface(256)
    file.enhanced(with_header(advertising(b"")))
    assert ads(captured(file.bytes())) == [A, b""]


def test_faulty_packet_blocks_are_damaged_records_and_the_next_is_found() -> None:
    file = (
        Pcapng()
        .interface(272)
        .block(6, bytes(8))
        .block(3, b"")
        .enhanced(b"ab", interface=9)
        .enhanced(b"ab", claims=500)
        .enhanced(bytes(MAX_PACKET_BLOCK_BYTES))
        .enhanced(nordic(advertising(A)))
    )
    entries = captured(file.bytes())
    assert [entry.contents.damaged for entry in entries] == [True] * 5 + [False]
    assert all(entry.whole for entry in entries)


def test_an_interface_without_a_body_keeps_its_number_and_a_crowd_of_them_is_bounded() -> None:
    file = Pcapng().block(1, b"").interface(272).enhanced(nordic(advertising(A)), interface=1)
    assert ads(captured(file.bytes())) == [A]
    crowd = Pcapng()
    for _ in range(MAX_INTERFACES + 1):
        crowd.interface(272)
    (entry,) = captured(crowd.enhanced(nordic(advertising(A)), interface=MAX_INTERFACES).bytes())
    assert entry.contents == DAMAGED


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_pcapng_file_that_breaks_off_keeps_what_was_good(cut: int) -> None:
    *good, last = captured(sniffed(272, [nordic(advertising(A))] * 2)[:-cut])
    assert ads(good) == [A]
    assert (last.whole, last.contents) == (False, DAMAGED)


@pytest.mark.parametrize(
    "tail",
    [
        struct.pack("<II", 6, 8) + bytes(20),
        struct.pack("<II", 6, 33) + bytes(40),
        Pcapng().block(0x0BAD, b"", again=99).blocks[-1],
        bytes.fromhex("0a0d0d0a1c000000") + bytes(20),
    ],
    ids=["too short", "not of four", "the end differs", "no byte order"],
)
def test_a_block_that_lies_about_its_length_ends_the_file(tail: bytes) -> None:
    *good, last = captured(sniffed(272, [nordic(advertising(A))]) + tail)
    assert ads(good) == [A]
    assert (last.whole, last.contents) == (False, DAMAGED)


def test_pending_fragments_come_out_of_a_pcapng_too() -> None:
    entries = captured(sniffed(187, [b"\x04" + extended_event(Extended(A, status=1))]))
    assert (ads(entries), entries[-1].whole) == ([A], False)


# Any file


@pytest.mark.parametrize(
    ("content", "words", "fix"),
    [
        (b"", "an empty file", "recording"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "classic pcap", "editcap -F pcapng"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip", "gunzip"),
        (b"PK\x03\x04" + bytes(20), "zip", "unzip"),
        (b"time,rssi\n1,-60\n", "looks like text", "btsnoop"),
        (b"\x00\x01\x02\x03", "neither a recording of ours nor btsnoop nor pcapng", "btsnoop"),
        (b'{"a": 1}\n', "comptoir_recording", "line"),
    ],
)
def test_a_file_of_another_kind_is_told_what_it_looks_like(
    tmp_path: Path, content: bytes, words: str, fix: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    for read in (read_entries, read_records):
        with pytest.raises(DataError, match=words) as caught:
            list(read(path))
        assert fix in (caught.value.fix or "")
        assert str(path) in str(caught.value)


def test_a_missing_file_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="No such file"):
        next(read_entries(tmp_path / "none"))


def test_a_capture_is_played_from_its_first_record_and_never_goes_back(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    file = Pcapng().interface(272)
    for at_us in (5_000_000, 7_000_000, 6_000_000, 8_000_000):
        file.enhanced(nordic(advertising(A)), at_us)
    path.write_bytes(file.bytes())
    assert [(one.offset_s, one.rssi_dbm, one.ad) for one in read_records(path)] == [
        (offset_s, -60, A) for offset_s in (0.0, 2.0, 2.0, 3.0)
    ]


def test_lines_of_a_recording_are_records_and_a_faulty_one_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "walk.jsonl"
    lines = ["020106", "zz", bytes(40).hex()]
    body = "".join(f'{{"offset_s": 0, "rssi_dbm": -60, "ad": "{ad}"}}\n' for ad in lines)
    path.write_text('{"comptoir_recording": 1}\n' + body + '{"offset_s": 0, "rssi')
    found = [(entry.contents.event, entry.contents.damaged) for entry in read_entries(path)]
    assert found == [
        (EventKind.LEGACY, False),
        (None, True),
        (EventKind.EXTENDED, False),
        (None, True),
    ]
    with pytest.raises(DataError, match=r"walk\.jsonl:3"):
        list(read_records(path))


@pytest.mark.parametrize("kind", ["btsnoop", "pcapng"])
def test_a_capture_is_streamed(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred megabytes, most of it a hole of the file system; packets of 64 KiB, a block of 128 MiB."""
    import tracemalloc

    path = tmp_path / "capture"
    packet = bytes(1 << 16)
    with path.open("wb") as file:
        if kind == "btsnoop":
            file.write(btsnoop())
            head = struct.pack(">IIIIq", len(packet), len(packet), 4, 0, 0)
            for _ in range(2000):
                file.write(head)
                file.seek(len(packet), 1)
        else:
            size = 1 << 27
            file.write(Pcapng().interface(272).bytes() + struct.pack("<II", 0x0BAD, size))
            file.seek(size - 12, 1)
            file.write(struct.pack("<I", size) + Pcapng().enhanced(b"").blocks[-1])
        file.write(b"x")
    tracemalloc.start()
    records = sum(entry.whole for entry in read_entries(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert records == (2000 if kind == "btsnoop" else 1)
    assert peak < 1 << 20


def test_btmon_reads_what_we_write_and_hears_the_same(tmp_path: Path) -> None:
    """The peer: BlueZ's own monitor, which needs no radio to read a file."""
    if (btmon := shutil.which("btmon")) is None:
        missing_part("btmon (package bluez) is not installed")
    path = tmp_path / "capture.btsnoop"
    payloads = (eddystone_eid(b"aaaabbbb"), ibeacon(bytes(range(16)), 513, 7))
    path.write_bytes(
        btsnoop(
            (3, legacy_event((payloads[0], -40), (payloads[1], -50))),
            (3, extended_event(Extended(payloads[0], -61), Extended(payloads[1], -71))),
        )
    )
    said = subprocess.run([btmon, "-r", str(path)], capture_output=True, text=True, timeout=20).stdout
    assert said.count("LE Advertising Report") == 1
    assert said.count("LE Extended Advertising Report") == 1
    reports = [report for entry in read_entries(path) for report in entry.contents.reports]
    assert [one.rssi_dbm for one in reports] == [-40, -50, -61, -71]
    assert [said.count(f"RSSI: {one.rssi_dbm} dBm") for one in reports] == [1, 1, 1, 1]
    assert said.count("UUID: 0f0e0d0c-0b0a-0908-0706-050403020100") == 2
    assert said.count("6161616162626262") == 2
