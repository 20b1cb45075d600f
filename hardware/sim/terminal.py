"""The floor with its coverage as text: half blocks in colours, or letters of rising blackness without. Pure."""

from collections.abc import Sequence
from typing import Final

from hardware.sim.coverage import CONTESTED_DB, Coverage, cover
from hardware.sim.floor import FloorPlan, crosses
from hardware.sim.scenario import Scenario
from hardware.sim.words import COLOURS, Words, limits_text, percent, shade, zone_label

LEAST_WIDTH: Final = 30
"""Narrower than this a shop is not to be recognised."""

GLYPHS: Final = " .:-=+*%"
"""Weak to strong, one a shade of `COLOURS`; ASCII, for logs and old terminals."""

NODE, DISPLAY, TILL, DOOR, WALL = "N", "K", "T", "D", "#"

_RESET: Final = "\x1b[0m"

Marks = dict[tuple[int, int], str]
"""(Row, column) of letters → the sign that hides the shade there."""


def draw_text(scenario: Scenario, width: int, words: Words, *, colours: bool = False) -> str:
    """Draw a scenario's floor, its coverage and a legend.

    Args:
        scenario: whose floor, with its default fob.
        width: of the terminal, in letters; at least `LEAST_WIDTH` are used.
        words: the legend's.
        colours: two shades a letter with ANSI colours (24 bit); without, plain letters and nothing else.

    Returns:
        Lines, each ended.
    """
    coverage = cover(scenario)
    grid = _Grid(scenario.floor, coverage, max(width, LEAST_WIDTH))
    marks = _marks(scenario, grid, words)
    lines = []
    for row in range(grid.rows):
        letters = [_letter(grid, marks, row, column, colours=colours) for column in range(grid.columns)]
        lines.append("".join(letters) + (_RESET if colours else ""))
    lines += _legend(coverage, words, colours=colours)
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _Grid:
    """Letters laid over the floor: twice as high as wide, the first row at the top."""

    def __init__(self, floor: FloorPlan, coverage: Coverage, width: int) -> None:
        self.columns = width
        self.letter_m = floor.width_m / width
        self.rows = max(round(floor.depth_m / (2.0 * self.letter_m)), 1)
        self._floor, self._coverage = floor, coverage
        self._cells = coverage.rows()

    def shade(self, row: int, column: int, part: float) -> int:
        """The shade at a letter; `part` 0 is its upper edge, 1 its lower one."""
        x_m = (column + 0.5) * self.letter_m
        y_m = self._floor.depth_m * (1.0 - (row + part) / self.rows)
        cells = self._cells[min(int(y_m / self._coverage.cell_m), len(self._cells) - 1)]
        return shade(cells[min(int(x_m / self._coverage.cell_m), len(cells) - 1)].level_dbm)

    def at(self, x_m: float, y_m: float) -> tuple[int, int]:
        """The letter a place falls on."""
        row = int((1.0 - y_m / self._floor.depth_m) * self.rows)
        return min(max(row, 0), self.rows - 1), min(int(x_m / self.letter_m), self.columns - 1)


def _marks(scenario: Scenario, grid: _Grid, words: Words) -> Marks:
    floor, marks = scenario.floor, Marks()
    for row in range(grid.rows):
        for column in range(grid.columns):
            if _is_wall(floor, grid, row, column):
                marks[row, column] = WALL
    for name, zone in floor.zones.items():
        if not zone.areas:
            continue
        first = zone.areas[0]
        row, column = grid.at(first.x0_m, first.y1_m)
        room = int((first.x1_m - first.x0_m) / grid.letter_m) - 1
        label = f" {zone_label(name, zone, words.language)[: max(room - 2, 0)]} "
        marks |= {(row, column + i): letter for i, letter in enumerate(label, start=1)}
    signs = [(TILL, till.pay_at_m) for till in floor.tills.values()]
    signs += [(DISPLAY, display.at_m) for display in floor.displays.values()]
    signs += [(NODE, node.at_m) for node in floor.nodes.values()]
    signs.append((DOOR, floor.door_m))
    return marks | {grid.at(*place): sign for sign, place in signs}


def _is_wall(floor: FloorPlan, grid: _Grid, row: int, column: int) -> bool:
    """Whether a wall crosses the letter's cross of middle lines."""
    height_m = floor.depth_m / grid.rows
    x_m, y_m = (column + 0.5) * grid.letter_m, floor.depth_m - (row + 0.5) * height_m
    across = ((x_m - grid.letter_m / 2, y_m), (x_m + grid.letter_m / 2, y_m))
    upright = ((x_m, y_m - height_m / 2), (x_m, y_m + height_m / 2))
    return any(crosses(*line, wall.from_m, wall.to_m) for wall in floor.walls for line in (across, upright))


def _letter(grid: _Grid, marks: Marks, row: int, column: int, *, colours: bool) -> str:
    mark = marks.get((row, column))
    if not colours:
        return mark or GLYPHS[grid.shade(row, column, 0.5)]
    upper, lower = (COLOURS[grid.shade(row, column, part)] for part in (0.25, 0.75))
    if mark is None:
        return f"{_ink(upper)}{_paper(lower)}▀"
    return f"{_ink(_readable_on(lower))}{_paper(lower)}{mark}"


def _legend(coverage: Coverage, words: Words, *, colours: bool) -> list[str]:
    shades = "  ".join(_swatch(i, colours=colours) + " " + limits_text(i) for i in range(len(COLOURS)))
    signs = (
        (NODE, words.node),
        (DISPLAY, words.display),
        (TILL, words.till),
        (DOOR, words.door),
        (WALL, words.wall),
    )
    lines = [
        f"{words.level} (dBm)",
        shades,
        "  ".join(f"{sign} {word}" for sign, word in signs),
        f"{words.contested} (< {CONTESTED_DB:.0f} dB): {percent(coverage.contested_share)}",
    ]
    if coverage.right_share is not None:
        lines.append(f"{words.right}: {percent(coverage.right_share)}")
    return lines


def _swatch(index: int, *, colours: bool) -> str:
    return f"{_paper(COLOURS[index])}  {_RESET}" if colours else f"'{GLYPHS[index]}'"


def _readable_on(paper: Sequence[int]) -> tuple[int, int, int]:
    # Rec. 709 luma: black letters on light shades, white ones on dark.
    luma = 0.2126 * paper[0] + 0.7152 * paper[1] + 0.0722 * paper[2]
    return (0, 0, 0) if luma > 110.0 else (255, 255, 255)


def _ink(colour: Sequence[int]) -> str:
    return "\x1b[38;2;{};{};{}m".format(*colour)


def _paper(colour: Sequence[int]) -> str:
    return "\x1b[48;2;{};{};{}m".format(*colour)
