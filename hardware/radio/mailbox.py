"""What a radio heard and its reader has not taken yet: bounded, the oldest advertisement goes first."""

import asyncio
from collections import deque
from typing import Final

import structlog

from hardware.radio.advert import Advert
from hardware.radio.source import RadioEvent

log = structlog.get_logger()

MAX_WAITING: Final = 4_096
"""What a flood of 20,000/s brings between two hand-overs (`hardware.radio.bluetooth.GATHER_S`), about 4 MB.

When the reader falls that far behind, the oldest advertisement goes: of a strength only the newest tells where
somebody is. What becomes of the radio itself is never dropped; that is a handful of events an hour.
"""

DROPS_LOGGED_EVERY_S: Final = 60.0
"""A reader that is too slow is a fault to see, not a log to fill."""


class Mailbox:
    """Filled and emptied in the event loop's thread."""

    def __init__(self) -> None:
        self._waiting: deque[RadioEvent] = deque()
        self._wake = asyncio.Event()
        self._logged_s = float("-inf")
        self._logged = 0
        self.dropped = 0
        """Advertisements the reader was too slow for."""

    def put(self, event: RadioEvent) -> None:
        """Add `event`, at the cost of the oldest advertisement when the box is full."""
        if len(self._waiting) >= MAX_WAITING:
            self._drop()
        self._waiting.append(event)
        self._wake.set()

    def take(self) -> RadioEvent | None:
        """The oldest event, or None."""
        return self._waiting.popleft() if self._waiting else None

    def wake(self) -> None:
        """Let the reader look up, though nothing may have come."""
        self._wake.set()

    async def wait(self) -> None:
        """Wait until something was put since the last wait, or `wake`."""
        await self._wake.wait()
        self._wake.clear()

    def log_drops(self, now_s: float) -> None:
        """Say how many were dropped since the last time, not more often than `DROPS_LOGGED_EVERY_S`."""
        if self.dropped == self._logged or now_s - self._logged_s < DROPS_LOGGED_EVERY_S:
            return
        log.warning("radio_reader_too_slow", dropped=self.dropped - self._logged)
        self._logged, self._logged_s = self.dropped, now_s

    def _drop(self) -> None:
        oldest = next((at for at, event in enumerate(self._waiting) if isinstance(event, Advert)), None)
        assert oldest is not None, "a full box holds advertisements"
        del self._waiting[oldest]
        self.dropped += 1
