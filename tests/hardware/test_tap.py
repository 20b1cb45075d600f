"""The possession proof of the app: bound to key, kiosk and half a minute."""

import re

from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.tap import WINDOW_S, tap_code, tap_codes

KEYS = st.binary(min_size=16, max_size=16)
TIMES = st.floats(0, 4e9)


def test_the_code_never_changes_its_form() -> None:
    """An app in people's pockets computes the same: this pins it."""
    assert tap_code(bytes(range(16)), "checkout-1", 1_700_000_000.0) == "T-8S89JGX7W2GH"


@given(KEYS, TIMES)
def test_it_can_be_typed_and_travels_as_a_code(ik: bytes, time_s: float) -> None:
    assert re.fullmatch(r"T-[0-9A-HJKMNP-TV-Z]{12}", tap_code(ik, "kiosk", time_s))


@given(KEYS, TIMES)
def test_the_hub_accepts_the_windows_beside_and_no_other(ik: bytes, time_s: float) -> None:
    accepted = tap_codes(ik, "kiosk", time_s)
    for late_s in (-WINDOW_S, 0.0, WINDOW_S):
        assert tap_code(ik, "kiosk", time_s + late_s) in accepted
    assert tap_code(ik, "kiosk", time_s + 2.5 * WINDOW_S) not in accepted
    assert tap_code(ik, "kiosk", time_s - 2.5 * WINDOW_S) not in accepted


def test_a_code_opens_nothing_at_another_kiosk_or_with_another_key() -> None:
    """C3: what was overheard is worth nothing elsewhere."""
    code = tap_code(bytes(16), "kiosk-1", 0.0)
    assert code not in tap_codes(bytes(16), "kiosk-2", 0.0)
    assert code not in tap_codes(bytes([1]) * 16, "kiosk-1", 0.0)
