"""A double of BlueZ on a real D-Bus: bleak and bluetoothctl are answered, and hear what a program transmits.

It ships, so that a store can be tried and tested on a machine without Bluetooth. It follows BlueZ 5.66; what is
not there (connections, pairing, GATT, classic Bluetooth, advertisement monitors) answers UnknownMethod.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import Final, Self

from dbus_fast import Message, MessageType, NameFlag, RequestNameReply
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface

from hardware.bluez.client import connect, disconnect
from hardware.bluez.double_adapter import Cure, DoubleAdapter, Filter
from hardware.bluez.double_agent import DoubleAgentManager
from hardware.bluez.double_device import DoubleDevice
from hardware.bluez.double_objects import (
    Interfaces,
    device_answer,
    interfaces_added,
    interfaces_removed,
    managed_objects,
    properties_changed,
    properties_of,
)
from hardware.bluez.double_outgoing import Outgoing
from hardware.bluez.names import BLUEZ, BLUEZ_PATH, DBUS, DBUS_PATH, DEVICE, OBJECT_MANAGER, adapter_path
from hardware.host.errors import UnavailableError

TEMPORARY_S: Final = 30.0
"""BlueZ forgets a device that it has not heard for so long (main.conf, TemporaryTimeout)."""

SWEEP_S: Final = 1.0
"""How late a device may be forgotten; nobody waits for it."""

_CALLER: ContextVar[str] = ContextVar("caller")


class BluezDouble:
    """Owns the name org.bluez on a bus; an async context manager, to be used from the event loop's thread.

    To restart bluetoothd, leave the context and enter a new one on the same bus: nothing is remembered.

    Args:
        bus_address: of a bus where anybody may own that name (`PrivateBus`).
        adapters: their names, "hci0" and so on; all are switched on.
        temporary_s: see `TEMPORARY_S`.
    """

    def __init__(
        self, bus_address: str, adapters: Sequence[str] = ("hci0",), *, temporary_s: float = TEMPORARY_S
    ) -> None:
        self._bus_address, self._names, self._temporary_s = bus_address, tuple(adapters), temporary_s
        self._connection: MessageBus | None = None
        self._outgoing: Outgoing | None = None
        self._adapters: dict[str, DoubleAdapter] = {}
        self._devices: dict[tuple[str, str], DoubleDevice] = {}
        self._by_path: dict[str, tuple[str, str]] = {}
        self._mounted: dict[str, list[ServiceInterface]] = {}
        self.packets = 0
        """What reached a listening adapter so far, of all of them."""
        self.lost = 0
        """What would have, had the bus taken it in time."""
        self._on_client_gone: list[Callable[[str], None]] = []
        self._on_power: list[Callable[[str, bool], None]] = []
        self._sweeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Connect, put the objects up, own the name.

        Raises:
            UnavailableError: there is no such bus, or a BlueZ is on it already.
        """
        self._connection = await connect(self._bus_address)
        self._outgoing = Outgoing(self._connection)
        try:
            await self._own()
        except BaseException:
            await disconnect(self._connection)
            raise
        self._sweeping = asyncio.create_task(self._sweep(), name="BlueZ double forgets devices")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bus: every client sees bluetoothd go."""
        assert self._sweeping is not None
        assert self._outgoing is not None
        self._outgoing.close()
        self._sweeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sweeping
        await disconnect(self.bus)

    @property
    def bus(self) -> MessageBus:
        """The connection that owns org.bluez, for calls to clients (LEAdvertisement1)."""
        assert self._connection is not None, "enter the context first"
        return self._connection

    @property
    def caller(self) -> str:
        """The unique bus name of the client whose call is being answered, also later in a coroutine method."""
        return _CALLER.get()

    @property
    def adapters(self) -> Mapping[str, DoubleAdapter]:
        """By name, those that are plugged in."""
        return self._adapters

    # The air

    def transmit(self, adapter: str, transmitter: str, payload: bytes, rssi_dbm: int) -> None:
        """Let `adapter` receive one packet; one that hears nothing now does not.

        Args:
            adapter: its name; one that is unplugged hears nothing.
            transmitter: a made-up name, from which the transmitter's address is made.
            payload: raw AD structures.
            rssi_dbm: −127 … 127.
        """
        receiver = self._adapters.get(adapter)
        if receiver is None or not receiver.hears or (hearing := receiver.hearing(rssi_dbm)) is None:
            return
        assert self._outgoing is not None, "who hears has asked over the bus"
        if self._outgoing.full:
            self.lost += 1
            return
        self.packets += 1
        key = (adapter, transmitter)
        now_s = asyncio.get_running_loop().time()
        device = self._devices.get(key)
        if device is None:
            device = self._devices[key] = DoubleDevice(adapter, transmitter, now_s)
            self._by_path[device.path] = key
            device.hear(payload, rssi_dbm, hearing)
            # A copy: it is written when the bus has room, and the next packet may come before.
            self._send(interfaces_added(device.path, {DEVICE: dict(device.properties)}))
            return
        device.heard_s = now_s
        if changed := device.hear(payload, rssi_dbm, hearing):
            self._send(properties_changed(device.path, DEVICE, changed, []))

    def expire(self, adapter: str, transmitter: str) -> None:
        """Forget a transmitter now, as BlueZ does when it was not heard for a while; unknown is no error."""
        if (device := self._devices.pop((adapter, transmitter), None)) is None:
            return
        del self._by_path[device.path]
        self._fade(device)
        self._send(interfaces_removed(device.path, [DEVICE]))

    # What a test plants

    def add_adapter(self, name: str) -> None:
        """Plug an adapter in, switched on."""
        assert name not in self._adapters, f"{name} is plugged in already"
        self._adapters[name] = DoubleAdapter(name, self)
        self.export(adapter_path(name), self._adapters[name])

    def remove_adapter(self, name: str) -> None:
        """Unplug an adapter, with all that is on its path."""
        adapter = self._adapters.pop(name)
        for heard_by, transmitter in tuple(self._devices):
            if heard_by == name:
                self.expire(heard_by, transmitter)
        for callback in self._on_power:
            callback(name, False)
        path = adapter_path(name)
        interfaces = [interface.name for interface in self._mounted.pop(path)]
        self.bus.unexport(path)
        self._send(interfaces_removed(path, interfaces))
        adapter.hear_again()

    def fall_silent(self, adapter: str, cure: Cure = Cure.SCAN_RESTART) -> None:
        """Let an adapter die silently: its discovery stays on, nothing arrives, until cured."""
        self._adapters[adapter].fall_silent(cure)

    def hear_again(self, adapter: str) -> None:
        """Cure a silent adapter."""
        self._adapters[adapter].hear_again()

    def hold_discovery(self, adapter: str, cure: Cure = Cure.SCAN_RESTART) -> None:
        """Refuse StartDiscovery with InProgress, until cured (`SCAN_RESTART`: by the caller's StopDiscovery)."""
        self._adapters[adapter].hold(cure)

    # What a test looks at

    def power_cycles(self, adapter: str) -> int:
        """How often it was switched on after it was switched off."""
        return self._adapters[adapter].power_cycles

    def scan_starts(self, adapter: str) -> int:
        """How often a discovery began on it."""
        return self._adapters[adapter].scan_starts

    def filters(self, adapter: str) -> tuple[Filter, ...]:
        """The discovery filters that clients have set on it."""
        return tuple(self._adapters[adapter].filters.values())

    def discovering(self, adapter: str) -> bool:
        """Whether any client discovers on it."""
        return self._adapters[adapter].has_discovery

    # What other parts of the double use

    def export(self, path: str, interface: ServiceInterface) -> None:
        """Put an interface up at `path`; it is in GetManagedObjects, with its plain getters' properties."""
        self.bus.export(path, interface)
        self._mounted.setdefault(path, []).append(interface)
        self._send(interfaces_added(path, {interface.name: properties_of(interface)}))

    def on_client_gone(self, callback: Callable[[str], None]) -> None:
        """Call back with the unique name of each client that leaves the bus."""
        self._on_client_gone.append(callback)

    def on_power(self, callback: Callable[[str, bool], None]) -> None:
        """Call back with (adapter, on) when one is switched; an unplugged one is off."""
        self._on_power.append(callback)

    # What the adapters call (`AdapterHost`)

    def discovery_ended(self, adapter: str) -> None:
        """See `AdapterHost`: what was found on it loses its strength."""
        for (heard_by, _), device in self._devices.items():
            if heard_by == adapter:
                self._fade(device)

    def power_switched(self, adapter: str, on: bool) -> None:  # noqa: FBT001 - see `AdapterHost`
        """See `AdapterHost`."""
        for callback in self._on_power:
            callback(adapter, on)

    def remove_device(self, adapter: str, path: str) -> bool:
        """See `AdapterHost`."""
        key = self._by_path.get(path)
        if key is None or key[0] != adapter:
            return False
        self.expire(*key)
        return True

    # The bus

    async def _own(self) -> None:
        self.bus.add_message_handler(self._take)
        await self.bus.call(
            Message(
                destination=DBUS,
                path=DBUS_PATH,
                interface=DBUS,
                member="AddMatch",
                signature="s",
                body=[f"sender='{DBUS}',interface='{DBUS}',member='NameOwnerChanged'"],
            )
        )
        self.export(BLUEZ_PATH, DoubleAgentManager())
        for name in self._names:
            self.add_adapter(name)
        if await self.bus.request_name(BLUEZ, NameFlag.DO_NOT_QUEUE) is not RequestNameReply.PRIMARY_OWNER:
            raise UnavailableError(
                "a BlueZ is on this bus already",
                where=self._bus_address,
                fix="give the double a private bus of its own",
            )

    def _take(self, message: Message) -> Message | None:
        """Answer what dbus-fast cannot; runs before it looks for an exported method."""
        if not self.bus.connected:
            # What was on its way when we left; nobody can be answered any more.
            return None
        if message.message_type is MessageType.METHOD_CALL:
            # A coroutine method's task copies the context, and so keeps its own caller.
            _CALLER.set(message.sender or "")
            if message.interface == OBJECT_MANAGER and message.member == "GetManagedObjects":
                return managed_objects(message, self._managed())
            if (key := self._by_path.get(message.path or "")) is not None:
                return device_answer(message, self._devices[key])
        elif message.member == "NameOwnerChanged" and message.sender == DBUS:
            name, _, new_owner = message.body
            if name.startswith(":") and not new_owner:
                # When the daemon dies, clients are told of and the answers fail in one go.
                with contextlib.suppress(OSError):
                    self._forget_client(name)
        return None

    def _managed(self) -> dict[str, Interfaces]:
        objects = {
            path: {interface.name: properties_of(interface) for interface in interfaces}
            for path, interfaces in self._mounted.items()
        }
        return objects | {device.path: {DEVICE: device.properties} for device in self._devices.values()}

    def _forget_client(self, client: str) -> None:
        for adapter in self._adapters.values():
            adapter.client_gone(client)
        for callback in self._on_client_gone:
            callback(client)

    def _fade(self, device: DoubleDevice) -> None:
        if invalidated := device.fade():
            self._send(properties_changed(device.path, DEVICE, {}, invalidated))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            long_ago_s = asyncio.get_running_loop().time() - self._temporary_s
            for key, device in tuple(self._devices.items()):
                if device.heard_s <= long_ago_s:
                    self.expire(*key)

    def _send(self, message: Message) -> None:
        assert self._outgoing is not None, "enter the context first"
        self._outgoing.put(message)
