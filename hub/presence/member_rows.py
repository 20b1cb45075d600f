"""Which rows of the table are a member's, for a million members, without a pause of the event loop.

One dictionary would stop the loop each time it grows: it copies itself whole, a tenth of a second at a million.
These are small ones that grow one at a time. And the garbage collector would walk through them all in one go, the same
tenth of a second, if their values were tuples; numbers are none of its business, so whoever has one fob, as nearly
everybody has, is kept as a number.
"""

from collections.abc import Iterator
from typing import Final

SHARDS: Final = 256
"""Four thousand members each at a million: the growth of one takes a fifth of a millisecond."""


class MemberRows:
    """Member → rows; none for somebody whose fobs are all static."""

    def __init__(self) -> None:
        self._shards: list[dict[str, int | tuple[int, ...]]] = [{} for _ in range(SHARDS)]

    def __contains__(self, member_id: object) -> bool:
        """Whether a member is held."""
        return member_id in self._shards[hash(member_id) % SHARDS]

    def __iter__(self) -> Iterator[str]:
        """Every member."""
        for shard in self._shards:
            yield from shard

    def __setitem__(self, member_id: str, rows: tuple[int, ...]) -> None:
        """Hold a member."""
        self._shards[hash(member_id) % SHARDS][member_id] = rows[0] if len(rows) == 1 else rows

    def get(self, member_id: str) -> tuple[int, ...] | None:
        """A member's rows; None for an unknown one."""
        rows = self._shards[hash(member_id) % SHARDS].get(member_id)
        return (rows,) if isinstance(rows, int) else rows

    def pop(self, member_id: str) -> tuple[int, ...]:
        """Forget a member and return their rows; an unknown one is a bug of the caller."""
        rows = self._shards[hash(member_id) % SHARDS].pop(member_id)
        return (rows,) if isinstance(rows, int) else rows
