"""Names on the D-Bus: BlueZ's objects, interfaces and errors (BlueZ, doc/org.bluez.*.rst; D-Bus Specification)."""

from typing import Final

BLUEZ: Final = "org.bluez"
BLUEZ_PATH: Final = "/org/bluez"
ADAPTER: Final = "org.bluez.Adapter1"
DEVICE: Final = "org.bluez.Device1"
AGENT_MANAGER: Final = "org.bluez.AgentManager1"
ADVERTISING_MANAGER: Final = "org.bluez.LEAdvertisingManager1"

IN_PROGRESS: Final = "org.bluez.Error.InProgress"
NOT_READY: Final = "org.bluez.Error.NotReady"
FAILED: Final = "org.bluez.Error.Failed"
BLOCKED: Final = "org.bluez.Error.Blocked"
DOES_NOT_EXIST: Final = "org.bluez.Error.DoesNotExist"
ALREADY_EXISTS: Final = "org.bluez.Error.AlreadyExists"
INVALID_ARGUMENTS: Final = "org.bluez.Error.InvalidArguments"

DBUS: Final = "org.freedesktop.DBus"
DBUS_PATH: Final = "/org/freedesktop/DBus"
OBJECT_MANAGER: Final = "org.freedesktop.DBus.ObjectManager"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
INTROSPECTABLE: Final = "org.freedesktop.DBus.Introspectable"

ACCESS_DENIED: Final = "org.freedesktop.DBus.Error.AccessDenied"
NAME_HAS_NO_OWNER: Final = "org.freedesktop.DBus.Error.NameHasNoOwner"
NO_REPLY: Final = "org.freedesktop.DBus.Error.NoReply"
SERVICE_UNKNOWN: Final = "org.freedesktop.DBus.Error.ServiceUnknown"
UNKNOWN_METHOD: Final = "org.freedesktop.DBus.Error.UnknownMethod"
UNKNOWN_OBJECT: Final = "org.freedesktop.DBus.Error.UnknownObject"
UNKNOWN_PROPERTY: Final = "org.freedesktop.DBus.Error.UnknownProperty"

ADAPTER_PATTERN: Final = r"hci(0|[1-9][0-9]{0,2})"
"""What Linux calls a Bluetooth controller; nobody has a thousand."""


def adapter_path(name: str) -> str:
    """The object path of the adapter `name`, "hci0" and the like."""
    return f"{BLUEZ_PATH}/{name}"
