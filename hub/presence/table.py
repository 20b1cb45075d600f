"""The identifiers that every permitted fob may have on the air around now, for a million fobs. Pure.

A fob is a row of numbers in arrays; its windows lie in a ring of slots: those of the last `MAX_EVIDENCE_AGE_S`,
one before (a slow clock) and the next one (a fast clock). A calendar says which rows need their next window in
which second, a whole window before anybody needs it, so `refresh` may take its time: a slice of a few
milliseconds after the other, whenever the event loop is free. There is nothing to swap when a round is done; what is
computed counts at once, what is removed is gone at once, from a half-built table too.

Per fob at K = 10: keys 32 bytes, clock and place 33, four slots of 12, index and calendar about 45.
"""

import heapq
import math
from array import array
from typing import Final

from hardware.beacon.eid import KEY_BYTES, MAX_BEACON_CLOCK_S, eids_of_temporary_key, temporary_key
from hub.presence.slot_index import SlotIndex

MAX_EVIDENCE_AGE_S: Final = 120.0
"""Older evidence resolves to nobody: strangers' frames rest at most 60 s in an outbox, and after two
minutes of silence it says nothing about where somebody is now."""

TOLERATED_WINDOWS: Final = 1
"""How many windows a beacon's clock may be off: the specification's 150 ppm are 17 minutes in 79 days."""

NO_WINDOW: Final = -1
_NEVER: Final = -1


def ring_length(k: int) -> int:
    """Slots of a fob: the windows that `MAX_EVIDENCE_AGE_S` can touch, and the tolerated ones on both sides."""
    return math.ceil(MAX_EVIDENCE_AGE_S / (1 << k)) + 1 + 2 * TOLERATED_WINDOWS


class EidTable:
    """Rows of fobs, found by what they advertise."""

    def __init__(self) -> None:
        self._iks, self._tks = bytearray(), bytearray()
        self._periods = array("i")
        """Row → which 2^16 s of its clock the temporary key serves; −1 before the first."""
        self._ks = array("B")
        self._epochs_s = array("d")
        self._firsts = array("I")
        """Row → first slot of its ring."""
        self._newest = array("q")
        """Row → the newest window in its ring; `NO_WINDOW` before the first."""
        self._due = array("q")
        """Row → second in which the calendar has it; `_NEVER` when the row is free."""
        self._eids, self._owners = array("Q"), array("I")
        """Slot → identifier (0: none) and row."""
        self._index = SlotIndex(self._eids)
        self._free_rows: list[int] = []
        self._free_rings: dict[int, list[int]] = {}
        self._calendar: dict[int, array[int]] = {}
        self._seconds: list[int] = []

    def __len__(self) -> int:
        """How many rows are in use."""
        return len(self._ks) - len(self._free_rows)

    @property
    def rows(self) -> int:
        """One more than the highest row ever used; rows in between may be free."""
        return len(self._ks)

    @property
    def findable(self) -> int:
        """How many identifiers can be found now."""
        return len(self._index)

    def add(self, ik: bytes, k: int, epoch_s: float, now_s: float) -> int:
        """Take a fob in and return its row; it can be found at once."""
        row = self._free_rows.pop() if self._free_rows else self._new_row()
        self._iks[row * KEY_BYTES : (row + 1) * KEY_BYTES] = ik
        self._ks[row], self._epochs_s[row] = k, epoch_s
        self._firsts[row] = self._ring(row, ring_length(k))
        self._periods[row] = self._newest[row] = NO_WINDOW
        self._advance(row, now_s)
        return row

    def remove(self, row: int) -> None:
        """Forget a fob: its identifiers, its keys and its clock, at once."""
        self._clear_ring(row)
        blank = bytes(KEY_BYTES)
        self._iks[row * KEY_BYTES : (row + 1) * KEY_BYTES] = blank
        self._tks[row * KEY_BYTES : (row + 1) * KEY_BYTES] = blank
        self._free_rings.setdefault(ring_length(self._ks[row]), []).append(self._firsts[row])
        self._epochs_s[row], self._due[row] = 0.0, _NEVER
        self._free_rows.append(row)

    def in_use(self, row: int) -> bool:
        """Whether a row holds a fob."""
        return self._due[row] != _NEVER

    def identity_key(self, row: int) -> bytes:
        """The identity key of a row; zeros when it is free."""
        return bytes(self._iks[row * KEY_BYTES : (row + 1) * KEY_BYTES])

    def key(self, row: int) -> tuple[bytes, int, float]:
        """Identity key, exponent and epoch of a row, as the table has it now."""
        return self.identity_key(row), self._ks[row], self._epochs_s[row]

    def set_epoch(self, row: int, epoch_s: float, now_s: float) -> None:
        """Follow a fob's clock; the windows that stay in reach are not computed again when it moved little."""
        self._epochs_s[row] = epoch_s
        if self._window(row, now_s) + TOLERATED_WINDOWS < self._newest[row]:
            self._clear_ring(row)
        self._advance(row, now_s)

    def find(self, eid: int) -> list[tuple[int, int]]:
        """Every (row, window) that has this identifier."""
        found = []
        for slot in self._index.find(eid):
            row = self._owners[slot]
            newest = self._newest[row]
            behind = (newest - (slot - self._firsts[row])) % ring_length(self._ks[row])
            found.append((row, newest - behind))
        return found

    def refresh(self, now_s: float, budget: int) -> bool:
        """Compute what is due, at most `budget` rows (4 to 9 µs each); says whether more is due."""
        second = int(now_s)
        while self._seconds and self._seconds[0] <= second:
            rows = self._calendar[self._seconds[0]]
            while rows:
                if budget == 0:
                    return True
                budget -= 1
                row = rows.pop()
                # A row that was moved or freed since is in the calendar elsewhere, or nowhere.
                if self._due[row] == self._seconds[0]:
                    self._advance(row, now_s)
            del self._calendar[heapq.heappop(self._seconds)]
        return False

    def _advance(self, row: int, now_s: float) -> None:
        """Compute a row's windows up to the next one, and note when to come again."""
        k = self._ks[row]
        newest = min(self._window(row, now_s) + TOLERATED_WINDOWS, MAX_BEACON_CLOCK_S >> k)
        if newest > self._newest[row]:
            self._fill(row, max(self._newest[row] + 1, newest - ring_length(k) + 1), newest)
            self._newest[row] = newest
        due_s = self._epochs_s[row] + (self._newest[row] << k)
        self._schedule(row, max(int(now_s) + 1, int(due_s)))

    def _window(self, row: int, time_s: float) -> int:
        return math.floor((time_s - self._epochs_s[row]) / (1 << self._ks[row]))

    def _fill(self, row: int, window: int, newest: int) -> None:
        k, first = self._ks[row], self._firsts[row]
        length = ring_length(k)
        while window <= newest:
            period = window << k >> 16
            count = min(newest, ((period + 1) << 16 >> k) - 1) - window + 1
            for eid in eids_of_temporary_key(self._temporary_key(row, period), k, window, count):
                slot = first + window % length
                if self._eids[slot]:
                    self._index.discard(slot)
                self._eids[slot] = eid
                if eid:
                    self._index.add(slot)
                window += 1

    def _temporary_key(self, row: int, period: int) -> bytes:
        at = slice(row * KEY_BYTES, (row + 1) * KEY_BYTES)
        if self._periods[row] != period:
            self._tks[at] = temporary_key(bytes(self._iks[at]), period << 16)
            self._periods[row] = period
        return bytes(self._tks[at])

    def _clear_ring(self, row: int) -> None:
        first = self._firsts[row]
        for slot in range(first, first + ring_length(self._ks[row])):
            if self._eids[slot]:
                self._index.discard(slot)
                self._eids[slot] = 0
        self._newest[row] = self._periods[row] = NO_WINDOW

    def _schedule(self, row: int, second: int) -> None:
        if second not in self._calendar:
            self._calendar[second] = array("I")
            heapq.heappush(self._seconds, second)
        self._calendar[second].append(row)
        self._due[row] = second

    def _new_row(self) -> int:
        row = len(self._ks)
        self._iks += bytes(KEY_BYTES)
        self._tks += bytes(KEY_BYTES)
        self._ks.append(0)
        self._epochs_s.append(0.0)
        self._firsts.append(0)
        for column in (self._periods, self._newest, self._due):
            column.append(_NEVER)
        return row

    def _ring(self, row: int, length: int) -> int:
        free = self._free_rings.get(length)
        if free:
            first = free.pop()
        else:
            first = len(self._eids)
            self._eids.extend([0] * length)
            self._owners.extend([0] * length)
        for slot in range(first, first + length):
            self._owners[slot] = row
        return first
