"""The outbox through kill −9 and any history: every row is in exactly one account."""

import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hardware.host.clock import ManualClock
from hardware.host.outbox import ACTS, PRESENCE, Outbox

BOOT, LATER_BOOT = "0123456789abcdef", "fedcba9876543210"

WRITER = """
import sys
from pathlib import Path
from hardware.host.clock import SystemClock
from hardware.host.outbox import ACTS, PRESENCE, Outbox
outbox = Outbox(Path(sys.argv[1]), "0123456789abcdef", SystemClock(), {}, machine_boot="m")
n = 0
while True:
    seq = outbox.put(b"x" * 300, rest_s=1e6)
    if n % 3 == 0:
        outbox.acknowledge("0123456789abcdef", [seq])
    if n % 50 == 0:
        outbox.expire()
    n += 1
    print(n, flush=True)
"""


@pytest.mark.parametrize("policy", ["ACTS", "PRESENCE"])
def test_a_killed_process_loses_nothing_it_was_told_to_keep(tmp_path: Path, policy: str) -> None:
    path = tmp_path / "outbox.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER.format(policy), str(path)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        for _ in range(120):
            assert writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        told = 120 + len(writer.stdout.read().splitlines())
    clock = ManualClock()
    keeps = replace(ACTS if policy == "ACTS" else PRESENCE, keep_undated=True)
    outbox = Outbox(path, LATER_BOOT, clock, keeps, machine_boot="m")
    counts = outbox.counts()
    assert counts.put in (told, told + 1)
    assert counts.unaccounted == 0
    assert counts.pending in (told - (told + 2) // 3, told - (told + 2) // 3 + 1)
    outbox.close()


class Model(RuleBasedStateMachine):
    """Any history of puts, time, acknowledgements, restarts: every row is in exactly one account."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.policy = replace(PRESENCE, max_rows=4)
        self.outbox = self._open()
        self.put: set[int] = set()
        self.urgent: set[int] = set()

    def _open(self) -> Outbox:
        return Outbox(Path(self.folder.name) / "o.db", BOOT, self.clock, self.policy, machine_boot="m")

    def teardown(self) -> None:
        self.outbox.close()
        self.folder.cleanup()

    @rule(rest_s=st.integers(1, 30), urgent=st.booleans())
    def put_one(self, rest_s: int, *, urgent: bool) -> None:
        seq = self.outbox.put(b"x", rest_s=rest_s, urgent=urgent)
        assert all(seq > before for before in self.put)
        self.put.add(seq)
        if urgent:
            self.urgent.add(seq)

    @rule(superseded=st.sets(st.integers(1, 10)))
    def put_what_supersedes(self, superseded: set[int]) -> None:
        self.put.add(self.outbox.put(b"x", rest_s=20, supersedes=superseded))

    @rule(passed_s=st.integers(1, 20))
    def let_time_pass(self, passed_s: int) -> None:
        self.clock._elapsed_s += passed_s

    @rule(seq=st.integers(1, 10))
    def acknowledge(self, seq: int) -> None:
        self.outbox.acknowledge(BOOT, [seq])

    @rule()
    def offer(self) -> None:
        rows = self.outbox.due()
        assert [row.seq for row in rows] == sorted(
            (row.seq for row in rows), key=lambda seq: (seq not in self.urgent, seq)
        )
        assert all(row.rest_left_s > 0 and row.age_s >= 0 for row in rows)
        assert self.outbox.due() == ()

    @rule()
    def expire(self) -> None:
        self.outbox.expire()

    @rule()
    def restart(self) -> None:
        self.outbox.close()
        self.outbox = self._open()

    @invariant()
    def nothing_is_lost_without_a_reason(self) -> None:
        counts = self.outbox.counts()
        assert counts.unaccounted == 0
        assert counts.put == len(self.put)
        assert counts.pending <= self.policy.max_rows


Model.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestOutboxHistories = Model.TestCase
