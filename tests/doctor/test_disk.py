"""The place of a data file: facts of real folders, and every judgement."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from hardware.host.doctor import disk
from hardware.host.doctor.disk import FULL_MIB, LOW_MIB, PlaceFacts
from hardware.host.doctor.finding import Finding, State

MIB = 1024 * 1024
WELL = PlaceFacts(Path("/d"), Path("/d"), True, True, False, 4096 * MIB, 1000, "ext4")


def place(**changed: Any) -> Finding:
    return disk.judge_place("disk.folder", dataclasses.replace(WELL, **changed))


def test_a_folder_that_can_be_written_is_well() -> None:
    assert place().state is State.OK


def test_a_folder_that_is_still_to_be_made_is_well() -> None:
    assert place(wanted=Path("/d/e")).state is State.OK


@pytest.mark.parametrize(
    ("changed", "word"),
    [({"is_folder": False}, "mv /d"), ({"read_only": True}, "remount,rw"), ({"writable": False}, "chown")],
)
def test_a_folder_that_cannot_be_written_is_a_problem_with_its_fix(
    changed: dict[str, bool], word: str
) -> None:
    finding = place(**changed)
    assert finding.state is State.PROBLEM
    assert finding.fix is not None
    assert word in finding.fix


@pytest.mark.parametrize(
    ("free_mib", "inodes", "state"),
    [
        (LOW_MIB, 10, State.OK),
        (LOW_MIB, None, State.OK),
        (LOW_MIB - 1, 10, State.WARNING),
        (FULL_MIB, 10, State.WARNING),
        (FULL_MIB - 1, 10, State.PROBLEM),
        (LOW_MIB, 0, State.PROBLEM),
    ],
)
def test_room_on_the_disk(free_mib: int, inodes: int | None, state: State) -> None:
    facts = dataclasses.replace(WELL, free_bytes=free_mib * MIB, free_inodes=inodes)
    assert disk.judge_space(facts).state is state


@pytest.mark.parametrize(("kind", "state"), [("ext4", State.OK), (None, State.OK), ("tmpfs", State.WARNING)])
def test_data_in_memory_are_warned_of(kind: str | None, state: State) -> None:
    assert disk.judge_durable(dataclasses.replace(WELL, file_system=kind), "sales").state is state


def test_a_real_folder_and_one_below_it_that_is_not_there(tmp_path: Path) -> None:
    assert disk.look(tmp_path).existing == tmp_path
    below = disk.look(tmp_path / "a" / "b")
    assert (below.existing, below.writable, below.is_folder) == (tmp_path, True, True)
    assert not (tmp_path / "a").exists(), "looking makes nothing"


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert not disk.look(tmp_path / "data").is_folder


def test_a_real_read_only_file_system() -> None:
    # The kernel's own file system takes no files, whoever asks.
    facts = disk.look(Path("/proc"))
    assert not os.access("/proc", os.W_OK) or not facts.free_bytes


def test_the_longest_mount_point_names_the_file_system_and_the_last_hides_the_others(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "1 0 8:1 / / rw - ext4 /dev/a rw\n"
        f"2 1 0:9 / {tmp_path} rw,noatime shared:1 - ext2 /dev/b rw\n"
        f"3 2 0:9 / {tmp_path} rw - tmpfs tmpfs rw\n"
        f"4 2 0:9 / {tmp_path}/with\\040space rw - vfat /dev/c rw\n"
    )
    assert disk.file_system_of(tmp_path / "deep", mounts) == "tmpfs"
    assert disk.file_system_of(tmp_path / "with space" / "x", mounts) == "vfat"
    assert disk.file_system_of(Path("/"), mounts) == "ext4"
    assert disk.file_system_of(Path("/"), tmp_path / "absent") is None


def test_this_machines_own_table_is_understood() -> None:
    # In a chroot the root's own line may be missing from the table; this one is always there.
    assert disk.look(Path("/proc")).file_system == "proc"


def test_a_folder_that_may_not_be_entered_is_judged_by_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.exists

    def refused(path: Path) -> bool:
        if path.name == "inner":
            raise PermissionError
        return real(path)

    monkeypatch.setattr(Path, "exists", refused)
    assert disk.look(tmp_path / "inner").existing == tmp_path
