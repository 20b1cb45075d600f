"""The small tree of errors a person caused or can mend, each with its exit code (sysexits.h)."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum


class ExitCode(IntEnum):
    """The sysexits.h codes this system uses."""

    OK = 0
    USAGE = 64
    DATA = 65
    NO_INPUT = 66
    UNAVAILABLE = 69
    SOFTWARE = 70
    OS = 71
    CANNOT_CREATE = 73
    IO = 74
    TEMPORARY = 75
    NO_PERMISSION = 77
    CONFIG = 78


class ComptoirError(Exception):
    """One message for a person: what is wrong, where, and what to do. Never shown with a traceback."""

    exit_code = ExitCode.SOFTWARE

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what, self.where, self.fix = what, where, fix
        parts = [f"{where}: {what}" if where else what]
        if fix:
            parts.append(fix)
        super().__init__(" — ".join(parts))


class ConfigError(ComptoirError):
    """A configuration or program file is missing, unreadable or wrong."""

    exit_code = ExitCode.CONFIG


class DataError(ComptoirError):
    """Input data (a CSV, a recording) is wrong."""

    exit_code = ExitCode.DATA


class NoInputError(ComptoirError):
    """An input file does not exist or cannot be read."""

    exit_code = ExitCode.NO_INPUT


class UnavailableError(ComptoirError):
    """A service this one needs (broker, port, radio) cannot be had."""

    exit_code = ExitCode.UNAVAILABLE


class StorageError(ComptoirError):
    """A database or file on disk is damaged or cannot be written."""

    exit_code = ExitCode.IO


class PermissionDeniedError(ComptoirError):
    """The operating system or the rules of the house refuse."""

    exit_code = ExitCode.NO_PERMISSION


@contextmanager
def one_error(*kinds: type[Exception]) -> Iterator[None]:
    """Around a task group: its first error of these kinds comes out alone, one message is enough for a person.

    A group that holds anything else comes out whole. (`except*` will not do: before Python 3.11.4 it wraps what is
    raised inside it into a group again.)
    """
    try:
        yield
    except BaseExceptionGroup as group:
        ours, others = group.split(kinds)
        if ours is None or others is not None:
            raise
        raise _first(ours) from None


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
