"""A fob's key in a file: made once, read as `comptoir hub member fob` reads it, never shown."""

import contextlib
import os
import sys
from pathlib import Path

from hardware.beacon.eid import KEY_BYTES
from hardware.host.entropy import Entropy
from hardware.host.errors import DataError, NoInputError, StorageError

STDIN = "-"
_MAX_BYTES = 4096
"""A key is 33 bytes; more than a page is another file."""


def read_key(source: str) -> bytes:
    """A fob's key from a file or, for `-`, from standard input: 32 hexadecimal digits.

    Like the hub's reader it takes a file others may read: a fob's key is made to be carried to the hub, and both
    commands must take the same file.

    Raises:
        NoInputError: the file cannot be read.
        DataError: it holds no key. What it holds is not quoted: it may be most of one.
    """
    where = "standard input" if source == STDIN else source
    try:
        # Bytes: how Python decodes standard input depends on the locale. One line, as a person types it.
        line = sys.stdin.buffer.readline(_MAX_BYTES) if source == STDIN else _read(Path(source))
        key = bytes.fromhex(line.decode("ascii"))
    except OSError as error:
        raise NoInputError(
            f"cannot be read: {error.strerror}", where=where, fix="comptoir node new-key makes one"
        ) from None
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise DataError("not a fob's key", where=where, fix="32 hexadecimal digits, as node new-key writes")
    return key


def make_key(path: Path, entropy: Entropy) -> bool:
    """Write a fresh key to `path`, readable by its owner only, unless there is one.

    Returns:
        Whether a key was made; False: the file held one and was left as it is.

    Raises:
        StorageError: the file cannot be written.
        DataError, NoInputError: there is a file, and it holds no key (see `read_key`).
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        read_key(str(path))
        return False
    except OSError as error:
        raise _cannot_write(path, error) from None
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(entropy.token(KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise _cannot_write(path, error) from None
    return True


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MAX_BYTES)


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot be written: {error.strerror}",
        where=str(path),
        fix="check the folder, its rights and its space",
    )
