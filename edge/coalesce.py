"""Which waiting batches say nothing any more, because later ones say it better. Pure.

While the hub cannot be reached, of everybody near only the last state is worth keeping, and when they came and went.
"""

from collections.abc import Iterable
from typing import Final

from edge.reporter import Reading
from hardware.beacon.frames import LoyaltyScheme

MAX_FOLLOWED: Final = 5_000
"""Batches; as many as the outbox holds (`hardware.host.outbox.PRESENCE`). The oldest is followed no more: it is sent,
or ends with its rest."""

_Key = tuple[LoyaltyScheme, bytes]


class LastStates:
    """Follows the batches that only say "still here, so strong"; one that says more stays (`Reading.transition`)."""

    def __init__(self) -> None:
        self._open: dict[int, set[_Key]] = {}
        self._last: dict[_Key, int] = {}

    def __len__(self) -> int:
        """How many batches are followed, at most `MAX_FOLLOWED`."""
        return len(self._open)

    def superseded_by(self, readings: Iterable[Reading]) -> tuple[int, ...]:
        """The seqs of the batches of which nothing is left to say once these readings are told."""
        over: list[int] = []
        for reading in readings:
            seq = self._last.pop((reading.scheme, reading.id), None)
            if seq is None:
                continue
            self._open[seq].discard((reading.scheme, reading.id))
            if not self._open[seq]:
                del self._open[seq]
                over.append(seq)
        return tuple(over)

    def batched(self, seq: int, readings: Iterable[Reading]) -> None:
        """Follow a new batch, whose readings `superseded_by` has taken before."""
        told = tuple(readings)
        if any(reading.transition for reading in told):
            return
        keys = {(reading.scheme, reading.id) for reading in told}
        self._open[seq] = keys
        self._last.update(dict.fromkeys(keys, seq))
        if len(self._open) > MAX_FOLLOWED:
            self.gone((next(iter(self._open)),))

    def gone(self, seqs: Iterable[int]) -> None:
        """Follow these no more: they have left the outbox. Unknown numbers are no fault."""
        for seq in seqs:
            for key in self._open.pop(seq, ()):
                del self._last[key]
