"""`comptoir doctor` without a store: the machine alone, wrong and unknown files, what people and programs read."""

import asyncio
import json
import os
import pty
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from hardware.host.doctor import report, software
from hardware.host.doctor.examination import Check, in_thread, run_checks
from hardware.host.doctor.finding import Finding, State, ok, problem, skipped, warning
from hardware.host.errors import ExitCode, UnavailableError
from tests.doctor.kit import EDGE, OFF, ask, run
from tests.hub.shell.processes import COMPTOIR, PATIENCE_S

WELL = ok("a.well", "it is well")
ODD = warning("a.odd", "it is odd", "mend it some day")
BAD = problem("a.bad", "it is bad", "mend it now")
UNSEEN = skipped("a.unseen", "it cannot be seen")


def test_the_machine_alone_has_no_problem_a_node_would_not_have() -> None:
    said = ask()
    assert said.code == ExitCode.OK
    assert {check.split(".")[0] for _, check in said.states()} == {"software", "clock", "disk", "bluetooth"}
    assert said.of("bluetooth.adapter")["state"] == "warning"
    assert said.of("bluetooth.adapter")["fix"].startswith("only a node needs it: ")


def test_the_document_counts_what_it_lists(tmp_path: Path) -> None:
    said = ask(tmp_path / "none.toml")
    states = list(said.states().values())
    assert said.document["problems"] == states.count("problem") == 1
    assert said.document["warnings"] == states.count("warning")
    assert all(
        (row["fix"] is not None) == (row["state"] in {"warning", "problem"})
        for row in said.document["findings"]
    )


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (None, "no such file"),
        ("= 3", "not valid TOML"),
        ("[web]\nport = 1", "none of the kinds known"),
        ('store = "lyon"\nnode = "n1"', "outbox"),
        (EDGE.format(port=1) + "hots = 3", "mqtt.hots"),
        ('kiosk = "k"\nhub_public_key = "short"', "hub_public_key"),
        ('store = "lyon"\nzones = 3', "database"),
    ],
)
def test_a_wrong_file_is_a_finding_in_the_loaders_words(tmp_path: Path, text: str | None, word: str) -> None:
    file = tmp_path / "some.toml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    said = ask(file)
    assert said.code == ExitCode.CONFIG
    assert said.bad() == {("some.toml", "config")}
    assert word in said.of("config", file)["observed"]


def test_an_unknown_kind_of_file_hears_which_kinds_there_are(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("a = 1", encoding="utf-8")
    observed = ask(file, file).of("config", file)["observed"]
    assert all(key in observed for key in ("`node`", "`kiosk`", "`zones`"))


def test_people_read_one_line_a_finding_with_its_fix_beneath_and_a_last_line() -> None:
    about = Finding("a.bad", State.PROBLEM, "it is bad", "mend it now", "edge.toml")
    assert report.as_text([WELL, ODD, UNSEEN, about]).replace("\x1b", "\\e").splitlines() == [
        "\\e[1mthis machine\\e[0m",
        "  \\e[32m✓\\e[0m a.well    it is well",
        "  \\e[33m!\\e[0m a.odd     it is odd",
        "              → mend it some day",
        "  -\\e[0m a.unseen  it cannot be seen",
        "\\e[1medge.toml\\e[0m",
        "  \\e[31m✗\\e[0m a.bad     it is bad",
        "              → mend it now",
        "\\e[31m4 checks: 1 problem, 1 warning\\e[0m",
    ]
    assert report.as_text([]).endswith("0 checks: 0 problems, 0 warnings\x1b[0m")


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([WELL, ODD, UNSEEN], ExitCode.OK),
        ([WELL, BAD], ExitCode.UNAVAILABLE),
        ([problem("config", "wrong", "correct it")], ExitCode.CONFIG),
        ([problem("config", "wrong", "correct it"), BAD], ExitCode.UNAVAILABLE),
    ],
)
def test_the_exit_code_says_whether_there_is_a_problem(findings: list[Finding], code: ExitCode) -> None:
    assert report.exit_code(findings) is code


def test_colour_is_for_terminals_only() -> None:
    assert "\x1b" not in run().stdout
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMPTOIR, "doctor"], stdout=theirs, stdin=theirs, env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=OFF)
    ) as process:
        process.wait(PATIENCE_S)
    os.close(theirs)
    shown = os.read(ours, 65_536)
    os.close(ours)
    assert b"\x1b[32m" in shown


def test_an_old_sqlite_is_a_problem() -> None:
    assert software.judge((3, 11, 2), (3, 37, 0), "1.0").state is State.OK
    assert software.judge((3, 11, 2), (3, 36, 9), "1.0").state is State.PROBLEM


async def test_checks_run_at_once_and_their_findings_come_in_order() -> None:
    second_began = asyncio.Event()

    async def first() -> tuple[Finding, ...]:
        await second_began.wait()
        return (WELL, ODD)

    async def second() -> tuple[Finding, ...]:
        second_began.set()
        return (BAD,)

    found = await run_checks((Check("a", first, "x.toml"), Check("b", second)))
    assert [(finding.check, finding.about) for finding in found] == [
        ("a.well", "x.toml"),
        ("a.odd", "x.toml"),
        ("a.bad", ""),
    ]


async def test_a_check_that_never_ends_is_a_problem_of_its_own_and_stops_no_other() -> None:
    release = threading.Event()

    async def stuck() -> tuple[Finding, ...]:
        await in_thread(release.wait)
        return ()

    async def well() -> tuple[Finding, ...]:
        return (WELL,)

    found = await run_checks((Check("disk", stuck, limit_s=0.05), Check("a", well)))
    assert [(finding.check, finding.state) for finding in found] == [
        ("disk", State.PROBLEM),
        ("a.well", State.OK),
    ]
    release.set()


@pytest.mark.parametrize(("where", "observed"), [("mqtt", "mqtt: it is off"), (None, "it is off")])
async def test_an_error_of_ours_is_a_problem_with_its_fix(where: str | None, observed: str) -> None:
    async def failing() -> tuple[Finding, ...]:
        raise UnavailableError("it is off", where=where, fix="switch it on")

    (found,) = await run_checks((Check("radio", failing),))
    assert found == problem("radio", observed, "switch it on")


@pytest.mark.parametrize(
    ("error", "observed"),
    [
        (PermissionError(13, "Permission denied", "/data/x"), "/data/x: Permission denied"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (OSError(), "OSError"),
    ],
)
async def test_what_the_system_refuses_is_a_problem_of_rights(error: OSError, observed: str) -> None:
    async def refused() -> tuple[Finding, ...]:
        raise error

    (found,) = await run_checks((Check("disk.folder", refused),))
    assert (found.state, found.observed) == (State.PROBLEM, observed)


async def test_an_error_in_a_thread_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 / 0)


def test_with_everything_dead_the_doctor_still_answers_within_ten_seconds(tmp_path: Path) -> None:
    """A broker and a D-Bus that take connections and never say a word."""
    dbus = tmp_path / "dbus"
    with socket.create_server(("127.0.0.1", 0)) as broker, socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(dbus))
        bus.listen()
        edge = tmp_path / "edge.toml"
        edge.write_text(EDGE.format(port=broker.getsockname()[1]), encoding="utf-8")
        began_s = time.monotonic()
        done = run(edge, "--json", bus_address=f"unix:path={dbus}")
        took_s = time.monotonic() - began_s
    assert took_s < 10.0
    bad = {row["check"] for row in json.loads(done.stdout)["findings"] if row["state"] == "problem"}
    assert bad == {"broker.login", "bluetooth.adapter"}
    assert done.returncode == ExitCode.UNAVAILABLE
