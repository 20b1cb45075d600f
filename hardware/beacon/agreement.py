"""How beacon and resolver come to share an identity key that never travels (Eddystone-EID, "registration").

The resolver publishes an X25519 public key; the beacon makes its own pair, derives the identity key, and tells
its public key, its clock and its first identifier, by which the resolver sees that both derived the same.
Source: https://github.com/google/eddystone/blob/master/eddystone-eid/eid-computation.md.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hardware.beacon.eid import KEY_BYTES

AGREEMENT_KEY_BYTES: Final = 32


def public_key(private_key: bytes) -> bytes:
    """Derive the public key, 32 bytes, of an X25519 private key, 32 bytes."""
    return (
        X25519PrivateKey.from_private_bytes(private_key)
        .public_key()
        .public_bytes(Encoding.Raw, PublicFormat.Raw)
    )


def identity_key_for_resolver(resolver_private: bytes, beacon_public: bytes) -> bytes:
    """Derive the identity key on the resolver's side.

    Args:
        resolver_private: X25519 private key, 32 bytes.
        beacon_public: what the beacon told, 32 bytes.

    Returns:
        16 bytes: the head of HKDF-SHA256(shared secret, salt = resolver's public key | beacon's, no info).

    Raises:
        ValueError: the beacon's key has a wrong length, or is one of the few that make every secret zero.
    """
    shared = _exchange(resolver_private, beacon_public)
    return _identity_key(shared, public_key(resolver_private) + beacon_public)


def identity_key_for_beacon(beacon_private: bytes, resolver_public: bytes) -> bytes:
    """Derive the same on the beacon's side; arguments and errors likewise."""
    shared = _exchange(beacon_private, resolver_public)
    return _identity_key(shared, resolver_public + public_key(beacon_private))


def _exchange(private: bytes, public: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))


def _identity_key(shared: bytes, salt: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, b"").derive(shared)
