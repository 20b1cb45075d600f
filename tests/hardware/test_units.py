"""The service files: what they start exists, and they ask for what the rooms were built for."""

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import pytest

from hardware.host.cli import root
from hardware.host.errors import ExitCode
from hardware.host.service import CUT_SHORT_S, STOP_LIMIT_S

UNITS = Path(__file__).parents[2] / "hardware" / "host" / "units"
SERVICES = sorted(UNITS.glob("*.service"))
README = (UNITS / "README.md").read_text(encoding="utf-8")

named = pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)


def unit(path: Path) -> ConfigParser:
    parsed = ConfigParser(interpolation=None, strict=False, comment_prefixes=("#",))
    parsed.optionxform = str  # type: ignore[assignment,method-assign] # names of settings keep their capitals
    parsed.read_string(path.read_text(encoding="utf-8"))
    return parsed


def test_there_is_one_for_each_room_that_runs() -> None:
    assert [path.stem for path in SERVICES] == ["comptoir-hub", "comptoir-kiosk", "comptoir-node"]


@named
def test_the_command_it_starts_exists_and_its_configuration_is_the_readmes(path: Path) -> None:
    program, *words, config = unit(path)["Service"]["ExecStart"].split()
    assert program == "/opt/comptoir/.venv/bin/comptoir"
    command: click.Command | None = root
    for word in words:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    assert command is not None
    assert re.fullmatch(r"/etc/comptoir/\w+\.toml", config)
    assert f"| `{path.name}` | `/etc/systemd/system/` | `comptoir {' '.join(words)} {config}`" in README


@named
def test_it_is_started_again_without_end_unless_a_person_must_mend_it(path: Path) -> None:
    parsed = unit(path)
    service = parsed["Service"]
    assert (parsed["Unit"]["StartLimitIntervalSec"], service["Restart"]) == ("0", "on-failure")
    mended_by_people = {ExitCode.USAGE, ExitCode.NO_PERMISSION, ExitCode.CONFIG}
    assert {int(code) for code in service["RestartPreventExitStatus"].split()} == mended_by_people


@named
def test_it_waits_for_the_goodbye_and_for_ready(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["Type"] == "notify"
    assert int(service["TimeoutStopSec"]) >= STOP_LIMIT_S + CUT_SHORT_S
    assert int(service["WatchdogSec"]) > 0


@named
def test_the_room_writes_only_into_its_own_folder_and_can_tell_its_machines_boot(path: Path) -> None:
    service = unit(path)["Service"]
    assert (service["User"], service["ProtectSystem"], service["StateDirectory"]) == (
        "comptoir",
        "strict",
        "comptoir",
    )
    # /proc/sys/kernel/random/boot_id is how an outbox knows whether its ages still count.
    assert "ProcSubset" not in service


def test_every_file_is_in_the_readme() -> None:
    files = {path.name for path in UNITS.iterdir()} - {"README.md"}
    assert files == set(re.findall(r"^\| `([\w.-]+)` \| `/etc", README, re.MULTILINE))


def test_systemd_itself_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here; it is no part of ours")
    for path in (*SERVICES, *UNITS.glob("*.mount")):
        text = path.read_text(encoding="utf-8")
        here = text.replace("/opt/comptoir/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / path.name).write_text(here, encoding="utf-8")
    done = subprocess.run(
        [analyze, "--man=no", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
