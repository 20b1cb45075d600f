"""Debian's own `bluetoothctl` takes the double for BlueZ."""

import asyncio
import shutil

import pytest

from hardware.bluez.double import BluezDouble
from hardware.radio.ad import structure
from tests.conftest import missing_part
from tests.hardware.bluez.listening import until

pytestmark = pytest.mark.real


@pytest.fixture
def program() -> str:
    found = shutil.which("bluetoothctl")
    if found is None:
        missing_part("bluetoothctl is not installed")
    return found


async def ctl(program: str, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(20.0):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_it_lists_and_shows_the_adapters(double: BluezDouble, program: str) -> None:
    listed = await ctl(program, "list")
    assert "comptoir-double-hci0 [default]" in listed
    assert "comptoir-double-hci1" in listed
    shown = await ctl(program, "show")
    for line in ("Powered: yes", "Discovering: no", "Roles: central", "Roles: peripheral"):
        assert line in shown


async def test_it_scans_sees_devices_come_and_change_and_ends_its_discovery(
    double: BluezDouble, program: str
) -> None:
    scanning = asyncio.create_task(ctl(program, "--timeout", "1", "scan", "on"))
    await until(lambda: double.discovering("hci0"))
    for rssi_dbm in (-60, -80):
        double.transmit("hci0", "a", structure(0x09, b"fob on the shelf"), rssi_dbm)
    output = await scanning
    assert "Discovery started" in output
    assert "fob on the shelf" in output
    assert "RSSI: -80" in output
    assert not double.discovering("hci0")
    assert "fob on the shelf" in await ctl(program, "devices")


async def test_it_switches_the_power(double: BluezDouble, program: str) -> None:
    for word in ("off", "on"):
        await ctl(program, "power", word)
        assert f"Powered: {'yes' if word == 'on' else 'no'}" in await ctl(program, "show")
    assert double.power_cycles("hci0") == 1
