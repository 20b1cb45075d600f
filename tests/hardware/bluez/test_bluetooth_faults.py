"""The Bluetooth source when the radio, bluetoothd or the bus fails, and the ladder of its watchdog."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from hardware.beacon.build import eddystone_eid
from hardware.bluez.client import Bluez
from hardware.bluez.double import BluezDouble
from hardware.bluez.double_adapter import Cure
from hardware.bluez.private_bus import PrivateBus
from hardware.host.errors import UnavailableError
from hardware.radio.source import RadioDeaf, RadioHears
from hardware.radio.watchdog import SILENCE
from tests.hardware.bluez.listening import (
    FOREIGN_PAYLOAD,
    REFERENCE,
    REFERENCE_PAYLOAD,
    Heard,
    listening,
    source_of,
    until,
)

FOB = eddystone_eid(bytes(8))


@asynccontextmanager
async def on_air(double: BluezDouble, payload: bytes, adapter: str = "hci0") -> AsyncIterator[None]:
    """A beacon that sends 50 times a second."""

    async def send() -> None:
        while True:
            double.transmit(adapter, "beacon", payload, -60)
            await asyncio.sleep(0.02)

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()


def hears_again(heard: Heard) -> bool:
    return bool(heard.news) and isinstance(heard.news[-1], RadioHears)


async def test_a_discovery_in_progress_is_stopped_first(double: BluezDouble) -> None:
    double.hold_discovery("hci0")
    async with listening(source_of()) as heard, on_air(double, FOB):
        await until(lambda: heard.adverts)
    assert heard.news == []
    assert not double.power_cycles("hci0")


async def test_a_discovery_that_stays_in_progress_is_ended_by_a_power_cycle(double: BluezDouble) -> None:
    double.hold_discovery("hci0", Cure.POWER_CYCLE)
    async with listening(source_of()) as heard, on_air(double, FOB):
        await until(lambda: heard.adverts)
    assert heard.news == [RadioDeaf("another discovery is in progress"), RadioHears()]
    assert double.power_cycles("hci0") == 1


async def test_an_adapter_that_is_unplugged_is_missed_and_welcomed_back(double: BluezDouble) -> None:
    async with listening(source_of()) as heard, on_air(double, FOB):
        await until(lambda: heard.adverts)
        double.remove_adapter("hci0")
        await until(lambda: heard.news)
        before = len(heard.adverts)
        double.add_adapter("hci0")
        await until(lambda: len(heard.adverts) > before)
    deaf, hears = heard.news
    assert isinstance(deaf, RadioDeaf)
    assert hears == RadioHears()


async def test_bluetoothd_may_be_restarted(bus: PrivateBus) -> None:
    async with listening(source_of()) as heard:
        async with BluezDouble(bus.address) as first, on_air(first, FOB):
            await until(lambda: heard.adverts)
        await until(lambda: heard.news and isinstance(heard.news[-1], RadioDeaf))
        before = len(heard.adverts)
        async with BluezDouble(bus.address) as second, on_air(second, FOB):
            await until(lambda: len(heard.adverts) > before)
            assert second.scan_starts("hci0") == 1
    assert heard.news[-2:] == [RadioDeaf("bluetoothd does not run"), RadioHears()]


async def test_bluetoothd_that_is_restarted_between_two_looks_is_noticed(bus: PrivateBus) -> None:
    async with listening(source_of()) as heard:
        async with BluezDouble(bus.address) as first, on_air(first, FOB):
            await until(lambda: heard.adverts)
        before = len(heard.adverts)
        async with BluezDouble(bus.address) as second, on_air(second, FOB):
            await until(lambda: len(heard.adverts) > before)


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_the_bus_itself_may_be_restarted(bus: PrivateBus, end: str) -> None:
    async with listening(source_of()) as heard:
        async with BluezDouble(bus.address) as first, on_air(first, FOB):
            await until(lambda: heard.adverts)
            await (bus.kill() if end == "kill" else bus.stop())
        before = len(heard.adverts)
        await until(lambda: heard.news and isinstance(heard.news[-1], RadioDeaf))
        await bus.restart()
        async with BluezDouble(bus.address) as second, on_air(second, FOB):
            await until(lambda: len(heard.adverts) > before)
            sent_before, heard_before = second.packets, len(heard.adverts)
            await until(lambda: second.packets >= sent_before + 20)
            await asyncio.sleep(0.1)
            # The scan of the old bus is gone: nothing is heard twice.
            assert len(heard.adverts) - heard_before <= second.packets - sent_before + 1
        assert hears_again(heard)


async def test_an_adapter_that_somebody_switches_off_is_switched_on(double: BluezDouble) -> None:
    async with listening(source_of()) as heard, on_air(double, FOB):
        await until(lambda: heard.adverts)
        async with Bluez() as bluez:
            await bluez.set_powered("hci0", on=False)
        await until(lambda: hears_again(heard))
    assert isinstance(heard.news[0], RadioDeaf)


async def test_bluetooth_may_come_up_later_than_we_do(bus: PrivateBus) -> None:
    async with listening(source_of()) as heard:
        await until(lambda: heard.news)
        async with BluezDouble(bus.address, ()) as double:
            await asyncio.sleep(0.1)
            double.add_adapter("hci0")
            async with on_air(double, FOB):
                await until(lambda: heard.adverts)
    assert heard.news == [RadioDeaf("bluetoothd does not run"), RadioHears()]


async def test_without_bluetooth_patience_ends(bus: PrivateBus) -> None:
    heard = Heard()
    with pytest.raises(UnavailableError, match="bluetoothd does not run"):
        await heard.read(source_of(patience_s=0.3))
    assert heard.events == [RadioDeaf("bluetoothd does not run")]


@pytest.mark.parametrize(("cure", "power_cycles"), [(Cure.SCAN_RESTART, 0), (Cure.POWER_CYCLE, 1)], ids=str)
async def test_a_silent_death_is_cured_on_its_rung(
    double: BluezDouble, cure: Cure, power_cycles: int
) -> None:
    async with listening(source_of(reference=REFERENCE)) as heard, on_air(double, REFERENCE_PAYLOAD):
        await until(lambda: heard.adverts)
        double.fall_silent("hci0", cure)
        await until(lambda: hears_again(heard))
    assert heard.news == [RadioDeaf(SILENCE), RadioHears()]
    assert double.power_cycles("hci0") == power_cycles
    # It says that it hears before it hands over what it hears.
    assert heard.events[heard.events.index(RadioHears()) + 1] in heard.adverts


async def test_what_nothing_cures_ends_the_process(double: BluezDouble) -> None:
    heard = Heard()
    double.fall_silent("hci0", Cure.NOTHING)
    with pytest.raises(UnavailableError, match="deaf"):
        await heard.read(source_of(reference=REFERENCE))
    assert heard.news == [RadioDeaf(SILENCE)]
    assert double.power_cycles("hci0") == 1
    assert not double.discovering("hci0")


async def test_a_deaf_radio_whose_bluetoothd_goes_too_ends_the_process(bus: PrivateBus) -> None:
    heard = Heard()
    async with BluezDouble(bus.address) as double:
        double.fall_silent("hci0", Cure.NOTHING)
        reading = asyncio.create_task(heard.read(source_of(reference=REFERENCE, rung_s=0.8)))
        await until(lambda: heard.news)
    with pytest.raises(UnavailableError, match="deaf"):
        await reading
    assert heard.news == [RadioDeaf(SILENCE)]


async def test_an_adapter_that_answers_nothing_is_asked_until_patience_ends(double: BluezDouble) -> None:
    double.hold_discovery("hci0", Cure.NOTHING)
    heard = Heard()
    with pytest.raises(UnavailableError, match="another discovery is in progress"):
        await heard.read(source_of(rung_s=0.2, patience_s=0.7))
    assert double.power_cycles("hci0") >= 2


async def test_others_heard_are_life_too_and_the_references_battery_is_told_once(double: BluezDouble) -> None:
    with capture_logs() as logs:
        async with (
            listening(source_of(reference=REFERENCE, reference_silence_s=0.4)) as heard,
            on_air(double, FOREIGN_PAYLOAD),
        ):
            await until(lambda: any(line["event"] == "radio_reference_silent" for line in logs))
            await asyncio.sleep(0.6)
    assert [line["event"] for line in logs] == ["radio_reference_silent"]
    assert heard.news == []
    assert double.scan_starts("hci0") == 1


async def test_an_empty_shop_without_a_reference_is_no_fault(double: BluezDouble) -> None:
    async with listening(source_of(idle_restart_s=0.2)) as heard:
        await until(lambda: double.scan_starts("hci0") >= 3)
    assert heard.events == []
    assert not double.power_cycles("hci0")


async def test_empty_adverts_and_phantoms_are_no_sign_of_life(double: BluezDouble) -> None:
    async with listening(source_of(reference=REFERENCE)) as heard, on_air(double, b"\x02\x01\x06"):
        await until(lambda: heard.news)
        assert heard.news == [RadioDeaf(SILENCE)]
        await until(lambda: double.power_cycles("hci0"))
        async with on_air(double, REFERENCE_PAYLOAD):
            await until(lambda: hears_again(heard))
