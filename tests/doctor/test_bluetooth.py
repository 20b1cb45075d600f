"""Bluetooth over a real D-Bus with the double of BlueZ, and the files of the kernel and of BlueZ."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hardware.bluez.client import AdapterState, Bluez
from hardware.bluez.double import BluezDouble
from hardware.bluez.names import ADAPTER, BLUEZ, adapter_path
from hardware.bluez.private_bus import PrivateBus, find_dbus_daemon
from hardware.host.doctor import bluetooth
from hardware.host.doctor.bluetooth import Block, CacheFacts
from hardware.host.doctor.examination import run_checks
from hardware.host.doctor.finding import Finding, State
from tests.conftest import missing_part

HCI0 = AdapterState("hci0", powered=True, discovering=False, central=True, can_advertise=True)


@pytest_asyncio.fixture
async def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    if find_dbus_daemon() is None:
        missing_part("dbus-daemon is not installed")
    async with PrivateBus(tmp_path) as private:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", private.address)
        yield private.address


async def examined(wanted: str | None = None, *, scans: bool = False) -> dict[str, Finding]:
    check = bluetooth.adapter_check(wanted, scans=scans, about="edge.toml")
    return {finding.check.removeprefix("bluetooth."): finding for finding in await run_checks((check,))}


async def states(wanted: str | None = None, *, scans: bool = False) -> dict[str, State]:
    return {check: finding.state for check, finding in (await examined(wanted, scans=scans)).items()}


@pytest.mark.real
async def test_an_adapter_that_is_there_on_and_free_is_well(bus: str) -> None:
    async with BluezDouble(bus):
        found = await states("hci0")
    assert found == {
        "switch": State.SKIPPED,
        "adapter": State.OK,
        "powered": State.OK,
        "scanning": State.OK,
        "advertising": State.OK,
    }


@pytest.mark.real
async def test_the_configured_adapter_is_missing(bus: str) -> None:
    async with BluezDouble(bus):
        found = await examined("hci1")
    assert found["adapter"].state is State.PROBLEM
    assert "BlueZ has: hci0" in found["adapter"].observed
    assert found["powered"].state is State.SKIPPED


@pytest.mark.real
async def test_no_adapter_at_all(bus: str) -> None:
    async with BluezDouble(bus, adapters=()):
        found = await examined()
    assert found["adapter"].state is State.PROBLEM
    assert "BlueZ has: none" in found["adapter"].observed


@pytest.mark.real
async def test_an_adapter_that_is_off(bus: str) -> None:
    async with BluezDouble(bus), Bluez() as bluez:
        await bluez.set_powered("hci0", False)
        found = await examined("hci0")
    assert found["powered"].state is State.PROBLEM
    assert found["powered"].fix is not None
    assert "bluetoothctl power on" in found["powered"].fix


@pytest.mark.real
@pytest.mark.parametrize(("scans", "state"), [(False, State.WARNING), (True, State.OK)])
async def test_a_scan_is_anothers_unless_our_agent_runs(bus: str, *, scans: bool, state: State) -> None:
    async with BluezDouble(bus), Bluez() as another:
        await another.call(BLUEZ, adapter_path("hci0"), ADAPTER, "StartDiscovery")
        found = await states("hci0", scans=scans)
    assert found["scanning"] is state


@pytest.mark.real
async def test_bluetoothd_does_not_run(bus: str) -> None:
    found = await examined()
    assert found["adapter"].state is State.PROBLEM
    assert found["adapter"].fix is not None
    assert "systemctl start bluetooth" in found["adapter"].fix


async def test_there_is_no_dbus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    assert (await states())["adapter"] is State.PROBLEM


def test_of_several_the_first_that_can_scan_is_taken() -> None:
    old = dataclasses.replace(HCI0, central=False)
    able = dataclasses.replace(HCI0, name="hci1", can_advertise=False)
    present, *_, advertising = bluetooth.judge_adapters((old, able), None, scans=False)
    assert "hci1" in present.observed
    assert "cannot stand in" in advertising.observed
    present, *_ = bluetooth.judge_adapters((old,), None, scans=False)
    assert present.state is State.PROBLEM


@pytest.mark.parametrize(
    ("blocks", "state"),
    [
        ((), State.SKIPPED),
        ((Block(soft=False, hard=False),), State.OK),
        ((Block(soft=True, hard=False),), State.PROBLEM),
        ((Block(soft=True, hard=True),), State.PROBLEM),
    ],
)
def test_a_switch_that_is_off_is_a_problem(blocks: tuple[Block, ...], state: State) -> None:
    assert bluetooth.judge_rfkill(blocks).state is state


def test_the_kernels_switches_are_read(tmp_path: Path) -> None:
    for number, (kind, soft) in enumerate((("wlan", "1"), ("bluetooth", "1"))):
        switch = tmp_path / f"rfkill{number}"
        switch.mkdir()
        for name, value in (("type", kind), ("soft", soft), ("hard", "0")):
            (switch / name).write_text(f"{value}\n")
    (tmp_path / "rfkill9").mkdir()
    assert bluetooth.rfkill(tmp_path) == (Block(soft=True, hard=False),)
    assert bluetooth.rfkill(tmp_path / "absent") == ()


def mounts(folder: Path, kind: str) -> Path:
    table = folder / "mountinfo"
    table.write_text(f"1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:9 / {folder}/state rw - {kind} x rw\n")
    return table


@pytest.mark.parametrize(("kind", "on_disk"), [("ext4", True), ("tmpfs", False)])
@pytest.mark.parametrize("has_cache", [True, False])
def test_where_bluez_keeps_what_it_hears(
    tmp_path: Path, kind: str, *, on_disk: bool, has_cache: bool
) -> None:
    adapter = tmp_path / "state" / "02:00:00:00:00:01"
    adapter.mkdir(parents=True)
    if has_cache:
        (adapter / "cache").mkdir()
    facts = bluetooth.look_at_cache(tmp_path / "state", mounts(tmp_path, kind))
    assert facts == CacheFacts(readable=True, on_disk=on_disk)
    finding = bluetooth.judge_cache(facts)
    assert finding.state is (State.WARNING if on_disk else State.OK)
    assert "02:00" not in finding.observed + str(finding.fix), "no radio's address is shown"


def test_without_bluez_there_is_no_cache(tmp_path: Path) -> None:
    assert bluetooth.look_at_cache(tmp_path / "none") == CacheFacts(readable=True, on_disk=False)


def test_a_cache_only_root_may_see_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir", refused)
    assert bluetooth.judge_cache(bluetooth.look_at_cache(tmp_path)).state is State.SKIPPED


async def test_the_cache_of_this_machine_is_looked_at() -> None:
    (finding,) = await run_checks((bluetooth.cache_check("edge.toml"),))
    assert (finding.check, finding.about) == ("bluetooth.cache", "edge.toml")
