"""The least that could listen: bleak alone, an empty callback, the filters of `BluetoothSource`.

Started as `python -m tests.bench.bare_radio`.
"""

import asyncio
import sys

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData


def hear(_device: BLEDevice, _data: AdvertisementData) -> None:
    """Do nothing with it."""


async def main() -> None:
    """Listen until killed."""
    filters = {"RSSI": -127, "DuplicateData": True}
    async with BleakScanner(hear, scanning_mode="active", bluez={"adapter": "hci0", "filters": filters}):  # type: ignore[typeddict-item]
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
