"""The possession proof of the app: bound to key, kiosk and half a minute."""

import re

from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.tap import WINDOW_S, SpokenCode, tap_code

KEYS = st.binary(min_size=16, max_size=16)
TIMES = st.floats(0, 4e9)


def test_the_code_never_changes_its_form() -> None:
    """An app in people's pockets computes the same: this pins it."""
    assert tap_code(bytes(range(16)), "checkout-1", 1_700_000_000.0) == "T-8S89JGX7W2GH"


@given(KEYS, TIMES)
def test_it_can_be_typed_and_travels_as_a_code(ik: bytes, time_s: float) -> None:
    assert re.fullmatch(r"T-[0-9A-HJKMNP-TV-Z]{12}", tap_code(ik, "kiosk", time_s))


def accepts(code: str, ik: bytes, kiosk: str, time_s: float) -> bool:
    spoken = SpokenCode.read(code, kiosk, time_s)
    return any(spoken.made_by(ik, half_minute) for half_minute in spoken.half_minutes)


@given(KEYS, TIMES)
def test_the_hub_accepts_the_windows_beside_and_no_other(ik: bytes, time_s: float) -> None:
    for late_s in (-WINDOW_S, 0.0, WINDOW_S):
        assert accepts(tap_code(ik, "kiosk", time_s + late_s), ik, "kiosk", time_s)
    for late_s in (-2.5 * WINDOW_S, 2.5 * WINDOW_S):
        assert not accepts(tap_code(ik, "kiosk", time_s + late_s), ik, "kiosk", time_s)


def test_a_code_opens_nothing_at_another_kiosk_or_with_another_key() -> None:
    """C3: what was overheard is worth nothing elsewhere."""
    code = tap_code(bytes(16), "kiosk-1", 0.0)
    assert accepts(code.lower(), bytes(16), "kiosk-1", 0.0)
    assert not accepts(code, bytes(16), "kiosk-2", 0.0)
    assert not accepts(code, bytes([1]) * 16, "kiosk-1", 0.0)


@given(st.text(), TIMES)
def test_what_is_no_code_is_accepted_from_nobody(text: str, time_s: float) -> None:
    assert not accepts(text, bytes(16), "kiosk", time_s)
    assert not accepts("T-" + text, bytes(16), "kiosk", time_s)
