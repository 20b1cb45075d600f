"""An advertisement as BlueZ takes it: service UUIDs, service data, manufacturer data; and the bytes it makes of them.

Sources: org.bluez.LEAdvertisement(5); BlueZ 5.66 to 5.86, src/shared/ad.c (order of the structures) and
src/advertising.c (a broadcast carries no Flags structure, so none is ever asked for).
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from hardware.radio.ad import (
    MANUFACTURER_DATA,
    SERVICE_DATA_16,
    SERVICE_DATA_32,
    SERVICE_DATA_128,
    SERVICE_UUIDS_16,
    structure,
    structures,
    to_advert,
    uuid_of,
)

ADVERTISEMENT: Final = "org.bluez.LEAdvertisement1"
"""The interface a client exports and BlueZ reads."""

NOT_PERMITTED: Final = "org.bluez.Error.NotPermitted"
NOT_SUPPORTED: Final = "org.bluez.Error.NotSupported"
INVALID_LENGTH: Final = "org.bluez.Error.InvalidLength"
"""What RegisterAdvertisement may answer, besides `hardware.bluez.names`."""

_SERVICE_UUIDS_32: Final = 0x05
_SERVICE_UUIDS_128: Final = 0x07

_LIST_TYPES: Final = {2: SERVICE_UUIDS_16, 4: _SERVICE_UUIDS_32, 16: _SERVICE_UUIDS_128}
_DATA_TYPES: Final = {2: SERVICE_DATA_16, 4: SERVICE_DATA_32, 16: SERVICE_DATA_128}


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What a broadcast says.

    Attributes:
        service_uuids: lower-case 128-bit UUID strings, as D-Bus carries them.
        service_data: UUID string → data.
        manufacturer_data: company identifier → data.
    """

    service_uuids: tuple[str, ...] = ()
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)

    @classmethod
    def of_payload(cls, payload: bytes) -> Self:
        """Read what a fob sends (`hardware.beacon.build`); its Flags are left out, a broadcast has none."""
        advert = to_advert(payload, 0, 0.0)
        uuids = tuple(
            uuid_of(int.from_bytes(data[at : at + 2], "little"))
            for ad_type, data in structures(payload)
            if ad_type == SERVICE_UUIDS_16
            for at in range(0, len(data) - 1, 2)
        )
        return cls(uuids, advert.service_data, advert.manufacturer_data)

    def payload(self) -> bytes:
        """Encode as BlueZ does: UUIDs by size, manufacturer data, service data. It may not fit the air.

        Raises:
            ValueError: a UUID is none, or a structure is longer than 255 bytes.
        """
        return b"".join(
            [
                *self._uuid_lists(),
                *(
                    structure(MANUFACTURER_DATA, company.to_bytes(2, "little") + data)
                    for company, data in self.manufacturer_data.items()
                ),
                *(_service_data(_on_air(text), data) for text, data in self.service_data.items()),
            ]
        )

    def _uuid_lists(self) -> list[bytes]:
        short = [_on_air(text) for text in self.service_uuids]
        lists = {size: b"".join(one for one in short if len(one) == size) for size in _LIST_TYPES}
        return [structure(_LIST_TYPES[size], joined) for size, joined in lists.items() if joined]


def _service_data(on_air: bytes, data: bytes) -> bytes:
    return structure(_DATA_TYPES[len(on_air)], on_air + data)


def _on_air(text: str) -> bytes:
    """The shortest form of a UUID, little-endian: 2, 4 or 16 bytes."""
    number = uuid.UUID(text).int
    short = number >> 96
    if uuid_of(short) != str(uuid.UUID(int=number)):
        return number.to_bytes(16, "little")
    return short.to_bytes(2 if short <= 0xFFFF else 4, "little")
