"""Kill −9 at every statement of an outbox and inside every write: each step happened wholly or not at all."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hardware.outbox_kills import BOX, STATEMENTS, Hand, opened, state, steps

LATER_BOOT = "fedcba9876543210"
PATIENCE_S = 60.0
AFTER_THE_OPENING, AFTER_A_WIPE = 1, 10
KILLED = [("ACTS", (STATEMENTS,)), ("PRESENCE", (0, AFTER_THE_OPENING, AFTER_A_WIPE))]
"""What a policy changes is when the disk is flushed, which a kill does not notice: one way to die is enough for each.

A file grows again after it was truncated: only from three beginnings a write of every step is cut off somewhere.
"""

READS = {4, 11}
"""The steps that only read: `due`."""


def histories(folder: Path, policy: str, killed: tuple[int, ...]) -> dict[int, list[list[int]]]:
    """Let every child die; for each its number, the last step it began, how it ended."""
    for how in killed:
        (folder / str(how)).mkdir()
    processes = {
        how: subprocess.Popen(
            [sys.executable, "-m", "tests.hardware.outbox_kills", str(folder / str(how)), policy, str(how)],
            stdout=subprocess.PIPE,
        )
        for how in killed
    }
    told = {how: process.communicate(timeout=PATIENCE_S)[0] for how, process in processes.items()}
    return {how: json.loads(text) for how, text in told.items()}


def expected(folder: Path, policy: str) -> list[tuple[float, dict[str, Any]]]:
    """The time and what a restart finds, after no step, one step, and so on to the end."""
    found = []
    for begun in range(len(steps(Hand())) + 1):
        own = folder / f"after {begun}"
        own.mkdir()
        clock = Hand()
        outbox = opened(own / BOX, clock, policy)
        for step in steps(clock)[:begun]:
            step(outbox)
        outbox.close()
        found.append((clock.at_s, restarted(own / BOX, clock.at_s, policy)))
    return found


def restarted(path: Path, at_s: float, policy: str) -> dict[str, Any]:
    clock = Hand()
    clock.at_s = at_s
    outbox = opened(path, clock, policy, LATER_BOOT)
    found = state(outbox)
    assert outbox.counts().unaccounted == 0
    offered = sorted(row.seq for row in outbox.due())
    assert offered == [row[0] for row in found["rows"]], "each that is left is offered, once"
    outbox.close()
    return found


@pytest.mark.parametrize(("policy", "killed_from"), KILLED)
def test_killed_anywhere_nothing_acknowledged_comes_back_and_nothing_else_is_gone(
    tmp_path: Path, policy: str, killed_from: tuple[int, ...]
) -> None:
    """B4: what the file holds is what it held before the step that was cut off, or after it: rows and accounts."""
    after = expected(tmp_path, policy)
    final = after[-1][1]
    ways = [final[way] for way in ("put", "acknowledged", "expired", "coalesced", "dropped", "pending")]
    assert min(ways) > 0, "the history goes every way"
    cut_off: set[int] = set()
    for how, deaths in histories(tmp_path, policy, killed_from).items():
        *killed, survivor = deaths
        assert survivor[1:] == [len(after) - 1, 0]
        for number, step, status in killed:
            assert os.WTERMSIG(status) == (signal.SIGKILL if how == STATEMENTS else signal.SIGXFSZ)
            cut_off.add(step)
            at_s, before = after[max(step - 1, 0)]
            found = restarted(tmp_path / str(how) / str(number) / BOX, at_s, policy)
            assert found in (before, after[step][1]), (how, number, step)
    silent = {number for number, step in enumerate(steps(Hand()), start=1) if step.__name__ == "pass_"}
    quiet = silent if STATEMENTS in killed_from else silent | READS
    assert cut_off == set(range(len(after))) - quiet, "in every step that can be cut off"
