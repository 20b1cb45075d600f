"""A simulated fob: its key, its clock, and what it advertises at a moment."""

from dataclasses import dataclass, field

from hardware.beacon.build import eddystone_eid
from hardware.beacon.eid import DEFAULT_EXPONENT, compute_eid


@dataclass(frozen=True, slots=True)
class Fob:
    """A beacon that speaks Eddystone-EID.

    Attributes:
        ik: identity key, 16 bytes; kept out of `repr`, hence out of logs.
        k: the identifier changes every 2^k seconds.
        epoch_s: store time, UTC seconds, at which the fob's clock stood at 0.
    """

    ik: bytes = field(repr=False)
    k: int = DEFAULT_EXPONENT
    epoch_s: float = 0.0

    def eid_at(self, time_s: float) -> bytes:
        """The identifier on the air at store time `time_s`: 8 bytes."""
        return compute_eid(self.ik, self.k, int(time_s - self.epoch_s))

    def advertisement_at(self, time_s: float) -> bytes:
        """The raw AD structures on the air at store time `time_s`."""
        return eddystone_eid(self.eid_at(time_s))
