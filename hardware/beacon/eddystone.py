"""Eddystone's four frames, read for their own sake: what is on the air here, of which loyalty needs two.

Source: https://github.com/google/eddystone (eddystone-uid, eddystone-url, eddystone-tlm plain and encrypted,
eddystone-eid).
"""

import struct
from dataclasses import dataclass
from typing import Final

from hardware.beacon.frames import NAMESPACE_BYTES, eddystone_eid_of, eddystone_uid_of

URL_TYPE: Final = 0x10
TLM_TYPE: Final = 0x20

MAX_ENCODED_URL_BYTES: Final = 17
"""What is left of a legacy advertisement for it."""

URL_SCHEMES: Final = ("http://www.", "https://www.", "http://", "https://")

URL_EXPANSIONS: Final = (
    *(".com/", ".org/", ".edu/", ".net/", ".info/", ".biz/", ".gov/"),
    *(".com", ".org", ".edu", ".net", ".info", ".biz", ".gov"),
)

NO_TEMPERATURE: Final = -0x8000
"""What a beacon without a thermometer sends (8.8 fixed point: −128 °C)."""

_PLAIN_TLM: Final = struct.Struct(">HhII")
_ENCRYPTED_TLM_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class EddystoneUid:
    """A static beacon: namespace 10 bytes, instance 6."""

    tx_power_dbm: int
    namespace: bytes
    instance: bytes


@dataclass(frozen=True, slots=True)
class EddystoneUrl:
    """A web address."""

    tx_power_dbm: int
    url: str


@dataclass(frozen=True, slots=True)
class EddystoneTlm:
    """Telemetry: battery (None: mains), temperature (None: no thermometer), frames and seconds since power-on."""

    battery_mv: int | None
    temperature_c: float | None
    advertisements: int
    uptime_s: float


@dataclass(frozen=True, slots=True)
class EddystoneEncryptedTlm:
    """Telemetry of an EID beacon: 12 bytes, and salt and check for who has the key (None: left out)."""

    ciphertext: bytes
    salt_and_mic: bytes | None


@dataclass(frozen=True, slots=True)
class EddystoneEid:
    """A rotating identifier, 8 bytes."""

    tx_power_dbm: int
    eid: bytes


EddystoneFrame = EddystoneUid | EddystoneUrl | EddystoneTlm | EddystoneEncryptedTlm | EddystoneEid


def read_eddystone(data: bytes) -> EddystoneFrame | None:
    """Read the service data of FEAA; None: no frame of these, or one whose length or contents are impossible."""
    if len(data) < 2:
        return None
    tx_power_dbm = int.from_bytes(data[1:2], "big", signed=True)
    if (beacon := eddystone_uid_of(data)) is not None:
        return EddystoneUid(tx_power_dbm, beacon[:NAMESPACE_BYTES], beacon[NAMESPACE_BYTES:])
    if (eid := eddystone_eid_of(data)) is not None:
        return EddystoneEid(tx_power_dbm, eid)
    if data[0] == URL_TYPE:
        url = read_url(data[2:])
        return None if url is None else EddystoneUrl(tx_power_dbm, url)
    return _tlm(data[1], data[2:]) if data[0] == TLM_TYPE else None


def read_url(encoded: bytes) -> str | None:
    """Expand scheme and address; None: an unknown scheme, too long, or a byte that is reserved."""
    if not encoded or encoded[0] >= len(URL_SCHEMES) or len(encoded) > 1 + MAX_ENCODED_URL_BYTES:
        return None
    parts = [URL_SCHEMES[encoded[0]]]
    for byte in encoded[1:]:
        if byte < len(URL_EXPANSIONS):
            parts.append(URL_EXPANSIONS[byte])
        elif 0x20 < byte < 0x7F:
            parts.append(chr(byte))
        else:
            return None
    return "".join(parts)


def _tlm(version: int, body: bytes) -> EddystoneTlm | EddystoneEncryptedTlm | None:
    if version == 0 and len(body) == _PLAIN_TLM.size:
        battery_mv, temperature, advertisements, tenths = _PLAIN_TLM.unpack(body)
        return EddystoneTlm(
            battery_mv or None,
            None if temperature == NO_TEMPERATURE else temperature / 256,
            advertisements,
            tenths / 10,
        )
    # Some transmitters say a length that leaves salt and check out.
    if version == 1 and len(body) in (_ENCRYPTED_TLM_BYTES, _ENCRYPTED_TLM_BYTES + 4):
        return EddystoneEncryptedTlm(body[:_ENCRYPTED_TLM_BYTES], body[_ENCRYPTED_TLM_BYTES:] or None)
    return None
