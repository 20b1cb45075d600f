"""A whole fob on a real D-Bus: rotation, bluetoothd restarted, adapter gone and back, an end that leaves nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hardware.beacon.eid import compute_eid
from hardware.beacon.identity import Fob
from hardware.bluez.advertising import Lost as LostCallback
from hardware.host.clock import ManualClock, ScaledClock
from hardware.host.errors import UnavailableError
from hardware.node.identity import Carrier, Identity, RotatingIdentity
from hardware.node.rotation import RETRY_S, Rotation, TellOffAir, TellOnAir
from hardware.node.transmitter import BeaconClock, BluezRadio, Transmitter
from tests.hardware.node.shop import Scanner, Shop, until

KEY = bytes(range(16))
EPOCH_S = 1_790_000_000.0

pytestmark = pytest.mark.real


class Told(list[TellOnAir | TellOffAir]):
    """What a person was told."""

    @property
    def on_air(self) -> list[str]:
        return [told.on_air.identifier.hex() for told in self if isinstance(told, TellOnAir)]

    @property
    def reasons(self) -> list[str]:
        return [told.reason for told in self if isinstance(told, TellOffAir)]


@asynccontextmanager
async def fob(shop: Shop, identity: Identity, scale: float = 40.0) -> AsyncIterator[Told]:
    """A fob on hci0 whose time runs `scale` times as fast; its identifiers end with the context."""
    clock = ScaledClock(EPOCH_S, scale)
    told = Told()
    radio = BluezRadio("hci0", interval_ms=20, bus_address=shop.bus.address)
    transmitter = Transmitter(Rotation(identity), radio, clock, BeaconClock(clock, None), told.append)
    running = asyncio.create_task(transmitter.run())
    try:
        yield told
    finally:
        transmitter.stop()
        await running


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_listener_hears_one_eid_after_another(shop: Shop, carrier: Carrier) -> None:
    identity = RotatingIdentity(Fob(KEY, k=3), carrier)
    async with Scanner(shop.bus.address) as scanner, fob(shop, identity) as told:
        await until(lambda: len(scanner.ids) >= 4)
    expected = [compute_eid(KEY, 3, int(EPOCH_S) + 8 * n).hex() for n in range(len(scanner.ids))]
    assert scanner.ids == expected
    assert told.on_air[: len(expected)] == expected
    assert told.reasons == []
    # None comes back after its successor was heard: never two at once.
    heard = [frame.id.hex() for frame in scanner.frames]
    assert heard == sorted(heard, key=expected.index)
    assert shop.advertising.active("hci0") == 0


async def test_it_survives_restarts_of_bluetoothd(shop: Shop) -> None:
    async with fob(shop, RotatingIdentity(Fob(KEY, k=15), Carrier.EDDYSTONE)) as told:
        await until(lambda: len(told.on_air) == 1)
        for times in (2, 3):
            await shop.stop_bluetoothd()
            await until(lambda: len(told.reasons) == 2 * times - 2)  # noqa: B023 - waited for at once
            await shop.start_bluetoothd()
            async with Scanner(shop.bus.address) as scanner:
                await scanner.hear()
            assert len(told.on_air) == times
    assert len(set(told.on_air)) == 1
    assert told.reasons[0] == "bluetoothd ended"
    assert "bluetoothd does not run" in told.reasons[1]


async def test_it_survives_a_restart_of_the_bus(shop: Shop) -> None:
    async with fob(shop, RotatingIdentity(Fob(KEY, k=15), Carrier.EDDYSTONE)) as told:
        await until(lambda: len(told.on_air) == 1)
        await shop.bus.kill()
        await until(lambda: told.reasons)
        await shop.close()
        await shop.bus.restart()
        await shop.start_bluetoothd()
        await until(lambda: len(told.on_air) == 2)
    assert told.reasons[0] == "the connection to D-Bus broke"


async def test_an_adapter_that_goes_and_comes_back_transmits_again(shop: Shop) -> None:
    async with fob(shop, RotatingIdentity(Fob(KEY, k=15), Carrier.EDDYSTONE)) as told:
        await until(lambda: len(told.on_air) == 1)
        shop.double.remove_adapter("hci0")
        await until(lambda: len(told.reasons) == 2)
        shop.double.add_adapter("hci0")
        shop.advertising.mount("hci0")
        await until(lambda: len(told.on_air) == 2)
        shop.double.adapters["hci0"].set_powered = False
        await until(lambda: len(told.reasons) == 4)
        shop.double.adapters["hci0"].set_powered = True
        await until(lambda: len(told.on_air) == 3)
    assert "no such Bluetooth adapter" in told.reasons[1]
    assert "switched off" in told.reasons[3]


async def test_a_cancelled_fob_leaves_nothing_on_the_air(shop: Shop) -> None:
    clock = ScaledClock(EPOCH_S, 1.0)
    told = Told()
    transmitter = Transmitter(
        Rotation(RotatingIdentity(Fob(KEY), Carrier.APP)),
        BluezRadio(None, bus_address=shop.bus.address),
        clock,
        BeaconClock(clock, None),
        told.append,
    )
    running = asyncio.create_task(transmitter.run())
    await until(lambda: told)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert shop.advertising.active("hci0") == 0


class FakeAir:
    """A radio that takes everything; what it is told comes late, as D-Bus signals may."""

    def __init__(self) -> None:
        self.adapter = "hci0"
        self.interval_ms: int | None = None
        self.log: list[str] = []
        self.losses: list[LostCallback] = []
        self.works = True

    async def register(self, payload: bytes, lost: LostCallback) -> "FakeAir":
        if not self.works:
            raise UnavailableError("no radio today")
        self.log.append(payload[-8:].hex())
        self.losses.append(lost)
        return self

    async def withdraw(self) -> None:
        self.log.append("off")


def manual(air: FakeAir, clock: ManualClock, shown_s: float | None, told: Told) -> Transmitter:
    rotation = Rotation(RotatingIdentity(Fob(KEY, k=4), Carrier.EDDYSTONE))
    return Transmitter(rotation, air, clock, BeaconClock(clock, shown_s), told.append)


def eid(beacon_s: int) -> str:
    return compute_eid(KEY, 4, beacon_s).hex()


async def test_a_fob_s_own_clock_counts_on_whatever_the_time_of_day_does() -> None:
    air, clock, told = FakeAir(), ManualClock(EPOCH_S), Told()
    transmitter = manual(air, clock, 100.0, told)
    running = asyncio.create_task(transmitter.run())
    await clock.advance(11.0)
    clock.set_back(3600.0)
    await clock.advance(2.0)
    transmitter.stop()
    await running
    assert air.log == [eid(100), "off", eid(112), "off"]


async def test_without_one_it_follows_the_time_of_day_when_that_is_set() -> None:
    air, clock, told = FakeAir(), ManualClock(EPOCH_S), Told()
    transmitter = manual(air, clock, None, told)
    running = asyncio.create_task(transmitter.run())
    await clock.advance(1.0)
    clock.set_back(3600.0)
    await clock.advance(20.0)
    transmitter.stop()
    await running
    assert air.log[:3] == [eid(int(EPOCH_S)), "off", eid(int(EPOCH_S) - 3600 + 16)]


async def test_a_loss_told_late_is_not_taken_for_the_next_one_s() -> None:
    air, clock, told = FakeAir(), ManualClock(EPOCH_S), Told()
    transmitter = manual(air, clock, 0.0, told)
    running = asyncio.create_task(transmitter.run())
    await clock.advance(17.0)
    air.losses[0]("the one before")
    await clock.advance(RETRY_S)
    assert told.reasons == []
    air.losses[1]("this one")
    await clock.advance(RETRY_S)
    assert told.reasons == ["this one"]
    transmitter.stop()
    await running
    assert told.on_air == [eid(0), eid(16), eid(16)]


async def test_a_refusal_at_the_start_ends_it() -> None:
    air, clock = FakeAir(), ManualClock()
    air.works = False
    with pytest.raises(UnavailableError, match="no radio today"):
        await manual(air, clock, None, Told()).run()
