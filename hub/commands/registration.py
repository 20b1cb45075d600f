"""Registering a fob by agreement: its identity key is derived on both sides and never travels.

The hub's key pair is derived from the key file, so that nothing more has to be kept; the beacon's public key is
used once and not stored, so that a deleted identity key cannot be derived again.
"""

import hmac
from typing import Final

from hardware.beacon.agreement import AGREEMENT_KEY_BYTES, identity_key_for_resolver, public_key
from hardware.beacon.eid import MAX_BEACON_CLOCK_S, MAX_EXPONENT, compute_eid
from hardware.beacon.frames import EID_BYTES
from hardware.host.errors import DataError
from hub.store.vault import Vault

LABEL: Final = "fob agreement"


def resolver_public_key(vault: Vault) -> bytes:
    """The store's X25519 public key, 32 bytes, that a fob or app is given before it makes its own."""
    return public_key(vault.derive(LABEL))


def agreed_key(vault: Vault, beacon_public: bytes, first_eid: bytes, k: int, clock_s: float) -> bytes:
    """Derive a beacon's identity key and make sure that the beacon derived the same.

    Args:
        vault: the store's.
        beacon_public: the public key that the beacon told, 32 bytes.
        first_eid: the identifier that it told with it, 8 bytes.
        k: its rotation exponent.
        clock_s: what its clock showed then, seconds.

    Returns:
        The identity key, 16 bytes.

    Raises:
        DataError: what the beacon told has a wrong form, or its identifier is not of this key and clock.
    """
    for what, value, expected in (
        ("a beacon's public key", beacon_public, AGREEMENT_KEY_BYTES),
        ("a first identifier", first_eid, EID_BYTES),
    ):
        if len(value) != expected:
            raise DataError(
                f"{what} has {expected} bytes, not {len(value)}", fix="two hexadecimal digits a byte"
            )
    if not 0 <= k <= MAX_EXPONENT or not 0 <= clock_s <= MAX_BEACON_CLOCK_S:
        raise DataError("no beacon has this rotation or clock", fix="see what the tag's own app shows")
    try:
        ik = identity_key_for_resolver(vault.derive(LABEL), beacon_public)
    except ValueError:
        raise DataError(
            "this public key agrees on nothing", fix="let the beacon make a new key pair"
        ) from None
    # It may have rotated between the reading of its clock and of its identifier, in either order.
    around = (int(clock_s) + step * (1 << k) for step in (-1, 0, 1))
    if not any(
        hmac.compare_digest(compute_eid(ik, k, ts), first_eid)
        for ts in around
        if 0 <= ts <= MAX_BEACON_CLOCK_S
    ):
        raise DataError(
            "the beacon's first identifier is of another key or clock; nothing was stored",
            fix="give the beacon this store's key (member agreement-key), then register with what it tells",
        )
    return ik
