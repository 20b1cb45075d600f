"""Puts an advertisement on the air through BlueZ, and tells when it went off by itself.

Sources: org.bluez.LEAdvertisingManager(5), org.bluez.LEAdvertisement(5); BlueZ 5.66 to 5.86, src/advertising.c. An
advertisement ends with the D-Bus connection that registered it, so each has one of its own: whatever else fails,
closing that takes it off the air.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Annotated, Final

from dbus_fast import Message, MessageType, PropertyAccess, Variant
from dbus_fast.annotations import DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from hardware.bluez.advertisement import (
    ADVERTISEMENT,
    INVALID_LENGTH,
    NOT_PERMITTED,
    NOT_SUPPORTED,
    Advertisement,
)
from hardware.bluez.client import CALL_TIMEOUT_S, SYSTEM_BUS, AdapterState, Bluez, error_of
from hardware.bluez.names import (
    ACCESS_DENIED,
    ADVERTISING_MANAGER,
    BLUEZ,
    DBUS,
    DBUS_PATH,
    DOES_NOT_EXIST,
    FAILED,
    INVALID_ARGUMENTS,
    adapter_path,
)
from hardware.host.errors import ComptoirError, PermissionDeniedError, UnavailableError

OBJECT_PATH: Final = "/comptoir/beacon"

_OWNER_RULE: Final = f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{BLUEZ}'"

Lost = Callable[[str], None]
"""Called once, with the reason, when the advertisement went off the air by itself."""


class _Broadcast(ServiceInterface):
    """org.bluez.LEAdvertisement1 as BlueZ reads it, without intervals: what is empty there says nothing."""

    def __init__(self, advertisement: Advertisement, released: Callable[[], None]) -> None:
        super().__init__(ADVERTISEMENT)
        self._advertisement, self._released = advertisement, released

    @dbus_method(name="Release")
    def release(self) -> None:
        """BlueZ took it off the air."""
        self._released()

    @dbus_property(PropertyAccess.READ, name="Type")
    def type_(self) -> DBusStr:
        """Nobody can connect."""
        return "broadcast"

    @dbus_property(PropertyAccess.READ, name="ServiceUUIDs")
    def service_uuids(self) -> Annotated[list[str], DBusSignature("as")]:
        """See `Advertisement`."""
        return list(self._advertisement.service_uuids)

    @dbus_property(PropertyAccess.READ, name="ServiceData")
    def service_data(self) -> Annotated[dict[str, Variant], DBusSignature("a{sv}")]:
        """See `Advertisement`."""
        return {uuid: Variant("ay", data) for uuid, data in self._advertisement.service_data.items()}

    @dbus_property(PropertyAccess.READ, name="ManufacturerData")
    def manufacturer_data(self) -> Annotated[dict[int, Variant], DBusSignature("a{qv}")]:
        """See `Advertisement`."""
        return {
            company: Variant("ay", data) for company, data in self._advertisement.manufacturer_data.items()
        }


class _TimedBroadcast(_Broadcast):
    """The same with an interval; BlueZ before 5.60 passes over it."""

    def __init__(self, advertisement: Advertisement, released: Callable[[], None], interval_ms: int) -> None:
        super().__init__(advertisement, released)
        self._interval_ms = interval_ms

    @dbus_property(PropertyAccess.READ, name="MinInterval")
    def min_interval(self) -> DBusUInt32:
        """Milliseconds."""
        return self._interval_ms

    @dbus_property(PropertyAccess.READ, name="MaxInterval")
    def max_interval(self) -> DBusUInt32:
        """Milliseconds; the controller adds up to 10 ms at random by itself."""
        return self._interval_ms


class Registration:
    """An advertisement and the connection that keeps it on the air.

    Attributes:
        adapter: which one it is on.
        interval_ms: between two transmissions; None: BlueZ would not take ours and keeps its own (about 1.3 s).
    """

    def __init__(self, bluez: Bluez, adapter: str, lost: Lost, timeout_s: float) -> None:
        self.adapter = adapter
        self.interval_ms: int | None = None
        self._bluez, self._timeout_s = bluez, timeout_s
        self._lost: Lost | None = lost
        self._bus = bluez.bus
        self._bus.add_message_handler(self._watch_bluetoothd)
        self._watching = asyncio.create_task(self._watch_connection(), name="advertisement's connection")

    async def offer(self, advertisement: Advertisement, interval_ms: int) -> None:
        """Register it, and once more without the interval where BlueZ or the kernel wants none.

        Raises:
            UnavailableError, PermissionDeniedError: see `register`.
        """
        reply = await self._register(_TimedBroadcast(advertisement, self._released, interval_ms))
        if reply is None:
            self.interval_ms = interval_ms
            return
        if reply.error_name in (FAILED, INVALID_ARGUMENTS):
            reply = await self._register(_Broadcast(advertisement, self._released))
        if reply is not None:
            raise _refusal(reply, self.adapter)

    async def withdraw(self) -> None:
        """Take it off the air. Never fails: closing the connection does it too."""
        self._lost = None
        with contextlib.suppress(ComptoirError):
            await self._bluez.call(
                BLUEZ,
                adapter_path(self.adapter),
                ADVERTISING_MANAGER,
                "UnregisterAdvertisement",
                "o",
                [OBJECT_PATH],
                allowed=(DOES_NOT_EXIST,),
            )
        await self._bluez.__aexit__(None, None, None)
        await self._watching

    async def _register(self, broadcast: _Broadcast) -> Message | None:
        """Offer it; the answer is returned only if it is an error."""
        self._bus.unexport(OBJECT_PATH)
        self._bus.export(OBJECT_PATH, broadcast)
        call = Message(
            destination=BLUEZ,
            path=adapter_path(self.adapter),
            interface=ADVERTISING_MANAGER,
            member="RegisterAdvertisement",
            signature="oa{sv}",
            body=[OBJECT_PATH, {}],
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._bus.call(call)
        except (OSError, EOFError, AttributeError, TimeoutError):
            # A closed connection has no writer any more: dbus-fast says so with an AttributeError.
            reply = None
        if reply is None:
            raise UnavailableError(
                "bluetoothd did not answer", where=self.adapter, fix="restart it: systemctl restart bluetooth"
            )
        return reply if reply.message_type is MessageType.ERROR else None

    def _released(self) -> None:
        self._lose("BlueZ ended it: the adapter is gone or switched off")

    def _watch_bluetoothd(self, message: Message) -> None:
        if message.member == "NameOwnerChanged" and message.sender == DBUS:
            name, _, new_owner = message.body
            if name == BLUEZ and not new_owner:
                self._lose("bluetoothd ended")

    async def _watch_connection(self) -> None:
        # What broke it does not matter: without the connection there is no advertisement.
        with contextlib.suppress(Exception):
            await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast left it untyped
        self._lose("the connection to D-Bus broke")

    def _lose(self, reason: str) -> None:
        if self._lost is not None:
            self._lost(reason)
            self._lost = None


async def register(
    advertisement: Advertisement,
    lost: Lost,
    *,
    adapter: str | None = None,
    interval_ms: int,
    bus_address: str | None = None,
    timeout_s: float = CALL_TIMEOUT_S,
) -> Registration:
    """Put `advertisement` on the air as a broadcast.

    Args:
        advertisement: its 31 bytes.
        lost: see `Lost`.
        adapter: "hci0" and the like; None: the first that is on and can advertise.
        interval_ms: between two transmissions, 20 … 10,485,000; given up where BlueZ or the kernel does not take it.
        bus_address: by default the system bus, or what DBUS_SYSTEM_BUS_ADDRESS names.
        timeout_s: for each call.

    Raises:
        UnavailableError: no D-Bus, no bluetoothd, no such adapter, it is off, it cannot advertise, or its places
            are taken; says what to do.
        PermissionDeniedError: this user may not.
    """
    bluez = await Bluez(bus_address, timeout_s=timeout_s).__aenter__()
    try:
        chosen = _choose(await bluez.adapters(), adapter)
        await bluez.call(DBUS, DBUS_PATH, DBUS, "AddMatch", "s", [_OWNER_RULE])
        registration = Registration(bluez, chosen, lost, timeout_s)
    except BaseException:
        await bluez.__aexit__(None, None, None)
        raise
    try:
        await registration.offer(advertisement, interval_ms)
    except BaseException:
        await registration.withdraw()
        raise
    return registration


def _choose(adapters: tuple[AdapterState, ...], wanted: str | None) -> str:
    if not adapters:
        raise UnavailableError(
            "there is no Bluetooth adapter", where=SYSTEM_BUS, fix="plug one in: bluetoothctl list shows it"
        )
    candidates = [state for state in adapters if wanted in (None, state.name)]
    if not candidates:
        present = ", ".join(state.name for state in adapters)
        raise UnavailableError(
            "there is no such Bluetooth adapter", where=wanted, fix=f"plug it in, or take one of: {present}"
        )
    able = [state for state in candidates if state.can_advertise]
    if not able:
        raise UnavailableError(
            "the Bluetooth adapter cannot advertise",
            where=candidates[0].name,
            fix="take another adapter: Bluetooth 4.0 or later, with Low Energy switched on",
        )
    chosen = next((state for state in able if state.powered), None)
    if chosen is None:
        raise UnavailableError(
            "the Bluetooth adapter is switched off",
            where=able[0].name,
            fix="switch it on: rfkill unblock bluetooth; bluetoothctl power on",
        )
    return chosen.name


def _refusal(reply: Message, adapter: str) -> ComptoirError:
    if reply.error_name == ACCESS_DENIED:
        return PermissionDeniedError(
            "this user may not use Bluetooth",
            where=adapter,
            fix="add the user to the group bluetooth (usermod -aG bluetooth NAME) and log in again",
        )
    known = {
        NOT_PERMITTED: (
            "the Bluetooth adapter transmits as many advertisements as it can",
            "end another program that advertises, or take another adapter",
        ),
        NOT_SUPPORTED: ("the Bluetooth adapter cannot advertise", "take another adapter"),
        INVALID_LENGTH: ("the advertisement is too long for the adapter", "take another adapter"),
    }
    if reply.error_name not in known:
        return error_of(reply, "RegisterAdvertisement", adapter)
    what, fix = known[reply.error_name]
    return UnavailableError(what, where=adapter, fix=fix)
