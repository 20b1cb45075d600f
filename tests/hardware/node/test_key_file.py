"""A fob's key: made once for its owner's eyes, read as the hub reads it, never repeated in an error."""

import io
import stat
from pathlib import Path

import pytest

from hardware.host.entropy import SeededEntropy
from hardware.host.errors import DataError, NoInputError, StorageError
from hardware.node.key_file import make_key, read_key
from hub.commands.member import read_key as hubs_read_key


def test_a_new_key_is_for_its_owner_only_and_both_sides_read_the_same(tmp_path: Path) -> None:
    file = tmp_path / "fob.key"
    assert make_key(file, SeededEntropy(1))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_key(str(file)) == hubs_read_key(str(file)) == SeededEntropy(1).token(16)


def test_a_key_that_exists_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "fob.key"
    make_key(file, SeededEntropy(1))
    before = file.read_bytes()
    assert not make_key(file, SeededEntropy(2))
    assert file.read_bytes() == before


def test_a_file_that_holds_something_else_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("shopping list")
    with pytest.raises(DataError, match="not a fob's key"):
        make_key(file, SeededEntropy(1))
    assert file.read_text() == "shopping list"


def test_a_key_comes_from_standard_input_too(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = io.TextIOWrapper(io.BytesIO(b"00112233445566778899AABBCCDDEEFF\nand more"))
    monkeypatch.setattr("sys.stdin", typed)
    assert read_key("-").hex() == "00112233445566778899aabbccddeeff"


@pytest.mark.parametrize(
    "text", ["", "0011", "00112233445566778899aabbccddeef", "00" * 17, "zz" * 16, "é" * 16]
)
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    file = tmp_path / "fob.key"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="not a fob's key") as caught:
        read_key(str(file))
    assert len(text) < 4 or text not in str(caught.value)


def test_a_missing_key_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="node new-key"):
        read_key(str(tmp_path / "none.key"))


def test_a_key_that_cannot_be_written_is_one_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        make_key(tmp_path / "no such folder" / "fob.key", SeededEntropy(1))


def test_a_key_half_written_on_a_full_disk_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        make_key(tmp_path / "fob.key", SeededEntropy(1))
    assert not (tmp_path / "fob.key").exists()
