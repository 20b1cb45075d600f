"""Our recording: loyalty frames only, and a faulty line is named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.build import eddystone_eid, ibeacon
from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.host.errors import DataError, NoInputError
from hardware.radio.ad import structure
from hardware.radio.recording import Record, read_recording, records_and_faults
from tests.hardware.recorded import write_recording

EIDS = FrameFilter(frozenset({FrameKind.EDDYSTONE_EID}))
HEADER = '{"comptoir_recording": 1}\n'


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "recording.jsonl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_bystanders_and_names_leave_no_trace(tmp_path: Path) -> None:
    """B5: canaries in a foreign advertisement, and beside a loyalty frame."""
    name = structure(0x09, b"CANARY")
    path = tmp_path / "recording.jsonl"
    heard = [
        Record(0.0, -60, ibeacon(b"CANARY" + bytes(10), 1, 2)),
        Record(0.1, -61, name),
        Record(0.2, -62, eddystone_eid(b"aaaaaaaa") + name),
        Record(0.3, 127, eddystone_eid(b"CANARY!!")),
    ]
    assert write_recording(path, heard, EIDS) == 1
    assert b"CANARY".hex() not in path.read_text()
    (record,) = read_recording(path)
    assert (record.offset_s, record.rssi_dbm) == (0.2, -62)
    assert record.ad == eddystone_eid(b"aaaaaaaa")[7:]


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.integers(-126, -1), st.binary(min_size=8, max_size=8)), max_size=5
    )
)
def test_what_was_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, heard: list[tuple[float, int, bytes]]
) -> None:
    path = tmp_path_factory.mktemp("recording") / "r.jsonl"
    records = [
        Record(offset_s, rssi_dbm, eddystone_eid(eid)[7:]) for offset_s, rssi_dbm, eid in sorted(heard)
    ]
    write_recording(path, records, EIDS)
    assert list(read_recording(path)) == records


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", ":1", "Invalid JSON"),
        ('{"comptoir_recording": 2}\n', ":1", "comptoir_recording = 2"),
        ("time,rssi\n", ":1", "Invalid JSON"),
        (HEADER + '{"offset_s": 0, "rssi_dbm": -60, "ad": "0"}\n', ":2", "ad = '0'"),
        (HEADER + '{"offset_s": 0, "rssi_dbm": -60, "ad": "", "address": "x"}\n', ":2", "address"),
        (HEADER + '{"offset_s": 0, "rssi_dbm": -600, "ad": ""}\n', ":2", "rssi_dbm = -600"),
        (
            HEADER + '{"offset_s": 2, "rssi_dbm": -6, "ad": ""}\n{"offset_s": 1, "rssi_dbm": -6, "ad": ""}\n',
            ":3",
            "goes back",
        ),
        (HEADER + " " * 9_000 + "\n", ":2", "Invalid JSON"),
        (b"\xff\xfe\x00", "", "not UTF-8"),
    ],
    ids=["empty", "version", "csv", "hex", "extra key", "range", "order", "long line", "binary"],
)
def test_a_fault_is_named_with_file_and_line(
    tmp_path: Path, text: str | bytes, where: str, what: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DataError, match=what) as caught:
        list(read_recording(path))
    assert caught.value.where == f"{path}{where}"


def test_faulty_lines_cost_only_themselves_where_that_is_asked_for(tmp_path: Path) -> None:
    good = b'{"offset_s": 1, "rssi_dbm": -60, "ad": ""}\n'
    path = tmp_path / "recording.jsonl"
    path.write_bytes(HEADER.encode() + good + b"\xff\xfe\n" + b"garbage\n" + good + good[:9])
    found = list(records_and_faults(path))
    assert [isinstance(one, Record) for one in found] == [True, False, False, True, False]
    assert [one.where for one in found if isinstance(one, DataError)] == [f"{path}:{n}" for n in (3, 4, 6)]


def test_a_missing_recording_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="No such file"):
        list(read_recording(tmp_path / "none.jsonl"))


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        write_recording(tmp_path / "none" / "r.jsonl", [], EIDS)


def test_a_recording_need_not_fit_in_memory(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + '{"offset_s": 0, "rssi_dbm": -60, "ad": ""}\n' + "garbage\n")
    records = read_recording(path)
    assert next(records).rssi_dbm == -60
    with pytest.raises(DataError):
        next(records)
