"""One advertisement on a real D-Bus: heard byte for byte by another adapter, refused in words, lost with a reason."""

from pathlib import Path

import pytest
from dbus_fast import DBusError
from dbus_fast.annotations import DBusStr, DBusUInt32
from dbus_fast.constants import PropertyAccess
from dbus_fast.service import dbus_property

from hardware.beacon.build import app_eid, eddystone_eid, ibeacon_eid
from hardware.beacon.frames import FrameKind
from hardware.bluez import advertising
from hardware.bluez.advertisement import NOT_PERMITTED, NOT_SUPPORTED, Advertisement
from hardware.bluez.advertising import Registration, register
from hardware.bluez.double_advertising import MAX_INSTANCES, DoubleAdvertisingManager
from hardware.bluez.names import ACCESS_DENIED, NOT_READY
from hardware.host.errors import ComptoirError, ExitCode, PermissionDeniedError, UnavailableError
from tests.hardware.node.shop import Scanner, Shop, private_bus, until

pytestmark = pytest.mark.real

EID = bytes.fromhex("0123456789abcdef")
FOB = Advertisement.of_payload(eddystone_eid(EID))


async def put_on_air(
    shop: Shop, advertisement: Advertisement = FOB, adapter: str | None = None, lost: list[str] | None = None
) -> Registration:
    told: list[str] = [] if lost is None else lost
    return await register(
        advertisement, told.append, adapter=adapter, interval_ms=50, bus_address=shop.bus.address
    )


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (eddystone_eid(EID), FrameKind.EDDYSTONE_EID),
        (app_eid(EID), FrameKind.APP_EID),
        (ibeacon_eid(EID), FrameKind.IBEACON_EID),
    ],
    ids=["eddystone", "app", "ibeacon"],
)
async def test_another_adapter_hears_the_identifier_and_its_own_does_not(
    shop: Shop, payload: bytes, kind: FrameKind
) -> None:
    async with Scanner(shop.bus.address) as far, Scanner(shop.bus.address, "hci0") as own:
        on_air = await put_on_air(shop, Advertisement.of_payload(payload))
        assert (on_air.adapter, on_air.interval_ms) == ("hci0", 50)
        assert {advert.rssi_dbm for advert in await far.hear(3)} == {-52}
        assert {(frame.kind, frame.id) for frame in far.frames} == {(kind, EID)}
        assert own.adverts == []
        await on_air.withdraw()
        assert shop.advertising.active("hci0") == 0


async def test_it_ends_with_its_connection_whatever_else_fails(shop: Shop) -> None:
    on_air = await put_on_air(shop)
    on_air._bus.disconnect()
    await until(lambda: shop.advertising.active("hci0") == 0)
    await on_air.withdraw()


async def test_what_takes_it_off_the_air_is_told_once(shop: Shop) -> None:
    lost: list[str] = []
    released = await put_on_air(shop, lost=lost)
    shop.double.adapters["hci0"].set_powered = False
    await until(lambda: lost)
    assert lost == ["BlueZ ended it: the adapter is gone or switched off"]
    await released.withdraw()
    other = await put_on_air(shop, adapter="hci1", lost=lost)
    shop.double.remove_adapter("hci1")
    await until(lambda: len(lost) == 2)
    await other.withdraw()
    assert len(lost) == 2


async def test_bluetoothd_s_end_and_the_bus_s_end_are_told_apart(shop: Shop) -> None:
    lost: list[str] = []
    one = await put_on_air(shop, lost=lost)
    await shop.stop_bluetoothd()
    await until(lambda: lost)
    await one.withdraw()
    await shop.start_bluetoothd()
    other = await put_on_air(shop, lost=lost)
    await shop.bus.kill()
    await until(lambda: len(lost) == 2)
    await other.withdraw()
    assert lost == ["bluetoothd ended", "the connection to D-Bus broke"]


async def test_an_adapter_has_so_many_places_and_no_more(shop: Shop) -> None:
    taken = [await put_on_air(shop) for _ in range(MAX_INSTANCES)]
    with pytest.raises(UnavailableError, match="as many advertisements as it can") as refused:
        await put_on_air(shop)
    assert refused.value.where == "hci0"
    assert refused.value.exit_code is ExitCode.UNAVAILABLE
    await taken.pop().withdraw()
    taken.append(await put_on_air(shop))
    for one in taken:
        await one.withdraw()


async def test_the_first_adapter_that_can_is_taken(shop: Shop) -> None:
    shop.double.adapters["hci0"].set_powered = False
    on_air = await put_on_air(shop)
    assert on_air.adapter == "hci1"
    await on_air.withdraw()


async def test_each_thing_in_the_way_is_named_with_its_place_and_its_remedy(shop: Shop) -> None:
    with pytest.raises(UnavailableError, match="no such Bluetooth adapter") as missing:
        await put_on_air(shop, adapter="hci7")
    assert missing.value.where == "hci7"
    assert "hci0, hci1" in (missing.value.fix or "")
    shop.double.adapters["hci1"].set_powered = False
    with pytest.raises(UnavailableError, match=r"switched off.*bluetoothctl power on"):
        await put_on_air(shop, adapter="hci1")
    shop.double.remove_adapter("hci1")
    shop.double.add_adapter("hci1")
    with pytest.raises(UnavailableError, match="cannot advertise"):
        await put_on_air(shop, adapter="hci1")
    for name in ("hci0", "hci1"):
        shop.double.remove_adapter(name)
    with pytest.raises(UnavailableError, match="no Bluetooth adapter"):
        await put_on_air(shop)
    await shop.stop_bluetoothd()
    with pytest.raises(UnavailableError, match=r"bluetoothd does not run.*systemctl start bluetooth"):
        await put_on_air(shop)
    await shop.bus.stop()
    with pytest.raises(UnavailableError, match="there is no D-Bus"):
        await put_on_air(shop)


async def test_too_long_for_the_air_is_told(shop: Shop) -> None:
    with pytest.raises(UnavailableError, match="too long"):
        await put_on_air(shop, Advertisement(manufacturer_data={0x004C: bytes(28)}))
    assert shop.advertising.active("hci0") == 0


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        (ACCESS_DENIED, PermissionDeniedError, "group bluetooth"),
        (NOT_SUPPORTED, UnavailableError, "cannot advertise"),
        (NOT_PERMITTED, UnavailableError, "as many advertisements as it can"),
        (NOT_READY, UnavailableError, "switched off"),
    ],
)
async def test_each_refusal_of_bluez_is_put_into_words(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str, kind: type[ComptoirError], says: str
) -> None:
    async def refuse(*_: object) -> None:
        raise DBusError(name, "no")

    monkeypatch.setattr(DoubleAdvertisingManager, "_ask", refuse)
    with pytest.raises(kind, match=says) as refused:
        await put_on_air(shop)
    assert refused.value.where == "hci0"
    assert refused.value.fix


class _Hasty(advertising._Broadcast):
    """An advertisement whose intervals no BlueZ takes: shorter than 20 ms."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments[:2])  # type: ignore[arg-type]

    @dbus_property(PropertyAccess.READ, name="MinInterval")
    def min_interval(self) -> DBusUInt32:
        return 1

    @dbus_property(PropertyAccess.READ, name="MaxInterval")
    def max_interval(self) -> DBusUInt32:
        return 1


class _Unknown(_Hasty):
    """Of a type no BlueZ knows."""

    @dbus_property(PropertyAccess.READ, name="Type")
    def type_(self) -> DBusStr:
        return "shout"


async def test_without_an_interval_where_bluez_takes_none(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advertising, "_TimedBroadcast", _Hasty)
    on_air = await put_on_air(shop)
    assert on_air.interval_ms is None
    assert shop.advertising.active("hci0") == 1
    await on_air.withdraw()


async def test_what_bluez_does_not_take_at_all_is_told_by_its_name(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advertising, "_TimedBroadcast", _Unknown)
    monkeypatch.setattr(advertising, "_Broadcast", _Unknown)
    with pytest.raises(UnavailableError, match=r"org\.bluez\.Error\.Failed.*journalctl"):
        await put_on_air(shop)


async def test_a_bluetoothd_that_does_not_answer_is_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object) -> None:
        await until(lambda: False)

    monkeypatch.setattr(DoubleAdvertisingManager, "_ask", hang)
    with pytest.raises(UnavailableError, match="did not answer"):
        await register(FOB, lambda _: None, interval_ms=50, bus_address=shop.bus.address, timeout_s=0.2)
    await until(lambda: shop.advertising.active("hci0") == 0)


async def test_no_bus_at_all_is_one_error_of_ours(tmp_path: Path) -> None:
    async with private_bus(tmp_path) as bus:
        address = bus.address
    with pytest.raises(UnavailableError, match="there is no D-Bus"):
        await register(FOB, lambda _: None, interval_ms=50, bus_address=address)
