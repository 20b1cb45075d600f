"""A clock that does not wait: an event loop whose timers come due at once, each in its order.

Whoever sleeps is woken as soon as nobody has anything left to do; meanwhile no time passes. So a store runs as fast
as the machine allows, and every run of one seed is the same run. Sockets work, but nobody outside keeps this time.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    """A selector that does not wait for its time-out: it lets the loop's time jump over it."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors.BaseSelector.select`; with no timer to wait for it waits for a socket, really."""
        ready = super().select(timeout if timeout is None else 0)
        if not ready and timeout is not None:
            self.passed_s += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time, which begins at 0."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds that have passed for whoever slept."""
        return self._jumping.passed_s


class LoopClock:
    """A `Clock` on the time of the event loop it is asked in.

    Args:
        epoch_s: store time, UTC seconds, at the loop's 0.
    """

    def __init__(self, epoch_s: float) -> None:
        self._epoch_s = epoch_s

    def now_s(self) -> float:
        """See `Clock`."""
        return self._epoch_s + self.monotonic_s()

    def monotonic_s(self) -> float:
        """See `Clock`."""
        return asyncio.get_running_loop().time()

    async def sleep(self, duration_s: float) -> None:
        """See `Clock`."""
        await asyncio.sleep(max(0.0, duration_s))


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end on virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)
