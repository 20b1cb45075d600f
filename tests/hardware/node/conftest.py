"""A shop with bluetoothd running, on a bus of this test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.hardware.node.shop import Shop, private_bus


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with private_bus(tmp_path) as bus:
        shop = Shop(bus)
        await shop.start_bluetoothd()
        yield shop
        await shop.close()
