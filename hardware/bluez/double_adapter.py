"""One adapter of the BlueZ double: power, and each client's discovery (BlueZ, doc/org.bluez.Adapter.rst)."""

from enum import Enum
from typing import Annotated, Final, Protocol

from dbus_fast import DBusError, PropertyAccess, Variant
from dbus_fast.annotations import DBusBool, DBusDict, DBusObjectPath, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from hardware.bluez.double_device import Hearing, address_of
from hardware.bluez.names import (
    ADAPTER,
    DOES_NOT_EXIST,
    FAILED,
    IN_PROGRESS,
    INVALID_ARGUMENTS,
    NOT_READY,
)

FILTERS: Final = ("UUIDs", "RSSI", "Pathloss", "Transport", "DuplicateData", "Discoverable", "Pattern")
"""What SetDiscoveryFilter takes."""

DBusStrings = Annotated[list[str], DBusSignature("as")]

Filter = dict[str, Variant]


class Cure(Enum):
    """What makes an adapter hear again that fell silent, or begin a discovery that is refused."""

    SCAN_RESTART = "scan restart"
    POWER_CYCLE = "power cycle"
    NOTHING = "nothing"


class AdapterHost(Protocol):
    """What an adapter asks of its double."""

    @property
    def caller(self) -> str:
        """The unique bus name of the client whose call is being answered."""
        ...

    def discovery_ended(self, adapter: str) -> None:
        """Nobody discovers on `adapter` any more."""
        ...

    def power_switched(self, adapter: str, on: bool) -> None:  # noqa: FBT001 - mirrors the property
        """`adapter` was switched."""
        ...

    def remove_device(self, adapter: str, path: str) -> bool:
        """Forget a device; False if there is none at `path`."""
        ...


class DoubleAdapter(ServiceInterface):
    """org.bluez.Adapter1, with what a test may plant and look at.

    Attributes:
        hci: its name, "hci0"; `name` is the interface's, by dbus-fast's choice.
        power_cycles: how often it was switched on after it was switched off.
        scan_starts: how often a client's StartDiscovery succeeded.
        filters: what each client that is on the bus has set, by unique name.
    """

    def __init__(self, hci: str, host: AdapterHost) -> None:
        super().__init__(ADAPTER)
        self.hci, self._host = hci, host
        self.power_cycles = self.scan_starts = 0
        self.filters: dict[str, Filter] = {}
        self._discovering: set[str] = set()
        self._silent: Cure | None = None
        self._held: Cure | None = None
        self._powered, self._alias = True, f"comptoir-double-{hci}"
        self._discoverable, self._pairable = False, False
        self._discoverable_timeout_s, self._pairable_timeout_s = 180, 0

    # What a test plants

    def fall_silent(self, cure: Cure) -> None:
        """Hear nothing more while all looks well, until cured."""
        self._silent = cure

    def hear_again(self) -> None:
        """Be cured."""
        self._silent = None

    def hold(self, cure: Cure) -> None:
        """Answer StartDiscovery with InProgress, until cured (`SCAN_RESTART`: the caller's StopDiscovery)."""
        self._held = cure

    # What the double asks

    @property
    def hears(self) -> bool:
        """A packet on the air reaches a client now."""
        return self._powered and self._silent is None and bool(self._discovering)

    @property
    def switched_on(self) -> bool:
        """Its power, for Python; `Powered` is for the bus."""
        return self._powered

    @property
    def has_discovery(self) -> bool:
        """Some client's discovery is on, for Python; `Discovering` is for the bus."""
        return bool(self._discovering)

    def hearing(self, rssi_dbm: int) -> Hearing | None:
        """How a packet of this strength is to be signalled; None: every client's RSSI filter leaves it out."""
        filters = [self.filters.get(client, {}) for client in self._discovering]
        if not any("RSSI" not in one or rssi_dbm >= one["RSSI"].value for one in filters):
            return None
        return Hearing(
            every_rssi=any("RSSI" in one or "Pathloss" in one for one in filters),
            every_packet=any("DuplicateData" in one and one["DuplicateData"].value for one in filters),
        )

    def client_gone(self, client: str) -> None:
        """End the discovery of a client that left the bus."""
        self.filters.pop(client, None)
        self._end_discovery({client})

    # org.bluez.Adapter1, methods

    @dbus_method(name="StartDiscovery")
    def start_discovery(self) -> None:
        """Begin the caller's discovery."""
        self._must_be_ready()
        client = self._host.caller
        if self._held is Cure.SCAN_RESTART:
            # As if an earlier discovery of this very client had been forgotten, not stopped.
            self._held = None
            self._discover(client)
            raise DBusError(IN_PROGRESS, "Operation already in progress")
        if self._held is not None or client in self._discovering:
            raise DBusError(IN_PROGRESS, "Operation already in progress")
        self.scan_starts += 1
        self._discover(client)

    @dbus_method(name="StopDiscovery")
    def stop_discovery(self) -> None:
        """End the caller's discovery, nobody else's."""
        self._must_be_ready()
        client = self._host.caller
        if client not in self._discovering:
            raise DBusError(FAILED, "No discovery started")
        self._end_discovery({client})

    @dbus_method(name="SetDiscoveryFilter")
    def set_discovery_filter(self, properties: DBusDict) -> None:
        """Set the caller's filter; an empty one removes it."""
        unknown = set(properties) - set(FILTERS)
        if unknown or {"RSSI", "Pathloss"} <= set(properties):
            raise DBusError(INVALID_ARGUMENTS, "Invalid arguments in method call")
        if properties:
            self.filters[self._host.caller] = dict(properties)
        else:
            self.filters.pop(self._host.caller, None)

    @dbus_method(name="GetDiscoveryFilters")
    def get_discovery_filters(self) -> DBusStrings:
        """Name what SetDiscoveryFilter takes."""
        return list(FILTERS)

    @dbus_method(name="RemoveDevice")
    def remove_device(self, device: DBusObjectPath) -> None:
        """Forget a device."""
        if not self._host.remove_device(self.hci, device):
            raise DBusError(DOES_NOT_EXIST, "Does Not Exist")

    # org.bluez.Adapter1, properties

    @dbus_property(PropertyAccess.READ, name="Address")
    def address(self) -> DBusStr:
        """Made up."""
        return address_of(f"adapter {self.hci}")

    @dbus_property(PropertyAccess.READ, name="AddressType")
    def address_type(self) -> DBusStr:
        """As the address is."""
        return "random"

    @dbus_property(PropertyAccess.READ, name="Name")
    def system_name(self) -> DBusStr:
        """What the machine would be called."""
        return f"comptoir-double-{self.hci}"

    @dbus_property(name="Alias")
    def alias(self) -> DBusStr:
        """What a person calls it."""
        return self._alias

    @alias.setter
    def set_alias(self, alias: DBusStr) -> None:
        """An empty one is the name again."""
        self._alias = alias or f"comptoir-double-{self.hci}"
        self.emit_properties_changed({"Alias": self._alias})

    @dbus_property(PropertyAccess.READ, name="Class")
    def device_class(self) -> DBusUInt32:
        """Nothing in particular."""
        return 0

    @dbus_property(name="Powered")
    def powered(self) -> DBusBool:
        """Switched on."""
        return self._powered

    @powered.setter
    def set_powered(self, on: DBusBool) -> None:
        """Switch it; off ends every discovery."""
        if on is self._powered:
            return
        self._powered = on
        if on:
            self.power_cycles += 1
            if self._silent is Cure.POWER_CYCLE:
                self._silent = None
            if self._held is Cure.POWER_CYCLE:
                self._held = None
        else:
            self._end_discovery(set(self._discovering))
        self.emit_properties_changed({"Powered": on})
        self._host.power_switched(self.hci, on)

    @dbus_property(name="Discoverable")
    def discoverable(self) -> DBusBool:
        """Others may find it."""
        return self._discoverable

    @discoverable.setter
    def set_discoverable(self, on: DBusBool) -> None:
        """Changes nothing else."""
        self._discoverable = on
        self.emit_properties_changed({"Discoverable": on})

    @dbus_property(name="DiscoverableTimeout")
    def discoverable_timeout(self) -> DBusUInt32:
        """Seconds; never runs out here."""
        return self._discoverable_timeout_s

    @discoverable_timeout.setter
    def set_discoverable_timeout(self, timeout_s: DBusUInt32) -> None:
        """Changes nothing else."""
        self._discoverable_timeout_s = timeout_s
        self.emit_properties_changed({"DiscoverableTimeout": timeout_s})

    @dbus_property(name="Pairable")
    def pairable(self) -> DBusBool:
        """Others may pair with it."""
        return self._pairable

    @pairable.setter
    def set_pairable(self, on: DBusBool) -> None:
        """Changes nothing else."""
        self._pairable = on
        self.emit_properties_changed({"Pairable": on})

    @dbus_property(name="PairableTimeout")
    def pairable_timeout(self) -> DBusUInt32:
        """Seconds; never runs out here."""
        return self._pairable_timeout_s

    @pairable_timeout.setter
    def set_pairable_timeout(self, timeout_s: DBusUInt32) -> None:
        """Changes nothing else."""
        self._pairable_timeout_s = timeout_s
        self.emit_properties_changed({"PairableTimeout": timeout_s})

    @dbus_property(PropertyAccess.READ, name="Discovering")
    def discovering(self) -> DBusBool:
        """Some client scans; a silent adapter says so too."""
        return bool(self._discovering)

    @dbus_property(PropertyAccess.READ, name="UUIDs")
    def uuids(self) -> DBusStrings:
        """Generic Access and Generic Attribute, which every host has."""
        return ["00001800-0000-1000-8000-00805f9b34fb", "00001801-0000-1000-8000-00805f9b34fb"]

    @dbus_property(PropertyAccess.READ, name="Modalias")
    def modalias(self) -> DBusStr:
        """The Linux Foundation's."""
        return "usb:v1D6Bp0246d0542"

    @dbus_property(PropertyAccess.READ, name="Roles")
    def roles(self) -> DBusStrings:
        """It scans and advertises."""
        return ["central", "peripheral"]

    def _must_be_ready(self) -> None:
        if not self._powered:
            raise DBusError(NOT_READY, "Resource Not Ready")

    def _discover(self, client: str) -> None:
        self._discovering.add(client)
        if len(self._discovering) == 1:
            if self._silent is Cure.SCAN_RESTART:
                self._silent = None
            self.emit_properties_changed({"Discovering": True})

    def _end_discovery(self, clients: set[str]) -> None:
        if not self._discovering & clients:
            return
        self._discovering -= clients
        if not self._discovering:
            self.emit_properties_changed({"Discovering": False})
            self._host.discovery_ended(self.hci)
