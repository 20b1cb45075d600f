"""One history of an outbox, in processes that are killed at each of its statements and inside each of its writes.

Started as `python -m tests.hardware.outbox_kills FOLDER POLICY STEP`: forks one child after the other, each in a
folder of its own, until one reaches the end. STEP is -1 to kill at the n-th statement, the opening's included, or the
step from which on the n-th stretch of bytes of a file is not written to its end: 0 is the opening.
"""

import json
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from hardware.host.outbox import ACTS, PRESENCE, Outbox, OutboxPolicy

BOOT: Final = "0123456789abcdef"

POLICIES: Final[dict[str, OutboxPolicy]] = {
    "ACTS": replace(ACTS, max_rows=6),
    "PRESENCE": replace(PRESENCE, max_rows=6),
}

BYTES_APART: Final = 3_001
"""Between two places where a write is cut off: less than a frame of the WAL (4,120 bytes), and no part of one."""

STATEMENTS: Final = -1
"""In place of a step: killed at statements, not in writes."""

BOX: Final = "outbox.db"

Step = Callable[[Outbox], object]


class Hand:
    """A clock set by hand; its own class, since a step of a history is no coroutine."""

    def __init__(self) -> None:
        self.at_s = 1_000.0

    def now_s(self) -> float:
        return self.at_s

    def monotonic_s(self) -> float:
        return self.at_s

    async def sleep(self, duration_s: float) -> None:
        raise AssertionError(f"an outbox never waits, not {duration_s} s")


def steps(clock: Hand) -> tuple[Step, ...]:
    """Every way into the outbox and out of it; rows 1 to 13."""

    def passed(by_s: float) -> Step:
        def pass_(_outbox: Outbox) -> None:
            clock.at_s += by_s

        return pass_

    def put(rest_s: float, **more: Any) -> Step:
        return lambda outbox: outbox.put(b"payload" * 40, rest_s=rest_s, **more)

    def acknowledge(*seqs: int) -> Step:
        return lambda outbox: outbox.acknowledge(BOOT, seqs)

    first = (put(60), put(10), put(60, urgent=True), lambda box: box.due(), acknowledge(1, 3))
    second = (put(60), put(60, supersedes=(4,)), passed(11), lambda box: box.expire())
    third = (put(60), lambda box: box.due(limit=1), put(60, supersedes=(5, 6)), passed(5), put(60), put(60))
    fourth = (lambda box: box.extend((9, 10), 90), *(put(60) for _ in range(4)), acknowledge(7, 8, 99))
    last = (put(60), put(600, urgent=True), acknowledge(14), passed(61), lambda box: box.expire())
    return (*first, *second, *third, *fourth, *last)


def opened(path: Path, clock: Hand, policy: str, boot_id: str = BOOT) -> Outbox:
    return Outbox(path, boot_id, clock, POLICIES[policy], machine_boot="machine")


def state(outbox: Outbox) -> dict[str, Any]:
    """All there is to know of a file: every row, and every account."""
    rows = outbox._database.conn.execute("SELECT * FROM message ORDER BY seq").fetchall()
    return {"rows": rows, **asdict(outbox.counts())}


def run(folder: Path, policy: str, begin: Callable[[int], object]) -> None:
    """Live the history in a folder; each step's number is told before it begins."""
    clock = Hand()
    begin(0)
    outbox = opened(folder / BOX, clock, policy)
    for number, step in enumerate(steps(clock), start=1):
        begin(number)
        step(outbox)
    outbox.close()


def _die_at_statement(number: int) -> None:
    left = number
    connect = sqlite3.connect

    def count(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(*arguments: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **more)
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = watched  # type: ignore[assignment]


def _die_at_byte(number: int) -> None:
    # The kernel writes what fits below the limit, and kills whoever goes on: a frame is torn as by a kill in a write.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (number * BYTES_APART, number * BYTES_APART))


def _live(folder: Path, policy: str, from_step: int, number: int, pipe: int) -> None:
    if from_step == STATEMENTS:
        _die_at_statement(number)

    def begin(step: int) -> None:
        os.write(pipe, bytes((step,)))
        if step == from_step:
            _die_at_byte(number)

    run(folder, policy, begin)


def _children(folder: Path, policy: str, from_step: int) -> Iterator[tuple[int, int, int]]:
    """Number, last step begun, and wait status of one child after the other, the first that survives included."""
    number = 0
    while True:
        number += 1
        own = folder / str(number)
        own.mkdir()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _live(own, policy, from_step, number, writing)
            except BaseException:  # noqa: BLE001 - a forked child must not go on as its parent
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as told:
            begun = told.read()[-1]
        status = os.waitpid(child, 0)[1]
        yield number, begun, status
        if os.WIFEXITED(status):
            return


def main() -> None:
    folder, policy, from_step = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    sys.stdout.write(json.dumps(list(_children(folder, policy, from_step))))


if __name__ == "__main__":
    main()
