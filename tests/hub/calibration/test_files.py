"""Files of a calibration: whole or untouched, rights kept, and what cannot be written is told before anybody walks."""

import os
import stat
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from hardware.host.errors import NoInputError, StorageError
from hub.commands.calibrate_files import back_up, check_writable, read_input, write_whole


def test_rights_stay_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "store.toml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    assert back_up(link) == tmp_path / "real.toml.bak"
    write_whole(link, b"new")
    assert link.is_symlink()
    assert (real.read_text(), stat.S_IMODE(real.stat().st_mode)) == ("new", 0o640)
    copy = tmp_path / "real.toml.bak"
    assert (copy.read_text(), stat.S_IMODE(copy.stat().st_mode)) == ("old", 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.toml", "real.toml.bak", "store.toml"]


def test_a_new_file_can_be_read_by_the_hub(tmp_path: Path) -> None:
    write_whole(tmp_path / "map.json", b"{}")
    assert stat.S_IMODE((tmp_path / "map.json").stat().st_mode) == 0o644


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, mocker: MockerFixture) -> None:
    file = tmp_path / "store.toml"
    file.write_text("old")
    mocker.patch("os.fsync", side_effect=OSError(28, os.strerror(28)))
    with pytest.raises(StorageError, match="No space left"):
        write_whole(file, b"new")
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["store.toml"]


def test_what_cannot_be_written_is_told_beforehand(tmp_path: Path, mocker: MockerFixture) -> None:
    file = tmp_path / "store.toml"
    check_writable(file)
    file.write_text("old")
    check_writable(file)
    with pytest.raises(StorageError, match="No such file"):
        check_writable(tmp_path / "nowhere" / "store.toml")
    # Root may write anything, so the answer of the system is given here.
    mocker.patch("os.access", return_value=False)
    with pytest.raises(StorageError, match="no right"):
        check_writable(file)
    with pytest.raises(StorageError, match="cannot be written"):
        back_up(tmp_path / "nowhere.toml")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_bytes(b"x" * 11)
    for name, said in (("bytes", "UTF-8"), ("long", "larger"), ("none", "No such file")):
        with pytest.raises(NoInputError, match=said):
            read_input(tmp_path / name, 10)
