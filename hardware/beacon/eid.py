"""Eddystone-EID: eight bytes that change every 2^K seconds and mean nothing without the identity key.

Source: https://github.com/google/eddystone/blob/master/eddystone-eid/eid-computation.md. The clock `ts` is
the beacon's own count of seconds, 32 bits; what it has to do with the time of day is the registrar's
knowledge.
"""

import struct
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import ECB

from hardware.beacon.frames import EID_BYTES

KEY_BYTES: Final = 16

MAX_EXPONENT: Final = 15
"""Largest rotation exponent K of the specification: one identifier for 2^15 s, about nine hours."""

DEFAULT_EXPONENT: Final = 10
"""K of tags as sold: one identifier for 1024 s, about seventeen minutes."""

MAX_BEACON_CLOCK_S: Final = 2**32 - 1

MAX_CLOCK_ERROR: Final = 150e-6
"""How wrong a beacon's clock may run by the specification: seconds a second (13 s a day)."""

_EID_BLOCK: Final = struct.Struct(">11xBI")
_ECB: Final = ECB()  # noqa: S305 - single blocks; the specification's own construction


def temporary_key(ik: bytes, ts: int) -> bytes:
    """Derive the key that serves for 2^16 s of the beacon's clock.

    Args:
        ik: the identity key, 16 bytes.
        ts: beacon clock in seconds, 0 … 2^32 − 1; only its upper 16 bits count.

    Returns:
        16 bytes: AES128(ik, 0^11 FF 0000 ts[31:16]).

    Raises:
        ValueError: the key is not 16 bytes, or the clock does not fit 32 bits.
    """
    _check_clock(ts)
    return _encrypt_block(ik, struct.pack(">11xBHH", 0xFF, 0, ts >> 16))


def eid_of_temporary_key(tk: bytes, k: int, ts: int) -> bytes:
    """Derive the identifier on the air from a temporary key.

    Args:
        tk: what `temporary_key` gave for this `ts`.
        k: rotation exponent, 0 … 15.
        ts: beacon clock in seconds; its lowest k bits do not count.

    Returns:
        8 bytes: the head of AES128(tk, 0^11 k u32be(ts >> k << k)).

    Raises:
        ValueError: see `temporary_key`; or k is out of range.
    """
    _check_clock(ts)
    if not 0 <= k <= MAX_EXPONENT:
        raise ValueError(f"rotation exponent must be 0 to {MAX_EXPONENT}, got {k}")
    return _encrypt_block(tk, _EID_BLOCK.pack(k, ts >> k << k))[:EID_BYTES]


def eids_of_temporary_key(tk: bytes, k: int, first_window: int, count: int) -> tuple[int, ...]:
    """Derive the identifiers of windows in a row at the price of one: the key schedule costs more than 64 blocks.

    Args:
        tk: the temporary key of all these windows.
        k: rotation exponent, 0 … 15.
        first_window: beacon clock >> k of the first.
        count: how many, at least 1; all within the 2^16 s of `tk`.

    Returns:
        Each identifier's 8 bytes as one big-endian number.
    """
    assert first_window << k >> 16 == (first_window + count - 1) << k >> 16, "windows of two temporary keys"
    blocks = b"".join(_EID_BLOCK.pack(k, window << k) for window in range(first_window, first_window + count))
    encrypted = Cipher(AES128(tk), _ECB).encryptor().update(blocks)
    return struct.unpack(">" + "Q8x" * count, encrypted)


def compute_eid(ik: bytes, k: int, ts: int) -> bytes:
    """Compute the 8 bytes a beacon advertises at its clock `ts`.

    Arguments and errors: see `temporary_key` and `eid_of_temporary_key`.
    """
    return eid_of_temporary_key(temporary_key(ik, ts), k, ts)


def _check_clock(ts: int) -> None:
    if not 0 <= ts <= MAX_BEACON_CLOCK_S:
        raise ValueError(f"beacon clock must be 0 to {MAX_BEACON_CLOCK_S} s, got {ts}")


def _encrypt_block(key: bytes, block: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"key must be {KEY_BYTES} bytes, got {len(key)}")
    # A block cipher without padding has nothing left for `finalize` to say.
    return Cipher(AES128(key), _ECB).encryptor().update(block)
