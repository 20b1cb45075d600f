"""The command root `comptoir`: help, version, completion, exit codes; rooms are loaded only when they are called."""

import os
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

import click
import pytest

from hardware.host import cli
from hardware.host.errors import (
    ComptoirError,
    ConfigError,
    DataError,
    ExitCode,
    NoInputError,
    PermissionDeniedError,
    StorageError,
    UnavailableError,
)

COMPTOIR = Path(sys.executable).with_name("comptoir")


def comptoir(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMPTOIR, *arguments], capture_output=True, text=True, timeout=30, env=os.environ | environment
    )


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """`main` in this process; returns the exit code."""
    monkeypatch.setattr(sys, "argv", ["comptoir", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A command `probe` of the root that raises or returns what the test puts under "does"."""
    does: dict[str, object] = {}

    @click.command()
    def probe() -> object:
        if isinstance(does["does"], BaseException):
            raise does["does"]
        return does["does"]

    monkeypatch.setitem(cli.root.commands, "probe", probe)
    monkeypatch.setattr(cli, "configure_logging", lambda _level: None)
    return does


def test_the_version_is_the_distributions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, "--version") == ExitCode.OK
    assert capsys.readouterr().out == f"comptoir, version {version('comptoir')}\n"


def test_help_names_every_room_and_what_it_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, "--help") == ExitCode.OK
    shown = capsys.readouterr().out
    rooms = {point.name for point in entry_points(group=cli.GROUP)}
    assert rooms == {"demo", "doctor", "edge", "hub", "kiosk", "node", "sim"}
    for name in rooms:
        assert f"  {name} " in shown
        assert cli.SUMMARIES[name] in shown
    assert "  completion  Print the completion script for SHELL." in shown


def test_without_arguments_help_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch) == ExitCode.USAGE
    assert "Usage: comptoir" in capsys.readouterr().out


@pytest.mark.parametrize("room", ["demo", "doctor", "edge", "hub", "kiosk", "node"])
def test_every_room_has_help_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], room: str
) -> None:
    assert run_main(monkeypatch, room, "--help") == ExitCode.OK
    assert f"Usage: comptoir {room}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("--nonsense",), ("completion", "csh"), ("hub", "nonsense")]
)
def test_a_wrong_word_is_a_usage_error_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run_main(monkeypatch, *arguments) == ExitCode.USAGE
    assert arguments[-1] in capsys.readouterr().err


LOADS = """
import sys
from hardware.host.cli import main
sys.argv = ["comptoir", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
rooms = {"edge", "kiosk", "hub.store", "hub.cli", "hub.app", "hub.box", "textual", "fastapi", "uvicorn"}
print(sorted(rooms & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [(("--help",), []), (("--version",), []), (("completion", "bash"), []), (("edge", "--help"), ["edge"])],
    ids=" ".join,
)
def test_a_room_is_loaded_only_when_it_is_called(arguments: tuple[str, ...], loaded: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADS, *arguments], capture_output=True, text=True, timeout=30
    )
    assert done.stdout.splitlines()[-1] == str(loaded), done.stderr


@pytest.mark.parametrize("room", ["edge", "kiosk"])
def test_edge_and_kiosk_load_no_web_framework_and_edge_no_screen(room: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADS, room, "--help"], capture_output=True, text=True, timeout=30
    )
    loaded = done.stdout.splitlines()[-1]
    assert "fastapi" not in loaded
    assert "uvicorn" not in loaded
    assert room == "kiosk" or "textual" not in loaded


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError, 78),
        (DataError, 65),
        (NoInputError, 66),
        (UnavailableError, 69),
        (StorageError, 74),
        (PermissionDeniedError, 77),
        (ComptoirError, 70),
    ],
)
def test_each_error_is_one_line_and_its_sysexits_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: dict[str, object],
    error: type[ComptoirError],
    code: int,
) -> None:
    command["does"] = error("is wrong", where="a.toml", fix="mend it")
    assert run_main(monkeypatch, "probe") == code
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "comptoir: a.toml: is wrong — mend it\n")


def test_an_error_says_only_what_it_knows() -> None:
    assert str(DataError("is wrong")) == "is wrong"
    assert str(DataError("is wrong", where="a.toml")) == "a.toml: is wrong"
    assert str(DataError("is wrong", fix="mend it")) == "is wrong — mend it"


@pytest.mark.parametrize(
    ("does", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "comptoir: stopped"),
        (click.Abort(), 130, "comptoir: stopped"),
        (click.ClickException("of click"), 70, "Error: of click"),
        (3, 3, ""),
        (None, 0, ""),
    ],
    ids=["interrupt", "abort", "click", "code", "nothing"],
)
def test_every_other_end_has_its_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: dict[str, object],
    does: object,
    code: int,
    said: str,
) -> None:
    command["does"] = does
    assert run_main(monkeypatch, "probe") == code
    assert capsys.readouterr().err.strip() == said


def test_a_bug_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch, command: dict[str, object]) -> None:
    command["does"] = ZeroDivisionError("ours")
    monkeypatch.setattr(sys, "argv", ["comptoir", "probe"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


@pytest.mark.parametrize(
    ("shell", "mark"), [("bash", "complete -o"), ("zsh", "#compdef"), ("fish", "complete ")]
)
def test_completion_prints_a_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str, mark: str
) -> None:
    # click asks the bash on this machine for its version.
    assert run_main(monkeypatch, "completion", shell) == ExitCode.OK
    printed = capsys.readouterr().out
    assert mark in printed
    assert "_COMPTOIR_COMPLETE" in printed


def test_completion_completes_rooms_and_their_commands() -> None:
    rooms = comptoir(_COMPTOIR_COMPLETE="bash_complete", COMP_WORDS="comptoir ", COMP_CWORD="1")
    assert {line.split(",")[1] for line in rooms.stdout.split()} == {
        "completion",
        "demo",
        "doctor",
        "edge",
        "hub",
        "kiosk",
        "node",
        "sim",
    }
    deeper = comptoir(_COMPTOIR_COMPLETE="bash_complete", COMP_WORDS="comptoir hub ", COMP_CWORD="2")
    assert "plain,member" in deeper.stdout.split()


def test_a_reader_that_goes_away_is_told_nothing() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{COMPTOIR} completion bash | true"], capture_output=True, text=True, timeout=30
    )
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("how", ["option", "environment"])
def test_the_level_of_the_log_is_an_option_and_a_variable(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    levels: list[str] = []
    monkeypatch.setattr(cli, "configure_logging", levels.append)
    arguments = ("--log-level", "debug") if how == "option" else ()
    if how == "environment":
        monkeypatch.setenv("COMPTOIR_LOG_LEVEL", "debug")
    assert run_main(monkeypatch, *arguments, "completion", "fish") == ExitCode.OK
    assert levels == ["debug"]
