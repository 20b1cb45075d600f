"""What a machine transmits as: a rotating fob on one of three carriers, or a static reference beacon."""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from hardware.beacon.build import app_eid, eddystone_eid, eddystone_uid, ibeacon, ibeacon_eid
from hardware.beacon.frames import NAMESPACE_BYTES, FrameKind, LoyaltyFrame
from hardware.beacon.identity import Fob


class Carrier(StrEnum):
    """How the eight bytes travel (design, "Identity on the air")."""

    EDDYSTONE = "eddystone"
    APP = "app"
    IBEACON = "ibeacon"


_BUILDERS: Final[dict[Carrier, Callable[[bytes], bytes]]] = {
    Carrier.EDDYSTONE: eddystone_eid,
    Carrier.APP: app_eid,
    Carrier.IBEACON: ibeacon_eid,
}


@dataclass(frozen=True, slots=True)
class OnAir:
    """One identifier and how long it is right.

    Attributes:
        identifier: 8 bytes (EID), 20 (iBeacon) or 16 (Eddystone-UID).
        payload: the AD structures a fob would send.
        until_s: beacon seconds; infinite for a static beacon.
    """

    identifier: bytes
    payload: bytes
    until_s: float


class Identity(Protocol):
    """Who transmits."""

    def at(self, beacon_s: float) -> OnAir:
        """What is on the air when the beacon's clock shows `beacon_s`."""
        ...


@dataclass(frozen=True, slots=True)
class RotatingIdentity:
    """A fob's key on a carrier. The fob's epoch is 0: its time is the beacon's clock."""

    fob: Fob
    carrier: Carrier

    def at(self, beacon_s: float) -> OnAir:
        """See `Identity`; a new identifier begins at each multiple of 2^k s (Eddystone-EID)."""
        eid = self.fob.eid_at(beacon_s)
        until_s = ((int(beacon_s) >> self.fob.k) + 1) << self.fob.k
        return OnAir(eid, _BUILDERS[self.carrier](eid), float(until_s))


@dataclass(frozen=True, slots=True)
class StaticIdentity:
    """A reference beacon: an iBeacon or an Eddystone-UID."""

    frame: LoyaltyFrame

    def at(self, beacon_s: float) -> OnAir:  # noqa: ARG002 - it never changes
        """See `Identity`."""
        return OnAir(self.frame.id, _static_payload(self.frame), math.inf)


def _static_payload(frame: LoyaltyFrame) -> bytes:
    if frame.kind is FrameKind.EDDYSTONE_UID:
        return eddystone_uid(frame.id[:NAMESPACE_BYTES], frame.id[NAMESPACE_BYTES:])
    assert frame.kind is FrameKind.IBEACON, f"{frame.kind} is not static"
    return ibeacon(*struct.unpack(">16sHH", frame.id))
