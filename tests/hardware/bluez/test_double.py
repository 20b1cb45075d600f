"""The BlueZ double keeps BlueZ's rules: what a client sees of power, discovery, devices and their end."""

import asyncio
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from hardware.bluez.client import Bluez, connect, disconnect
from hardware.bluez.double import BluezDouble
from hardware.bluez.double_device import address_of
from hardware.bluez.names import (
    ADAPTER,
    AGENT_MANAGER,
    ALREADY_EXISTS,
    BLUEZ,
    BLUEZ_PATH,
    DBUS,
    DBUS_PATH,
    DEVICE,
    DOES_NOT_EXIST,
    FAILED,
    IN_PROGRESS,
    INTROSPECTABLE,
    INVALID_ARGUMENTS,
    NOT_READY,
    OBJECT_MANAGER,
    PROPERTIES,
    UNKNOWN_METHOD,
    UNKNOWN_PROPERTY,
    adapter_path,
)
from hardware.bluez.private_bus import PrivateBus
from hardware.host.errors import UnavailableError
from hardware.radio.ad import structure
from tests.hardware.bluez.listening import until

HCI0 = adapter_path("hci0")
TWO_COMPANIES = structure(0xFF, b"\x01\x00one"), structure(0xFF, b"\x02\x00two")


class Client:
    """A client that notes the signals of BlueZ."""

    def __init__(self, bluez: Bluez) -> None:
        self.bluez = bluez
        self.signals: list[Message] = []
        bluez.bus.add_message_handler(self._note)

    async def listen(self) -> None:
        rule = "type='signal',sender='org.bluez'"
        await self.bluez.call(DBUS, DBUS_PATH, DBUS, "AddMatch", "s", [rule])

    def _note(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.interface in (PROPERTIES, OBJECT_MANAGER):
            self.signals.append(message)

    async def ask(self, member: str, signature: str = "", body: list[Any] | None = None) -> str | None:
        """Call the adapter; the error's name, or None."""
        reply = await self.bluez.ask(BLUEZ, HCI0, ADAPTER, member, signature, body)
        return reply.error_name

    async def filter(self, **wanted: Variant) -> str | None:
        return await self.ask("SetDiscoveryFilter", "a{sv}", [wanted])

    async def device_signals(self) -> list[tuple[set[str], list[str]]]:
        """Names of what changed and of what is invalid, of each device's PropertiesChanged so far."""
        await self.bluez.adapters()
        return [
            (set(message.body[1]), message.body[2])
            for message in self.signals
            if message.member == "PropertiesChanged" and message.body[0] == DEVICE
        ]


async def test_each_client_has_a_discovery_of_its_own(double: BluezDouble) -> None:
    async with Bluez() as first, Bluez() as second:
        one, other = Client(first), Client(second)
        assert await one.ask("StopDiscovery") == FAILED
        assert await one.ask("StartDiscovery") is None
        assert await one.ask("StartDiscovery") == IN_PROGRESS
        assert await other.ask("StartDiscovery") is None
        assert await one.ask("StopDiscovery") is None
        assert double.discovering("hci0")
    await until(lambda: not double.discovering("hci0"))
    assert double.filters("hci0") == ()


async def test_an_adapter_that_is_off_is_not_ready(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        await client.ask("StartDiscovery")
        await bluez.set_powered("hci0", on=False)
        assert await client.ask("StartDiscovery") == NOT_READY
        assert await client.ask("StopDiscovery") == NOT_READY
        await bluez.set_powered("hci0", on=True)
        assert not double.discovering("hci0")


async def test_small_changes_of_strength_are_told_only_to_who_asked(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        await client.listen()
        await client.ask("StartDiscovery")
        for rssi_dbm in (-60, -64, -67, -68):
            double.transmit("hci0", "a", b"", rssi_dbm)
        assert await client.device_signals() == [({"RSSI"}, [])]
        assert await client.filter(RSSI=Variant("n", -127)) is None
        double.transmit("hci0", "a", b"", -69)
        assert (await client.device_signals())[1:] == [({"RSSI"}, [])]


async def test_a_strength_below_the_filter_is_not_told_at_all(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        await client.filter(RSSI=Variant("n", -70))
        await client.ask("StartDiscovery")
        double.transmit("hci0", "a", b"", -71)
        double.transmit("hci0", "a", b"", -70)
    assert double.packets == 1


async def test_unchanged_data_is_told_again_only_with_duplicate_data(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        await client.listen()
        await client.ask("StartDiscovery")
        for _ in range(3):
            double.transmit("hci0", "a", TWO_COMPANIES[0], -60)
        assert await client.device_signals() == []
        await client.filter(DuplicateData=Variant("b", True))
        double.transmit("hci0", "a", TWO_COMPANIES[0], -60)
        assert await client.device_signals() == [({"ManufacturerData"}, [])]


@pytest.mark.parametrize(("duplicates", "companies"), [(False, {1, 2}), (True, {2})])
async def test_data_is_kept_beside_the_new_or_replaced(
    double: BluezDouble, duplicates: bool, companies: set[int]
) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        await client.filter(DuplicateData=Variant("b", duplicates))
        await client.ask("StartDiscovery")
        for payload in TWO_COMPANIES:
            double.transmit("hci0", "a", payload, -60)
        assert set((await _device(bluez, "a"))["ManufacturerData"].value) == companies


async def test_the_end_of_a_discovery_and_of_a_device_is_a_phantom_signal(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        await client.listen()
        await client.ask("StartDiscovery")
        double.transmit("hci0", "a", structure(0x0A, b"\x04"), -60)
        await client.ask("StopDiscovery")
        assert await client.device_signals() == [(set(), ["RSSI", "TxPower"])]
        double.expire("hci0", "a")
        double.expire("hci0", "a")
        await bluez.adapters()
        last = client.signals[-1]
        assert (last.path, last.member, last.body[1]) == ("/", "InterfacesRemoved", [DEVICE])


async def test_a_device_that_is_not_heard_is_forgotten(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.bluez.double.SWEEP_S", 0.02)
    async with BluezDouble(bus.address, temporary_s=0.2) as double, Bluez() as bluez:
        await Client(bluez).ask("StartDiscovery")
        double.transmit("hci0", "a", b"", -60)
        assert await _device(bluez, "a")
        await asyncio.sleep(0.3)
        assert not await _device(bluez, "a")


async def test_what_a_packet_says_is_in_the_devices_properties(double: BluezDouble) -> None:
    payload = b"".join(
        (
            structure(0x01, b"\x06"),
            structure(0x03, b"\xaa\xfe\x0f\x18"),
            structure(0x07, bytes(range(16))),
            structure(0x09, b"caf\xc3\xa9\0"),
            structure(0x16, b"\xaa\xfeabc"),
        )
    )
    async with Bluez() as bluez:
        await Client(bluez).ask("StartDiscovery")
        double.transmit("hci0", "a", payload, -60)
        properties = await _device(bluez, "a")
    assert properties["Name"].value == properties["Alias"].value == "café"
    assert bytes(properties["AdvertisingFlags"].value) == b"\x06"
    assert properties["UUIDs"].value == [
        "0000180f-0000-1000-8000-00805f9b34fb",
        "0000feaa-0000-1000-8000-00805f9b34fb",
        "0f0e0d0c-0b0a-0908-0706-050403020100",
    ]
    assert set(properties["ServiceData"].value) == {"0000feaa-0000-1000-8000-00805f9b34fb"}
    assert int(properties["Address"].value[:2], 16) >= 0xC0


async def test_a_device_can_be_looked_at_and_removed_and_nothing_else(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        await client.ask("StartDiscovery")
        double.transmit("hci0", "a", b"", -60)
        path = f"{HCI0}/dev_{address_of('a').replace(':', '_')}"

        async def ask(
            interface: str, member: str, signature: str = "", body: list[Any] | None = None
        ) -> Message:
            return await bluez.ask(BLUEZ, path, interface, member, signature, body)

        assert (await ask(PROPERTIES, "Get", "ss", [DEVICE, "RSSI"])).body[0].value == -60
        assert (await ask(PROPERTIES, "Get", "ss", [DEVICE, "Name"])).error_name == UNKNOWN_PROPERTY
        assert "Address" in (await ask(PROPERTIES, "GetAll", "s", [DEVICE])).body[0]
        assert (await ask(PROPERTIES, "GetAll", "s", ["org.bluez.Battery1"])).body == [{}]
        assert DEVICE in (await ask(INTROSPECTABLE, "Introspect")).body[0]
        assert (await ask(DEVICE, "Connect")).error_name == UNKNOWN_METHOD
        assert await client.ask("RemoveDevice", "o", [path]) is None
        assert await client.ask("RemoveDevice", "o", [path]) == DOES_NOT_EXIST


async def test_wrong_filters_are_refused_and_an_empty_one_clears(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        assert await client.filter(RSSI=Variant("n", -1), Pathloss=Variant("q", 1)) == INVALID_ARGUMENTS
        assert await client.filter(Colour=Variant("s", "red")) == INVALID_ARGUMENTS
        assert await client.filter(RSSI=Variant("n", -1)) is None
        assert await client.filter() is None
        assert double.filters("hci0") == ()
        names = await bluez.call(BLUEZ, HCI0, ADAPTER, "GetDiscoveryFilters")
        assert "DuplicateData" in names[0]


async def test_properties_of_the_adapter_can_be_set(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        for name, value in (
            ("Alias", Variant("s", "counter")),
            ("Discoverable", Variant("b", True)),
            ("DiscoverableTimeout", Variant("u", 7)),
            ("Pairable", Variant("b", True)),
            ("PairableTimeout", Variant("u", 8)),
        ):
            await bluez.call(BLUEZ, HCI0, PROPERTIES, "Set", "ssv", [ADAPTER, name, value])
            (now,) = await bluez.call(BLUEZ, HCI0, PROPERTIES, "Get", "ss", [ADAPTER, name])
            assert now == value


async def test_agents_come_and_go(double: BluezDouble) -> None:
    async with Bluez() as bluez:

        async def ask(member: str, signature: str, *body: str) -> str | None:
            return (
                await bluez.ask(BLUEZ, BLUEZ_PATH, AGENT_MANAGER, member, signature, list(body))
            ).error_name

        assert await ask("RequestDefaultAgent", "o", "/agent") == DOES_NOT_EXIST
        assert await ask("RegisterAgent", "os", "/agent", "") is None
        assert await ask("RegisterAgent", "os", "/agent", "") == ALREADY_EXISTS
        assert await ask("RequestDefaultAgent", "o", "/agent") is None
        assert await ask("UnregisterAgent", "o", "/agent") is None
        assert await ask("UnregisterAgent", "o", "/agent") == DOES_NOT_EXIST


async def test_an_unplugged_adapter_takes_its_devices_along(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        await Client(bluez).ask("StartDiscovery")
        double.transmit("hci0", "a", b"", -60)
        told: list[tuple[str, bool]] = []
        double.on_power(lambda adapter, on: told.append((adapter, on)))
        double.remove_adapter("hci0")
        double.transmit("hci0", "a", b"", -60)
        assert [state.name for state in await bluez.adapters()] == ["hci1"]
        assert not await _device(bluez, "a")
        assert told == [("hci0", False)]


async def test_two_bluez_on_one_bus_are_refused(bus: PrivateBus, double: BluezDouble) -> None:
    with pytest.raises(UnavailableError, match="already"):
        await BluezDouble(bus.address).__aenter__()
    async with Bluez() as bluez:
        assert len(await bluez.adapters()) == 2


async def test_a_client_that_leaves_is_told_of(bus: PrivateBus, double: BluezDouble) -> None:
    gone: list[str] = []
    double.on_client_gone(gone.append)
    connection: MessageBus = await connect()
    name = connection.unique_name
    await disconnect(connection)
    await until(lambda: name in gone)


async def test_a_crowd_breaks_no_connection_and_what_is_too_much_is_counted(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        await client.filter(DuplicateData=Variant("b", True))
        await client.ask("StartDiscovery")
        for at in range(20_000):
            double.transmit("hci0", f"crowd {at % 50}", TWO_COMPANIES[at % 2], -60)
        assert double.packets + double.lost == 20_000
        assert double.lost
        before = double.packets
        async with asyncio.timeout(10):
            while double.packets == before:
                await asyncio.sleep(0.05)
                double.transmit("hci0", "a", b"", -60)
        assert len(await bluez.adapters()) == 2


async def test_each_packet_arrives_as_it_was_sent_also_when_the_bus_was_busy(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        client = Client(bluez)
        await client.listen()
        await client.filter(DuplicateData=Variant("b", True))
        await client.ask("StartDiscovery")
        for at in range(1_000):
            double.transmit("hci0", f"crowd {at // 2}", TWO_COMPANIES[at % 2], -60)
        await until(lambda: len(client.signals) >= 1_000)
    added = [message.body[1][DEVICE] for message in client.signals if message.member == "InterfacesAdded"]
    assert [set(properties["ManufacturerData"].value) for properties in added] == [{1}] * 500


async def test_a_double_whose_bus_breaks_can_still_transmit_and_leave(bus: PrivateBus) -> None:
    async with BluezDouble(bus.address) as double, Bluez() as bluez:
        await Client(bluez).ask("StartDiscovery")
        await bus.kill()
        for _ in range(3):
            double.transmit("hci0", "a", b"", -60)
            await asyncio.sleep(0.01)


async def _device(bluez: Bluez, transmitter: str) -> dict[str, Variant]:
    (objects,) = await bluez.call(BLUEZ, "/", OBJECT_MANAGER, "GetManagedObjects")
    path = f"{HCI0}/dev_{address_of(transmitter).replace(':', '_')}"
    properties: dict[str, Variant] = objects.get(path, {}).get(DEVICE, {})
    return properties
