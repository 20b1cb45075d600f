"""Raw AD structures to `Advert`, and back: a bounds-checked walk that takes what is good and never raises.

Sources: Bluetooth Core Specification, Vol 3 Part C §11 (format), Supplement Part A §1.4 and §1.11 (data
types), Assigned Numbers §2.3 (type values). What the air really carries is worse than the specification: zero
lengths, truncated tails, wrong lengths and duplicates.
"""

import uuid
from collections.abc import Iterator
from typing import Final

from hardware.radio.advert import Advert

FLAGS: Final = 0x01
SERVICE_UUIDS_16: Final = 0x03
SERVICE_DATA_16: Final = 0x16
SERVICE_DATA_32: Final = 0x20
SERVICE_DATA_128: Final = 0x21
MANUFACTURER_DATA: Final = 0xFF

MAX_LEGACY_BYTES: Final = 31
"""Data of one legacy advertisement (Core Specification, Vol 6 Part B §2.3.1)."""

MAX_AD_BYTES: Final = 1650
"""Largest data of an extended advertisement (Vol 4 Part E §7.8.54); what is longer is cut before the walk."""

MAX_STRUCTURE_BYTES: Final = 254
"""Data of one structure: what its length byte can say, less the type."""

_UUID_BYTES: Final = {SERVICE_DATA_16: 2, SERVICE_DATA_32: 4, SERVICE_DATA_128: 16}
_BASE_UUID: Final = 0x0000_0000_0000_1000_8000_0080_5F9B_34FB
_FLAGS_GENERAL_LE_ONLY: Final = b"\x06"


def uuid_of(short: int) -> str:
    """Expand a 16- or 32-bit UUID to its lower-case 128-bit string (Core Spec., Vol 3 Part B §2.5.1)."""
    return f"{short:08x}-0000-1000-8000-00805f9b34fb"


def structures(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (AD type, data) until the end, a zero length, or a structure that runs over the end."""
    end = min(len(payload), MAX_AD_BYTES)
    at = 0
    while at < end:
        length = payload[at]
        following = at + 1 + length
        if length == 0 or following > end:
            return
        yield payload[at + 1], payload[at + 2 : following]
        at = following


def to_advert(payload: bytes, rssi_dbm: int, heard_s: float) -> Advert:
    """Read manufacturer data and service data out of raw AD structures; all else is left where it is.

    Of two structures with one company or UUID the first counts: what came later cannot replace what was good.

    Args:
        payload: the advertisement's data, without header and address.
        rssi_dbm: as the controller reported it.
        heard_s: store seconds, monotonic.
    """
    manufacturer_data: dict[int, bytes] = {}
    service_data: dict[str, bytes] = {}
    for ad_type, data in structures(payload):
        if ad_type == MANUFACTURER_DATA:
            if len(data) >= 2:
                manufacturer_data.setdefault(int.from_bytes(data[:2], "little"), data[2:])
        elif (size := _UUID_BYTES.get(ad_type)) is not None and len(data) >= size:
            service_data.setdefault(_uuid_string(data[:size]), data[size:])
    return Advert(rssi_dbm, heard_s, manufacturer_data, service_data)


def structure(ad_type: int, data: bytes) -> bytes:
    """Encode one AD structure.

    Raises:
        ValueError: the data is longer than one length byte can say.
    """
    if len(data) > MAX_STRUCTURE_BYTES:
        raise ValueError(f"an AD structure holds {MAX_STRUCTURE_BYTES} bytes at most, got {len(data)}")
    return bytes((len(data) + 1, ad_type)) + data


def from_advert(advert: Advert) -> bytes:
    """Encode manufacturer data and service data again, as raw AD structures: the inverse of `to_advert`.

    BlueZ hands over only what it has parsed. What no single structure could have carried is left out.
    """
    encoded = [
        (MANUFACTURER_DATA, company.to_bytes(2, "little") + data)
        for company, data in advert.manufacturer_data.items()
    ]
    encoded += [_service_data(uuid.UUID(text), data) for text, data in advert.service_data.items()]
    return b"".join(structure(ad_type, data) for ad_type, data in encoded if len(data) <= MAX_STRUCTURE_BYTES)


def _service_data(of: uuid.UUID, data: bytes) -> tuple[int, bytes]:
    short, rest = divmod(of.int, 1 << 96)
    if rest != _BASE_UUID:
        return SERVICE_DATA_128, of.bytes[::-1] + data
    ad_type = SERVICE_DATA_16 if short <= 0xFFFF else SERVICE_DATA_32
    return ad_type, short.to_bytes(_UUID_BYTES[ad_type], "little") + data


def legacy_payload(*encoded: bytes) -> bytes:
    """Join the flags of an LE-only beacon and encoded structures to one legacy advertisement.

    Raises:
        ValueError: it came out longer than 31 bytes.
    """
    payload = structure(FLAGS, _FLAGS_GENERAL_LE_ONLY) + b"".join(encoded)
    if len(payload) > MAX_LEGACY_BYTES:
        raise ValueError(f"a legacy advertisement holds {MAX_LEGACY_BYTES} bytes, got {len(payload)}")
    return payload


def _uuid_string(little_endian: bytes) -> str:
    if len(little_endian) == 16:
        digits = little_endian[::-1].hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return uuid_of(int.from_bytes(little_endian, "little"))
