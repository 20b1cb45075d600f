"""The programs under us: Python and SQLite."""

import sys
from importlib.metadata import version
from typing import Final

from hardware.host.doctor.database import library_version
from hardware.host.doctor.finding import Finding, ok, problem

MIN_SQLITE: Final = (3, 37, 0)
"""STRICT tables, which every database here has (https://www.sqlite.org/stricttables.html)."""


def look() -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """Versions of Python, of the SQLite library and of this distribution."""
    return sys.version_info[:3], library_version(), version("comptoir")


def judge(python: tuple[int, ...], sqlite: tuple[int, ...], own: str) -> Finding:
    """Whether this SQLite can be worked with (the installer has looked at Python)."""
    observed = f"comptoir {own}, Python {_dotted(python)}, SQLite {_dotted(sqlite)}"
    if sqlite >= MIN_SQLITE:
        return ok("software", observed)
    return problem(
        "software", observed, f"update the system: SQLite {_dotted(MIN_SQLITE)} or later is needed"
    )


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
