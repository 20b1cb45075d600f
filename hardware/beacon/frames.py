"""The frames a loyalty beacon may speak, and the filter that lets nothing else in.

Sources: Eddystone protocol specification, UID and EID (https://github.com/google/eddystone); Apple, Proximity
Beacon Specification R1 (iBeacon); the design, "Identity on the air", for the two carriers of ours.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from hardware.radio.ad import uuid_of
from hardware.radio.advert import Advert

EID_BYTES: Final = 8
"""Here and not beside its computation: an agent that only listens need not load the cryptography."""

EDDYSTONE_UUID: Final = uuid_of(0xFEAA)
EDDYSTONE_UID_TYPE: Final = 0x00
EDDYSTONE_EID_TYPE: Final = 0x30
NAMESPACE_BYTES: Final = 10

APPLE: Final = 0x004C
IBEACON_TYPE: Final = b"\x02\x15"
IBEACON_BYTES: Final = 23
"""Type, length, UUID, major, minor, measured power."""

APP_SERVICE_UUID: Final = "408db837-37ae-4c20-9c76-949523d050e1"
"""Our own service, drawn at random (RFC 9562, version 4): the Android app's carrier. Never change it."""

APP_VERSION: Final = 0x01

IBEACON_EID_PREFIX: Final = bytes.fromhex("b4d35a4ba953a811")
"""First half of the iBeacon UUID whose second half is an EID: the iOS app's carrier. Never change it.

Drawn at random. The whole is not an RFC 9562 UUID, which no receiver checks.
"""

NO_RSSI: Final = frozenset((-127, 0, 127))
"""What BlueZ, controllers and the Core Specification (Vol 4 Part E §7.7.65.2) write for "no strength"."""

MIN_RSSI_DBM: Final = -126
MAX_RSSI_DBM: Final = 20
"""The range HCI allows; a recording kept aside holds a +42."""


class FrameKind(StrEnum):
    """A frame with its carrier; a store configures which it listens to."""

    EDDYSTONE_EID = "eddystone_eid"
    APP_EID = "app_eid"
    IBEACON_EID = "ibeacon_eid"
    IBEACON = "ibeacon"
    EDDYSTONE_UID = "eddystone_uid"


class LoyaltyScheme(StrEnum):
    """How the identifier is resolved, whatever carried it; values as on the wire (`IdScheme` there)."""

    EID = "eid"
    IBEACON = "ibeacon"
    EDDYSTONE_UID = "eddystone_uid"


_SCHEMES: Final = {
    FrameKind.EDDYSTONE_EID: LoyaltyScheme.EID,
    FrameKind.APP_EID: LoyaltyScheme.EID,
    FrameKind.IBEACON_EID: LoyaltyScheme.EID,
    FrameKind.IBEACON: LoyaltyScheme.IBEACON,
    FrameKind.EDDYSTONE_UID: LoyaltyScheme.EDDYSTONE_UID,
}


@dataclass(frozen=True, slots=True)
class LoyaltyFrame:
    """One identifier heard. `id` is 8 bytes (EID), 20 (iBeacon: UUID, major, minor) or 16 (Eddystone-UID)."""

    kind: FrameKind
    id: bytes

    @property
    def scheme(self) -> LoyaltyScheme:
        """How to resolve it."""
        return _SCHEMES[self.kind]


@dataclass(frozen=True, slots=True)
class FrameFilter:
    """Which frames a store listens to.

    Attributes:
        kinds: everything else is foreign.
        ibeacon_uuids: of static iBeacons, as 16 bytes; none, then none is heard.
        eddystone_namespaces: of Eddystone-UID, as 10 bytes; none, then none is heard.
    """

    kinds: frozenset[FrameKind]
    ibeacon_uuids: frozenset[bytes] = frozenset()
    eddystone_namespaces: frozenset[bytes] = frozenset()

    def frames(self, advert: Advert) -> tuple[LoyaltyFrame, ...]:
        """Take the loyalty frames out of an advertisement: at most one of each carrier.

        Returns:
            Nothing for a foreign advertisement, or one that came without a possible strength. What is
            foreign is neither kept nor counted (acceptance B5).
        """
        if not is_possible_rssi(advert.rssi_dbm):
            return ()
        found = (
            self._of_eddystone(advert.service_data.get(EDDYSTONE_UUID)),
            self._of_app(advert.service_data.get(APP_SERVICE_UUID)),
            self._of_ibeacon(advert.manufacturer_data.get(APPLE)),
        )
        return tuple(frame for frame in found if frame is not None and frame.kind in self.kinds)

    def _of_eddystone(self, data: bytes | None) -> LoyaltyFrame | None:
        if not data:
            return None
        if (eid := eddystone_eid_of(data)) is not None:
            return LoyaltyFrame(FrameKind.EDDYSTONE_EID, eid)
        if (beacon := eddystone_uid_of(data)) and beacon[:NAMESPACE_BYTES] in self.eddystone_namespaces:
            return LoyaltyFrame(FrameKind.EDDYSTONE_UID, beacon)
        return None

    def _of_app(self, data: bytes | None) -> LoyaltyFrame | None:
        if not data or data[0] != APP_VERSION or len(data) != 2 + EID_BYTES:
            return None
        return LoyaltyFrame(FrameKind.APP_EID, data[2:])

    def _of_ibeacon(self, data: bytes | None) -> LoyaltyFrame | None:
        if not data or (beacon := ibeacon_of(data)) is None:
            return None
        if beacon[:8] == IBEACON_EID_PREFIX:
            return LoyaltyFrame(FrameKind.IBEACON_EID, beacon[8:16])
        if beacon[:16] in self.ibeacon_uuids:
            return LoyaltyFrame(FrameKind.IBEACON, beacon)
        return None


@dataclass(frozen=True, slots=True)
class TagFilter:
    """Lets through some static tags by name, and nothing else: for calibrating with one's own."""

    tags: frozenset[LoyaltyFrame]

    def frames(self, advert: Advert) -> tuple[LoyaltyFrame, ...]:
        """Take the named tags' frames out of an advertisement."""
        return tuple(frame for frame in self.like().frames(advert) if frame in self.tags)

    def like(self) -> FrameFilter:
        """The narrowest `FrameFilter` that hears all of them."""
        return FrameFilter(
            frozenset(tag.kind for tag in self.tags),
            frozenset(tag.id[:16] for tag in self.tags if tag.kind is FrameKind.IBEACON),
            frozenset(tag.id[:NAMESPACE_BYTES] for tag in self.tags if tag.kind is FrameKind.EDDYSTONE_UID),
        )


class Wanted(Protocol):
    """What says which frames of an advertisement are wanted: a `FrameFilter`, or a narrower one."""

    def frames(self, advert: Advert) -> tuple[LoyaltyFrame, ...]:
        """Take the wanted frames out of an advertisement."""
        ...


def eddystone_eid_of(data: bytes) -> bytes | None:
    """The 8 bytes of an Eddystone-EID frame (service data FEAA), which "shall be truncated after the EID bytes"."""
    return data[2:] if len(data) == 2 + EID_BYTES and data[0] == EDDYSTONE_EID_TYPE else None


def eddystone_uid_of(data: bytes) -> bytes | None:
    """Namespace and instance, 16 bytes, of an Eddystone-UID frame, with or without its two reserved bytes."""
    return data[2:18] if len(data) in (18, 20) and data[0] == EDDYSTONE_UID_TYPE else None


def ibeacon_of(data: bytes) -> bytes | None:
    """UUID, major and minor, 20 bytes, of an iBeacon message in Apple's manufacturer data.

    The message says its own length (0x15): what follows it is another, or a maker's battery byte.
    """
    return data[2:22] if len(data) >= IBEACON_BYTES and data[:2] == IBEACON_TYPE else None


def may_be_loyalty(manufacturer_data: Mapping[int, bytes], service_data: Mapping[str, bytes]) -> bool:
    """False for what no `FrameFilter` lets through: most of what is on the air, told in as few steps as possible."""
    return (
        EDDYSTONE_UUID in service_data
        or APP_SERVICE_UUID in service_data
        or manufacturer_data.get(APPLE, b"")[:2] == IBEACON_TYPE
    )


def is_possible_rssi(rssi_dbm: int) -> bool:
    """Tell a strength from the values that stand for none; a missing one must never enter a filter."""
    return rssi_dbm not in NO_RSSI and MIN_RSSI_DBM <= rssi_dbm <= MAX_RSSI_DBM


def uuid_bytes(text: str) -> bytes:
    """Read a UUID's 16 bytes from its string.

    Raises:
        ValueError: it is none.
    """
    return uuid.UUID(text).bytes
