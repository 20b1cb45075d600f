"""Sealed acts open for the hub alone, whole, and from the kiosk that sealed them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.base import MAX_MESSAGE_BYTES
from hub.wire.codec import WireError
from hub.wire.display import KioskAct, SealedAct
from hub.wire.seal import SealError, generate_private_key, public_key, seal, unseal
from tests.hub.wire.messages import ACTS, BOOT, kiosk_act

PRIVATE = generate_private_key()
PUBLIC = public_key(PRIVATE)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.kind)
def test_what_a_kiosk_seals_the_hub_opens(act: object) -> None:
    message = kiosk_act(act)  # type: ignore[arg-type] # ACTS holds acts
    sealed = seal(message, PUBLIC, "k1")
    assert unseal(sealed, PRIVATE, "k1") == message
    SealedAct(kiosk="k1", boot_id=BOOT, seq=1, age_ms=0, sealed=sealed)


def test_keys_are_32_bytes_and_43_characters_and_fresh() -> None:
    assert len(PRIVATE) == 32
    assert len(PUBLIC) == 43
    assert generate_private_key() != PRIVATE


def test_the_length_of_a_sealed_act_tells_nothing_of_it() -> None:
    lengths = {
        len(seal(kiosk_act(act, subject), PUBLIC, "k1")) for act in ACTS for subject in (None, "s" * 200)
    }
    assert len(lengths) == 1


def test_an_act_that_outgrows_the_padding_still_opens() -> None:
    message = KioskAct(act_id=BOOT, act=ACTS[0], seen=None, permission_revision=10**400)
    assert unseal(seal(message, PUBLIC, "k1"), PRIVATE, "k1") == message


def test_the_same_act_sealed_twice_looks_different_and_like_nothing() -> None:
    first, second = (seal(kiosk_act(), PUBLIC, "k1") for _ in range(2))
    assert first != second
    assert b"sun" not in base64.urlsafe_b64decode(first + "==")


def test_another_kiosks_act_does_not_open() -> None:
    with pytest.raises(WireError, match=r"^not sealed to this hub by this kiosk$"):
        unseal(seal(kiosk_act(), PUBLIC, "k1"), PRIVATE, "k2")


def test_an_act_for_another_hub_does_not_open() -> None:
    with pytest.raises(WireError, match=r"^not sealed to this hub by this kiosk$"):
        unseal(seal(kiosk_act(), PUBLIC, "k1"), generate_private_key(), "k1")


@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_an_act_altered_anywhere_does_not_open(position: int, flip: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(seal(kiosk_act(), PUBLIC, "k1") + "=="))
    raw[position % len(raw)] ^= flip
    with pytest.raises(WireError):
        unseal(base64.urlsafe_b64encode(raw).rstrip(b"=").decode(), PRIVATE, "k1")


@given(sealed=st.text(max_size=200) | st.from_regex(r"[0-9A-Za-z_-]{64,400}", fullmatch=True))
def test_garbage_does_not_open_and_is_not_quoted(sealed: str) -> None:
    with pytest.raises(WireError) as caught:
        unseal(sealed, PRIVATE, "k1")
    assert str(caught.value) == "not sealed to this hub by this kiosk"


def test_a_low_order_point_as_the_senders_key_does_not_open() -> None:
    with pytest.raises(WireError):
        unseal(base64.urlsafe_b64encode(bytes(64)).decode().rstrip("="), PRIVATE, "k1")


def test_what_is_sealed_rightly_but_is_no_act_is_a_wire_error() -> None:
    class NoAct(KioskAct):
        def model_dump_json(self, **_options: object) -> str:  # a kiosk gone wrong
            return '{"v":1,"canary":1}'

    with pytest.raises(WireError, match="not a KioskAct") as caught:
        unseal(seal(NoAct(act_id=BOOT, act=ACTS[0], seen=None), PUBLIC, "k1"), PRIVATE, "k1")
    assert "canary" not in str(caught.value)


def test_a_text_too_long_is_refused_before_any_arithmetic() -> None:
    with pytest.raises(WireError, match="over the limit of 16384"):
        unseal("A" * (MAX_MESSAGE_BYTES + 1), PRIVATE, "k1")


@pytest.mark.parametrize("bad", ["", "A", "é" * 43, "A" * 44, "A" * 43, PUBLIC + "!"])
def test_a_public_key_that_is_none_is_a_seal_error_and_is_not_quoted(bad: str) -> None:
    with pytest.raises(SealError) as caught:
        seal(kiosk_act(), bad, "k1")
    assert not bad or bad not in str(caught.value)


@pytest.mark.parametrize("bad", [b"", b"x" * 31, b"x" * 33])
def test_a_private_key_that_is_none_is_a_seal_error(bad: bytes) -> None:
    with pytest.raises(SealError, match=f"got {len(bad)}"):
        public_key(bad)
    with pytest.raises(SealError):
        unseal("A" * 64, bad, "k1")
