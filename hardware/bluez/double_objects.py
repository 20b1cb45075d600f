"""The messages of an object manager at `/`, as BlueZ sends them (D-Bus Specification, "Standard Interfaces").

dbus-fast signals a new object from the object's own path and cannot leave a property out; BlueZ does both
otherwise, and bluetoothctl listens to the manager's path only.
"""

from collections.abc import Mapping
from typing import Any, Final

from dbus_fast import Message, Variant
from dbus_fast.service import ServiceInterface

from hardware.bluez.double_device import DoubleDevice, Properties
from hardware.bluez.names import (
    DEVICE,
    INTROSPECTABLE,
    OBJECT_MANAGER,
    PROPERTIES,
    UNKNOWN_METHOD,
    UNKNOWN_PROPERTY,
)

Interfaces = dict[str, Properties]

_INTROSPECTION: Final = (
    f'<node><interface name="{DEVICE}"/><interface name="{PROPERTIES}"/>'
    f'<interface name="{INTROSPECTABLE}"/></node>'
)


def interfaces_added(path: str, interfaces: Interfaces) -> Message:
    """The signal that an object, or more of it, is there."""
    return _signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])


def interfaces_removed(path: str, interfaces: list[str]) -> Message:
    """The signal that an object, or a part of it, is gone."""
    return _signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, interfaces])


def properties_changed(path: str, interface: str, changed: Properties, invalidated: list[str]) -> Message:
    """The signal that properties are others now, or none."""
    return _signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, changed, invalidated])


def managed_objects(call: Message, objects: Mapping[str, Interfaces]) -> Message:
    """The answer to GetManagedObjects."""
    return Message.new_method_return(call, "a{oa{sa{sv}}}", [dict(objects)])


def properties_of(interface: ServiceInterface) -> Properties:
    """The properties of an interface whose getters are plain functions, as they are now."""
    found: list[Any] = []

    def take(
        _interface: ServiceInterface, values: Properties, _data: object, error: Exception | None
    ) -> None:
        if error is not None:
            raise error
        found.append(values)

    # dbus-fast has no public way to read what an interface would answer to GetAll.
    ServiceInterface._get_all_property_values(interface, take)  # noqa: SLF001
    assert found, "an exported interface has plain getters only"
    values: Properties = found[0]
    return values


def device_answer(call: Message, device: DoubleDevice) -> Message:
    """The answer to a call on a device: it can be looked at, and nothing else."""
    match call.interface, call.member, call.signature:
        case (interface, "GetAll", "s") if interface == PROPERTIES:
            properties = device.properties if call.body[0] == DEVICE else {}
            return Message.new_method_return(call, "a{sv}", [dict(properties)])
        case (interface, "Get", "ss") if interface == PROPERTIES:
            value: Variant | None = device.properties.get(call.body[1]) if call.body[0] == DEVICE else None
            if value is None:
                return Message.new_error(call, UNKNOWN_PROPERTY, "No such property")
            return Message.new_method_return(call, "v", [value])
        case (interface, "Introspect", _) if interface == INTROSPECTABLE:
            return Message.new_method_return(call, "s", [_INTROSPECTION])
        case _:
            return Message.new_error(call, UNKNOWN_METHOD, "The double connects to nothing")


def _signal(path: str, interface: str, member: str, signature: str, body: list[Any]) -> Message:
    return Message.new_signal(path=path, interface=interface, member=member, signature=signature, body=body)
