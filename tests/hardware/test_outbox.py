"""The durable outbox: nothing leaves it without a reason, whatever happens to the process."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from hardware.host.clock import ManualClock
from hardware.host.errors import StorageError
from hardware.host.outbox import ACTS, PRESENCE, Counts, Outbox, OutboxPolicy, machine_boot_id

BOOT, LATER_BOOT = "0123456789abcdef", "fedcba9876543210"
SMALL = replace(ACTS, max_rows=3)

Open = Callable[..., Outbox]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def box(tmp_path: Path, clock: ManualClock) -> Iterator[Open]:
    """Opens the same file again and again, closing the one before."""
    opened: list[Outbox] = []

    def open_(
        policy: OutboxPolicy = ACTS, boot_id: str = BOOT, machine_boot: str = "machine", **more: ManualClock
    ) -> Outbox:
        for before in opened:
            before.close()
        outbox = Outbox(
            tmp_path / "outbox.db", boot_id, more.get("clock", clock), policy, machine_boot=machine_boot
        )
        opened[:] = [outbox]
        return outbox

    yield open_
    for outbox in opened:
        outbox.close()


def seqs(outbox: Outbox) -> list[int]:
    return [row.seq for row in outbox.due()]


def on_disk(tmp_path: Path, canary: bytes) -> bool:
    return any(canary in path.read_bytes() for path in tmp_path.iterdir())


def as_killed(tmp_path: Path) -> Path:
    """A copy as kill −9 leaves it: the WAL still beside the file."""
    killed = tmp_path / "killed"
    killed.mkdir()
    for path in tmp_path.glob("outbox.db*"):
        (killed / path.name).write_bytes(path.read_bytes())
    return killed


async def test_a_row_is_offered_until_the_hub_has_it(box: Open, clock: ManualClock) -> None:
    outbox = box()
    seq = outbox.put(b"one", rest_s=60)
    (row,) = outbox.due()
    assert (row.boot_id, row.seq, row.payload, row.age_s, row.rest_left_s) == (BOOT, seq, b"one", 0.0, 60.0)
    assert seqs(outbox) == []
    await clock.advance(ACTS.resend_after_s)
    (row,) = outbox.due()
    assert (row.age_s, row.rest_left_s) == (5.0, 55.0)
    assert outbox.acknowledge(BOOT, [seq]) == 1
    await clock.advance(ACTS.resend_after_s)
    assert seqs(outbox) == []
    assert outbox.counts() == Counts(put=1, acknowledged=1, expired=0, coalesced=0, dropped=0, pending=0)


def test_urgent_rows_come_first_then_each_in_order(box: Open) -> None:
    """A8: a withdrawal is delivered before anything else."""
    outbox = box()
    first, second = outbox.put(b"1", rest_s=60), outbox.put(b"2", rest_s=60)
    stop = outbox.put(b"stop", rest_s=60, urgent=True)
    assert seqs(outbox) == [stop, first, second]


def test_only_so_many_rows_are_offered_at_once_and_the_others_next(box: Open) -> None:
    outbox = box()
    for _ in range(5):
        outbox.put(b"x", rest_s=60)
    assert [row.seq for row in outbox.due(limit=2)] == [1, 2]
    assert [row.seq for row in outbox.due(limit=2)] == [3, 4]


def test_what_could_not_be_sent_is_offered_again_at_once(box: Open) -> None:
    outbox = box()
    for _ in range(3):
        outbox.put(b"x", rest_s=60)
    outbox.due()
    outbox.offer_again([2])
    assert seqs(outbox) == [2]
    outbox.offer_again()
    assert seqs(outbox) == [1, 2, 3]


async def test_a_row_past_its_rest_is_neither_offered_nor_kept(box: Open, clock: ManualClock) -> None:
    outbox = box()
    outbox.put(b"short", rest_s=10)
    long = outbox.put(b"long", rest_s=20)
    await clock.advance(10)
    assert seqs(outbox) == [long]
    assert outbox.expire() == 1
    assert outbox.counts() == Counts(put=2, acknowledged=0, expired=1, coalesced=0, dropped=0, pending=1)


async def test_a_rest_is_extended_never_shortened(box: Open, clock: ManualClock) -> None:
    outbox = box()
    short, long = outbox.put(b"short", rest_s=10), outbox.put(b"long", rest_s=100)
    await clock.advance(5)
    assert outbox.extend([short, long, 99], 50) == 1
    await clock.advance(40)
    assert outbox.expire() == 0
    await clock.advance(5)
    assert outbox.expire() == 1
    assert seqs(outbox) == [long]


def test_an_acknowledgement_of_something_else_removes_nothing(box: Open) -> None:
    outbox = box()
    seq = outbox.put(b"x", rest_s=60)
    assert outbox.acknowledge(LATER_BOOT, [seq]) == 0
    assert outbox.acknowledge(BOOT, [seq + 1]) == 0
    assert outbox.acknowledge(BOOT, [seq, seq]) == 1
    assert outbox.acknowledge(BOOT, [seq]) == 0


def test_a_full_box_gives_up_the_oldest_that_is_not_urgent(box: Open) -> None:
    outbox = box(SMALL)
    stop = outbox.put(b"stop", rest_s=60, urgent=True)
    outbox.put(b"oldest", rest_s=60)
    kept = [outbox.put(b"x", rest_s=60), outbox.put(b"y", rest_s=60)]
    assert seqs(outbox) == [stop, *kept]
    assert outbox.counts() == Counts(put=4, acknowledged=0, expired=0, coalesced=0, dropped=1, pending=3)


def test_a_row_that_a_later_one_supersedes_is_not_sent_and_is_accounted_for(box: Open) -> None:
    outbox = box()
    early, other = outbox.put(b"early", rest_s=60), outbox.put(b"other", rest_s=60)
    late = outbox.put(b"late", rest_s=60, supersedes=(early, 99))
    assert seqs(outbox) == [other, late]
    assert outbox.counts() == Counts(put=3, acknowledged=0, expired=0, coalesced=1, dropped=0, pending=2)


async def test_a_superseded_row_on_its_way_may_still_be_acknowledged_but_is_never_sent_again(
    box: Open, clock: ManualClock
) -> None:
    outbox = box()
    first, second = outbox.put(b"1", rest_s=60), outbox.put(b"2", rest_s=60)
    assert seqs(outbox) == [first, second]
    third = outbox.put(b"3", rest_s=60, supersedes=(first, second))
    assert outbox.counts().pending == 3
    assert outbox.acknowledge(BOOT, [first]) == 1
    await clock.advance(ACTS.resend_after_s)
    assert seqs(outbox) == [third]
    assert outbox.expire() == 0
    assert outbox.counts() == Counts(put=3, acknowledged=1, expired=0, coalesced=1, dropped=0, pending=1)


def test_what_is_superseded_goes_at_once_when_it_could_not_be_sent(box: Open) -> None:
    outbox = box()
    first = outbox.put(b"1", rest_s=60)
    outbox.due()
    second = outbox.put(b"2", rest_s=60, supersedes=(first,))
    outbox.offer_again([first])
    assert seqs(outbox) == [second]
    third = outbox.put(b"3", rest_s=60)
    assert outbox.counts().coalesced == 1
    assert seqs(outbox) == [third]


def test_a_file_of_the_release_before_this_one_is_taken_over(tmp_path: Path, clock: ManualClock) -> None:
    """It counted four ways; its rows and its account go on."""
    path = tmp_path / "outbox.db"
    Outbox(path, BOOT, clock, machine_boot="machine").close()
    with sqlite3.connect(path) as old:
        old.execute("DELETE FROM tally WHERE way = 'coalesced'")
        old.execute("DELETE FROM _sqlite_migrations WHERE name = 'm002_coalesced'")
        old.execute("UPDATE tally SET n = 7 WHERE way IN ('put', 'acknowledged')")
    old.close()
    outbox = Outbox(path, BOOT, clock, machine_boot="machine")
    assert outbox.counts() == Counts(put=7, acknowledged=7, expired=0, coalesced=0, dropped=0, pending=0)
    outbox.close()


def test_a_box_full_of_urgent_rows_takes_no_other(box: Open) -> None:
    outbox = box(SMALL)
    stops = [outbox.put(b"stop", rest_s=60, urgent=True) for _ in range(3)]
    outbox.put(b"x", rest_s=60)
    assert seqs(outbox) == stops
    outbox.put(b"stop", rest_s=60, urgent=True)
    assert stops[0] not in seqs(outbox)
    assert outbox.counts().dropped == 2


async def test_a_restarted_process_goes_on_with_ages_and_numbers(box: Open, clock: ManualClock) -> None:
    first = box().put(b"x", rest_s=60)
    await clock.advance(7)
    outbox = box(boot_id=LATER_BOOT)
    second = outbox.put(b"y", rest_s=60)
    assert second > first
    assert [(row.boot_id, row.seq, row.age_s) for row in outbox.due()] == [
        (BOOT, first, 7.0),
        (LATER_BOOT, second, 0.0),
    ]
    assert outbox.acknowledge(BOOT, [first]) == 1


def test_a_number_is_never_used_again(box: Open) -> None:
    outbox = box()
    outbox.acknowledge(BOOT, [outbox.put(b"x", rest_s=60)])
    assert box().put(b"y", rest_s=60) == 2


@pytest.mark.parametrize(("before", "after"), [("machine", "another"), ("", ""), ("machine", "")])
async def test_after_a_reboot_presence_is_stale_and_dropped(
    box: Open, clock: ManualClock, before: str, after: str
) -> None:
    box(PRESENCE, machine_boot=before).put(b"x", rest_s=60)
    outbox = box(PRESENCE, machine_boot=after)
    assert seqs(outbox) == []
    assert outbox.counts() == Counts(put=1, acknowledged=0, expired=0, coalesced=0, dropped=1, pending=0)


async def test_after_a_reboot_acts_are_kept_and_their_age_is_a_lower_bound(
    box: Open, clock: ManualClock
) -> None:
    """A8: a withdrawal outlives the power cut; seeming younger than it is only makes it stronger."""
    await clock.advance(100)
    box().put(b"stop", rest_s=60, urgent=True)
    rebooted = ManualClock()
    outbox = box(machine_boot="another", clock=rebooted)
    await rebooted.advance(59)
    (row,) = outbox.due()
    assert (row.payload, row.age_s) == (b"stop", 59.0)
    await rebooted.advance(1)
    assert outbox.expire() == 1


async def test_a_monotonic_clock_that_went_back_is_another_boot(box: Open, clock: ManualClock) -> None:
    await clock.advance(100)
    box(PRESENCE).put(b"x", rest_s=60)
    assert seqs(box(PRESENCE, clock=ManualClock())) == []


async def test_what_has_gone_is_gone_from_every_byte_of_the_disk(
    box: Open, clock: ManualClock, tmp_path: Path
) -> None:
    """B5: also from the WAL, which secure_delete does not clean."""
    outbox = box(PRESENCE)
    outbox.put(b"CANARY" * 200, rest_s=10)
    assert on_disk(tmp_path, b"CANARY")
    await clock.advance(10)
    outbox.expire()
    assert not on_disk(tmp_path, b"CANARY")
    outbox.acknowledge(BOOT, [outbox.put(b"CANARY" * 200, rest_s=10)])
    outbox.expire()
    assert not on_disk(tmp_path, b"CANARY")


async def test_after_kill_and_restart_what_is_past_its_rest_is_gone_before_anything_is_sent(
    box: Open, clock: ManualClock, tmp_path: Path
) -> None:
    """B4."""
    outbox = box(PRESENCE)
    outbox.put(b"CANARY" * 200, rest_s=10)
    killed = as_killed(tmp_path)
    await clock.advance(10)
    restarted = Outbox(killed / "outbox.db", LATER_BOOT, clock, PRESENCE, machine_boot="machine")
    assert not on_disk(killed, b"CANARY")
    assert restarted.counts().expired == 1
    restarted.close()


def test_the_file_is_its_owners_only(box: Open, tmp_path: Path) -> None:
    box().put(b"x", rest_s=60)
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o600"}


def test_a_second_process_is_refused(box: Open, tmp_path: Path, clock: ManualClock) -> None:
    box().put(b"x", rest_s=60)
    with pytest.raises(StorageError, match="another process has it open"):
        Outbox(tmp_path / "outbox.db", LATER_BOOT, clock)


def test_damaged_presence_is_begun_anew_and_said(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"CANARY, not a database" * 300)
    outbox = Outbox(path, BOOT, clock, PRESENCE)
    assert outbox.replaced
    assert outbox.put(b"x", rest_s=60) == 1
    outbox.close()
    assert not on_disk(tmp_path, b"CANARY")


def test_damaged_acts_are_a_persons_decision(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"not a database" * 300)
    with pytest.raises(StorageError, match=r"damaged.*move the file aside"):
        Outbox(path, BOOT, clock, ACTS)
    assert path.read_bytes().startswith(b"not a database")


def test_a_page_damaged_inside_is_noticed(box: Open, tmp_path: Path, clock: ManualClock) -> None:
    outbox = box()
    assert not outbox.replaced
    for _ in range(50):
        outbox.put(b"x" * 1000, rest_s=1000)
    outbox.close()
    content = bytearray((tmp_path / "outbox.db").read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 64] = b"\xff" * 64
    (tmp_path / "outbox.db").write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        Outbox(tmp_path / "outbox.db", BOOT, clock, ACTS)


def test_somebody_elses_database_is_left_alone(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "outbox.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE message (text TEXT)")
    other.close()
    with pytest.raises(StorageError, match="already exists"):
        Outbox(path, BOOT, clock, PRESENCE)


def test_a_path_that_cannot_be_is_told(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="check the folder"):
        Outbox(tmp_path / "file" / "outbox.db", BOOT, clock)


def test_a_full_disk_is_told_and_the_box_stays_as_it_was(box: Open) -> None:
    outbox = box()
    kept = outbox.put(b"x", rest_s=60)
    pages = outbox._database.conn.execute("PRAGMA page_count").fetchone()[0]
    outbox._database.conn.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError, match=r"full.*check the disk"):
        outbox.put(b"y" * 10_000, rest_s=60)
    assert seqs(outbox) == [kept]
    assert outbox.counts().unaccounted == 0


def test_what_the_wire_cannot_take_is_a_bug_of_ours(box: Open) -> None:
    with pytest.raises(AssertionError):
        box().put(b"x" * 16_385, rest_s=60)


def test_the_machines_boot_has_a_name(mocker: MockerFixture) -> None:
    assert len(machine_boot_id()) == 36
    mocker.patch.object(Path, "read_text", side_effect=FileNotFoundError)
    assert machine_boot_id() == ""


def test_the_kernel_is_asked_for_no_more_than_it_takes(box: Open) -> None:
    """FULL for acts; OFF for presence, which is dropped after a power cut and whose file may then be damaged."""
    for policy, level in ((ACTS, 2), (PRESENCE, 0)):
        assert box(policy)._database.conn.execute("PRAGMA synchronous").fetchone() == (level,)


def test_a_planted_loss_shows_in_the_account(box: Open) -> None:
    """The demo's `lost` is 0 because nothing was lost, not because nobody looked."""
    outbox = box()
    outbox.put(b"x", rest_s=60)
    outbox._database.conn.execute("DELETE FROM message")
    assert outbox.counts().unaccounted == 1


def test_whoever_watches_is_told_what_leaves_by_a_rule_and_of_nothing_else(
    tmp_path: Path, clock: ManualClock
) -> None:
    told: list[tuple[str, int]] = []
    outbox = Outbox(
        tmp_path / "watched.db", BOOT, clock, SMALL, let_go=lambda boot_id, seq: told.append((boot_id, seq))
    )
    first, second, third = (outbox.put(b"x", rest_s=rest_s) for rest_s in (60.0, 60.0, 5.0))
    outbox.acknowledge(BOOT, (second,))
    assert told == []
    asyncio.run(clock.advance(10.0))
    assert outbox.expire() == 1
    assert told == [(BOOT, third)]
    for _ in range(3):
        outbox.put(b"x", rest_s=60.0)
    assert told == [(BOOT, third), (BOOT, first)], "the box was full"
    outbox.close()
