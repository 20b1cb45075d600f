"""Each batch once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from hub.store.database import open_database
from hub.store.presence import KEEP_S, PRESENCE_MIGRATIONS, PRUNE_EVERY_S, TakenStore


def open_taken(folder: Path) -> TakenStore:
    return TakenStore(open_database(folder / "hub.db", (PRESENCE_MIGRATIONS,)))


def test_a_batch_is_taken_once_also_by_a_restarted_hub(tmp_path: Path) -> None:
    taken = open_taken(tmp_path)
    assert taken.accept("n1", "a" * 16, 1, 0.0)
    assert not taken.accept("n1", "a" * 16, 1, 1.0)
    assert not open_taken(tmp_path).accept("n1", "a" * 16, 1, 2.0)


def test_sender_boot_and_number_name_a_batch_together(tmp_path: Path) -> None:
    taken = open_taken(tmp_path)
    names = [("n1", "a" * 16, 1), ("n2", "a" * 16, 1), ("n1", "b" * 16, 1), ("n1", "a" * 16, 2)]
    assert all(taken.accept(*name, 0.0) for name in names)


def test_several_are_taken_in_one_transaction_and_the_new_ones_named(tmp_path: Path) -> None:
    taken = open_taken(tmp_path)
    names = [("n1", "a" * 16, seq) for seq in (3, 1, 3)]
    assert taken.accept_all(names, 0.0) == (True, True, False)
    assert taken.accept_all([("n1", "a" * 16, seq) for seq in (1, 2, 3)], 0.0) == (False, True, False)


def test_rows_go_after_an_hour(tmp_path: Path) -> None:
    taken = open_taken(tmp_path)
    taken.accept("n1", "a" * 16, 1, 0.0)
    taken.accept("n1", "a" * 16, 2, KEEP_S)
    taken.accept("n1", "a" * 16, 3, KEEP_S + PRUNE_EVERY_S)
    database = open_database(tmp_path / "hub.db", (PRESENCE_MIGRATIONS,))
    rows = database.execute("SELECT seq FROM taken ORDER BY seq").fetchall()
    assert [seq for (seq,) in rows] == [2, 3]


def test_what_was_taken_before_a_kill_stays_taken(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.hub.presence.test_taken import open_taken\n"
        "taken = open_taken(Path(sys.argv[1])); seq = 0\n"
        "while True:\n"
        "    seq += 1\n"
        "    if taken.accept('n1', 'a' * 16, seq, 0.0): print(seq, flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(20)]
    os.kill(child.pid, signal.SIGKILL)
    told += [int(line) for line in child.stdout.read().split("\n") if line]
    child.stdout.close()
    child.wait()
    names = [("n1", "a" * 16, seq) for seq in told]
    assert not any(open_taken(tmp_path).accept_all(names, 1.0))
