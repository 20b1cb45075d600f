"""What a client's LEAdvertisement1 asks the double to transmit. Pure.

As src/advertising.c of BlueZ reads it; names, appearance and scan responses are taken and not transmitted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dbus_fast import DBusError

from hardware.bluez.advertisement import INVALID_LENGTH, Advertisement
from hardware.bluez.names import FAILED
from hardware.radio.ad import MAX_LEGACY_BYTES, uuid_of

DEFAULT_INTERVAL_MS: Final = 1280
"""What Linux takes when nothing is asked for (0x0800 × 0.625 ms)."""

MIN_INTERVAL_MS: Final = 20
MAX_INTERVAL_MS: Final = 10_485_759
"""org.bluez.LEAdvertisement(5)."""

_SHORT_UUID: Final = re.compile(r"[0-9a-fA-F]{4}|[0-9a-fA-F]{8}")


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be transmitted, and how often."""

    payload: bytes
    interval_s: float


def offer_of(properties: Mapping[str, Any]) -> Offer:
    """Read the properties of a client's advertisement.

    Args:
        properties: name → value, without variants.

    Raises:
        DBusError: Failed, they contradict themselves; InvalidLength, more than 31 bytes.
    """
    if properties.get("Type") not in ("broadcast", "peripheral"):
        raise _failed()
    if properties["Type"] == "broadcast" and properties.get("Discoverable"):
        # Core Specification, Vol 3 Part C §9.1.1: a broadcaster says that it is not discoverable.
        raise _failed()
    shortest_ms, longest_ms = (_interval_ms(properties, name) for name in ("MinInterval", "MaxInterval"))
    if shortest_ms > longest_ms:
        raise _failed()
    try:
        payload = _advertisement(properties).payload()
    except (ValueError, AttributeError):
        raise _failed() from None
    if len(payload) > MAX_LEGACY_BYTES:
        raise DBusError(INVALID_LENGTH, "Advertising data too long")
    return Offer(payload, longest_ms / 1000.0)


def _interval_ms(properties: Mapping[str, Any], name: str) -> int:
    asked_ms: int = properties.get(name, DEFAULT_INTERVAL_MS)
    if not MIN_INTERVAL_MS <= asked_ms <= MAX_INTERVAL_MS:
        raise _failed()
    return asked_ms


def _advertisement(properties: Mapping[str, Any]) -> Advertisement:
    service_data: dict[str, bytes] = properties.get("ServiceData", {})
    manufacturer_data: dict[int, bytes] = properties.get("ManufacturerData", {})
    return Advertisement(
        tuple(_whole(uuid) for uuid in properties.get("ServiceUUIDs", ())),
        {_whole(uuid): bytes(data) for uuid, data in service_data.items()},
        {company: bytes(data) for company, data in manufacturer_data.items()},
    )


def _whole(uuid: str) -> str:
    """BlueZ takes "feaa" for a UUID too, and so does bluetoothctl."""
    return uuid_of(int(uuid, 16)) if _SHORT_UUID.fullmatch(uuid) else uuid


def _failed() -> DBusError:
    return DBusError(FAILED, "Failed to parse advertisement.")
