"""Reads a folder laid out like SAL-RB: sniffers inside and outside a door, a photosensor's truth ten times a second.

`*.csv`: superframe (100 ms), a column of dBm per sniffer (O-… outside, I-… inside, −100 = missed), Label (0 outside,
above inside). `measurement_config.txt`: where the sniffers stand, metres. Rows may be missing.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hardware.host.errors import DataError
from tests.score.engines import Heard
from tests.score.figures import Crossing
from tests.score.reading import Unusable, finite, strength_dbm

FRAME_S = 0.1
MISSED_DBM = -100
ZONE_OF_PREFIX = {"O-": "outside", "I-": "inside"}


@dataclass(frozen=True, slots=True)
class Frame:
    """A tenth of a second: what was heard in it, and the true zone."""

    at_s: float
    zone: str
    heard: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """One recording, by time; `kind` is walk or car, by the file's name."""

    name: str
    kind: str
    sniffers: tuple[str, ...]
    frames: tuple[Frame, ...]

    def zones(self) -> dict[str, str]:
        """Sniffer → zone."""
        return {name: ZONE_OF_PREFIX[name[:2]] for name in self.sniffers}

    def crossings(self) -> tuple[Crossing, ...]:
        """The true changes of zone."""
        return tuple(
            Crossing(after.at_s, after.zone)
            for before, after in pairwise(self.frames)
            if before.zone != after.zone
        )


@dataclass(frozen=True, slots=True)
class Door:
    """All that a folder holds."""

    passages: tuple[Passage, ...]
    places_m: Mapping[str, tuple[float, float]]
    """Sniffer → x, y; the door is at x = 0, outside is positive. Empty when no file tells."""
    unusable: Unusable


def load(path: Path) -> Door:
    """Read the folder, or the `sal_rb` or `sal` folder in it.

    Raises:
        DataError: nothing there is laid out like SAL-RB, or a file holds nothing of use.
    """
    unusable = Unusable()
    for folder in (path, path / "sal_rb", path / "sal"):
        files = [file for file in sorted(folder.glob("*.csv")) if _is_recording(file)]
        if files:
            passages = tuple(_passage(file, unusable) for file in files)
            return Door(passages, _places(folder / "measurement_config.txt", unusable), unusable)
    raise DataError("no *.csv with superframe, O-…, I-… and Label here or in sal_rb/", where=str(path))


def _is_recording(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as text:
        header = text.readline()
    return header.startswith("superframe,") and "Label" in header


def _passage(file: Path, unusable: Unusable) -> Passage:
    frames: dict[float, Frame] = {}
    with file.open(encoding="utf-8", errors="replace", newline="") as text:
        rows = csv.DictReader(text)
        sniffers = tuple(name for name in rows.fieldnames or () if name[:2] in ZONE_OF_PREFIX)
        for line, row in enumerate(rows, start=2):
            try:
                at_s = finite(row["superframe"]) * FRAME_S
                zone = "inside" if finite(row["Label"]) > 0 else "outside"
                cells = {name: finite(row[name]) for name in sniffers}
            except (TypeError, ValueError) as error:
                unusable.add(file, line, str(error))
                continue
            heard = []
            for name, value in cells.items():
                if value == MISSED_DBM:
                    continue
                try:
                    heard.append(Heard(at_s, name, strength_dbm(str(value))))
                except ValueError as error:
                    unusable.add(file, line, f"{name}: {error}")
            frames[at_s] = Frame(at_s, zone, tuple(heard))
    if not frames:
        raise DataError("holds no frame", where=str(file))
    kind = "walk" if "walk" in file.stem.lower() else "car"
    return Passage(file.stem, kind, sniffers, tuple(frames[at_s] for at_s in sorted(frames)))


def _places(file: Path, unusable: Unusable) -> dict[str, tuple[float, float]]:
    places: dict[str, tuple[float, float]] = {}
    if not file.is_file():
        return places
    for line, text in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines()[1:], start=2):
        if not text.strip():
            continue
        try:
            name, _, x, y, *_ = text.split(",")
            places[name.strip()] = (finite(x), finite(y))
        except ValueError as error:
            unusable.add(file, line, str(error))
    return places
