"""What we ask of BlueZ, and what a person is told when it cannot be had."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from hardware.bluez.client import AdapterState, Bluez, choose_adapter, disconnect, error_of
from hardware.bluez.double import BluezDouble
from hardware.bluez.names import ADAPTER, BLUEZ, BLUEZ_PATH, FAILED, adapter_path
from hardware.bluez.private_bus import PrivateBus
from hardware.host.errors import UnavailableError


async def test_adapters_are_listed_by_number_without_an_address(bus: PrivateBus) -> None:
    async with BluezDouble(bus.address, ("hci10", "hci2")), Bluez() as bluez:
        await bluez.set_powered("hci2", on=False)
        assert await bluez.adapters() == (
            AdapterState("hci2", powered=False, discovering=False, central=True, can_advertise=False),
            AdapterState("hci10", powered=True, discovering=False, central=True, can_advertise=False),
        )


async def test_a_power_cycle_ends_a_discovery(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        await bluez.call(BLUEZ, adapter_path("hci0"), ADAPTER, "StartDiscovery")
        assert await bluez.discovering("hci0")
        for on in (False, True, True):
            await bluez.set_powered("hci0", on=on)
        assert not await bluez.discovering("hci0")
    assert double.power_cycles("hci0") == 1


async def test_stopping_what_was_not_begun_is_no_error_and_stops_nobody_else(double: BluezDouble) -> None:
    async with Bluez() as one, Bluez() as other:
        await one.call(BLUEZ, adapter_path("hci0"), ADAPTER, "StartDiscovery")
        await other.stop_discovery("hci0")
        assert double.discovering("hci0")
        await one.stop_discovery("hci0")
        assert not double.discovering("hci0")


async def test_no_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/at/all")
    with pytest.raises(UnavailableError, match="no D-Bus"):
        await Bluez().open()


@pytest.mark.parametrize("address", ["nonsense", "carrier:pigeon=1", "unix:path=a b"])
async def test_no_address(address: str) -> None:
    with pytest.raises(UnavailableError, match="DBUS_SYSTEM_BUS_ADDRESS"):
        await Bluez(address).open()


async def test_no_bluetoothd(bus: PrivateBus) -> None:
    with pytest.raises(UnavailableError, match="systemctl start bluetooth"):
        await Bluez().open()


async def test_no_adapter(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        for calling in (
            bluez.stop_discovery("hci9"),
            bluez.set_powered("hci9", on=True),
            bluez.discovering("hci9"),
        ):
            with pytest.raises(UnavailableError, match="hci9: there is no such Bluetooth adapter"):
                await calling
    assert double.adapters.keys() == {"hci0", "hci1"}


async def test_another_bluetoothd_is_not_taken_for_the_first(bus: PrivateBus) -> None:
    async with BluezDouble(bus.address):
        bluez = await Bluez().open()
    async with BluezDouble(bus.address):
        with pytest.raises(UnavailableError, match="bluetoothd does not run"):
            await bluez.adapters()
    await bluez.close()


async def test_a_bus_that_breaks_while_it_is_asked(bus: PrivateBus) -> None:
    async with stuck_bluez(bus), Bluez() as bluez:
        asking = asyncio.create_task(bluez.call(BLUEZ, BLUEZ_PATH, "org.bluez.Stuck1", "Wait"))
        await asyncio.sleep(0.05)
        await bus.kill()
        with pytest.raises(UnavailableError, match="broke"):
            await asking
        with pytest.raises(UnavailableError, match="broke"):
            await bluez.adapters()


async def test_a_bluetoothd_that_does_not_answer(bus: PrivateBus) -> None:
    async with stuck_bluez(bus), Bluez(timeout_s=0.1) as bluez:
        with pytest.raises(UnavailableError, match=r"did not answer Wait within 0\.1 s"):
            await bluez.call(BLUEZ, BLUEZ_PATH, "org.bluez.Stuck1", "Wait")


@asynccontextmanager
async def stuck_bluez(bus: PrivateBus) -> AsyncIterator[None]:
    """Owns the name, never answers `Wait`, and answers the rest with an error."""

    def answer(message: Message) -> Message | bool:
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        return message.member == "Wait" or Message.new_error(message, FAILED, "text with an address in it")

    connection = await MessageBus(bus_address=bus.address).connect()
    connection.add_message_handler(answer)
    await connection.request_name(BLUEZ)
    try:
        yield
    finally:
        await disconnect(connection)


async def test_what_bluez_says_besides_its_errors_name_is_not_repeated(bus: PrivateBus) -> None:
    async with stuck_bluez(bus), Bluez() as bluez:
        with pytest.raises(UnavailableError, match=FAILED) as told:
            await bluez.call(BLUEZ, BLUEZ_PATH, "org.bluez.Stuck1", "Fail")
    assert "address" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("org.freedesktop.DBus.Error.AccessDenied", "group bluetooth"),
        ("org.bluez.Error.NotReady", "bluetoothctl power on"),
        ("org.bluez.Error.Blocked", "rfkill unblock bluetooth"),
        ("org.freedesktop.DBus.Error.NoReply", "systemctl restart bluetooth"),
        ("org.freedesktop.DBus.Error.ServiceUnknown", "systemctl start bluetooth"),
        ("org.bluez.Error.Failed", "journalctl"),
    ],
)
def test_each_refusal_comes_with_its_fix(name: str, fix: str) -> None:
    reply = Message(message_type=MessageType.ERROR, error_name=name, reply_serial=1)
    assert fix in str(error_of(reply, "StartDiscovery", "hci0"))


def test_the_adapter_that_is_on_comes_before_the_first_one() -> None:
    def state(name: str, *, powered: bool = True, central: bool = True) -> AdapterState:
        return AdapterState(name, powered=powered, discovering=False, central=central, can_advertise=False)

    states = (state("hci0", central=False), state("hci1", powered=False), state("hci2"))
    assert choose_adapter(states, None) == "hci2"
    assert choose_adapter(states[:2], None) == "hci1"
    assert choose_adapter(states, "hci1") == "hci1"
    for wanted in ("hci0", "hci7"):
        with pytest.raises(UnavailableError, match=wanted):
            choose_adapter(states, wanted)
