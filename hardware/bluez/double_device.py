"""What the BlueZ double knows of one transmitter: its Device1 properties, and which of them a packet changes. Pure.

Follows src/device.c and src/adapter.c of BlueZ 5.66 (`update_found_devices`), quirks included.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from dbus_fast import Variant

from hardware.bluez.names import adapter_path
from hardware.radio.ad import FLAGS, structures, to_advert, uuid_of

RSSI_DELTA_DB: Final = 8
"""BlueZ signals a smaller change of strength only while a client's filter has RSSI or Pathloss."""

_NAMES: Final = (0x08, 0x09)
_UUID_LISTS: Final = {0x02: 2, 0x03: 2, 0x06: 16, 0x07: 16}
_TX_POWER: Final = 0x0A

Properties = dict[str, Variant]


def address_of(transmitter: str) -> str:
    """Make up the static random address of a transmitter (Core Specification, Vol 6 Part B §1.3.2.1)."""
    made_up = bytearray(hashlib.sha256(transmitter.encode()).digest()[:6])
    made_up[0] |= 0xC0
    return ":".join(f"{byte:02X}" for byte in made_up)


@dataclass(frozen=True, slots=True)
class Hearing:
    """How the clients' filters want what is heard to be signalled.

    Attributes:
        every_rssi: each change of strength, however small.
        every_packet: unchanged data again with each packet (DuplicateData).
    """

    every_rssi: bool
    every_packet: bool


class DoubleDevice:
    """One transmitter as one adapter sees it.

    Attributes:
        path: its object path.
        properties: of org.bluez.Device1, as they are now.
        heard_s: when it was last heard, on the double's clock.
    """

    __slots__ = ("heard_s", "path", "properties")

    def __init__(self, adapter: str, transmitter: str, heard_s: float) -> None:
        address = address_of(transmitter)
        self.path = f"{adapter_path(adapter)}/dev_{address.replace(':', '_')}"
        self.heard_s = heard_s
        self.properties: Properties = {
            "Address": Variant("s", address),
            "AddressType": Variant("s", "random"),
            "Alias": Variant("s", address.replace(":", "-")),
            "Paired": Variant("b", False),
            "Bonded": Variant("b", False),
            "Trusted": Variant("b", False),
            "Blocked": Variant("b", False),
            "LegacyPairing": Variant("b", False),
            "Connected": Variant("b", False),
            "UUIDs": Variant("as", []),
            "Adapter": Variant("o", adapter_path(adapter)),
            "ServicesResolved": Variant("b", False),
        }

    def hear(self, payload: bytes, rssi_dbm: int, hearing: Hearing) -> Properties:
        """Take one packet.

        Args:
            payload: raw AD structures; what is broken in it is left out, as BlueZ does.
            rssi_dbm: −127 … 127.
            hearing: see there.

        Returns:
            The properties to be signalled; of a new device, all are.
        """
        changed = self._hear_rssi(rssi_dbm, hearing)
        for name, value in _described(payload).items():
            if self.properties.get(name) != value:
                changed[name] = value
        for name, value in _data(payload).items():
            known = self.properties.get(name)
            # With DuplicateData the data is replaced, without it what was heard once is kept beside the new.
            merged = value if known is None or hearing.every_packet else _merge(known, value)
            if hearing.every_packet or merged != known:
                changed[name] = merged
        self.properties.update(changed)
        return changed

    def fade(self) -> list[str]:
        """Forget the strength, as BlueZ does when discovery ends or the device expires: the phantom signal.

        Returns:
            The names of the properties that are no longer valid.
        """
        return [name for name in ("RSSI", "TxPower") if self.properties.pop(name, None) is not None]

    def _hear_rssi(self, rssi_dbm: int, hearing: Hearing) -> Properties:
        known = self.properties.get("RSSI")
        moved_db = RSSI_DELTA_DB if known is None else abs(known.value - rssi_dbm)
        if moved_db == 0 or (moved_db < RSSI_DELTA_DB and not hearing.every_rssi):
            return {}
        return {"RSSI": Variant("n", rssi_dbm)}


def _described(payload: bytes) -> Properties:
    """What is signalled only when it changes: name, flags, service UUIDs, power."""
    found: Properties = {}
    uuids: list[str] = []
    for ad_type, data in structures(payload):
        if ad_type in _NAMES:
            name = data.decode("utf-8", errors="replace").replace("\0", "")
            found["Name"] = found["Alias"] = Variant("s", name)
        elif ad_type == FLAGS and data:
            found["AdvertisingFlags"] = Variant("ay", data)
        elif ad_type == _TX_POWER and len(data) == 1:
            found["TxPower"] = Variant("n", int.from_bytes(data, signed=True))
        elif (size := _UUID_LISTS.get(ad_type)) is not None:
            uuids += [_uuid(data[at : at + size]) for at in range(0, len(data) - size + 1, size)]
    if uuids:
        found["UUIDs"] = Variant("as", sorted(set(uuids)))
    return found


def _data(payload: bytes) -> Properties:
    advert = to_advert(payload, 0, 0.0)
    found: Properties = {}
    if advert.manufacturer_data:
        found["ManufacturerData"] = Variant(
            "a{qv}", {company: Variant("ay", data) for company, data in advert.manufacturer_data.items()}
        )
    if advert.service_data:
        found["ServiceData"] = Variant(
            "a{sv}", {uuid: Variant("ay", data) for uuid, data in advert.service_data.items()}
        )
    return found


def _merge(known: Variant, new: Variant) -> Variant:
    return Variant(known.signature, {**known.value, **new.value})


def _uuid(little_endian: bytes) -> str:
    if len(little_endian) == 2:
        return uuid_of(int.from_bytes(little_endian, "little"))
    digits = little_endian[::-1].hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
