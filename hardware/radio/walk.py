"""A recorded walk as advertisements: each strength becomes a fob's raw bytes at one scanner's antenna.

The strengths are real, the identifiers are not: the recording's beacon is given a fob's key, so that they
rotate during the walk as a shopper's would.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from hardware.beacon.identity import Fob
from hardware.host.clock import Clock
from hardware.radio.recording import Record
from hardware.samples.tetam import WalkSample


class Antenna(Protocol):
    """What hears; `SimulatedSource` is one."""

    def push(self, rssi_dbm: int, payload: bytes) -> None:
        """Hear raw AD structures, now."""
        ...


def walk_records(samples: Iterable[WalkSample], fob: Fob, start_s: float) -> dict[str, tuple[Record, ...]]:
    """Turn a walk into one recording a scanner.

    Args:
        samples: by time.
        fob: what the walker carries.
        start_s: store time, UTC seconds, of offset 0: decides which identifiers are on the air.

    Returns:
        Scanner name → its records, by time.
    """
    records: dict[str, list[Record]] = {}
    for sample in samples:
        payload = fob.advertisement_at(start_s + sample.offset_s)
        records.setdefault(sample.scanner, []).append(Record(sample.offset_s, sample.rssi_dbm, payload))
    return {scanner: tuple(heard) for scanner, heard in records.items()}


async def play_walk(
    samples: Iterable[WalkSample],
    fob: Fob,
    clock: Clock,
    antennas: Mapping[str, Antenna],
    moved: Callable[[WalkSample], None] | None = None,
) -> None:
    """Walk it on the clock, live: each advertisement carries the identifier of the moment it is sent.

    Args:
        samples: by time; the first one's offset is the waiting time before it.
        fob: what the walker carries.
        clock: whose store seconds the offsets are.
        antennas: scanner name → antenna; a scanner without one hears nothing.
        moved: told each sample as it is sent, to draw the walker at the true place.
    """
    start_s = clock.monotonic_s()
    for sample in samples:
        await clock.sleep(start_s + sample.offset_s - clock.monotonic_s())
        if (antenna := antennas.get(sample.scanner)) is not None:
            antenna.push(sample.rssi_dbm, fob.advertisement_at(clock.now_s()))
        if moved is not None:
            moved(sample)
