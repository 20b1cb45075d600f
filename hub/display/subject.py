"""The token that says, for the hub's eyes only, whom a personal view is about.

A kiosk sends it back with an act. It holds everything needed, so that a stop from a kiosk that was cut off
names its person also after the hub has restarted (acceptance A8).
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hardware.host.entropy import Entropy

_NONCE_BYTES: Final = 12
_CLAIM: Final = struct.Struct(">8sQ")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a view was about, and the revision of their permissions it was made under."""

    member_id: str
    permission_revision: int


class Subjects:
    """Makes and reads tokens.

    Args:
        key: 32 bytes, for this use alone (`Vault.derive("subject tokens")`).
        entropy: where nonces come from.
    """

    def __init__(self, key: bytes, entropy: Entropy) -> None:
        self._cipher = AESGCM(key)
        self._entropy = entropy

    def seal(self, subject: Subject, kiosk: str) -> str:
        """A token of 59 URL-safe characters, good at this kiosk only."""
        nonce = self._entropy.token(_NONCE_BYTES)
        claim = _CLAIM.pack(bytes.fromhex(subject.member_id), subject.permission_revision)
        return (
            urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, claim, kiosk.encode())).decode().rstrip("=")
        )

    def unseal(self, token: str, kiosk: str) -> Subject | None:
        """The subject of a token; None when it is not one of ours for this kiosk."""
        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            claim = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], kiosk.encode())
            member, revision = _CLAIM.unpack(claim)
        except (ValueError, InvalidTag, struct.error):
            return None
        return Subject(member.hex(), revision)
