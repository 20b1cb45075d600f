"""A radio that hears what a program pushes into it: the simulated store's antennas."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from hardware.host.clock import Clock
from hardware.radio.ad import to_advert
from hardware.radio.advert import Advert

MAX_WAITING: Final = 1_024
"""A fifth of a second of the 5,000 advertisements/s the agent must outlive (acceptance C9), about 0.5 MB.

When the reader falls that far behind, the oldest goes: of a strength only the newest tells where somebody
is. A controller with full buffers loses advertisements just so; here they are counted.
"""


class SimulatedSource:
    """An `AdvertSource` fed by `push`, ended by `close`. Use it from the event loop's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: deque[Advert] = deque()
        self._wake = asyncio.Event()
        self._scanning = False
        self._closed = False
        self.dropped = 0
        """Advertisements the reader was too slow for."""

    def push(self, rssi_dbm: int, payload: bytes) -> None:
        """Let the radio hear raw AD structures, now; a radio that does not scan hears nothing."""
        if not self._scanning:
            return
        if len(self._waiting) == MAX_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(to_advert(payload, rssi_dbm, self._clock.monotonic_s()))
        self._wake.set()

    def close(self) -> None:
        """End the stream once what waits is read."""
        self._closed = True
        self._wake.set()

    async def adverts(self) -> AsyncIterator[Advert]:
        """See `AdvertSource`. One reader at a time; listening begins with the first step."""
        assert not self._scanning, "a radio has one reader"
        self._scanning = True
        try:
            while True:
                while self._waiting:
                    yield self._waiting.popleft()
                if self._closed:
                    return
                self._wake.clear()
                await self._wake.wait()
        finally:
            self._scanning = False
            self._waiting.clear()
