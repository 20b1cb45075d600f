"""The one source of time: a store clock every stamp and timer of a process reads.

Stamps and timers are in *store seconds*. On a Pi a store second is a second; in the demo and the tests the
clock runs faster, stands still, or is moved by hand, and nothing else changes.
"""

import asyncio
import contextlib
import time
from typing import Protocol


class Clock(Protocol):
    """What a shell may ask of time. The pure cores get `now_s` as an argument instead."""

    def now_s(self) -> float:
        """Store time as UTC seconds since 1970-01-01."""
        ...

    def monotonic_s(self) -> float:
        """Store seconds since some fixed moment of this boot; never goes back."""
        ...

    async def sleep(self, duration_s: float) -> None:
        """Wait `duration_s` store seconds (≤ 0 yields once)."""
        ...


def wall_ms() -> float:
    """Milliseconds of the processor's own clock, for measuring how long work takes; never for a rule."""
    return time.perf_counter() * 1000.0


class SystemClock:
    """The machine's own time, used on a real hub, node and kiosk."""

    def now_s(self) -> float:
        """See `Clock`."""
        return time.time()

    def monotonic_s(self) -> float:
        """See `Clock`."""
        return time.monotonic()

    async def sleep(self, duration_s: float) -> None:
        """See `Clock`."""
        await asyncio.sleep(max(0.0, duration_s))


class ScaledClock:
    """Store time that runs `scale` times as fast as the wall, and can be paused; for the demo.

    Args:
        epoch_s: store time at construction, UTC seconds.
        scale: store seconds per wall second, > 0.
    """

    def __init__(self, epoch_s: float, scale: float) -> None:
        if scale <= 0:
            raise ValueError(f"clock scale must be > 0, got {scale}")
        self._epoch_s = epoch_s
        self._scale = scale
        self._running = True
        self._elapsed_s = 0.0
        self._mark = time.monotonic()
        self._changed = asyncio.Event()

    @property
    def scale(self) -> float:
        """Store seconds per wall second."""
        return self._scale

    @property
    def running(self) -> bool:
        """False while paused."""
        return self._running

    def monotonic_s(self) -> float:
        """See `Clock`."""
        moving = (time.monotonic() - self._mark) * self._scale if self._running else 0.0
        return self._elapsed_s + moving

    def now_s(self) -> float:
        """See `Clock`."""
        return self._epoch_s + self.monotonic_s()

    def _settle(self) -> None:
        self._elapsed_s = self.monotonic_s()
        self._mark = time.monotonic()
        self._changed.set()
        self._changed = asyncio.Event()

    def pause(self) -> None:
        """Stop store time; every sleeper waits until `resume`."""
        self._settle()
        self._running = False

    def resume(self) -> None:
        """Let store time run again from where it stood."""
        self._settle()
        self._running = True

    def set_scale(self, scale: float) -> None:
        """Change the speed from now on."""
        if scale <= 0:
            raise ValueError(f"clock scale must be > 0, got {scale}")
        self._settle()
        self._scale = scale

    async def sleep(self, duration_s: float) -> None:
        """See `Clock`."""
        due_s = self.monotonic_s() + duration_s
        await asyncio.sleep(0)
        while (left_s := due_s - self.monotonic_s()) > 0:
            changed = self._changed
            timeout = left_s / self._scale if self._running else None
            # Not `asyncio.wait_for`: before 3.12 it swallows a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await changed.wait()


class ManualClock:
    """Store time moved by hand with `advance`; for tests."""

    def __init__(self, epoch_s: float = 1_000_000.0) -> None:
        self._epoch_s = epoch_s
        self._elapsed_s = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now_s(self) -> float:
        """See `Clock`."""
        return self._epoch_s + self._elapsed_s

    def monotonic_s(self) -> float:
        """See `Clock`."""
        return self._elapsed_s

    async def sleep(self, duration_s: float) -> None:
        """See `Clock`."""
        if duration_s <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._elapsed_s + duration_s, waiter))
        await waiter

    def set_back(self, by_s: float) -> None:
        """Move the wall reading back, as an operator or a bad time server does; monotonic time stays."""
        self._epoch_s -= by_s

    async def advance(self, by_s: float) -> None:
        """Move time on, waking each sleeper at its own due moment, in order."""
        target_s = self._elapsed_s + by_s
        while True:
            await _let_others_run()
            due = min((s for s in self._sleepers if s[0] <= target_s), key=lambda s: s[0], default=None)
            if due is None:
                break
            self._sleepers.remove(due)
            self._elapsed_s = max(self._elapsed_s, due[0])
            if not due[1].done():
                due[1].set_result(None)
        self._elapsed_s = target_s
        await _let_others_run()


async def _let_others_run() -> None:
    # A woken task may wake another one; a handful of loop turns covers the chains our shells have.
    for _ in range(10):
        await asyncio.sleep(0)
