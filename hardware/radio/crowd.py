"""Bounds what bleak remembers of everybody's devices, without losing one of ours.

bleak 3.1 keeps each device that BlueZ knows, in `BlueZManager._properties` and `BaseBleakScanner.seen_devices`, 3.7 KB
together, and drops it when BlueZ does, after 30 s of silence: a transmitter that changes its address with each of
1,000 packets a second makes that 110 MB. Here the oldest are forgotten instead, as if BlueZ had
said that they are gone. BlueZ does not know of that: it goes on to signal what they send as changes of a known device,
which bleak ignores. So such a change is turned into the news of a device, if it is one of ours.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final, Protocol

from dbus_fast import Message, Variant

from hardware.bluez.names import DEVICE, OBJECT_MANAGER
from hardware.radio.advert import Advert

MAX_DEVICES: Final = 2_048
"""More than phones, headphones, watches and tags of a full shop, at most 8 MB."""

FORGOTTEN_AT_ONCE: Final = 256
"""An eighth: to look for the oldest costs the same for one and for many."""


class Manager(Protocol):
    """What is used of `bleak.backends.bluezdbus.manager.BlueZManager`; it has no public way to forget."""

    @property
    def _properties(self) -> Mapping[str, Mapping[str, object]]: ...

    def _parse_msg(self, message: Message) -> None: ...


class Crowd:
    """Sees each D-Bus message after bleak did.

    Args:
        manager: bleak's.
        adapter_path: the D-Bus path of the adapter that scans.
        is_ours: whose advertisements bring their sender back.
    """

    def __init__(self, manager: Manager, adapter_path: str, is_ours: Callable[[Advert], bool]) -> None:
        self._manager, self._adapter_path, self._is_ours = manager, adapter_path, is_ours

    def take(self, message: Message) -> None:
        """Look after the table, once for each message on bleak's connection."""
        devices = self._manager._properties  # noqa: SLF001 - see `Manager`
        if message.member == "InterfacesAdded":
            if len(devices) > MAX_DEVICES:
                self._forget_oldest(len(devices) - MAX_DEVICES + FORGOTTEN_AT_ONCE)
        elif message.member == "PropertiesChanged" and message.path not in devices:
            self._bring_back(message)

    def _forget_oldest(self, number: int) -> None:
        devices = self._manager._properties  # noqa: SLF001 - see `Manager`
        oldest = islice((path for path, interfaces in devices.items() if DEVICE in interfaces), number)
        for path in tuple(oldest):
            self._tell("InterfacesRemoved", "oas", [path, [DEVICE]])

    def _bring_back(self, message: Message) -> None:
        path, (interface, changed, _) = message.path or "", message.body
        if interface != DEVICE or not path.startswith(f"{self._adapter_path}/"):
            return
        advert = _advert(changed)
        if advert is None or not self._is_ours(advert):
            return
        # bleak asks for an address and a name too; nobody here does.
        named = {"Address": Variant("s", ""), "Alias": Variant("s", "")}
        device = {"Adapter": Variant("o", self._adapter_path), **named, **changed}
        self._tell("InterfacesAdded", "oa{sa{sv}}", [path, {DEVICE: device}])

    def _tell(self, member: str, signature: str, body: list[object]) -> None:
        signal = Message.new_signal("/", OBJECT_MANAGER, member, signature, body)
        self._manager._parse_msg(signal)  # noqa: SLF001 - see `Manager`


def _advert(changed: Mapping[str, Variant]) -> Advert | None:
    """What the change alone says; None if it has no strength."""
    strength = changed.get("RSSI")
    if strength is None:
        return None
    return Advert(strength.value, 0.0, _data(changed, "ManufacturerData"), _data(changed, "ServiceData"))


def _data(changed: Mapping[str, Variant], name: str) -> dict[Any, bytes]:
    data = changed.get(name)
    return {} if data is None else {key: bytes(value.value) for key, value in data.value.items()}
