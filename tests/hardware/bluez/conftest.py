"""A private bus with a double of BlueZ on it, as the system bus of this test."""

import asyncio
import gc
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hardware.bluez.double import BluezDouble
from hardware.bluez.private_bus import PrivateBus, find_dbus_daemon
from tests.conftest import missing_part


@pytest.fixture
def bus_folder() -> Iterator[Path]:
    """A short path: a socket's may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="bus-"))
    yield folder
    shutil.rmtree(folder)


@pytest_asyncio.fixture
async def bus(bus_folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PrivateBus]:
    if find_dbus_daemon() is None:
        missing_part("dbus-daemon is not installed")
    # A service ends when a callback or a forgotten future of its loop fails (`hardware.host.failures`): none may.
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
    async with PrivateBus(bus_folder) as private:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", private.address)
        yield private
    gc.collect()
    assert failures == []


@pytest_asyncio.fixture
async def double(bus: PrivateBus) -> AsyncIterator[BluezDouble]:
    async with BluezDouble(bus.address, ("hci0", "hci1")) as bluez:
        yield bluez
