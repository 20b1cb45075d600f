"""A reader of a `BluetoothSource`, and the limits of a watchdog that a test can wait for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from hardware.beacon.build import ibeacon
from hardware.beacon.frames import uuid_bytes
from hardware.host.clock import SystemClock
from hardware.radio.advert import Advert
from hardware.radio.bluetooth import BluetoothSource
from hardware.radio.settings import RadioConfig
from hardware.radio.source import RadioDeaf, RadioEvent, RadioHears

TICK_S = 0.05
REFERENCE = "ibeacon:0f4fb6e2-71cd-4d3a-9c2e-8c7b6ad1f0aa/1/2"
REFERENCE_PAYLOAD = ibeacon(uuid_bytes("0f4fb6e2-71cd-4d3a-9c2e-8c7b6ad1f0aa"), 1, 2)
FOREIGN_PAYLOAD = ibeacon(uuid_bytes("7be2d0f1-0000-4c4e-8b35-2f1f6c1a4a11"), 7, 7)


def radio_config(**changes: object) -> RadioConfig:
    quick: dict[str, object] = {
        "silence_s": 0.3,
        "rung_s": 0.4,
        "patience_s": 5.0,
        "reference_silence_s": 60.0,
    }
    return RadioConfig.model_validate(quick | {"adapter": "hci0"} | changes)


class Heard:
    """What the reader was told so far."""

    def __init__(self) -> None:
        self.events: list[RadioEvent] = []
        self.reading: asyncio.Task[None]

    @property
    def adverts(self) -> list[Advert]:
        return [event for event in self.events if isinstance(event, Advert)]

    @property
    def news(self) -> list[RadioDeaf | RadioHears]:
        return [event for event in self.events if not isinstance(event, Advert)]

    async def read(self, source: BluetoothSource) -> None:
        async for event in source.adverts():
            self.events.append(event)


@asynccontextmanager
async def listening(source: BluetoothSource) -> AsyncIterator[Heard]:
    heard = Heard()
    heard.reading = asyncio.create_task(heard.read(source))
    try:
        yield heard
    finally:
        heard.reading.cancel()
        await asyncio.wait({heard.reading})
    if not heard.reading.cancelled():
        heard.reading.result()


def source_of(**changes: object) -> BluetoothSource:
    return BluetoothSource(radio_config(**changes), SystemClock(), tick_s=TICK_S)


async def until(condition: Callable[[], object], within_s: float = 8.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - what it waits for sets no event
            await asyncio.sleep(0.01)
