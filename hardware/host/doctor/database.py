"""An SQLite file, looked at so that a running hub or agent does not notice.

Whether a process has the file open is asked of the kernel (`F_GETLK` tells of a lock and takes none). A file nobody
has open is read as `immutable`: no lock, no `-wal` or `-shm` beside it. A file in use is not checked page by page,
for such a reader would hold up the wiping of its log: its owner checked it when it opened it. Only a single value
out of a file in use, or left by a kill, is read as any reader would, for a millisecond.
"""

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from hardware.host.doctor.examination import in_thread
from hardware.host.doctor.finding import Finding, ok, problem, warning

T = TypeVar("T")

CHECK_S: Final = 5.0
"""For reading every page once: a good 100 MB from a Pi's SD card."""

BUSY_TIMEOUT_S: Final = 0.5
"""For one row out of a file in use; its writers hold it for milliseconds."""

LARGE_LOG_MIB: Final = 64
"""The log is emptied at 4 MB (`wal_autocheckpoint`); so much means that a reader never ends."""

NO_DATABASE: Final = "not a database"
_MAGIC: Final = b"SQLite format 3\0"
_SHARED_LOCKS: Final = (0x40000000, 512)
"""Where every open connection locks: the pending byte and what follows it (https://www.sqlite.org/fileformat.html,
"the lock-byte page")."""
_FLOCK: Final = "hhqqi4x"
_WIDER_THAN_OWNER: Final = stat.S_IRWXG | stat.S_IRWXO
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was seen of one database file.

    Attributes:
        path: the file.
        exists: False on a first start; the rest is then empty.
        size_bytes: of the file.
        log_bytes: of its write-ahead log; 0 when there is none.
        in_use: another process has it open.
        mode: permission bits.
        owner_uid: whose it is.
        verdict: "ok", SQLite's complaint, or None when it was not looked into.
    """

    path: Path
    exists: bool
    size_bytes: int = 0
    log_bytes: int = 0
    in_use: bool = False
    mode: int = 0
    owner_uid: int = 0
    verdict: str | None = None


def library_version() -> tuple[int, ...]:
    """The SQLite library's version."""
    return sqlite3.sqlite_version_info


def look(path: Path) -> FileFacts:
    """Look at a database file from outside.

    Raises:
        OSError: it may not be read.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return FileFacts(path, exists=False)
    log = path.with_name(path.name + "-wal")
    return FileFacts(
        path,
        exists=True,
        size_bytes=status.st_size,
        log_bytes=log.stat().st_size if log.exists() else 0,
        in_use=is_in_use(path),
        mode=stat.S_IMODE(status.st_mode),
        owner_uid=status.st_uid,
    )


def is_in_use(path: Path) -> bool:
    """Whether another process has the database open (a connection that has read holds a shared lock for WAL's sake).

    Never call it in the process that has the file open: closing any handle of a file drops the process's locks on it.

    Raises:
        OSError: it may not be read.
    """
    start, length = _SHARED_LOCKS
    with path.open("rb") as file:
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
        answer = fcntl.fcntl(file.fileno(), fcntl.F_GETLK, asked)
    return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)


def read_value(path: Path, query: str) -> object | None:
    """The first column of the first row; None when the file or the row is not there, or cannot be had now."""
    row = read(path, lambda connection: connection.execute(query).fetchone())
    return None if row is None else row[0]


def read(path: Path, look: Callable[[sqlite3.Connection], T]) -> T | None:
    """What `look` finds in a database; None when the file is not there, or cannot be read now.

    Args:
        path: of the database.
        look: a read of milliseconds: the file may be in use.
    """
    if not path.exists():
        return None
    # A clean file nobody has open is read without a lock; otherwise the log belongs to it, for a moment.
    lone = not is_in_use(path) and not path.with_name(path.name + "-wal").exists()
    try:
        with contextlib.closing(_open(path, "immutable=1" if lone else "mode=ro")) as connection:
            return look(connection)
    except sqlite3.Error:
        return None


def _open(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=BUSY_TIMEOUT_S)


def quick_check(path: Path) -> str:
    """Read every page of a file nobody has open: "ok", or what is wrong. Blocks as long as that takes."""
    if path.stat().st_size and not _has_magic(path):
        return NO_DATABASE
    try:
        with contextlib.closing(_open(path, "immutable=1")) as connection:
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        return str(error)


def _has_magic(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


async def examine(check: str, path: Path, repair: str, limit_s: float = CHECK_S) -> tuple[Finding, ...]:
    """Look at a database file and judge it; see `judge`.

    Raises:
        OSError: it may not be read.
    """
    facts = await in_thread(lambda: look(path))
    if facts.exists and not facts.in_use:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                verdict = await in_thread(lambda: quick_check(path))
                facts = replace(facts, verdict=verdict)
    return judge(check, facts, repair)


def judge(check: str, facts: FileFacts, repair: str) -> tuple[Finding, ...]:
    """What the file's state means.

    Args:
        check: the findings' area, as `outbox`.
        facts: of the file.
        repair: what to do with a damaged one.
    """
    if not facts.exists:
        return (ok(f"{check}.file", f"{facts.path} is not there yet; it is made at the first start"),)
    return (_integrity(check, facts, repair), _rights(check, facts), _log_size(check, facts))


def _integrity(check: str, facts: FileFacts, repair: str) -> Finding:
    name, size = f"{check}.file", f"{facts.path}, {facts.size_bytes / _MIB:.1f} MiB"
    if facts.in_use:
        return ok(name, f"{size}, in use by a running process, which checked it when it opened it")
    if facts.verdict == "ok":
        unclean = f", not closed cleanly ({facts.log_bytes} bytes of log are taken in at the next start)"
        return ok(name, f"{size}, sound" + (unclean if facts.log_bytes else ""))
    if facts.verdict is None:
        return ok(
            name, f"{size}, too large to check in a few seconds; its program checks it at its next start"
        )
    if facts.log_bytes and facts.verdict != NO_DATABASE:
        return warning(
            name,
            f"{size}, looks damaged without its log: {facts.verdict}",
            "start its program again: it takes the log in, checks the file and says if it cannot",
        )
    return problem(name, f"{size}, damaged: {facts.verdict}", repair)


def _rights(check: str, facts: FileFacts) -> Finding:
    name = f"{check}.rights"
    if facts.mode & _WIDER_THAN_OWNER:
        return warning(
            name,
            f"{facts.path} may be read by others (mode {facts.mode:04o})",
            f"`chmod 600 {facts.path}`",
        )
    if os.geteuid() not in {0, facts.owner_uid}:
        return problem(
            name,
            f"{facts.path} belongs to uid {facts.owner_uid}, and this is uid {os.geteuid()}",
            f"run the doctor as the service's user; if it is: `sudo chown $USER {facts.path}*`",
        )
    return ok(name, f"{facts.path} belongs to uid {facts.owner_uid}, mode {facts.mode:04o}")


def _log_size(check: str, facts: FileFacts) -> Finding:
    name, log_mib = f"{check}.log", facts.log_bytes / _MIB
    if log_mib > LARGE_LOG_MIB:
        return warning(
            name,
            f"its write-ahead log has {log_mib:.0f} MiB: some program reads the file and never ends",
            f"end that program (`sudo fuser -v {facts.path}`), then restart the service",
        )
    return ok(name, f"its write-ahead log has {log_mib:.1f} MiB")
