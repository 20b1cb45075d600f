"""Seals a kiosk's acts to the hub's public key, so that no broker, disk or other kiosk reads or alters one.

RFC 9180 (HPKE), base mode, single shot: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. The
kiosk's name is bound in `info`, so a sealed act taken from one kiosk does not open as another's. Base mode
does not say who sealed (the broker's access list does), and a replay is stopped by `act_id` and `seq`.
"""

import base64
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from hub.wire.base import MAX_MESSAGE_BYTES
from hub.wire.codec import WireError, decode_as
from hub.wire.display import KioskAct

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)

PAD_BYTES: Final = 512
"""Plaintexts are padded to a multiple of this. The largest sensible act is about 420 bytes, so every act has
the same length on the wire, and the length does not tell a touch from a withdrawal."""


class SealError(ValueError):
    """This is not a key of the hub. Says why, never quotes the key."""


def generate_private_key() -> bytes:
    """Make a fresh X25519 private key: 32 raw bytes, for the hub's key file only."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_key(private: bytes) -> str:
    """Derive the public key kiosks are configured with: base64url without padding, 43 characters.

    Raises:
        SealError: `private` is not 32 bytes.
    """
    return _to_text(_private(private).public_key().public_bytes_raw())


def seal(message: KioskAct, public_key: str, kiosk: str) -> str:
    """Encrypt one act for the hub.

    Args:
        message: what a person did.
        public_key: the hub's, as `public_key()` gives it.
        kiosk: the name of the kiosk that sends it.

    Returns:
        base64url without padding, fit for `SealedAct.sealed`: encapsulated key, ciphertext, tag.

    Raises:
        SealError: `public_key` is no usable X25519 public key.
    """
    plain = message.model_dump_json().encode()
    padded = plain.ljust(-(-len(plain) // PAD_BYTES) * PAD_BYTES)  # spaces after a JSON value mean nothing
    try:
        key = X25519PublicKey.from_public_bytes(_from_text(public_key))
        return _to_text(_SUITE.encrypt(padded, key, info=_info(kiosk)))
    except ValueError:
        raise SealError("not an X25519 public key of 43 base64url characters") from None


def unseal(sealed: str, private: bytes, kiosk: str) -> KioskAct:
    """Decrypt and validate what `seal` made.

    Args:
        sealed: base64url text of whatever came over the wire.
        private: the hub's private key.
        kiosk: the kiosk that the topic names.

    Raises:
        WireVersionError: an act of a newer kiosk (see `hub.wire.base`).
        WireError: not base64url, too long, altered, sealed to another key or by another kiosk, or no act.
        SealError: `private` is not 32 bytes.
    """
    key = _private(private)
    if len(sealed) > MAX_MESSAGE_BYTES:
        raise WireError(f"sealed text of {len(sealed)} characters is over the limit of {MAX_MESSAGE_BYTES}")
    try:
        plain = _SUITE.decrypt(_from_text(sealed), key, info=_info(kiosk))
    except (InvalidTag, ValueError):
        # One answer for every cause: which check failed is nobody's business.
        raise WireError("not sealed to this hub by this kiosk") from None
    return decode_as(KioskAct, plain)


def _info(kiosk: str) -> bytes:
    return b"comptoir/v1 act " + kiosk.encode()


def _private(raw: bytes) -> X25519PrivateKey:
    try:
        return X25519PrivateKey.from_private_bytes(raw)
    except ValueError:
        raise SealError(f"an X25519 private key is 32 bytes, got {len(raw)}") from None


def _to_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _from_text(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
