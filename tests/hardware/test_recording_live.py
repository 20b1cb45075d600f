"""A recording while it is made: whole lines, appended, whatever happens."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from hardware.beacon.build import eddystone_eid, ibeacon
from hardware.beacon.frames import FrameFilter, FrameKind, LoyaltyFrame, TagFilter
from hardware.host.errors import DataError
from hardware.radio.recorder import Recorder
from hardware.radio.recording import Record, read_recording

EIDS = FrameFilter(frozenset({FrameKind.EDDYSTONE_EID}))
EID = eddystone_eid(b"aaaabbbb")


def offsets(path: Path) -> list[float]:
    return [record.offset_s for record in read_recording(path)]


def test_a_recording_is_there_from_the_first_moment_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "walk.jsonl"
    with Recorder(path, EIDS):
        assert offsets(path) == []
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["walk.jsonl"]


def test_it_goes_on_at_the_end_of_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "walk.jsonl"
    with Recorder(path, EIDS) as recorder:
        assert recorder.write(Record(0.5, -60, EID))
        assert not recorder.write(Record(0.7, -60, ibeacon(b"CANARY" + bytes(10), 1, 2)))
        assert recorder.written == 1
    with Recorder(path, EIDS) as recorder:
        assert recorder.last_s == 0.5
        recorder.write(Record(0.75, -61, EID))
    assert offsets(path) == [0.5, 0.75]
    assert b"CANARY".hex() not in path.read_text()


def test_what_is_no_recording_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    for content in ("dear diary\n", '{"comptoir_recording": 1}\ngarbage\n'):
        path.write_text(content)
        with pytest.raises(DataError, match="Invalid JSON"):
            Recorder(path, EIDS)
        assert path.read_text() == content


def test_one_that_was_killed_before_its_first_line_is_begun(tmp_path: Path) -> None:
    path = tmp_path / "walk.jsonl"
    path.touch()
    with Recorder(path, EIDS) as recorder:
        recorder.write(Record(0.5, -60, EID))
    assert offsets(path) == [0.5]


def test_a_disk_that_takes_nothing_at_the_end_is_told(tmp_path: Path, mocker: MockerFixture) -> None:
    recorder = Recorder(tmp_path / "walk.jsonl", EIDS)
    mocker.patch("os.fsync", side_effect=OSError(errno.EIO, os.strerror(errno.EIO)))
    with pytest.raises(DataError, match="cannot be written: Input/output error"):
        recorder.close()


def test_two_do_not_record_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "walk.jsonl"
    with Recorder(path, EIDS), pytest.raises(DataError, match="another process records into it"):
        Recorder(path, EIDS)
    with Recorder(path, EIDS):
        pass


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, mocker: MockerFixture) -> None:
    path = tmp_path / "walk.jsonl"
    write = os.write
    with Recorder(path, EIDS) as recorder:
        recorder.write(Record(0.5, -60, EID))
        mocker.patch("os.write", lambda file, data: write(file, data[:9]))
        with pytest.raises(DataError, match="disk is full"):
            recorder.write(Record(1.0, -60, EID))
        mocker.patch("os.write", side_effect=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        with pytest.raises(DataError, match="No space left"):
            recorder.write(Record(1.0, -60, EID))
        mocker.stopall()
        recorder.write(Record(2.0, -60, EID))
    assert offsets(path) == [0.5, 2.0]


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written: No such file"):
        Recorder(tmp_path / "none" / "walk.jsonl", EIDS)


def test_killed_at_any_moment_it_is_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "walk.jsonl"
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from hardware.beacon.build import eddystone_eid\n"
        "from hardware.beacon.frames import FrameFilter, FrameKind\n"
        "from hardware.radio.recorder import Recorder\n"
        "from hardware.radio.recording import Record\n"
        "recorder = Recorder(Path(sys.argv[1]), FrameFilter(frozenset({FrameKind.EDDYSTONE_EID})))\n"
        "for n in range(10**9):\n"
        "    recorder.write(Record(recorder.last_s + 0.001, -60, eddystone_eid(n.to_bytes(8, 'big'))))\n"
        "    if n == 20: print(flush=True)\n"
    )
    for lines in (21, 42, 63):
        with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        assert len(offsets(path)) >= lines


# Own tags


def test_a_tag_filter_lets_the_named_tags_through_and_nobody_else() -> None:
    from hardware.radio.ad import to_advert

    beacon, namespace = bytes(range(16)), bytes(range(10))
    tags = TagFilter(
        frozenset(
            {
                LoyaltyFrame(FrameKind.IBEACON, beacon + b"\0\1\0\2"),
                LoyaltyFrame(FrameKind.EDDYSTONE_UID, namespace + b"instan"),
            }
        )
    )
    from hardware.beacon.build import eddystone_uid

    for payload, count in (
        (ibeacon(beacon, 1, 2), 1),
        (ibeacon(beacon, 1, 3), 0),
        (eddystone_uid(namespace, b"instan"), 1),
        (eddystone_uid(namespace, b"others"), 0),
        (EID, 0),
    ):
        assert len(tags.frames(to_advert(payload, -60, 0.0))) == count
