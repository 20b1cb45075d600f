"""The double's org.bluez.LEAdvertisingManager1: what is advertised on one adapter is heard by the others.

It follows src/advertising.c of BlueZ 5.66 (order of the refusals, places counted down, an end with the client), but
for two: data over 31 bytes is answered with InvalidLength as the documentation says (BlueZ says Failed), and an
adapter that is switched off releases what it transmits (Linux keeps it until the adapter is on again).
"""

import asyncio
import itertools
from types import TracebackType
from typing import Annotated, Final, Self

from dbus_fast import DBusError, Message, MessageFlag, MessageType, PropertyAccess
from dbus_fast.annotations import DBusByte, DBusDict, DBusObjectPath, DBusSignature
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property
from dbus_fast.unpack import unpack_variants

from hardware.bluez.advertisement import ADVERTISEMENT, NOT_PERMITTED
from hardware.bluez.double import BluezDouble
from hardware.bluez.double_offer import Offer, offer_of
from hardware.bluez.names import (
    ADVERTISING_MANAGER,
    ALREADY_EXISTS,
    DOES_NOT_EXIST,
    FAILED,
    PROPERTIES,
    adapter_path,
)

MAX_INSTANCES: Final = 5
"""What Linux offers on a controller that transmits one advertisement at a time (HCI_MAX_ADV_INSTANCES)."""

DEFAULT_RSSI_DBM: Final = -60
"""A fob two or three steps away."""

CLIENT_TIMEOUT_S: Final = 5.0
"""A client that does not name its properties in this is stuck."""

DBusStrings = Annotated[list[str], DBusSignature("as")]

_Key = tuple[str, str]
"""A client's unique bus name and the path of its object."""


class DoubleAdvertisingManager(ServiceInterface):
    """org.bluez.LEAdvertisingManager1 of one adapter."""

    def __init__(self, double: BluezDouble, adapter: str, rssi_dbm: int) -> None:
        super().__init__(ADVERTISING_MANAGER)
        self._double, self._adapter, self._rssi_dbm = double, adapter, rssi_dbm
        self._transmitting: dict[_Key, asyncio.Task[None] | None] = {}
        self._serial = itertools.count(1)

    @property
    def active(self) -> int:
        """How many advertisements it has, for Python; `ActiveInstances` is for the bus."""
        return len(self._transmitting)

    def release(self) -> None:
        """End all of them and tell their clients, as BlueZ does when the adapter goes."""
        for client, path in tuple(self._transmitting):
            self._forget((client, path))
            release = Message(
                destination=client,
                path=path,
                interface=ADVERTISEMENT,
                member="Release",
                flags=MessageFlag.NO_REPLY_EXPECTED,
            )
            self._double.bus.send(release)

    def client_gone(self, client: str) -> None:
        """End those of a client that left the bus."""
        for key in tuple(self._transmitting):
            if key[0] == client:
                self._forget(key)

    def stop(self) -> None:
        """End all of them; the double ends."""
        for key in tuple(self._transmitting):
            self._end(key)

    @dbus_method(name="RegisterAdvertisement")
    async def register_advertisement(
        self,
        advertisement: DBusObjectPath,
        options: DBusDict,  # noqa: ARG002 - BlueZ knows none yet either
    ) -> None:
        """Read the caller's object and transmit what it says."""
        key = (self._double.caller, advertisement)
        if key in self._transmitting:
            raise DBusError(ALREADY_EXISTS, "Already Exists")
        if len(self._transmitting) >= MAX_INSTANCES:
            raise DBusError(NOT_PERMITTED, "Maximum advertisements reached")
        # The place is taken before the client has answered.
        self._transmitting[key] = None
        try:
            offer = await self._ask(*key)
        except BaseException:
            self._transmitting.pop(key, None)
            raise
        if key not in self._transmitting:
            raise DBusError(FAILED, "Failed to complete registration")
        task = asyncio.create_task(self._transmit(offer), name=f"on the air {self._adapter}")
        task.add_done_callback(_fail_aloud)
        self._transmitting[key] = task
        self._signal_places()

    @dbus_method(name="UnregisterAdvertisement")
    def unregister_advertisement(self, advertisement: DBusObjectPath) -> None:
        """End one of the caller's."""
        key = (self._double.caller, advertisement)
        if key not in self._transmitting:
            raise DBusError(DOES_NOT_EXIST, "Does Not Exist")
        self._forget(key)

    @dbus_property(PropertyAccess.READ, name="ActiveInstances")
    def active_instances(self) -> DBusByte:
        """Places taken."""
        return len(self._transmitting)

    @dbus_property(PropertyAccess.READ, name="SupportedInstances")
    def supported_instances(self) -> DBusByte:
        """Places left, by BlueZ's choice of words."""
        return MAX_INSTANCES - len(self._transmitting)

    @dbus_property(PropertyAccess.READ, name="SupportedIncludes")
    def supported_includes(self) -> DBusStrings:
        """What BlueZ could add by itself."""
        return ["tx-power", "appearance", "local-name"]

    @property
    def _is_on(self) -> bool:
        adapter = self._double.adapters.get(self._adapter)
        return adapter is not None and adapter.switched_on

    async def _ask(self, client: str, path: str) -> Offer:
        call = Message(
            destination=client,
            path=path,
            interface=PROPERTIES,
            member="GetAll",
            signature="s",
            body=[ADVERTISEMENT],
        )
        try:
            async with asyncio.timeout(CLIENT_TIMEOUT_S):
                reply = await self._double.bus.call(call)
        except TimeoutError:
            reply = None
        if reply is None or reply.message_type is not MessageType.METHOD_RETURN or not self._is_on:
            raise DBusError(FAILED, "Failed to register advertisement")
        return offer_of(unpack_variants(reply.body[0]))

    async def _transmit(self, offer: Offer) -> None:
        # Linux draws a fresh private address for each registration of a broadcast.
        transmitter = f"{self._adapter} advertisement {next(self._serial)}"
        while True:
            for other in self._double.adapters:
                if other != self._adapter:
                    self._double.transmit(other, transmitter, offer.payload, self._rssi_dbm)
            await asyncio.sleep(offer.interval_s)

    def _end(self, key: _Key) -> None:
        task = self._transmitting.pop(key)
        if task is not None:
            task.cancel()

    def _forget(self, key: _Key) -> None:
        self._end(key)
        self._signal_places()

    def _signal_places(self) -> None:
        taken = len(self._transmitting)
        self.emit_properties_changed({"ActiveInstances": taken, "SupportedInstances": MAX_INSTANCES - taken})


def _fail_aloud(task: asyncio.Task[None]) -> None:
    # Nobody waits for the task; what a callback raises comes to the loop's exception handler.
    if not task.cancelled():
        task.result()


class DoubleAdvertising:
    """Gives every adapter of a double its advertising manager; an async context manager inside the double's.

    Args:
        double: entered already.
        rssi_dbm: how strongly the other adapters hear what one transmits.
    """

    def __init__(self, double: BluezDouble, *, rssi_dbm: int = DEFAULT_RSSI_DBM) -> None:
        self._double, self._rssi_dbm = double, rssi_dbm
        self._managers: dict[str, DoubleAdvertisingManager] = {}

    async def __aenter__(self) -> Self:
        """Mount a manager on each adapter."""
        self._double.on_client_gone(self._forget_client)
        self._double.on_power(self._power_switched)
        for adapter in self._double.adapters:
            self.mount(adapter)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Transmit nothing more."""
        for manager in self._managers.values():
            manager.stop()

    def mount(self, adapter: str) -> None:
        """Give an adapter that was plugged in later its manager."""
        manager = DoubleAdvertisingManager(self._double, adapter, self._rssi_dbm)
        self._managers[adapter] = manager
        self._double.export(adapter_path(adapter), manager)

    def active(self, adapter: str) -> int:
        """How many advertisements `adapter` has."""
        return self._managers[adapter].active

    def _forget_client(self, client: str) -> None:
        for manager in self._managers.values():
            manager.client_gone(client)

    def _power_switched(self, adapter: str, on: bool) -> None:  # noqa: FBT001 - the double's callback
        if not on and adapter in self._managers:
            self._managers[adapter].release()
