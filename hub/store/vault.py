"""The hub's key: a file of its own, and every cipher derived from it.

The database alone shows no card number, no fob key and no link from a member to an account: they are
encrypted under a key per member, and the member keys are wrapped by a key derived from this file
(acceptance C7). One key per member, so that destroying it is enough to erase the person, whatever copies of
the ciphertext remain.
"""

import hmac
import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hardware.host.entropy import Entropy
from hardware.host.errors import PermissionDeniedError, StorageError

KEY_BYTES = 32
"""AES-256; also the length of every derived key."""

_NONCE_BYTES = 12
_HEADER = "comptoir-hub-key-1 "
_WIDER_THAN_OWNER = stat.S_IRWXG | stat.S_IRWXO


class Sealed:
    """One AES-GCM key and the place-bound encryption every column uses.

    The place (`table|column|row`) is authenticated with the text, so that a ciphertext copied into another
    row or column does not open there.
    """

    def __init__(self, key: bytes, entropy: Entropy) -> None:
        self._cipher = AESGCM(key)
        self._entropy = entropy

    def seal(self, plain: bytes, table: str, column: str, row_id: str) -> bytes:
        """Nonce and ciphertext of `plain` for that place."""
        nonce = self._entropy.token(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, _place(table, column, row_id))

    def unseal(self, sealed: bytes, table: str, column: str, row_id: str) -> bytes:
        """The text sealed for that place.

        Raises:
            StorageError: it was changed, moved from another place, or sealed under another key.
        """
        try:
            return self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _place(table, column, row_id)
            )
        except (InvalidTag, ValueError):
            raise StorageError(
                "an encrypted value does not open: it was changed, or the key file is another store's",
                where=f"{table}.{column}",
                fix="restore the database and the key file from the same backup",
            ) from None


def _place(table: str, column: str, row_id: str) -> bytes:
    return f"{table}|{column}|{row_id}".encode()


@dataclass(frozen=True, slots=True)
class Vault:
    """Everything derived from the hub's key (HKDF-SHA256, RFC 5869, one label per use).

    Args:
        master: 32 bytes, the content of the key file.
        entropy: where member keys and nonces come from.
    """

    master: bytes
    entropy: Entropy

    def __repr__(self) -> str:
        return "Vault(…)"

    def derive(self, label: str) -> bytes:
        """A 32-byte key of its own for one use, for example `"subject tokens"`."""
        return HKDF(
            algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"comptoir/1/{label}".encode()
        ).derive(self.master)

    def index(self, kind: str, value: bytes) -> bytes:
        """Blind index (HMAC-SHA256) by which a card number or a fob key is found without being readable.

        A plain hash would be guessed: a seven-digit card number falls in under a second.
        """
        return hmac.new(self.derive("blind index"), kind.encode() + b"|" + value, sha256).digest()

    def new_member_key(self, member_id: str) -> bytes:
        """A fresh member key, wrapped; only the wrapped form is ever stored."""
        return self._wrapper().seal(self.entropy.token(KEY_BYTES), "members", "wrapped_key", member_id)

    def member(self, member_id: str, wrapped_key: bytes) -> Sealed:
        """The cipher of one member.

        Raises:
            StorageError: the wrapped key is damaged or of another store.
        """
        key = self._wrapper().unseal(wrapped_key, "members", "wrapped_key", member_id)
        return Sealed(key, self.entropy)

    def _wrapper(self) -> Sealed:
        return Sealed(self.derive("wrap member keys"), self.entropy)


def open_vault(key_file: Path, database: Path, entropy: Entropy) -> Vault:
    """The vault of a store; its key file is created together with the store, and never a second time.

    Call it before the database is opened: a missing key is only a first start while there is no database.

    Raises:
        PermissionDeniedError: others than the owner may read the key file.
        StorageError: the key file is missing beside an existing database, damaged, or cannot be written.
    """
    try:
        if not key_file.exists():
            if database.exists():
                raise StorageError(
                    "the key file is missing, but its database exists",
                    where=str(key_file),
                    fix="restore the key file from its backup; a new key could not open this store's members",
                )
            _create(key_file, entropy)
        return Vault(_read(key_file), entropy)
    except OSError as error:
        raise StorageError(
            f"the key file cannot be used: {error.strerror}",
            where=str(key_file),
            fix="check the folder and its rights",
        ) from None


def _create(key_file: Path, entropy: Entropy) -> None:
    key_file.parent.mkdir(parents=True, exist_ok=True)
    draft = key_file.with_name(f".{key_file.name}.{entropy.new_id()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(_HEADER + entropy.token(KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link fails where a rename would replace: of two first starts at once, one key wins and both read
        # it.
        os.link(draft, key_file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _read(key_file: Path) -> bytes:
    mode = key_file.stat().st_mode
    if mode & _WIDER_THAN_OWNER:
        raise PermissionDeniedError(
            f"the key file may be read by others (mode {stat.S_IMODE(mode):04o})",
            where=str(key_file),
            fix=f"chmod 600 {key_file}",
        )
    try:
        text = key_file.read_text(encoding="ascii")
        master = bytes.fromhex(text.removeprefix(_HEADER)) if text.startswith(_HEADER) else b""
    except ValueError:
        master = b""
    if len(master) != KEY_BYTES:
        raise StorageError("not a key file", where=str(key_file), fix="restore it from its backup")
    return master
