"""What a client's advertisement asks the double for, and which are refused as BlueZ refuses them."""

import pytest
from dbus_fast import DBusError
from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.build import app_eid, eddystone_eid, eddystone_uid, ibeacon
from hardware.bluez.advertisement import Advertisement
from hardware.bluez.double_offer import offer_of
from hardware.radio.ad import MAX_LEGACY_BYTES, to_advert

EID = bytes(range(8))
APP_UUID = "408db837-37ae-4c20-9c76-949523d050e1"


def refused(**properties: object) -> str:
    with pytest.raises(DBusError) as caught:
        offer_of({"Type": "broadcast"} | properties)
    return caught.value.type


@pytest.mark.parametrize(
    "payload",
    [eddystone_eid(EID), app_eid(EID), eddystone_uid(bytes(10), bytes(6)), ibeacon(bytes(16), 1, 2)],
    ids=["eddystone eid", "app", "eddystone uid", "ibeacon"],
)
def test_what_goes_on_the_air_is_what_a_fob_sends_without_its_flags(payload: bytes) -> None:
    advertisement = Advertisement.of_payload(payload)
    offer = offer_of(
        {
            "Type": "broadcast",
            "ServiceUUIDs": list(advertisement.service_uuids),
            "ServiceData": dict(advertisement.service_data),
            "ManufacturerData": dict(advertisement.manufacturer_data),
            "MinInterval": 100,
            "MaxInterval": 500,
        }
    )
    assert payload == b"\x02\x01\x06" + offer.payload
    assert offer.interval_s == 0.5


def test_uuids_are_sent_in_their_shortest_form() -> None:
    offer = offer_of(
        {"Type": "peripheral", "ServiceUUIDs": ["feaa", "0001abcd"], "ServiceData": {"0001abcd": b"x"}}
    )
    assert offer.payload.hex() == "0303aafe" + "0505cdab0100" + "0620cdab010078"
    assert offer.interval_s == 1.28
    whole = offer_of({"Type": "broadcast", "ServiceUUIDs": [APP_UUID]})
    assert whole.payload == b"\x11\x07" + bytes.fromhex(APP_UUID.replace("-", ""))[::-1]


def test_contradictions_are_refused() -> None:
    assert refused(Type="shout") == "org.bluez.Error.Failed"
    assert refused(Discoverable=True) == "org.bluez.Error.Failed"
    assert refused(MinInterval=500, MaxInterval=100) == "org.bluez.Error.Failed"
    assert refused(MinInterval=19) == "org.bluez.Error.Failed"
    assert refused(MaxInterval=10_485_760) == "org.bluez.Error.Failed"
    assert refused(ServiceUUIDs=["no uuid"]) == "org.bluez.Error.Failed"
    assert refused(ServiceData={"feaa": bytes(254)}) == "org.bluez.Error.Failed"
    assert refused(ManufacturerData={76: bytes(28)}) == "org.bluez.Error.InvalidLength"


@given(
    st.dictionaries(st.sampled_from(["feaa", "0001abcd", APP_UUID]), st.binary(max_size=4), max_size=2),
    st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=3), max_size=1),
)
def test_what_is_offered_is_what_is_heard(service: dict[str, bytes], maker: dict[int, bytes]) -> None:
    whole = {
        "feaa": "0000feaa-0000-1000-8000-00805f9b34fb",
        "0001abcd": "0001abcd-0000-1000-8000-00805f9b34fb",
    }
    properties = {"Type": "broadcast", "ServiceData": service, "ManufacturerData": maker}
    advertised = Advertisement((), {whole.get(uuid, uuid): data for uuid, data in service.items()}, maker)
    if len(advertised.payload()) > MAX_LEGACY_BYTES:
        assert refused(**properties) == "org.bluez.Error.InvalidLength"
        return
    offer = offer_of(properties)
    heard = to_advert(offer.payload, -60, 0.0)
    assert heard.service_data == advertised.service_data
    assert heard.manufacturer_data == maker
