"""The whole way: `node beacon`'s part on one adapter, a node's own radio (bleak) on the other."""

import asyncio

import pytest

from hardware.beacon.eid import compute_eid
from hardware.beacon.frames import FrameFilter, FrameKind, LoyaltyFrame
from hardware.beacon.identity import Fob
from hardware.host.clock import SystemClock
from hardware.node.identity import Carrier, Identity, RotatingIdentity, StaticIdentity
from hardware.node.rotation import Rotation
from hardware.node.transmitter import BeaconClock, BluezRadio, Transmitter
from hardware.radio.advert import Advert
from hardware.radio.bluetooth import BluetoothSource
from hardware.radio.settings import RadioConfig, parse_reference
from tests.hardware.node.shop import PATIENCE_S, Shop

pytestmark = pytest.mark.real

KEY = bytes(range(16))
REFERENCE = "ibeacon:f7826da6-4fa2-4e98-8024-bc5b71e0893e/7/8"


async def first_frame(listening: FrameFilter) -> tuple[LoyaltyFrame, int]:
    source = BluetoothSource(RadioConfig(adapter="hci1"), SystemClock())
    stream = source.adverts()
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for event in stream:
                if isinstance(event, Advert) and (frames := listening.frames(event)):
                    return frames[0], event.rssi_dbm
    finally:
        await stream.aclose()  # type: ignore[attr-defined]  # an async generator, by its protocol an iterator
    raise AssertionError("the stream ended")


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (
            RotatingIdentity(Fob(KEY, k=10), Carrier.EDDYSTONE),
            LoyaltyFrame(FrameKind.EDDYSTONE_EID, compute_eid(KEY, 10, 5000)),
        ),
        (
            RotatingIdentity(Fob(KEY, k=10), Carrier.APP),
            LoyaltyFrame(FrameKind.APP_EID, compute_eid(KEY, 10, 5000)),
        ),
        (
            RotatingIdentity(Fob(KEY, k=10), Carrier.IBEACON),
            LoyaltyFrame(FrameKind.IBEACON_EID, compute_eid(KEY, 10, 5000)),
        ),
        (StaticIdentity(parse_reference(REFERENCE)), parse_reference(REFERENCE)),
    ],
    ids=["eddystone", "app", "ibeacon", "reference"],
)
async def test_a_node_s_own_radio_hears_exactly_what_is_transmitted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, identity: Identity, expected: LoyaltyFrame
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", shop.bus.address)
    clock = SystemClock()
    transmitter = Transmitter(
        Rotation(identity),
        BluezRadio("hci0", interval_ms=50),
        clock,
        BeaconClock(clock, 5000.0),
        lambda _: None,
    )
    running = asyncio.create_task(transmitter.run())
    listening = FrameFilter(frozenset(FrameKind), frozenset({expected.id[:16]}))
    assert await first_frame(listening) == (expected, -52)
    transmitter.stop()
    await running
