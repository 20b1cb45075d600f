"""Finds the slots that hold an identifier. Open addressing in arrays of 32-bit numbers; pure.

Identifiers are AES output under keys nobody else knows, so their own bits are the hash: the top ones name a
shard, the low ones the place in it. A dictionary would take 110 bytes an entry, this takes 9. A shard that
fills up is copied into one twice its size: a thousandth of the index, so no growth stops the event loop for more
than a few ms, whatever the number of members.
"""

from array import array
from typing import Final

SHARD_BITS: Final = 10
SMALLEST: Final = 8

FULL: Final = 0.6
"""Above it a shard doubles: a search for a stranger's identifier looks at 3.6 places on average, at 0.8 at 13."""


class SlotIndex:
    """A multimap from identifiers to slots.

    Args:
        eids: slot → identifier, 64 bits; read when a slot is added, found or discarded.
    """

    def __init__(self, eids: "array[int]") -> None:
        self._eids = eids
        self._shards = [_places(SMALLEST) for _ in range(1 << SHARD_BITS)]
        self._counts = [0] * (1 << SHARD_BITS)

    def __len__(self) -> int:
        """How many slots are in it."""
        return sum(self._counts)

    def add(self, slot: int) -> None:
        """Make a slot findable by the identifier it holds now."""
        eid = self._eids[slot]
        number = eid >> (64 - SHARD_BITS)
        shard = self._shards[number]
        if self._counts[number] >= len(shard) * FULL:
            shard = self._shards[number] = self._doubled(shard)
        self._counts[number] += 1
        _place(shard, eid, slot)

    def find(self, eid: int) -> list[int]:
        """Every slot that holds an identifier; usually none or one."""
        shard = self._shards[eid >> (64 - SHARD_BITS)]
        eids, mask = self._eids, len(shard) - 1
        at = eid & mask
        found = []
        while stored := shard[at]:
            if eids[stored - 1] == eid:
                found.append(stored - 1)
            at = (at + 1) & mask
        return found

    def discard(self, slot: int) -> None:
        """Take a slot out that is in it, while it still holds the identifier it was added with.

        What stands behind it moves up, so that no mark of a deletion is left.
        """
        eid = self._eids[slot]
        number = eid >> (64 - SHARD_BITS)
        shard = self._shards[number]
        mask = len(shard) - 1
        hole = eid & mask
        while shard[hole] != slot + 1:
            hole = (hole + 1) & mask
        at = hole
        while stored := shard[at := (at + 1) & mask]:
            home = self._eids[stored - 1] & mask
            # It may stand in the hole unless its home lies behind the hole.
            if (at - home) & mask >= (at - hole) & mask:
                shard[hole] = stored
                hole = at
        shard[hole] = 0
        self._counts[number] -= 1

    def _doubled(self, shard: "array[int]") -> "array[int]":
        larger = _places(2 * len(shard))
        for stored in shard:
            if stored:
                _place(larger, self._eids[stored - 1], stored - 1)
        return larger


def _places(count: int) -> "array[int]":
    return array("I", bytes(4 * count))


def _place(shard: "array[int]", eid: int, slot: int) -> None:
    mask = len(shard) - 1
    at = eid & mask
    while shard[at]:
        at = (at + 1) & mask
    shard[at] = slot + 1
