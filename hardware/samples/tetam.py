"""The recorded walk: one beacon, twelve scanners, the true place at each moment.

From TETAM, "Position Annotated BLE RSSI Dataset for Indoor Localization" (Daniş et al., Pervasive and Mobile
Computing 81, 2022), CC0. How the extract was made: hardware/README.md.
"""

import csv
import gzip
import io
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal

from hardware.host.errors import DataError

SPLIT_X_M: Final = 10.2
SPLIT_Y_M: Final = 8.9
"""Where the floor is cut into four quadrants; scanner "sensor4x" stands in quadrant 4, and so on."""

Place = Literal["checkout", "aisle"]
"""Checkout: quadrant 4 at (13.62, 4.13) m. Aisle: quadrant 2 at (8.18, 17.28) m."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """A fixed receiver: its alias and where it stands, metres."""

    name: str
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class WalkSample:
    """One advertisement as one scanner heard it, and where the beacon truly was (± 4 cm)."""

    offset_s: float
    scanner: str
    rssi_dbm: int
    x_m: float
    y_m: float

    @property
    def quadrant(self) -> int:
        """1 low x low y, 2 low x high y, 3 high x high y, 4 high x low y."""
        if self.x_m < SPLIT_X_M:
            return 1 if self.y_m < SPLIT_Y_M else 2
        return 4 if self.y_m < SPLIT_Y_M else 3


def scanners() -> tuple[Scanner, ...]:
    """Load the twelve scanners, by name."""
    return tuple(
        Scanner(row["scanner"], float(row["x_m"]), float(row["y_m"])) for row in _rows("tetam_scanners.csv")
    )


def load_walk() -> tuple[WalkSample, ...]:
    """Load the whole rectangular track: 1,935 samples in 83.7 s, by time; quadrants 4, 1, 2, 3, 4."""
    return _samples("tetam_rectangular.csv.gz")


def load_static(place: Place = "checkout") -> tuple[WalkSample, ...]:
    """Load a minute of the beacon standing still."""
    return _samples(f"tetam_static_{place}.csv.gz")


def _samples(name: str) -> tuple[WalkSample, ...]:
    return tuple(
        WalkSample(
            float(row["offset_s"]), row["scanner"], int(row["rssi_dbm"]), float(row["x_m"]), float(row["y_m"])
        )
        for row in _rows(name)
    )


def _rows(name: str) -> list[dict[str, str]]:
    try:
        content = files("hardware.samples").joinpath(name).read_bytes()
        text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(
            f"the shipped sample cannot be read: {error}", where=name, fix="install comptoir again"
        ) from None
    return list(csv.DictReader(io.StringIO(text)))
