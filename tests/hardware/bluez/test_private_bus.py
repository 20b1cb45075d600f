"""A D-Bus of our own: it starts, ends, and says what is wrong."""

import asyncio
from pathlib import Path

import pytest

from hardware.bluez.client import Bluez
from hardware.bluez.double import BluezDouble
from hardware.bluez.private_bus import MAX_SOCKET_PATH_BYTES, PrivateBus
from hardware.host.errors import UnavailableError


async def test_it_is_reachable_at_the_same_address_after_a_restart(bus: PrivateBus) -> None:
    address = bus.address
    for end in (bus.stop, bus.kill):
        await end()
        with pytest.raises(UnavailableError, match="no D-Bus"):
            await Bluez(address).open()
        await bus.restart()
        assert bus.address == address
        async with BluezDouble(address), Bluez(address) as bluez:
            assert len(await bluez.adapters()) == 1


async def test_stopping_twice_is_no_error(bus: PrivateBus) -> None:
    await bus.stop()
    await bus.stop()
    await bus.kill()


async def test_a_missing_daemon_is_named_with_its_package(
    bus_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.bluez.private_bus.find_dbus_daemon", lambda: None)
    with pytest.raises(UnavailableError, match="install the package dbus-daemon"):
        await PrivateBus(bus_folder).__aenter__()


async def test_a_daemon_that_ends_at_once_or_cannot_run_is_an_error_of_ours(
    bus_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnavailableError, match="ended at once"):
        await PrivateBus(bus_folder, "/bin/false").__aenter__()
    monkeypatch.setattr("hardware.host.daemon._end_with_parent", lambda: ())
    with pytest.raises(UnavailableError, match="cannot be run"):
        await PrivateBus(bus_folder, str(bus_folder / "none")).__aenter__()


async def test_a_daemon_that_never_listens_is_killed(
    bus_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = bus_folder / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr("hardware.host.daemon.START_TIMEOUT_S", 0.1)
    with pytest.raises(UnavailableError, match="did not listen"):
        await PrivateBus(bus_folder, str(sleeper)).__aenter__()


async def test_a_path_too_long_for_a_socket_is_told_before_anything_starts(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * MAX_SOCKET_PATH_BYTES)
    folder.mkdir()
    with pytest.raises(UnavailableError, match="too long"):
        await PrivateBus(folder).__aenter__()


async def test_cancelling_the_start_leaves_no_process(bus_folder: Path) -> None:
    bus = PrivateBus(bus_folder)
    starting = asyncio.create_task(bus.__aenter__())
    while bus._process is None:  # noqa: ASYNC110 - what it waits for sets no event
        await asyncio.sleep(0)
    process = bus._process
    starting.cancel()
    await asyncio.wait({starting})
    assert process.returncode is not None
