"""The calibrator's own tag: tells its identifiers from everybody else's, which nothing keeps. Pure."""

import math
from typing import Final

from hardware.beacon.eid import MAX_BEACON_CLOCK_S, compute_eid
from hardware.beacon.frames import LoyaltyFrame
from hardware.beacon.identity import Fob
from hub.wire.presence import IdScheme

TOLERATED_WINDOWS: Final = 1
"""As the resolver tolerates: a tag's clock may be off, and a report comes late."""

_KEPT: Final = 8
"""Windows whose identifiers are remembered: those around now, and some for reports that come late."""


class OwnTag:
    """What the calibrator carries.

    Args:
        beacon: a rotating fob with its key and clock, or a static tag's frame.
    """

    def __init__(self, beacon: Fob | LoyaltyFrame) -> None:
        self._beacon = beacon
        self._eids: dict[int, str] = {}

    def sent(self, scheme: IdScheme, identifier: str, at_s: float) -> bool:
        """Whether this tag, and nobody else's, sent an identifier.

        Args:
            scheme: how the node reads it.
            identifier: hexadecimal, lower case.
            at_s: store time at which it was heard.
        """
        if isinstance(self._beacon, LoyaltyFrame):
            return (scheme.value, identifier) == (self._beacon.scheme.value, self._beacon.id.hex())
        if scheme is not IdScheme.EID:
            return False
        window = math.floor((at_s - self._beacon.epoch_s) / (1 << self._beacon.k))
        around = range(window - TOLERATED_WINDOWS, window + TOLERATED_WINDOWS + 1)
        return any(
            self._eid(self._beacon, one) == identifier
            for one in around
            if 0 <= one << self._beacon.k <= MAX_BEACON_CLOCK_S
        )

    def _eid(self, fob: Fob, window: int) -> str:
        if window not in self._eids:
            if len(self._eids) >= _KEPT:
                del self._eids[min(self._eids)]
            self._eids[window] = compute_eid(fob.ik, fob.k, window << fob.k).hex()
        return self._eids[window]
