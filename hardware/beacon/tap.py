"""The code a shopper's app shows or sends to a kiosk: proof that the beacon's key is in this hand, now, here.

It is bound to the kiosk and to half a minute, so that a code read over a shoulder opens nothing elsewhere or
later. A radio identifier proves no such thing: anybody nearby can repeat it (design, "Presence is a hint").
"""

import hashlib
import hmac
import struct
from typing import Final

WINDOW_S: Final = 30.0
"""Time to walk two steps and hold a phone out; RFC 6238 (one-time passwords) takes the same, likewise."""

CODE_CHARACTERS: Final = 12
"""60 bits: no guessing, and still short enough to be typed by hand when the camera fails."""

PREFIX: Final = "T-"
_LABEL: Final = b"comptoir tap v1"

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which people misread (https://www.crockford.com/base32.html)."""


def tap_code(ik: bytes, kiosk: str, time_s: float) -> str:
    """Compute the code of one beacon for one kiosk at one moment.

    Args:
        ik: the beacon's identity key, 16 bytes.
        kiosk: the kiosk's name, as on the wire.
        time_s: store time, UTC seconds; the app takes the phone's.

    Returns:
        "T-" and 12 characters of Crockford's base 32, from HMAC-SHA256(ik, label | kiosk | 30-s window).
    """
    return _code_of_window(ik, kiosk, int(time_s // WINDOW_S))


def tap_codes(ik: bytes, kiosk: str, time_s: float) -> tuple[str, str, str]:
    """Compute the codes the hub accepts at `time_s`.

    Returns:
        Those of the window before (a slow hand), of this one, and of the next (a fast clock).
    """
    window = int(time_s // WINDOW_S)
    before, now, after = (_code_of_window(ik, kiosk, window + step) for step in (-1, 0, 1))
    return before, now, after


def _code_of_window(ik: bytes, kiosk: str, window: int) -> str:
    # A kiosk's name holds no NUL, so the parts cannot be shifted into each other.
    message = b"\0".join((_LABEL, kiosk.encode(), struct.pack(">q", window)))
    number = int.from_bytes(hmac.digest(ik, message, hashlib.sha256)[:8], "big")
    return PREFIX + "".join(_ALPHABET[number >> shift & 31] for shift in range(0, 5 * CODE_CHARACTERS, 5))
