"""The Bluetooth source over a real D-Bus: what it hears, and what it leaves behind."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from hardware.beacon.build import app_eid, eddystone_eid, ibeacon_eid
from hardware.beacon.frames import FrameFilter, FrameKind, LoyaltyFrame
from hardware.bluez.client import Bluez
from hardware.bluez.double import BluezDouble
from hardware.host.clock import SystemClock
from hardware.radio.ad import structure
from hardware.radio.advert import Advert
from hardware.radio.bluetooth import BluetoothSource
from hardware.radio.mailbox import MAX_WAITING
from tests.hardware.bluez.listening import FOREIGN_PAYLOAD, Heard, listening, radio_config, source_of, until

LOYALTY = FrameFilter(frozenset({FrameKind.EDDYSTONE_EID, FrameKind.APP_EID, FrameKind.IBEACON_EID}))
EID = bytes(range(8))


async def scanning(double: BluezDouble, adapter: str = "hci0") -> None:
    await until(lambda: double.discovering(adapter))


async def test_each_carrier_is_heard_with_its_identifier_and_strength(double: BluezDouble) -> None:
    async with listening(source_of()) as heard:
        await scanning(double)
        for name, payload in (("a", eddystone_eid(EID)), ("b", app_eid(EID)), ("c", ibeacon_eid(EID))):
            double.transmit("hci0", name, payload, -61)
        await until(lambda: len(heard.adverts) == 3)
    frames = [frame for advert in heard.adverts for frame in LOYALTY.frames(advert)]
    assert {frame.kind for frame in frames} == LOYALTY.kinds
    assert {frame.id for frame in frames} == {EID}
    assert {advert.rssi_dbm for advert in heard.adverts} == {-61}


async def test_the_scan_asks_for_every_packet_and_every_strength(double: BluezDouble) -> None:
    async with listening(source_of()) as heard:
        await scanning(double)
        (wanted,) = double.filters("hci0")
        assert {name: value.value for name, value in wanted.items()} == {
            "Transport": "le",
            "RSSI": -127,
            "DuplicateData": True,
        }
        for rssi_dbm in (-60, -60, -61, -61):
            double.transmit("hci0", "a", eddystone_eid(EID), rssi_dbm)
        await until(lambda: len(heard.adverts) == 4)
    assert [advert.rssi_dbm for advert in heard.adverts] == [-60, -60, -61, -61]


async def test_a_phantom_is_not_heard(double: BluezDouble) -> None:
    async with listening(source_of()) as heard:
        await scanning(double)
        double.transmit("hci0", "a", eddystone_eid(EID), -60)
        double.expire("hci0", "a")
        for rssi_dbm in (-127, 0, 127):
            double.transmit("hci0", f"strength {rssi_dbm}", eddystone_eid(EID), rssi_dbm)
        double.transmit("hci0", "b", eddystone_eid(EID), -70)
        await until(lambda: len(heard.adverts) == 2)
    assert [advert.rssi_dbm for advert in heard.adverts] == [-60, -70]


async def test_neither_address_nor_name_is_in_what_comes_out(double: BluezDouble) -> None:
    named = structure(0x09, b"Anne's phone") + FOREIGN_PAYLOAD[3:]
    async with listening(source_of()) as heard:
        await scanning(double)
        double.transmit("hci0", "a", named, -60)
        await until(lambda: heard.adverts)
    assert set(Advert.__slots__) == {"rssi_dbm", "heard_s", "manufacturer_data", "service_data"}
    assert "Anne" not in repr(heard.adverts)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\0", b"\xff", b"\x02\x01", b"\x1e\xff\x4c", b"\x03\x16\xaa\xfe", bytes(31), bytes([255] * 31)],
    ids=bytes.hex,
)
async def test_foreign_garbage_is_survived(double: BluezDouble, garbage: bytes) -> None:
    async with listening(source_of()) as heard:
        await scanning(double)
        double.transmit("hci0", "garbage", garbage, -40)
        double.transmit("hci0", "fob", eddystone_eid(EID), -60)
        await until(lambda: heard.adverts and heard.adverts[-1].rssi_dbm == -60)
    assert [frame.id for advert in heard.adverts for frame in LOYALTY.frames(advert)] == [EID]


async def test_without_a_name_the_first_adapter_that_is_on_scans(double: BluezDouble) -> None:
    async with Bluez() as bluez:
        await bluez.set_powered("hci0", on=False)
    async with listening(source_of(adapter=None)):
        await scanning(double, "hci1")
    assert not double.scan_starts("hci0")


async def test_a_fault_of_ours_in_bleaks_callback_ends_the_stream(double: BluezDouble) -> None:
    class Broken(FrameFilter):
        def frames(self, advert: Advert) -> tuple[LoyaltyFrame, ...]:
            raise ZeroDivisionError(str(advert.rssi_dbm))

    source = BluetoothSource(radio_config(), SystemClock(), Broken(frozenset()), tick_s=0.05)
    reading = asyncio.create_task(Heard().read(source))
    await scanning(double)
    double.transmit("hci0", "a", eddystone_eid(EID), -60)
    with pytest.raises(ZeroDivisionError):
        await reading


async def test_what_is_not_wanted_is_not_handed_over(double: BluezDouble) -> None:
    source = BluetoothSource(radio_config(), SystemClock(), LOYALTY, tick_s=0.05)
    async with listening(source) as heard:
        await scanning(double)
        for name, payload in (("a", FOREIGN_PAYLOAD), ("b", eddystone_eid(EID))):
            double.transmit("hci0", name, payload, -60)
        await until(lambda: heard.adverts)
    assert [frame.id for advert in heard.adverts for frame in LOYALTY.frames(advert)] == [EID]
    assert len(heard.adverts) == 1


async def test_cancelling_the_stream_ends_the_discovery(double: BluezDouble) -> None:
    async with listening(source_of()):
        await scanning(double)
    assert not double.discovering("hci0")
    assert double.filters("hci0") == ()


async def test_cancelling_while_the_scan_begins_leaves_no_discovery(double: BluezDouble) -> None:
    for turns in range(0, 60, 3):
        async with listening(source_of()):
            for _ in range(turns):
                await asyncio.sleep(0.0005)
        async with Bluez():
            assert not double.discovering("hci0"), turns


async def test_the_source_may_be_asked_anew_for_its_stream(double: BluezDouble) -> None:
    source = source_of()
    for _ in range(2):
        async with listening(source) as heard:
            await scanning(double)
            double.transmit("hci0", "a", eddystone_eid(EID), -60)
            await until(lambda: heard.adverts)
            assert len(heard.adverts) == 1


async def test_a_reader_that_is_too_slow_loses_the_oldest_and_it_is_counted_c9(double: BluezDouble) -> None:
    source = source_of()
    stream = source.adverts()
    first = asyncio.ensure_future(anext(stream))
    await scanning(double)
    for at in range(6_000):
        double.transmit("hci0", f"crowd {at % 50}", eddystone_eid(at.to_bytes(8, "big")), -60)
        if at % 50 == 0:
            await asyncio.sleep(0.02)  # the daemon takes about five thousand a second
    assert not double.lost
    await until(lambda: source.dropped >= 6_000 - MAX_WAITING - 1)
    await first
    last = None
    for _ in range(MAX_WAITING):
        event = await anext(stream)
        assert isinstance(event, Advert)
        last = LOYALTY.frames(event)[0].id
    assert last == (5_999).to_bytes(8, "big")
    assert source.dropped == 6_000 - MAX_WAITING - 1
    assert isinstance(stream, AsyncGenerator)
    await stream.aclose()
