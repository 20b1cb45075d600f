"""What bleak remembers is bounded, and nobody of ours is lost by it: over a real D-Bus."""

import asyncio
from collections.abc import Mapping

from bleak.backends.bluezdbus.manager import get_global_bluez_manager

from hardware.beacon.build import eddystone_eid
from hardware.bluez.double import BluezDouble
from hardware.bluez.names import DEVICE
from hardware.host.clock import SystemClock
from hardware.radio.bluetooth import BluetoothSource
from hardware.radio.crowd import FORGOTTEN_AT_ONCE, MAX_DEVICES
from tests.hardware.bluez.listening import (
    FOREIGN_PAYLOAD,
    REFERENCE,
    REFERENCE_PAYLOAD,
    TICK_S,
    Heard,
    listening,
    radio_config,
    source_of,
    until,
)
from tests.hardware.bluez.test_bluetooth import LOYALTY, scanning

EID = bytes(range(8))


async def remembered() -> Mapping[str, object]:
    """bleak's table of devices."""
    table = (await get_global_bluez_manager())._properties
    return {path: interfaces for path, interfaces in table.items() if DEVICE in interfaces}


async def has_come(double: BluezDouble, transmitter: str) -> Mapping[str, object]:
    """Wait for a device to be in the table, which is never larger than its bound; gives the table."""
    path = double._devices["hci0", transmitter].path
    async with asyncio.timeout(8.0):
        while path not in (table := await remembered()):
            assert len(table) <= MAX_DEVICES
            await asyncio.sleep(0.005)
    return table


async def crowd_passes(double: BluezDouble) -> Mapping[str, object]:
    """So many strangers that all who were there before are forgotten; gives the table."""
    for n in range(MAX_DEVICES + FORGOTTEN_AT_ONCE):
        double.transmit("hci0", f"stranger {n}", FOREIGN_PAYLOAD, -70)
    return await has_come(double, f"stranger {n}")


def loyalty_source(**config: object) -> BluetoothSource:
    return BluetoothSource(radio_config(**config), SystemClock(), LOYALTY, tick_s=TICK_S)


async def test_a_fob_that_was_forgotten_in_a_crowd_is_heard_with_its_next_packet(double: BluezDouble) -> None:
    async with listening(loyalty_source(silence_s=30.0)) as heard:
        await scanning(double)
        double.transmit("hci0", "fob", eddystone_eid(EID), -60)
        await until(lambda: len(heard.adverts) == 1)
        table = await crowd_passes(double)
        assert double._devices["hci0", "fob"].path not in table
        double.transmit("hci0", "fob", eddystone_eid(EID), -61)
        double.transmit("hci0", "fob", eddystone_eid(EID), -62)
        await until(lambda: len(heard.adverts) == 3)
    assert [advert.rssi_dbm for advert in heard.adverts] == [-60, -61, -62]
    assert {frame.id for advert in heard.adverts for frame in LOYALTY.frames(advert)} == {EID}


async def test_a_stranger_who_was_forgotten_does_not_come_back(double: BluezDouble) -> None:
    async with listening(loyalty_source(silence_s=30.0)):
        await scanning(double)
        double.transmit("hci0", "early", FOREIGN_PAYLOAD, -60)
        await crowd_passes(double)
        double.transmit("hci0", "early", FOREIGN_PAYLOAD, -61)
        double.transmit("hci0", "late", FOREIGN_PAYLOAD, -61)
        assert double._devices["hci0", "early"].path not in await has_come(double, "late")


async def test_who_listens_to_everybody_hears_everybody_again(double: BluezDouble) -> None:
    async with listening(source_of(silence_s=30.0)) as heard:
        await scanning(double)
        double.transmit("hci0", "early", FOREIGN_PAYLOAD, -60)
        await crowd_passes(double)
        double.transmit("hci0", "early", FOREIGN_PAYLOAD, -44)
        await until(lambda: -44 in _strengths(heard))


async def test_the_reference_beacon_is_known_again_too(double: BluezDouble) -> None:
    """It is of no loyalty kind, and its silence would be taken for a deaf radio."""
    source = loyalty_source(silence_s=30.0, reference=REFERENCE)
    async with listening(source):
        await scanning(double)
        double.transmit("hci0", "reference", REFERENCE_PAYLOAD, -60)
        await crowd_passes(double)
        double.transmit("hci0", "reference", REFERENCE_PAYLOAD, -61)
        await has_come(double, "reference")


def _strengths(heard: Heard) -> list[int]:
    return [advert.rssi_dbm for advert in heard.adverts]
