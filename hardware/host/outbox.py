"""The one durable outbox: what must reach the hub rests here until the hub says that it has it.

A PUBACK is not delivery (a killed broker loses what it confirmed), so a row goes only on the hub's own
acknowledgement, at the end of its rest, when a later row says all that it says, or when the box is full. Every way
out is counted in the transaction that takes it, hence at any moment, also after kill −9:
put = acknowledged + expired + coalesced + dropped + pending.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hardware.host.clock import Clock
from hardware.host.outbox_file import file_error, open_file

DUE_LIMIT: Final = 64
"""Rows offered at once: a few round trips' worth, and at most 1 MB of payload in memory."""

MAX_PAYLOAD_BYTES: Final = 16_384
"""The wire takes no larger message (hub.wire.base.MAX_MESSAGE_BYTES); a larger row could never leave."""


@dataclass(frozen=True, slots=True)
class OutboxPolicy:
    """How precious the rows are.

    Attributes:
        max_rows: bound of the box; when it is full the oldest row that is not urgent goes, else the oldest.
        resend_after_s: an unacknowledged row is offered again after this many store seconds.
        keep_undated: what becomes of rows whose age is unknown because the machine was off in between: kept,
            with an age that is only a lower bound, or dropped.
        power_safe: a put survives a power cut (`synchronous=FULL`), not only kill −9 (`OFF`: what the process
            wrote is the kernel's; a power cut may damage the file).
        disposable: a file that is damaged, or of a newer release, is deleted and begun anew; otherwise it is an
            error for a person to decide.
    """

    max_rows: int
    resend_after_s: float
    keep_undated: bool
    power_safe: bool
    disposable: bool


PRESENCE: Final = OutboxPolicy(
    max_rows=5_000, resend_after_s=5.0, keep_undated=False, power_safe=False, disposable=True
)
"""Sightings. Two minutes of rest at forty reports a second, twice what a full shop makes of an antenna, fit in 5,000
rows (3 MB; 20 MB of a flood's, whose reports are longer). Stale after a power cut."""

ACTS: Final = OutboxPolicy(
    max_rows=1_000, resend_after_s=5.0, keep_undated=True, power_safe=True, disposable=False
)
"""What people did at a kiosk. Half a day without the hub at an act a minute fits; no withdrawal is lost."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message on its way.

    `(boot_id, seq)` names it once for ever; it was put `age_s` ago and is worthless in `rest_left_s`, > 0.
    """

    boot_id: str
    seq: int
    payload: bytes
    age_s: float
    rest_left_s: float


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of everything ever put into this file."""

    put: int
    acknowledged: int
    expired: int
    coalesced: int
    dropped: int
    pending: int

    @property
    def unaccounted(self) -> int:
        """Rows that vanished without a reason; anything but 0 is a fault."""
        left = self.acknowledged + self.expired + self.coalesced + self.dropped
        return self.put - left - self.pending


_Name = tuple[str, int]
"""(boot_id, seq)."""


class Outbox:
    """A bounded queue on disk, owned by one process. Calls block: 0.1 ms, with `power_safe` a disk's flush.

    Args:
        path: the SQLite file; created with mode 0600.
        boot_id: names this run of the process; a fresh `Entropy.new_id()`. Rows of earlier runs keep theirs.
        clock: ages are measured on its monotonic time.
        policy: `ACTS` or `PRESENCE`.
        machine_boot: names the span in which `clock.monotonic_s()` counts from one origin,
            `machine_boot_id()` with a `SystemClock`. Rows of another span, and all earlier ones when it is
            "", have an unknown age.
        let_go: told the (boot_id, seq) of each row that leaves by a rule and not by an acknowledgement, for
            whoever watches a run from outside.

    Raises:
        StorageError: it cannot be opened, another process has it, or it is not disposable, and damaged or written by a
            newer release.
    """

    def __init__(
        self,
        path: Path,
        boot_id: str,
        clock: Clock,
        policy: OutboxPolicy = ACTS,
        *,
        machine_boot: str = "",
        let_go: Callable[[str, int], None] | None = None,
    ) -> None:
        self._path, self._boot_id, self._clock, self._policy = path, boot_id, clock, policy
        self._machine_boot, self._let_go = machine_boot, let_go
        self._offered_s: dict[int, float] = {}
        self._superseded: set[int] = set()
        self._unscrubbed = True
        self._database, self.replaced = open_file(
            path, power_safe=policy.power_safe, disposable=policy.disposable
        )
        """True when the file was damaged or a newer release's, and begun anew because its rows are disposable."""
        self._settle_undated()
        self.expire()

    def put(
        self, payload: bytes, *, rest_s: float, urgent: bool = False, supersedes: Iterable[int] = ()
    ) -> int:
        """Add a row; it is on disk when this returns.

        Args:
            payload: at most `MAX_PAYLOAD_BYTES`.
            rest_s: store seconds it may wait before it is worthless.
            urgent: offered before all others, and the last to go when the box is full.
            supersedes: seqs of rows that need not be sent once this one is there. One that waits goes
                at once; one that is on its way goes when it would be due again. Unknown numbers are no fault.

        Returns:
            Its seq, ≥ 1, larger than every one before in this file.

        Raises:
            StorageError: the disk does not take it.
        """
        assert len(payload) <= MAX_PAYLOAD_BYTES, "larger than the wire takes"
        now_s = self._clock.monotonic_s()
        with self._transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO message (boot_id, payload, urgent, machine_boot, put_monotonic_s, rest_until_s)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (self._boot_id, payload, int(urgent), self._machine_boot, now_s, now_s + rest_s),
            )
            seq = cursor.lastrowid
            assert seq is not None
            _count(connection, "put", 1)
            coalesced = self._coalesce(connection, now_s, supersedes)
            dropped = self._keep_bounded(connection)
        self._forget(coalesced + dropped, by_rule=True)
        return seq

    def due(self, limit: int = DUE_LIMIT) -> tuple[Row, ...]:
        """Take the rows to send now, urgent first, then in order; none is due again for `resend_after_s`."""
        now_s = self._clock.monotonic_s()
        rows: list[Row] = []
        with self._guard() as connection:
            order = connection.execute(
                "SELECT seq FROM message WHERE rest_until_s > ? ORDER BY urgent DESC, seq", (now_s,)
            )
            for (seq,) in order:
                if seq not in self._superseded and not self._on_its_way(seq, now_s):
                    rows.append(self._read(connection, seq, now_s))
                if len(rows) == limit:
                    break
        self._offered_s.update((row.seq, now_s) for row in rows)
        return tuple(rows)

    def offer_again(self, seqs: Iterable[int] | None = None) -> None:
        """Let rows be due at once: some that could not be sent, or all (a reconnect, a new hub session)."""
        for seq in tuple(self._offered_s) if seqs is None else seqs:
            self._offered_s.pop(seq, None)

    def acknowledge(self, boot_id: str, seqs: Iterable[int]) -> int:
        """Remove the rows the hub has committed.

        Returns:
            How many there were; unknown and repeated numbers are none.
        """
        with self._transaction() as connection:
            named = [(seq, boot_id) for seq in seqs]
            removed = _delete(connection, "acknowledged", "seq = ? AND boot_id = ?", named)
        self._forget(removed, by_rule=False)
        return len(removed)

    def extend(self, seqs: Iterable[int], rest_s: float) -> int:
        """Let rows rest until `rest_s` after they were put, if that is longer than what they have.

        Returns:
            How many rows were extended.
        """
        with self._transaction() as connection:
            return sum(
                connection.execute(
                    "UPDATE message SET rest_until_s = put_monotonic_s + ?"
                    " WHERE seq = ? AND rest_until_s < put_monotonic_s + ?",
                    (rest_s, seq, rest_s),
                ).rowcount
                for seq in seqs
            )

    def expire(self) -> int:
        """Drop the rows past their rest, and wipe from the disk what removals since the last call left there.

        Superseded rows whose time to be sent again has come go too.

        `secure_delete` overwrites a deleted row in the database, but its bytes stay in the WAL until that is
        truncated: whoever promises "gone within x seconds" calls this often enough.

        Returns:
            How many rows expired.
        """
        now_s = self._clock.monotonic_s()
        with self._transaction() as connection:
            expired = _delete(connection, "expired", "rest_until_s <= ?", [(now_s,)])
            coalesced = self._coalesce(connection, now_s)
        self._forget(expired + coalesced, by_rule=True)
        if self._unscrubbed:
            with self._guard() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._unscrubbed = False
        return len(expired)

    def counts(self) -> Counts:
        """Read what became of everything ever put here."""
        with self._guard() as connection:
            ways = dict(connection.execute("SELECT way, n FROM tally").fetchall())
            pending = connection.execute("SELECT count(*) FROM message").fetchone()[0]
        return Counts(pending=pending, **ways)

    def close(self) -> None:
        """Close the file; what is pending stays for the next run."""
        self._database.close()

    def _settle_undated(self) -> None:
        """Rows whose age cannot be known: drop them, or count their age and rest from now."""
        now_s = self._clock.monotonic_s()
        known = (self._machine_boot, self._machine_boot, now_s)
        undated = "machine_boot != ? OR ? = '' OR put_monotonic_s > ?"
        if not self._policy.keep_undated:
            with self._transaction() as connection:
                removed = _delete(connection, "dropped", undated, [known])
            self._forget(removed, by_rule=True)
            return
        with self._transaction() as connection:
            connection.execute(
                "UPDATE message SET rest_until_s = ? + rest_until_s - put_monotonic_s, put_monotonic_s = ?,"  # noqa: S608 - a constant
                f" machine_boot = ? WHERE {undated}",
                (now_s, now_s, self._machine_boot, *known),
            )

    def _coalesce(
        self, connection: sqlite3.Connection, now_s: float, newly: Iterable[int] = ()
    ) -> list[_Name]:
        """Remove what was superseded, but for what is on its way: the hub may be about to acknowledge that."""
        self._superseded.update(newly)
        idle = [seq for seq in self._superseded if not self._on_its_way(seq, now_s)]
        self._superseded.difference_update(idle)
        return _delete(connection, "coalesced", "seq = ?", [(seq,) for seq in idle])

    def _keep_bounded(self, connection: sqlite3.Connection) -> list[_Name]:
        excess = connection.execute("SELECT count(*) FROM message").fetchone()[0] - self._policy.max_rows
        if excess <= 0:
            return []
        oldest = "seq IN (SELECT seq FROM message ORDER BY urgent, seq LIMIT ?)"
        return _delete(connection, "dropped", oldest, [(excess,)])

    def _on_its_way(self, seq: int, now_s: float) -> bool:
        offered_s = self._offered_s.get(seq)
        return offered_s is not None and offered_s > now_s - self._policy.resend_after_s

    def _forget(self, removed: list[_Name], *, by_rule: bool) -> None:
        """Rows have left the disk, after the transaction: only what is committed is told."""
        for boot_id, seq in removed:
            self._offered_s.pop(seq, None)
            self._superseded.discard(seq)
            if by_rule and self._let_go is not None:
                self._let_go(boot_id, seq)
        self._unscrubbed = self._unscrubbed or bool(removed)

    def _read(self, connection: sqlite3.Connection, seq: int, now_s: float) -> Row:
        boot_id, payload, put_s, until_s = connection.execute(
            "SELECT boot_id, payload, put_monotonic_s, rest_until_s FROM message WHERE seq = ?", (seq,)
        ).fetchone()
        return Row(boot_id, seq, payload, max(0.0, now_s - put_s), until_s - now_s)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _guard(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._database.conn
        except sqlite3.Error as error:
            raise file_error(self._path, error) from None


def _delete(
    connection: sqlite3.Connection, way: str, condition: str, parameters: Sequence[tuple[object, ...]]
) -> list[_Name]:
    """Delete the rows of a condition, once for each set of its parameters, and count the way they went."""
    delete = f"DELETE FROM message WHERE {condition} RETURNING boot_id, seq"  # noqa: S608 - constants
    removed: list[_Name] = [row for values in parameters for row in connection.execute(delete, values)]
    if removed:
        _count(connection, way, len(removed))
    return removed


def _count(connection: sqlite3.Connection, way: str, n: int) -> None:
    connection.execute("UPDATE tally SET n = n + ? WHERE way = ?", (n, way))


def machine_boot_id() -> str:
    """Read the name Linux gives this boot of the machine; "" where there is none.

    `random(4)`, /proc/sys/kernel/random/boot_id. While it stays the same, `SystemClock.monotonic_s` counts
    from one origin.
    """
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
