"""The key pair kiosks seal acts to, derived from the hub's key file: one file to keep, one to restore."""

from hub.store.vault import Vault
from hub.wire import seal

LABEL = "kiosk acts"


def kiosk_private_key(vault: Vault) -> bytes:
    """The X25519 private key: 32 bytes, never written anywhere."""
    return vault.derive(LABEL)


def kiosk_public_key(vault: Vault) -> str:
    """What every kiosk of the store is configured with: base64url, 43 characters."""
    return seal.public_key(kiosk_private_key(vault))
