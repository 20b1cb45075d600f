"""Where to stand: points proposed from the zones' areas, or read from a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hardware.host.errors import DataError
from hub.config import MAX_FLOOR_M, AreaConfig

SPACING_M: Final = 3.0
"""The recorded calibration has 45 points 4 m apart on 20 × 17 m, and a map of every second of them is hardly worse:
three metres suit the shelves of a shop, and a hundred square metres take five minutes."""

MAX_POINTS: Final = 500
"""Three hours of walking; beyond it the spacing is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the floor, metres."""

    x_m: float
    y_m: float


def propose(areas: Iterable[AreaConfig], spacing_m: float = SPACING_M) -> tuple[Place, ...]:
    """A grid over areas, area by area and line by line to and fro, so that the way between points is short.

    Each area is divided evenly: no point lies on a border, and a small area has one in its middle.

    Raises:
        DataError: there are no areas, or the grid has more than `MAX_POINTS` points.
    """
    places: list[Place] = []
    for area in areas:
        columns = _centres(area.x0_m, area.x1_m, spacing_m)
        lines = _centres(area.y0_m, area.y1_m, spacing_m)
        if len(places) + len(columns) * len(lines) > MAX_POINTS:
            raise DataError(
                f"a point every {spacing_m:g} m makes more than {MAX_POINTS}", fix="give a larger --spacing"
            )
        for number, y_m in enumerate(lines):
            row = columns if number % 2 == 0 else columns[::-1]
            places += [Place(x_m, y_m) for x_m in row]
    if not places:
        raise DataError(
            "no zone has areas, so there is nothing to propose points from",
            fix='add areas = [[x0, y0, x1, y1]] to each zone, or give --points FILE with "x y" lines',
        )
    return tuple(places)


def _centres(from_m: float, to_m: float, spacing_m: float) -> list[float]:
    # Counted before it is made: a tiny spacing must not fill the memory.
    count = max(1, min(MAX_POINTS + 1, round((to_m - from_m) / spacing_m)))
    step_m = (to_m - from_m) / count
    return [round(from_m + (at + 0.5) * step_m, 2) for at in range(count)]


def read_places(lines: Sequence[str], where: str) -> tuple[Place, ...]:
    """Read a file of points: one `x y` a line, in metres; `#` begins a comment.

    Raises:
        DataError: names the line that is no place; or there is none, or more than `MAX_POINTS`.
    """
    places = []
    for number, line in enumerate(lines, start=1):
        if text := line.partition("#")[0].strip():
            place = parse_place(text)
            if place is None:
                raise DataError("not a place", where=f"{where}, line {number}", fix='write "x y", in metres')
            places.append(place)
    if not 0 < len(places) <= MAX_POINTS:
        raise DataError(f"{len(places)} points", where=where, fix=f"give 1 to {MAX_POINTS}")
    return tuple(places)


def parse_place(text: str) -> Place | None:
    """Read `4.0 2.5` or, as the French write it, `4,0 2,5` or `4,0; 2,5`; None for what is no place on a floor."""
    words = text.replace(";", " ").split()
    if len(words) != 2:
        return None
    try:
        x_m, y_m = (float(word.replace(",", ".")) for word in words)
    except ValueError:
        return None
    # NaN fails both comparisons.
    return Place(x_m, y_m) if abs(x_m) <= MAX_FLOOR_M and abs(y_m) <= MAX_FLOOR_M else None
