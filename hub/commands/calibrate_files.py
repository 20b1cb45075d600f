"""The files of a calibration: what is there is never half overwritten, and keeps its rights and its owner."""

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from hardware.host.errors import NoInputError, StorageError

NEW_MODE: Final = 0o644
"""Of a file that was not there: a map and a walk hold no secret, and the hub may run as another user."""


def read_input(path: Path, max_bytes: int) -> str:
    """Read a text file somebody named.

    Raises:
        NoInputError: it is missing, unreadable, larger than `max_bytes` or not UTF-8.
    """
    try:
        if path.stat().st_size > max_bytes:
            raise NoInputError(
                f"larger than {max_bytes} bytes", where=str(path), fix="is this the right file?"
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise NoInputError(
            f"cannot be read: {error.strerror}", where=str(path), fix="check its path and rights"
        ) from None
    except UnicodeDecodeError:
        raise NoInputError("not UTF-8 text", where=str(path), fix="is this the right file?") from None


def check_writable(path: Path) -> None:
    """Make sure, before anybody walks, that a file can be written afterwards: by writing one beside it.

    Raises:
        StorageError: it cannot.
    """
    probe = _beside(path, ".probe")
    try:
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(0, "no right to write it")
        probe.touch(exist_ok=True)
        probe.unlink()
    except OSError as error:
        raise _cannot_write(path, error) from None


def write_whole(path: Path, content: bytes, like: Path | None = None) -> None:
    """Write a file so that at any moment, also after a power cut, it is the old one or the new one. A link stays one.

    Args:
        path: where.
        content: all of it.
        like: the file whose rights and owner it gets; None: those it had, `NEW_MODE` if it is new.

    Raises:
        StorageError: it cannot be written; the old one is as it was.
    """
    path = path.resolve()
    fresh = _beside(path, ".new")
    try:
        old = _status(path if like is None else like)
        with fresh.open("wb") as file:
            os.fchmod(file.fileno(), NEW_MODE if old is None else stat.S_IMODE(old.st_mode))
            if old is not None and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise _cannot_write(path, error) from None


def back_up(path: Path) -> Path:
    """Copy a file to one of its name and `.bak`, with the same rights; an older copy is replaced.

    Raises:
        StorageError: the copy cannot be written.
    """
    path = path.resolve()
    copy = path.with_name(path.name + ".bak")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _cannot_write(copy, error) from None
    write_whole(copy, content, like=path)
    return copy


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _beside(path: Path, ending: str) -> Path:
    resolved = path.resolve()
    return resolved.with_name(f".{resolved.name}{ending}")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot be written: {error.strerror}",
        where=str(path),
        fix="check the folder, its rights and its space; what stood there is unchanged",
    )
