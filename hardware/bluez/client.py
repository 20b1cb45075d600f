"""What we ask of BlueZ ourselves: which adapters there are, power, the end of a discovery.

Scanning is bleak's part (`hardware.radio.bluetooth`). No address, of an adapter or a device, is read into an
object of ours or into a log.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from dbus_fast import BusType, InvalidAddressError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError

from hardware.bluez.names import (
    ACCESS_DENIED,
    ADAPTER,
    ADVERTISING_MANAGER,
    BLOCKED,
    BLUEZ,
    DBUS,
    DBUS_PATH,
    FAILED,
    IN_PROGRESS,
    NAME_HAS_NO_OWNER,
    NO_REPLY,
    NOT_READY,
    OBJECT_MANAGER,
    PROPERTIES,
    SERVICE_UNKNOWN,
    UNKNOWN_METHOD,
    UNKNOWN_OBJECT,
    adapter_path,
)
from hardware.host.errors import UnavailableError

CALL_TIMEOUT_S: Final = 10.0
"""A power cycle of a slow USB stick takes some 3 s; D-Bus itself gives up after 25 s, too long for a shop."""

SYSTEM_BUS: Final = "the D-Bus system bus"
"""Where an error says it happened; DBUS_SYSTEM_BUS_ADDRESS names another one."""


@dataclass(frozen=True, slots=True)
class AdapterState:
    """One Bluetooth adapter.

    Attributes:
        name: "hci0" and the like.
        powered: it is switched on.
        discovering: somebody scans with it.
        central: it can scan (BLE role "central").
        can_advertise: it can transmit as a fob.
    """

    name: str
    powered: bool
    discovering: bool
    central: bool
    can_advertise: bool


class Bluez:
    """A connection to the bluetoothd that runs now; an async context manager, and not reusable after it.

    When that one ends, every method says so, also if another one was started meanwhile: it knows nothing of what
    was begun with the first.

    Every method raises `UnavailableError`, with the fix, when there is no D-Bus, no bluetoothd, no such
    adapter, no right to use it, or no answer within `timeout_s`.

    Args:
        bus_address: of the bus; by default the system bus, or what DBUS_SYSTEM_BUS_ADDRESS names.
        timeout_s: for each call.
    """

    def __init__(self, bus_address: str | None = None, *, timeout_s: float = CALL_TIMEOUT_S) -> None:
        self._bus_address, self._timeout_s = bus_address, timeout_s
        self._bus: MessageBus | None = None
        self._bluetoothd = ""

    @property
    def bus(self) -> MessageBus:
        """The connection, for what else must be exported or called on it."""
        assert self._bus is not None, "enter the context first"
        return self._bus

    async def __aenter__(self) -> Self:
        """See `open`."""
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `close`."""
        await self.close()

    async def open(self) -> Self:
        """Connect, and look whether bluetoothd is there."""
        self._bus = await connect(self._bus_address, self._timeout_s)
        try:
            (self._bluetoothd,) = await self.call(DBUS, DBUS_PATH, DBUS, "GetNameOwner", "s", [BLUEZ])
        except BaseException:
            await disconnect(self._bus)
            raise
        return self

    async def close(self) -> None:
        """Disconnect; what was registered on this connection ends with it."""
        await disconnect(self.bus)

    async def adapters(self) -> tuple[AdapterState, ...]:
        """List the adapters by number; none is no error."""
        objects: dict[str, dict[str, dict[str, Variant]]]
        (objects,) = await self.call(self._bluetoothd, "/", OBJECT_MANAGER, "GetManagedObjects")
        found = (
            _adapter_state(path.rpartition("/")[2], interfaces)
            for path, interfaces in objects.items()
            if ADAPTER in interfaces
        )
        return tuple(sorted(found, key=lambda state: (len(state.name), state.name)))

    async def discovering(self, adapter: str) -> bool:
        """Tell whether somebody's discovery is on; a switched off adapter has none."""
        body = [ADAPTER, "Discovering"]
        (value,) = await self.call(self._bluetoothd, adapter_path(adapter), PROPERTIES, "Get", "ss", body)
        return bool(value.value)

    async def stop_discovery(self, adapter: str) -> None:
        """End the discovery that this connection began on `adapter`; none is no error.

        BlueZ lets nobody end another client's discovery: a power cycle does.
        """
        # Nothing to stop is what was asked for: not discovering (Failed) or switched off (NotReady).
        nothing = (FAILED, NOT_READY, IN_PROGRESS)
        await self.call(self._bluetoothd, adapter_path(adapter), ADAPTER, "StopDiscovery", allowed=nothing)

    async def set_powered(self, adapter: str, on: bool) -> None:  # noqa: FBT001 - a value to set, like the property
        """Switch `adapter` on or off; off ends every discovery and advertisement on it."""
        body = [ADAPTER, "Powered", Variant("b", on)]
        await self.call(self._bluetoothd, adapter_path(adapter), PROPERTIES, "Set", "ssv", body)

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
        *,
        allowed: tuple[str, ...] = (),
    ) -> list[Any]:
        """Call a method and wait for its answer.

        Args:
            destination: bus name.
            path: object path; errors name its last part.
            interface: of the method.
            member: the method.
            signature: of `body`, as D-Bus writes it.
            body: its arguments.
            allowed: names of D-Bus errors that count as an empty answer.

        Returns:
            The body of the answer.
        """
        reply = await self.ask(destination, path, interface, member, signature, body)
        if reply.message_type is MessageType.ERROR:
            if reply.error_name in allowed:
                return []
            raise error_of(reply, member, path.rpartition("/")[2] or SYSTEM_BUS)
        answer: list[Any] = reply.body
        return answer

    async def ask(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
    ) -> Message:
        """Call a method and hand over whatever reply comes, also one of the type ERROR; see `call`."""
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body or [],
        )
        # On a broken connection dbus-fast would wait for ever.
        if not self.bus.connected:
            raise _connection_lost()
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self.bus.call(message)
        except TimeoutError:
            raise UnavailableError(
                f"bluetoothd did not answer {member} within {self._timeout_s:g} s",
                where=SYSTEM_BUS,
                fix="restart it: systemctl restart bluetooth",
            ) from None
        except (OSError, EOFError):
            raise _connection_lost() from None
        # dbus-fast answers nothing when the connection ended while it waited.
        if reply is None:
            raise _connection_lost()
        return reply


def choose_adapter(adapters: Iterable[AdapterState], wanted: str | None) -> str:
    """The name of the adapter to scan with: `wanted`, else the first that can, one that is on before one that is off.

    Raises:
        UnavailableError: there is none.
    """
    able = [state for state in adapters if state.central and wanted in (None, state.name)]
    if not able:
        raise UnavailableError(
            "there is no Bluetooth adapter that can scan",
            where=wanted or "Bluetooth",
            fix="plug one in, or name another adapter",
        )
    return next((state.name for state in able if state.powered), able[0].name)


async def connect(bus_address: str | None = None, timeout_s: float = CALL_TIMEOUT_S) -> MessageBus:
    """Connect to the system bus, to what DBUS_SYSTEM_BUS_ADDRESS names, or to `bus_address`.

    Raises:
        UnavailableError: there is no bus, or it refuses us.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await MessageBus(bus_address=bus_address, bus_type=BusType.SYSTEM).connect()
    except InvalidAddressError as error:
        raise UnavailableError(
            f"not a D-Bus address: {error}", where=SYSTEM_BUS, fix="correct DBUS_SYSTEM_BUS_ADDRESS"
        ) from None
    except AuthError:
        raise UnavailableError(
            "D-Bus refuses this user",
            where=SYSTEM_BUS,
            fix="run it as the user that owns the bus, or as root",
        ) from None
    except (OSError, EOFError, TimeoutError):
        raise UnavailableError(
            "there is no D-Bus", where=SYSTEM_BUS, fix="install the package dbus, and start it"
        ) from None


async def disconnect(bus: MessageBus) -> None:
    """Close a connection and wait until its socket is closed, also one that broke already."""
    bus.disconnect()
    # How it broke was told to whoever was calling.
    with contextlib.suppress(Exception):
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast left it untyped


def error_of(reply: Message, member: str, where: str) -> UnavailableError:
    """Put a D-Bus error into a person's words.

    Args:
        reply: of the type ERROR.
        member: the method that was called.
        where: the adapter, or the bus.
    """
    if reply.error_name in (NAME_HAS_NO_OWNER, SERVICE_UNKNOWN):
        return _no_bluetoothd()
    known = {
        ACCESS_DENIED: ("the right to use Bluetooth is missing", "add the user to the group bluetooth"),
        UNKNOWN_OBJECT: ("there is no such Bluetooth adapter", "plug it in, or name another adapter"),
        UNKNOWN_METHOD: ("there is no such Bluetooth adapter", "plug it in, or name another adapter"),
        NOT_READY: ("the Bluetooth adapter is switched off", "switch it on: bluetoothctl power on"),
        BLOCKED: ("the Bluetooth adapter is blocked", "unblock it: rfkill unblock bluetooth"),
        NO_REPLY: ("bluetoothd did not answer", "restart it: systemctl restart bluetooth"),
    }
    name = reply.error_name or "unknown error"
    what, fix = known.get(name, (f"{member} failed: {name}", "look at journalctl -u bluetooth"))
    return UnavailableError(what, where=where, fix=fix)


def _adapter_state(name: str, interfaces: dict[str, dict[str, Variant]]) -> AdapterState:
    properties = interfaces[ADAPTER]
    return AdapterState(
        name=name,
        powered=properties["Powered"].value,
        discovering=properties["Discovering"].value,
        central="central" in properties["Roles"].value if "Roles" in properties else False,
        can_advertise=ADVERTISING_MANAGER in interfaces,
    )


def _no_bluetoothd() -> UnavailableError:
    return UnavailableError(
        "bluetoothd does not run",
        where=SYSTEM_BUS,
        fix="install the package bluez and start it: systemctl start bluetooth",
    )


def _connection_lost() -> UnavailableError:
    return UnavailableError(
        "the connection to D-Bus broke", where=SYSTEM_BUS, fix="look whether dbus was restarted"
    )
