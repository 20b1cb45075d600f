"""The private symbols: small pictures in two colours, drawn with half blocks.

Rejected: emoji (their widths differ between terminals, and some consoles have none), braille (thin and dotted on
many fonts), plain BMP glyphs (30 of one style do not exist).
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from textual.color import Color
from textual.content import Content
from textual.style import Style

WIDTH = 12
HEIGHT = 8
"""Pixels; a terminal cell holds two, one above the other."""

_BLOCKS = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One symbol: rows of pixels, each 0 (nothing), 1 or 2 (which colour)."""

    rows: tuple[tuple[int, ...], ...]
    colours: tuple[str, str]


@cache
def drawings() -> dict[str, Drawing]:
    """Every symbol the kiosk can draw, by name."""
    data = tomllib.loads((files("kiosk") / "symbols.toml").read_text(encoding="utf-8"))
    return {name: _drawing(entry["pixels"], entry["colours"]) for name, entry in data.items()}


def _drawing(pixels: str, colours: list[str]) -> Drawing:
    rows = tuple(tuple(".#o".index(pixel) for pixel in row) for row in pixels.split())
    assert len(rows) == HEIGHT
    assert all(len(row) == WIDTH for row in rows)
    return Drawing(rows, (colours[0], colours[1]))


def render(drawing: Drawing, scale: int = 1) -> Content:
    """Draw a symbol, `scale` cells wide per pixel: `WIDTH × scale` columns, `HEIGHT × scale / 2` lines."""
    rows = [row for row in drawing.rows for _ in range(scale)]
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        cells = [_cell(drawing, a, b, scale) for a, b in zip(upper, lower, strict=True)]
        lines.append(Content.assemble(*cells))
    return Content("\n").join(lines)


def _cell(drawing: Drawing, upper: int, lower: int, scale: int) -> tuple[str, Style]:
    block = _BLOCKS[bool(upper), bool(lower)]
    if not upper and not lower:
        return " " * scale, Style()
    colour = Color.parse(drawing.colours[(upper or lower) - 1])
    if upper and lower and upper != lower:
        return "▀" * scale, Style(foreground=colour, background=Color.parse(drawing.colours[lower - 1]))
    return block * scale, Style(foreground=colour)
