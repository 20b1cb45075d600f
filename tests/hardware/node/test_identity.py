"""Who transmits: each carrier's identifier is the Eddystone-EID of the moment; a static beacon never changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.eid import compute_eid
from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.beacon.identity import Fob
from hardware.bluez.advertisement import Advertisement
from hardware.node.identity import Carrier, RotatingIdentity, StaticIdentity
from hardware.radio.ad import MAX_LEGACY_BYTES, to_advert
from hardware.radio.settings import parse_reference

KEY = bytes(range(16))
IBEACON = "ibeacon:f7826da6-4fa2-4e98-8024-bc5b71e0893e/7/65535"
EDDYSTONE_UID = "eddystone_uid:00112233445566778899/aabbccddeeff"
KINDS = {
    Carrier.EDDYSTONE: FrameKind.EDDYSTONE_EID,
    Carrier.APP: FrameKind.APP_EID,
    Carrier.IBEACON: FrameKind.IBEACON_EID,
}


def on_air(payload: bytes) -> bytes:
    """What BlueZ makes of it."""
    return Advertisement.of_payload(payload).payload()


@given(carrier=st.sampled_from(Carrier), k=st.integers(0, 15), clock_s=st.floats(0, 2**31))
def test_what_a_node_hears_is_the_eid_of_the_moment(carrier: Carrier, k: int, clock_s: float) -> None:
    shown = RotatingIdentity(Fob(KEY, k), carrier).at(clock_s)
    assert shown.identifier == compute_eid(KEY, k, int(clock_s))
    payload = on_air(shown.payload)
    assert len(payload) <= MAX_LEGACY_BYTES
    (frame,) = FrameFilter(frozenset(FrameKind)).frames(to_advert(payload, -60, 0.0))
    assert (frame.kind, frame.id) == (KINDS[carrier], shown.identifier)


@given(k=st.integers(0, 15), clock_s=st.floats(0, 2**31))
def test_an_identifier_is_right_until_its_end_and_not_longer(k: int, clock_s: float) -> None:
    identity = RotatingIdentity(Fob(KEY, k), Carrier.EDDYSTONE)
    shown = identity.at(clock_s)
    assert 0 < shown.until_s - clock_s <= 2**k
    assert identity.at(shown.until_s - 0.001).identifier == shown.identifier
    assert identity.at(shown.until_s).identifier != shown.identifier


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        (IBEACON, "f7826da64fa24e988024bc5b71e0893e0007ffff"),
        (EDDYSTONE_UID, "00112233445566778899aabbccddeeff"),
    ],
)
def test_a_static_beacon_is_heard_as_it_was_written(text: str, identifier: str) -> None:
    shown = StaticIdentity(parse_reference(text)).at(0.0)
    assert shown.identifier.hex() == identifier
    listening = FrameFilter(
        frozenset(FrameKind), frozenset({shown.identifier[:16]}), frozenset({shown.identifier[:10]})
    )
    (frame,) = listening.frames(to_advert(on_air(shown.payload), -60, 0.0))
    assert frame == parse_reference(text)
