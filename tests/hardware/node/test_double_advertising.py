"""The double's advertising manager, to a client that is not ours: raw calls, and Debian's bluetoothctl."""

import asyncio
import os
import shutil

import pytest
from dbus_fast import Message

from hardware.beacon.build import eddystone_eid
from hardware.beacon.frames import FrameKind, LoyaltyFrame
from hardware.bluez import advertising, double_advertising
from hardware.bluez.advertisement import Advertisement
from hardware.bluez.client import Bluez
from hardware.bluez.double_advertising import MAX_INSTANCES, DoubleAdvertisingManager
from hardware.bluez.double_offer import Offer
from hardware.bluez.names import (
    ADVERTISING_MANAGER,
    ALREADY_EXISTS,
    BLUEZ,
    DOES_NOT_EXIST,
    FAILED,
    OBJECT_MANAGER,
    PROPERTIES,
    adapter_path,
)
from hardware.host.errors import UnavailableError
from tests.conftest import missing_part
from tests.hardware.node.shop import PATIENCE_S, Scanner, Shop, until

pytestmark = pytest.mark.real

FOB = Advertisement.of_payload(eddystone_eid(b"aaaaaaaa"))


async def ask(client: Bluez, member: str, path: str) -> None:
    body: list[object] = [path, {}] if member == "RegisterAdvertisement" else [path]
    signature = "oa{sv}" if len(body) == 2 else "o"
    await client.call(BLUEZ, adapter_path("hci0"), ADVERTISING_MANAGER, member, signature, body)


async def test_it_answers_as_bluez_does(shop: Shop) -> None:
    async with Bluez(shop.bus.address) as client:
        client.bus.export("/a", advertising._Broadcast(FOB, lambda: None))
        await ask(client, "RegisterAdvertisement", "/a")
        with pytest.raises(UnavailableError, match=ALREADY_EXISTS):
            await ask(client, "RegisterAdvertisement", "/a")
        with pytest.raises(UnavailableError, match=FAILED):
            await ask(client, "RegisterAdvertisement", "/nothing/there")
        await ask(client, "UnregisterAdvertisement", "/a")
        with pytest.raises(UnavailableError, match=DOES_NOT_EXIST):
            await ask(client, "UnregisterAdvertisement", "/a")
        await ask(client, "RegisterAdvertisement", "/a")
        (objects,) = await client.call(BLUEZ, "/", OBJECT_MANAGER, "GetManagedObjects")
        shown = objects[adapter_path("hci0")][ADVERTISING_MANAGER]
        assert (shown["ActiveInstances"].value, shown["SupportedInstances"].value) == (1, MAX_INSTANCES - 1)
    await until(lambda: shop.advertising.active("hci0") == 0)


async def test_a_client_that_does_not_name_its_properties_gets_no_place(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(double_advertising, "CLIENT_TIMEOUT_S", 0.05)

    def swallow(message: Message) -> bool:
        return message.interface == PROPERTIES

    async with Bluez(shop.bus.address) as client:
        client.bus.add_message_handler(swallow)
        with pytest.raises(UnavailableError, match=FAILED):
            await ask(client, "RegisterAdvertisement", "/a")
        assert shop.advertising.active("hci0") == 0


async def test_an_adapter_that_goes_while_a_client_answers_takes_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer_late(manager: DoubleAdvertisingManager, *_: object) -> Offer:
        manager.release()
        return Offer(FOB.payload(), 1.0)

    monkeypatch.setattr(DoubleAdvertisingManager, "_ask", answer_late)
    async with Bluez(shop.bus.address) as client:
        with pytest.raises(UnavailableError, match=FAILED):
            await ask(client, "RegisterAdvertisement", "/a")
        assert shop.advertising.active("hci0") == 0


class BluetoothCtl:
    """Debian's bluetoothctl, spoken to through its standard input."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said = ""

    async def type(self, *lines: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("".join(line + "\n" for line in lines).encode())

    async def says(self, text: str) -> None:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while text not in self.said:
                piece = await self._process.stdout.read(4096)
                assert piece, self.said
                self.said += piece.decode()


async def test_bluetoothctl_advertises_and_is_heard(shop: Shop) -> None:
    program = shutil.which("bluetoothctl")
    if program is None:
        missing_part("bluetoothctl is not installed")
    process = await asyncio.create_subprocess_exec(
        program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": shop.bus.address},
    )
    ctl = BluetoothCtl(process)
    try:
        async with Scanner(shop.bus.address) as scanner:
            await ctl.says("Agent registered")
            await ctl.type(
                "menu advertise",
                "uuids feaa",
                "service feaa 0x30 0xec 0x61 0x61 0x61 0x61 0x61 0x61 0x61 0x61",
            )
            await ctl.type("back", "advertise broadcast")
            await ctl.says("Advertising object registered")
            await scanner.hear()
            assert scanner.frames[0] == LoyaltyFrame(FrameKind.EDDYSTONE_EID, b"aaaaaaaa")
            await ctl.type("advertise off")
            await ctl.says("Advertising object unregistered")
            await ctl.type("quit")
            await ctl.says("quit")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    assert shop.advertising.active("hci0") == 0
