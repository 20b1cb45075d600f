"""`comptoir node`, as a person calls it."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hardware.host.errors import DataError
from hardware.node.cli import node

REFERENCE = "eddystone_uid:00112233445566778899/aabbccddeeff"
IBEACON = "ibeacon:F7826DA6-4FA2-4E98-8024-BC5B71E0893E/7/8"


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(node, [str(argument) for argument in arguments])


def test_a_key_is_made_once_and_never_printed(tmp_path: Path) -> None:
    file = tmp_path / "fob.key"
    first = call("new-key", file)
    assert (first.exit_code, "a new key" in first.output) == (0, True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = call("new-key", "--json", file)
    assert json.loads(again.output) == {"key_file": str(file), "made": False}
    assert file.read_text().strip() not in first.output + again.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give either --key-file"),
        (["--key-file", "x", "--static", REFERENCE], "give either --key-file"),
        (["--static", "ibeacon:1/2/3"], "ibeacon:UUID/major/minor"),
        (["--static", IBEACON, "--adapter", "eth0"], "they are called hci0, hci1"),
        (["--key-file", "x", "--k", "16"], "0<=x<=15"),
        (["--key-file", "x", "--clock", "-1"], "--clock"),
        (["--key-file", "x", "--seconds", "0"], "--seconds"),
        (["--key-file", "x", "--carrier", "smoke"], "eddystone"),
    ],
)
def test_a_wrong_option_says_what_is_expected(arguments: list[str], says: str) -> None:
    result = call("beacon", *arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_a_wrong_key_is_one_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "fob.key").write_text("c0ffee")
    result = call("beacon", "--key-file", tmp_path / "fob.key")
    assert isinstance(result.exception, DataError)
    assert "c0ffee" not in result.output + str(result.exception)


def test_stand_in_names_its_limits() -> None:
    assert call("stand-in", "--adapters", "hci0,wlan0").exit_code == 2
    assert call("stand-in", "--adapters", ",".join(f"hci{n}" for n in range(33))).exit_code == 2


def test_stand_in_in_an_impossible_folder_is_one_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = call("stand-in", "--folder", tmp_path / "file" / "folder")
    assert "cannot be made" in str(result.exception)
