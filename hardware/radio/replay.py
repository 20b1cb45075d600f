"""Plays a recording on the clock, each advertisement at its recorded moment."""

from collections.abc import AsyncIterator, Iterable

from hardware.host.clock import Clock
from hardware.radio.ad import to_advert
from hardware.radio.advert import Advert
from hardware.radio.recording import Record


class ReplaySource:
    """An `AdvertSource` that ends with its recording.

    Args:
        records: in order of `offset_s`; read as they are played.
        clock: whose store seconds the offsets are; a scaled clock plays faster, a paused one waits.
    """

    def __init__(self, records: Iterable[Record], clock: Clock) -> None:
        self._records, self._clock = records, clock

    async def adverts(self) -> AsyncIterator[Advert]:
        """See `AdvertSource`. `heard_s` is the recorded moment, also when the reader is late."""
        start_s = self._clock.monotonic_s()
        for record in self._records:
            heard_s = start_s + record.offset_s
            await self._clock.sleep(heard_s - self._clock.monotonic_s())
            yield to_advert(record.ad, record.rssi_dbm, heard_s)
