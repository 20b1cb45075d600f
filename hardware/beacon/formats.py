"""Every beacon format that is recognised, whether anybody configured it or not: for looking into a capture.

What an agent listens to is `hardware.beacon.frames`, and narrower. Sources: Apple, Proximity Beacon Specification R1;
the AltBeacon protocol specification v1.0; Eddystone (`hardware.beacon.eddystone`); Apple and Google, Exposure
Notification Bluetooth Specification v1.2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hardware.beacon.eddystone import (
    EddystoneEid,
    EddystoneEncryptedTlm,
    EddystoneFrame,
    EddystoneTlm,
    EddystoneUid,
    EddystoneUrl,
    read_eddystone,
)
from hardware.beacon.frames import APPLE, ibeacon_of
from hardware.radio.ad import MANUFACTURER_DATA, SERVICE_DATA_16, structures

ALTBEACON_CODE: Final = b"\xbe\xac"
ALTBEACON_LENGTHS: Final = (23, 24)
"""Code, identifier and reference strength; with the maker's byte as specified, or without as some send it."""

_APPLE: Final = APPLE.to_bytes(2, "little")
_EDDYSTONE: Final = b"\xaa\xfe"
_EXPOSURE_NOTIFICATION: Final = b"\x6f\xfd"
_PROXIMITY_ID_BYTES: Final = 16
_EXPOSURE_NOTIFICATION_BYTES: Final = 20


class Format(StrEnum):
    """The formats; the values are the keys of `comptoir edge inspect --json`."""

    IBEACON = "ibeacon"
    ALTBEACON = "altbeacon"
    EDDYSTONE_UID = "eddystone_uid"
    EDDYSTONE_URL = "eddystone_url"
    EDDYSTONE_TLM = "eddystone_tlm"
    EDDYSTONE_EID = "eddystone_eid"
    EXPOSURE_NOTIFICATION = "exposure_notification"


@dataclass(frozen=True, slots=True)
class IBeacon:
    """Apple's proximity beacon; the UUID is 16 bytes."""

    uuid: bytes
    major: int
    minor: int
    measured_power_dbm: int


@dataclass(frozen=True, slots=True)
class AltBeacon:
    """The open counterpart, of any company; the identifier is 20 bytes."""

    company: int
    id: bytes
    reference_rssi_dbm: int
    reserved: int | None


@dataclass(frozen=True, slots=True)
class ExposureNotification:
    """A health authority's app: 16 bytes that rotate, 4 that only a diagnosis decrypts."""

    proximity_id: bytes
    metadata: bytes


BeaconFrame = IBeacon | AltBeacon | EddystoneFrame | ExposureNotification

_FORMATS: Final[dict[type[BeaconFrame], Format]] = {
    IBeacon: Format.IBEACON,
    AltBeacon: Format.ALTBEACON,
    EddystoneUid: Format.EDDYSTONE_UID,
    EddystoneUrl: Format.EDDYSTONE_URL,
    EddystoneTlm: Format.EDDYSTONE_TLM,
    EddystoneEncryptedTlm: Format.EDDYSTONE_TLM,
    EddystoneEid: Format.EDDYSTONE_EID,
    ExposureNotification: Format.EXPOSURE_NOTIFICATION,
}


def format_of(frame: BeaconFrame) -> Format:
    """The format a frame is of."""
    return _FORMATS[type(frame)]


def beacon_frames(payload: bytes) -> Iterator[BeaconFrame]:
    """Yield every beacon frame of raw AD structures, in their order: one of each structure that is one."""
    for ad_type, data in structures(payload):
        frame: BeaconFrame | None = None
        if ad_type == MANUFACTURER_DATA:
            frame = _of_manufacturer(data)
        elif ad_type == SERVICE_DATA_16:
            frame = _of_service(data)
        if frame is not None:
            yield frame


def _of_manufacturer(data: bytes) -> IBeacon | AltBeacon | None:
    company, rest = data[:2], data[2:]
    if company == _APPLE and (beacon := ibeacon_of(rest)) is not None:
        major, minor = int.from_bytes(beacon[16:18], "big"), int.from_bytes(beacon[18:], "big")
        return IBeacon(beacon[:16], major, minor, _signed(rest[22]))
    if rest[:2] == ALTBEACON_CODE and len(rest) in ALTBEACON_LENGTHS:
        reserved = rest[23] if len(rest) > 23 else None
        return AltBeacon(int.from_bytes(company, "little"), rest[2:22], _signed(rest[22]), reserved)
    return None


def _of_service(data: bytes) -> EddystoneFrame | ExposureNotification | None:
    service, rest = data[:2], data[2:]
    if service == _EDDYSTONE:
        return read_eddystone(rest)
    if service == _EXPOSURE_NOTIFICATION and len(rest) == _EXPOSURE_NOTIFICATION_BYTES:
        return ExposureNotification(rest[:_PROXIMITY_ID_BYTES], rest[_PROXIMITY_ID_BYTES:])
    return None


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte
