"""SQLite files: sound, damaged, in use, left behind by a kill; and that looking leaves no trace."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.host.doctor import database
from hardware.host.doctor.database import FileFacts
from hardware.host.doctor.examination import Check, run_checks
from hardware.host.doctor.finding import Finding, State

ROWS = 2_000

HOLDER = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute(f"PRAGMA locking_mode={sys.argv[2]}")
c.execute("PRAGMA journal_mode=WAL")
c.execute("INSERT INTO t VALUES ('new')")
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (x TEXT)")
        connection.executemany("INSERT INTO t VALUES (?)", [(f"row {n}" * 20,) for n in range(ROWS)])
        connection.commit()
    path.chmod(0o600)
    return path


@contextlib.contextmanager
def held(path: Path, mode: str = "NORMAL") -> Iterator[subprocess.Popen[str]]:
    """A process that has the database open."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def beside(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


def states(facts: FileFacts) -> dict[str, State]:
    return {f.check: f.state for f in database.judge("db", facts, "restore it")}


async def examined(path: Path, limit_s: float = 5.0) -> dict[str, Finding]:
    return {f.check: f for f in await database.examine("db", path, "restore it", limit_s)}


def overwrite(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def damage(path: Path, at: int = 4096, n_bytes: int = 20_000) -> None:
    with path.open("r+b") as raw:
        raw.seek(at)
        raw.write(b"\xff" * n_bytes)


async def test_a_sound_file_is_said_to_be_sound_and_nothing_is_left_beside_it(file: Path) -> None:
    before = beside(file)
    found = await examined(file)
    assert {finding.state for finding in found.values()} == {State.OK}
    assert "sound" in found["db.file"].observed
    assert beside(file) == before


async def test_a_damaged_file_is_a_problem(file: Path) -> None:
    damage(file)
    finding = (await examined(file))["db.file"]
    assert (finding.state, finding.fix) == (State.PROBLEM, "restore it")


async def test_a_header_that_leads_nowhere_is_a_problem(file: Path) -> None:
    damage(file, at=16, n_bytes=84)
    assert (await examined(file))["db.file"].state is State.PROBLEM


async def test_a_file_that_is_no_database_is_a_problem(file: Path) -> None:
    overwrite(file, b"# a text, and long enough to be anything\n" * 100)
    assert (await examined(file))["db.file"].state is State.PROBLEM


async def test_an_empty_file_is_a_database_with_nothing_in_it(file: Path) -> None:
    overwrite(file, b"")
    assert (await examined(file))["db.file"].state is State.OK


async def test_no_file_is_a_first_start(tmp_path: Path) -> None:
    found = await examined(tmp_path / "none.db")
    assert [(finding.check, finding.state) for finding in found.values()] == [("db.file", State.OK)]


@pytest.mark.parametrize("mode", ["NORMAL", "EXCLUSIVE"])
async def test_a_file_in_use_is_left_alone(file: Path, mode: str) -> None:
    with held(file, mode):
        before = beside(file)
        assert database.look(file).log_bytes > 0
        finding = (await examined(file))["db.file"]
        assert finding.state is State.OK
        assert "in use" in finding.observed
        assert beside(file) == before


def test_looking_holds_up_no_writer(file: Path) -> None:
    with held(file, "EXCLUSIVE"):
        assert database.read_value(file, "SELECT count(*) FROM t") is None, "its owner shares it with nobody"
    for _ in range(3):
        database.look(file)
        database.quick_check(file)
        with contextlib.closing(sqlite3.connect(file, timeout=0)) as writer:
            writer.execute("INSERT INTO t VALUES ('again')")
            writer.commit()


async def test_what_a_kill_left_is_sound_and_its_log_is_named(file: Path) -> None:
    with held(file):
        pass
    finding = (await examined(file))["db.file"]
    assert finding.state is State.OK
    assert "not closed cleanly" in finding.observed


async def test_damage_beside_a_log_may_mend_itself_so_it_is_a_warning(file: Path) -> None:
    with held(file):
        pass
    damage(file)
    assert (await examined(file))["db.file"].state is State.WARNING


async def test_a_file_too_large_to_check_in_time_is_not_called_damaged(file: Path) -> None:
    finding = (await examined(file, limit_s=0.0))["db.file"]
    assert finding.state is State.OK
    assert "too large" in finding.observed


def test_a_value_is_read_from_a_file_at_rest_in_use_or_left_by_a_kill(file: Path, tmp_path: Path) -> None:
    count = "SELECT count(*) FROM t"
    assert database.read_value(file, count) == ROWS
    with held(file):
        assert database.read_value(file, count) == ROWS + 1, "with what stands in the log"
    assert database.read_value(file, count) == ROWS + 1
    assert database.read_value(file, "SELECT x FROM t WHERE x = 'none'") is None
    assert database.read_value(file, "SELECT 1 FROM absent") is None
    assert database.read_value(tmp_path / "none.db", count) is None


def rights(mode: int, owner_uid: int) -> Finding:
    facts = FileFacts(Path("x.db"), exists=True, mode=mode, owner_uid=owner_uid, verdict="ok")
    return database.judge("db", facts, "restore it")[1]


def test_a_file_others_may_read_is_a_warning(file: Path) -> None:
    file.chmod(0o644)
    assert states(database.look(file))["db.rights"] is State.WARNING


def test_somebody_elses_file_is_a_problem_for_all_but_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert rights(0o600, 1001).state is State.PROBLEM
    assert rights(0o600, 1000).state is State.OK
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert rights(0o600, 1001).state is State.OK


def test_a_log_that_only_grows_is_a_warning() -> None:
    facts = FileFacts(Path("x.db"), exists=True, mode=0o600, log_bytes=2**30, in_use=True)
    assert states(facts)["db.log"] is State.WARNING


async def test_a_file_that_may_not_be_read_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refused)
    check = Check("db.file", lambda: database.examine("db", tmp_path / "x.db", "restore it"))
    (finding,) = await run_checks((check,))
    assert (finding.check, finding.state) == ("db.file", State.PROBLEM)
    assert "Permission denied" in finding.observed
