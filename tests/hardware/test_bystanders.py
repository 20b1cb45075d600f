"""Simulated bystanders: no loyalty frame can be read from them, and each carries bytes to know a trace by (B5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.frames import FrameFilter, FrameKind, is_possible_rssi
from hardware.host.entropy import SeededEntropy
from hardware.radio.ad import to_advert
from hardware.radio.bystanders import _LOYALTY, CANARY_BYTES, FOREIGN, Bystanders, draw_canaries

CANARY = bytes.fromhex("8fd1a0e2c7b3f495")
LISTENING = FrameFilter(frozenset({FrameKind.EDDYSTONE_EID, FrameKind.APP_EID, FrameKind.IBEACON_EID}))
seeds = st.integers(0, 2**32)


@given(seed=seeds)
def test_a_store_that_listens_to_every_rotating_frame_hears_none(seed: int) -> None:
    entropy = SeededEntropy(seed)
    bystanders = Bystanders(entropy, draw_canaries(entropy))
    for _ in range(60):
        rssi_dbm, payload = bystanders.advertisement()
        assert LISTENING.frames(to_advert(payload, rssi_dbm, 0.0)) == ()
        assert any(piece in payload or piece[::-1] in payload for piece in bystanders.pieces)


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__.strip("_"))
def test_every_kind_of_foreign_frame_carries_a_canary_and_no_identifier(kind: object) -> None:
    assert callable(kind)
    payload = kind(lambda: CANARY)
    assert CANARY[:6] in payload or CANARY[-6:] in payload
    assert LISTENING.frames(to_advert(payload, -60, 0.0)) == ()


@pytest.mark.parametrize("build", _LOYALTY)
def test_a_whole_loyalty_frame_comes_only_without_a_strength(build: object) -> None:
    assert callable(build)
    payload = build(lambda: CANARY)
    (frame,) = LISTENING.frames(to_advert(payload, -60, 0.0))
    assert frame.id == CANARY, "with a strength it would have been kept"
    assert LISTENING.frames(to_advert(payload, 127, 0.0)) == ()


@given(seed=seeds)
def test_a_canary_has_no_byte_that_a_text_would_show_as_itself(seed: int) -> None:
    for canary in draw_canaries(SeededEntropy(seed)):
        assert len(canary) == CANARY_BYTES
        assert all(byte >= 0x80 for byte in canary)


def test_some_come_without_a_strength_and_every_kind_comes() -> None:
    bystanders = Bystanders(SeededEntropy(7), draw_canaries(SeededEntropy(8)))
    heard = [bystanders.advertisement() for _ in range(2_000)]
    without = sum(not is_possible_rssi(rssi_dbm) for rssi_dbm, _ in heard)
    assert 50 < without < 200
    assert len({payload for _, payload in heard}) > len(FOREIGN)
