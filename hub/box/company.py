"""Everybody who is on the floor while A shops: B, C, a stranger with a fob of no store, and bystanders."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from hub.box.shop import STRANGER, Shop

B_JOINS_S: Final = 50.0
B_FROM_S: Final = 60.0
"""B walks the last leg of the recorded track, ten seconds ahead of A."""

C_JOINS_S: Final = 76.0
C_FROM_S: Final = 70.0
"""C comes round the last corner six seconds behind A, who is recognised at the checkout by then.

Nobody walks longer than is needed: at fourteen store seconds a wall second each of them is a store full of people.
"""

T = TypeVar("T")


class Company:
    """An async context manager: they come when it is entered, and whoever is still there at its end leaves.

    Args:
        shop: running.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._tasks: list[asyncio.Task[Any]] = []
        self._came_s = shop.clock.monotonic_s()
        self._c_comes: asyncio.Task[None]
        self.gone_s: float | None = None
        """Since when B and the stranger are away, on the clock's monotonic time."""

    async def __aenter__(self) -> Self:
        """Let them come, each at their own time."""
        self.errand(self._shop.floor.crowd(self._shop.premises.bystanders), "bystanders")
        self.errand(self._come("B", B_JOINS_S, B_FROM_S), "B walks")
        self._c_comes = self.errand(self._come("C", C_JOINS_S, C_FROM_S), "C walks")
        return self

    async def complete(self) -> None:
        """Wait until C, the last of the walkers, stands at the checkout."""
        await self._c_comes

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what is still going on."""
        try:
            await self._end_errands()
        finally:
            for label in ("B", "C", STRANGER):
                await self._shop.floor.leave(self._shop.walkers[label])

    async def _come(self, label: str, joins_s: float, from_s: float) -> None:
        await self._shop.clock.sleep(joins_s)
        await self._shop.floor.walk(self._shop.walkers[label], from_s)

    async def go_out(self) -> None:
        """B, the stranger and the bystanders go out of the antennas' reach."""
        await self._end_errands()
        for label in ("B", STRANGER):
            await self._shop.floor.leave(self._shop.walkers[label])
        self.gone_s = self._shop.clock.monotonic_s()

    def errand(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Something that goes on beside the story, at most until its end."""
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        return task

    async def _end_errands(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    def identifiers(self, label: str) -> frozenset[bytes]:
        """What a walker's fob may have advertised from the time they came until they went."""
        fob, clock = self._shop.walkers[label].fob, self._shop.clock
        until_s = clock.monotonic_s() if self.gone_s is None else self.gone_s
        span_s, window_s = until_s - self._came_s, 1 << fob.k
        began_s = clock.now_s() - clock.monotonic_s() + self._came_s
        windows = range(int(span_s // window_s) + 2)
        return frozenset(fob.eid_at(began_s + min(n * window_s, span_s)) for n in windows)
