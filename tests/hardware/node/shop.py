"""A D-Bus with a BlueZ double on it, and a scanner that hears what is on the air from the raw signals."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from dbus_fast import Message, MessageType, Variant
from dbus_fast.unpack import unpack_variants

from hardware.beacon.frames import FrameFilter, FrameKind, LoyaltyFrame
from hardware.bluez.client import Bluez
from hardware.bluez.double import BluezDouble
from hardware.bluez.double_advertising import DoubleAdvertising
from hardware.bluez.names import ADAPTER, BLUEZ, DBUS, DBUS_PATH, DEVICE, PROPERTIES, adapter_path
from hardware.bluez.private_bus import PrivateBus, find_dbus_daemon
from hardware.radio.advert import Advert
from tests.conftest import missing_part

PATIENCE_S = 10.0
"""Everything here happens within a fraction of a second; the machine is shared."""


@asynccontextmanager
async def private_bus(folder: Path) -> AsyncIterator[PrivateBus]:
    if find_dbus_daemon() is None:
        missing_part("dbus-daemon is not installed")
    async with PrivateBus(folder) as bus:
        yield bus


class Shop:
    """bluetoothd, started, stopped and started again on one bus; hci0 transmits, hci1 listens."""

    def __init__(self, bus: PrivateBus) -> None:
        self.bus = bus
        self._double: BluezDouble | None = None
        self._advertising: DoubleAdvertising | None = None

    @property
    def double(self) -> BluezDouble:
        assert self._double is not None
        return self._double

    @property
    def advertising(self) -> DoubleAdvertising:
        assert self._advertising is not None
        return self._advertising

    async def start_bluetoothd(self) -> None:
        self._double = await BluezDouble(self.bus.address, ("hci0", "hci1")).__aenter__()
        self._advertising = await DoubleAdvertising(self._double, rssi_dbm=-52).__aenter__()

    async def stop_bluetoothd(self) -> None:
        await self.advertising.__aexit__(None, None, None)
        await self.double.__aexit__(None, None, None)
        self._double = None

    async def close(self) -> None:
        if self._double is not None:
            await self.stop_bluetoothd()


class Scanner:
    """Discovers on an adapter as bleak does, and keeps every advertisement in order."""

    def __init__(self, bus_address: str, adapter: str = "hci1") -> None:
        self._bluez, self._adapter = Bluez(bus_address), adapter
        self._devices: dict[str, dict[str, object]] = {}
        self.adverts: list[Advert] = []

    async def __aenter__(self) -> Self:
        await self._bluez.__aenter__()
        self._bluez.bus.add_message_handler(self._take)
        await self._bluez.call(DBUS, DBUS_PATH, DBUS, "AddMatch", "s", [f"type='signal',sender='{BLUEZ}'"])
        path = adapter_path(self._adapter)
        wanted = {"RSSI": Variant("n", -127), "DuplicateData": Variant("b", True)}
        await self._bluez.call(BLUEZ, path, ADAPTER, "SetDiscoveryFilter", "a{sv}", [wanted])
        await self._bluez.call(BLUEZ, path, ADAPTER, "StartDiscovery")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._bluez.__aexit__(None, None, None)

    @property
    def frames(self) -> list[LoyaltyFrame]:
        listening = FrameFilter(frozenset(FrameKind))
        return [frame for advert in self.adverts for frame in listening.frames(advert)]

    @property
    def ids(self) -> list[str]:
        """Identifiers in the order in which they first were heard."""
        return list(dict.fromkeys(frame.id.hex() for frame in self.frames))

    async def hear(self, count: int = 1) -> list[Advert]:
        """Wait for `count` more advertisements; the last of all."""
        wanted = len(self.adverts) + count
        await until(lambda: len(self.adverts) >= wanted)
        return self.adverts[-count:]

    def _take(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.member == "InterfacesAdded" and DEVICE in message.body[1]:
            self._hear(message.body[0], unpack_variants(message.body[1][DEVICE]))
        elif message.interface == PROPERTIES and message.body[0] == DEVICE and message.body[1]:
            self._hear(message.path or "", unpack_variants(message.body[1]))

    def _hear(self, path: str, changed: dict[str, object]) -> None:
        if not path.startswith(adapter_path(self._adapter) + "/"):
            return
        device = self._devices.setdefault(path, {})
        device.update(changed)
        rssi, manufacturer, service = (device.get(n) for n in ("RSSI", "ManufacturerData", "ServiceData"))
        assert isinstance(rssi, int)
        manufacturer_data = manufacturer if isinstance(manufacturer, dict) else {}
        service_data = service if isinstance(service, dict) else {}
        self.adverts.append(Advert(rssi, 0.0, manufacturer_data, service_data))


async def until(what: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
    """Wait until `what()` is true: of another process, or of a bus, nobody sends us an event."""
    async with asyncio.timeout(timeout_s):
        while not what():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)
