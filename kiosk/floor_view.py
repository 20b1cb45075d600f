"""The floor plan as characters: zones, nodes, people. Pure but for Textual's `Content`."""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from rich.cells import cell_len
from textual.color import Color
from textual.content import Content
from textual.style import Style

from kiosk.screen import Language
from kiosk.split_model import SplitModel, ZoneBox
from kiosk.text import clean
from kiosk.theme import THEME


def _ink(name: str, *, bold: bool = False) -> Style:
    return Style(foreground=Color.parse(THEME.variables[name]), bold=bold)


LINE: Final = _ink("kiosk-quiet")
INK: Final = _ink("kiosk-ink")
NAME: Final = _ink("kiosk-ink", bold=True)
NODE: Final = _ink("kiosk-deep")
AWAY: Final = _ink("kiosk-stop")
PERSON: Final = _ink("kiosk-stop", bold=True)


@dataclass(slots=True)
class _Canvas:
    width: int
    height: int
    cells: dict[tuple[int, int], tuple[str, Style]] = field(default_factory=dict)

    def put(self, x: int, y: int, text: str, style: Style) -> None:
        """Write `text` from (x, y) on; what falls outside is cut, also half of a wide character."""
        for character in text:
            wide = cell_len(character)
            if wide and x >= 0 and x + wide <= self.width and 0 <= y < self.height:
                self.cells[x, y] = (character, style)
                if wide > 1:
                    self.cells[x + 1, y] = ("", style)
            x += wide

    def content(self) -> Content:
        """The picture, one run of equal style at a time."""
        lines = []
        for y in range(self.height):
            row = [self.cells.get((x, y), (" ", INK)) for x in range(self.width)]
            runs = groupby(row, key=lambda cell: cell[1])
            lines.append(
                Content.assemble(
                    *(("".join(character for character, _ in run), style) for style, run in runs)
                )
            )
        return Content("\n").join(lines)


def draw_floor(model: SplitModel, width: int, height: int, language: Language, unknown: str) -> Content:
    """Draw the floor in `width` × `height` cells; north (larger y) is up.

    Args:
        model: the shop now.
        width: of the picture, cells.
        height: of the picture, cells.
        language: of the zones' labels.
        unknown: what to write into a zone nobody can tell about.
    """
    canvas = _Canvas(width, height)

    def cell(x_m: float, y_m: float) -> tuple[int, int]:
        x = round(x_m / model.width_m * (width - 1))
        y = round((1 - y_m / model.height_m) * (height - 1))
        return min(max(x, 0), width - 1), min(max(y, 0), height - 1)

    for zone in model.zones:
        _walls(canvas, *cell(zone.x0_m, zone.y1_m), *cell(zone.x1_m, zone.y0_m))
    for zone in model.zones:
        x, y = cell(zone.x0_m, zone.y1_m)
        room = cell(zone.x1_m, 0.0)[0] - x - 2
        _name(canvas, zone, (x + 2, y), room, zone.label_fr if language == "fr" else zone.label_en, unknown)
    for node in model.nodes:
        canvas.put(*cell(node.x_m, node.y_m), "▪" if node.online else "×", NODE if node.online else AWAY)
    for walker in model.walkers:
        canvas.put(*cell(walker.x_m, walker.y_m), f"●{clean(walker.label)}", PERSON)
    return canvas.content()


def _walls(canvas: _Canvas, x0: int, y0: int, x1: int, y1: int) -> None:
    for x in range(x0, x1 + 1):
        canvas.put(x, y0, "─", LINE)
        canvas.put(x, y1, "─", LINE)
    for y in range(y0, y1 + 1):
        canvas.put(x0, y, "│", LINE)
        canvas.put(x1, y, "│", LINE)
    for corner in ((x0, y0), (x1, y0), (x0, y1), (x1, y1)):
        canvas.put(*corner, "┼", LINE)


def _name(canvas: _Canvas, zone: ZoneBox, at: tuple[int, int], room: int, label: str, unknown: str) -> None:
    x, y = at
    canvas.put(x, y, f" {clean(label)} "[: max(0, room)], NAME)
    seen = " ".join(zone.people) if zone.known else unknown
    if seen:
        canvas.put(x, y + 1, f"→ {clean(seen)}"[: max(0, room)], NODE if zone.known else AWAY)
