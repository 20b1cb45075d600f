"""What the readers of recordings share: lines that cannot be used are left out and told, by file and line."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from tests.score.figures import Json

WEAKEST_DBM = -126
STRONGEST_DBM = 20
"""What the HCI of Bluetooth can say of a strength (Core 5.4, vol. 4 part E, 7.7.65.2); 127 means none, and 0 and −127
are what hosts make of none."""


SHOWN_LINES = 20
"""Lines left out that are told by name; a damaged file has more."""


@dataclass(slots=True)
class Unusable:
    """The lines of the files that were left out, as `file:line: reason`."""

    lines: list[str] = field(default_factory=list)

    def to_json(self) -> Json:
        """How many, and the first of them."""
        return {"count": len(self.lines), "first": self.lines[:SHOWN_LINES]}

    def for_people(self) -> list[str]:
        """The same as lines of text; none when none was left out."""
        if not self.lines:
            return []
        shown = self.lines[:SHOWN_LINES]
        more = len(self.lines) - len(shown)
        rest = [f"… and {more} more"] if more else []
        return [f"{len(self.lines)} unusable values or lines were left out:", *shown, *rest]

    def add(self, file: Path, line: int, reason: str) -> None:
        """Take note of one."""
        self.lines.append(f"{file.name}:{line}: {reason}")


def finite(text: str) -> float:
    """Read a finite number.

    Raises:
        ValueError: it is none.
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text.strip()!r} is not finite")
    return value


def strength_dbm(text: str) -> int:
    """Read a strength a radio can have measured.

    Raises:
        ValueError: it is none.
    """
    value = int(finite(text))
    if value == 0 or not WEAKEST_DBM <= value <= STRONGEST_DBM:
        raise ValueError(f"no radio measures {value} dBm")
    return value
