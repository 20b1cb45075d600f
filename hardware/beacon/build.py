"""The raw advertisement of each carrier, as a fob or an app sends it: for simulation and tests."""

import struct
from typing import Final

from hardware.beacon.frames import (
    APP_SERVICE_UUID,
    APP_VERSION,
    APPLE,
    EDDYSTONE_EID_TYPE,
    EDDYSTONE_UID_TYPE,
    IBEACON_EID_PREFIX,
    IBEACON_TYPE,
    uuid_bytes,
)
from hardware.radio.ad import (
    MANUFACTURER_DATA,
    SERVICE_DATA_16,
    SERVICE_DATA_128,
    SERVICE_UUIDS_16,
    legacy_payload,
    structure,
)

TX_POWER_DBM: Final = -20
"""A coin-cell fob's usual calibrated power. Nobody reads it back: nodes compare strengths, not distances."""

_EDDYSTONE: Final = b"\xaa\xfe"


def eddystone_eid(eid: bytes, tx_power_dbm: int = TX_POWER_DBM) -> bytes:
    """Build a fob's Eddystone-EID advertisement; `eid` is 8 bytes."""
    return _eddystone(struct.pack(">Bb8s", EDDYSTONE_EID_TYPE, tx_power_dbm, eid))


def eddystone_uid(namespace: bytes, instance: bytes, tx_power_dbm: int = TX_POWER_DBM) -> bytes:
    """Build an Eddystone-UID advertisement; namespace 10 bytes, instance 6."""
    return _eddystone(struct.pack(">Bb10s6s2x", EDDYSTONE_UID_TYPE, tx_power_dbm, namespace, instance))


def app_eid(eid: bytes, tx_power_dbm: int = TX_POWER_DBM) -> bytes:
    """Build the Android app's advertisement: exactly 31 bytes with the flags."""
    data = uuid_bytes(APP_SERVICE_UUID)[::-1] + struct.pack(">Bb8s", APP_VERSION, tx_power_dbm, eid)
    return legacy_payload(structure(SERVICE_DATA_128, data))


def ibeacon(beacon_uuid: bytes, major: int, minor: int, tx_power_dbm: int = TX_POWER_DBM) -> bytes:
    """Build an iBeacon advertisement; the UUID is 16 bytes."""
    data = struct.pack("<H2s", APPLE, IBEACON_TYPE) + struct.pack(
        ">16sHHb", beacon_uuid, major, minor, tx_power_dbm
    )
    return legacy_payload(structure(MANUFACTURER_DATA, data))


def ibeacon_eid(eid: bytes, major: int = 0, minor: int = 0) -> bytes:
    """Build the iOS app's advertisement: an iBeacon whose UUID is our 8 bytes and the EID."""
    return ibeacon(IBEACON_EID_PREFIX + eid, major, minor)


def _eddystone(frame: bytes) -> bytes:
    return legacy_payload(
        structure(SERVICE_UUIDS_16, _EDDYSTONE), structure(SERVICE_DATA_16, _EDDYSTONE + frame)
    )
