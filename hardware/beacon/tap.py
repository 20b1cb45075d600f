"""The code a shopper's app shows or sends to a kiosk: proof that the beacon's key is in this hand, now, here.

It is bound to the kiosk and to half a minute, so that a code read over a shoulder opens nothing elsewhere or
later. A radio identifier proves no such thing: anybody nearby can repeat it (design, "Presence is a hint").
"""

import hmac
import struct
from dataclasses import dataclass, field
from typing import Final

WINDOW_S: Final = 30.0
"""Time to walk two steps and hold a phone out; RFC 6238 (one-time passwords) takes the same, likewise."""

CODE_CHARACTERS: Final = 12
"""60 bits: no guessing, and still short enough to be typed by hand when the camera fails."""

PREFIX: Final = "T-"
_LABEL: Final = b"comptoir tap v1"
_MASK: Final = (1 << 5 * CODE_CHARACTERS) - 1

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
    number = _number(ik, _signed(kiosk, int(time_s // WINDOW_S)))
    return PREFIX + "".join(_ALPHABET[number >> shift & 31] for shift in range(0, 5 * CODE_CHARACTERS, 5))


@dataclass(frozen=True, slots=True)
class SpokenCode:
    """A code somebody showed at a kiosk, ready to be compared with many keys.

    Attributes:
        number: the bits the code stands for; −1 when it is no code at all.
        half_minutes: what is signed in the windows that count: this one, the one before (a slow hand), the
            next (a fast clock); none when it is no code at all.
    """

    number: int = field(repr=False)
    half_minutes: tuple[bytes, ...]

    @classmethod
    def read(cls, code: str, kiosk: str, time_s: float) -> "SpokenCode":
        """Read a code, in capitals or not, that was shown at a kiosk at `time_s`."""
        code = code.upper()
        values = [_ALPHABET.find(character) for character in code.removeprefix(PREFIX)]
        if not code.startswith(PREFIX) or len(values) != CODE_CHARACTERS or -1 in values:
            return cls(-1, ())
        window = int(time_s // WINDOW_S)
        number = sum(value << 5 * at for at, value in enumerate(values))
        return cls(number, tuple(_signed(kiosk, window + step) for step in (0, -1, 1)))

    def made_by(self, ik: bytes, half_minute: bytes) -> bool:
        """Whether the beacon with this identity key made the code in that half minute."""
        return _number(ik, half_minute) == self.number


def _signed(kiosk: str, window: int) -> bytes:
    # A kiosk's name holds no NUL, so the parts cannot be shifted into each other.
    return b"\0".join((_LABEL, kiosk.encode(), struct.pack(">q", window)))


def _number(ik: bytes, signed: bytes) -> int:
    return int.from_bytes(hmac.digest(ik, signed, "sha256")[:8], "big") & _MASK
