"""The place of a data file: can it be written there, is there room, does it survive a power cut."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hardware.host.doctor.examination import in_thread
from hardware.host.doctor.finding import Finding, ok, problem, warning

FULL_MIB: Final = 50
"""A commit, its write-ahead log and the log's copy into the file need a few MiB; an outbox filled to its bound takes
20. Below this the next busy hour may fail."""

LOW_MIB: Final = 500
"""A system update unpacks about this much, and the journal takes up to a tenth of a disk: time to make room."""

MEMORY_FILE_SYSTEMS: Final = frozenset({"tmpfs", "ramfs"})
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What was seen of a folder, or of the nearest one above it that exists.

    Attributes:
        wanted: the folder.
        existing: `wanted` or the nearest folder above it.
        is_folder: False when a file stands where a folder should.
        writable: this user may make files there.
        read_only: the file system is mounted read-only.
        free_bytes: free for this user.
        free_inodes: None where the file system has no bound.
        file_system: its type, or None when the system does not tell.
    """

    wanted: Path
    existing: Path
    is_folder: bool
    writable: bool
    read_only: bool
    free_bytes: int
    free_inodes: int | None
    file_system: str | None


def look(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> PlaceFacts:
    """Look at a folder. Writes nothing."""
    existing = next(path for path in (folder, *folder.parents) if _exists(path))
    numbers = os.statvfs(existing)
    return PlaceFacts(
        wanted=folder,
        existing=existing,
        is_folder=existing.is_dir(),
        writable=os.access(existing, os.W_OK | os.X_OK),
        read_only=bool(numbers.f_flag & os.ST_RDONLY),
        free_bytes=numbers.f_bavail * numbers.f_frsize,
        free_inodes=numbers.f_favail if numbers.f_files else None,
        file_system=file_system_of(existing, mounts),
    )


async def examine(check: str, folder: Path, precious: str | None = None) -> tuple[Finding, ...]:
    """Look at the folder of a data file and judge it.

    Args:
        check: name of the finding about writing there.
        folder: of the data file.
        precious: what a power cut would take if the folder is in memory; None when it may.
    """
    facts = await in_thread(lambda: look(folder))
    durable = () if precious is None else (judge_durable(facts, precious),)
    return judge_place(check, facts), judge_space(facts), *durable


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # the folder above may not be entered; that one is judged
        return False


def file_system_of(path: Path, mounts: Path) -> str | None:
    """The type of the file system that holds `path`, from proc(5)'s mountinfo; None when it cannot be told."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    real = path.resolve()
    best: tuple[int, str | None] = (-1, None)
    for line in lines:
        left, _, right = line.partition(" - ")
        mount_point = Path(left.split(" ")[4].replace("\\040", " "))
        if real.is_relative_to(mount_point) and len(mount_point.parts) >= best[0]:
            # Of two mounts on one point the later hides the earlier.
            best = (len(mount_point.parts), right.split(" ")[0])
    return best[1]


def judge_place(check: str, facts: PlaceFacts) -> Finding:
    """Whether data can be written there.

    Args:
        check: the finding's name.
        facts: of the folder.
    """
    existing = facts.existing
    if not facts.is_folder:
        return problem(check, f"{existing} is no folder", f"move it aside: `mv {existing} {existing}.aside`")
    if facts.read_only:
        return problem(
            check,
            f"{existing} is on a file system mounted read-only",
            f"look for disk errors (`sudo dmesg`), then `sudo mount -o remount,rw $(findmnt -nT {existing} -o TARGET)`",
        )
    if not facts.writable:
        return problem(
            check,
            f"this user (uid {os.geteuid()}) may not write in {existing}",
            f"run the doctor as the service's user; if it is: `sudo chown $USER {existing}`",
        )
    if existing != facts.wanted:
        return ok(check, f"{facts.wanted} is not there yet, and can be made")
    return ok(check, f"{facts.wanted} can be written")


def judge_space(facts: PlaceFacts) -> Finding:
    """Whether there is room (see `FULL_MIB`, `LOW_MIB`)."""
    check, free_mib = "disk.space", facts.free_bytes // _MIB
    observed = f"{free_mib} MiB free at {facts.existing}"
    if free_mib < FULL_MIB:
        return problem(
            check,
            f"{observed}, less than {FULL_MIB}",
            "make room: `sudo apt-get clean`, `journalctl --vacuum-size=50M`",
        )
    if facts.free_inodes == 0:
        return problem(
            check, f"{observed}, but no more files can be made there", "delete what made so many small files"
        )
    if free_mib < LOW_MIB:
        return warning(
            check,
            f"{observed}, less than {LOW_MIB}",
            "make room: `sudo apt-get clean`, `journalctl --vacuum-size=50M`",
        )
    return ok(check, observed)


def judge_durable(facts: PlaceFacts, what: str) -> Finding:
    """Whether what is written there is still there after a power cut.

    Args:
        facts: of the folder.
        what: would be lost, in words.
    """
    check = "disk.durable"
    if facts.file_system in MEMORY_FILE_SYSTEMS:
        return warning(
            check,
            f"{facts.existing} is in memory ({facts.file_system}): a power cut loses {what}",
            "name a path on a disk in the configuration file",
        )
    return ok(
        check, f"{facts.existing} is on {facts.file_system or 'a file system this system does not name'}"
    )
