"""The floor with its coverage as a picture: SVG. Pure.

Shades are the expected level of the best node, dots mark contested cells; black lines are walls, white ones zones.
"""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from hardware.sim.coverage import Coverage, cover
from hardware.sim.floor import FloorPlan
from hardware.sim.scenario import Scenario
from hardware.sim.words import COLOURS, Words, limits_text, percent, shade, zone_label

DRAWN_PX: Final = 960.0
"""The longer side of the floor: it fits a page and a screen."""

MARGIN_PX: Final = 24.0
LEGEND_PX: Final = 150.0
LETTERS: Final = 'font-family="DejaVu Sans, Verdana, sans-serif"'
_INK: Final = "#1a1a1a"


def draw_svg(scenario: Scenario, words: Words) -> str:
    """Draw a scenario's floor and the coverage of its default fob as one SVG document."""
    return _Sheet(scenario, words).document()


class _Sheet:
    def __init__(self, scenario: Scenario, words: Words) -> None:
        self._scenario, self._floor, self._words = scenario, scenario.floor, words
        self._scale = DRAWN_PX / max(self._floor.width_m, self._floor.depth_m)
        self._width_px = self._floor.width_m * self._scale
        self._depth_px = self._floor.depth_m * self._scale

    def document(self) -> str:
        coverage = cover(self._scenario)
        # The legend is as wide as its words, a small floor is not.
        width = max(self._width_px, 720.0) + 2 * MARGIN_PX
        height = self._depth_px + LEGEND_PX + 2 * MARGIN_PX
        title = escape(self._scenario.name)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" {LETTERS} role="img" aria-label={quoteattr(title)}>',
            f"<title>{title}</title>",
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="white"/>',
            f'<clipPath id="floor"><rect width="{self._width_px:.1f}" height="{self._depth_px:.1f}"/></clipPath>',
            f'<g transform="translate({MARGIN_PX} {MARGIN_PX})">',
            '<g clip-path="url(#floor)" shape-rendering="crispEdges">',
            *self._cells(coverage),
            "</g>",
            *self._zones(),
            *self._walls(),
            *self._things(),
            f'<g transform="translate(0 {self._depth_px + MARGIN_PX:.1f})">',
            *self._legend(coverage),
            "</g></g></svg>",
        ]
        return "\n".join(parts) + "\n"

    def _at(self, x_m: float, y_m: float) -> tuple[float, float]:
        return x_m * self._scale, self._depth_px - y_m * self._scale

    def _cells(self, coverage: Coverage) -> list[str]:
        side = coverage.cell_m * self._scale
        parts = []
        for cell in coverage.cells:
            x, y = self._at(cell.x_m - coverage.cell_m / 2, cell.y_m + coverage.cell_m / 2)
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{side:.1f}" height="{side:.1f}" '
                f'fill="{_colour(shade(cell.level_dbm))}"/>'
            )
            if cell.is_contested:
                parts.append(_dot(x + side / 2, y + side / 2))
        return parts

    def _zones(self) -> list[str]:
        parts = []
        for name, zone in self._floor.zones.items():
            label = escape(zone_label(name, zone, self._words.language))
            for i, area in enumerate(zone.areas):
                x, y = self._at(area.x0_m, area.y1_m)
                width, height = (area.x1_m - area.x0_m) * self._scale, (area.y1_m - area.y0_m) * self._scale
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="none" '
                    'stroke="white" stroke-width="2" stroke-opacity="0.85"/>'
                )
                if i == 0:
                    parts.append(_text(x + 8, y + 20, label, 15, weight="bold"))
        return parts

    def _walls(self) -> list[str]:
        parts = [
            f'<rect width="{self._width_px:.1f}" height="{self._depth_px:.1f}" fill="none" '
            f'stroke="{_INK}" stroke-width="3"/>'
        ]
        for wall in self._floor.walls:
            (x1, y1), (x2, y2) = self._at(*wall.from_m), self._at(*wall.to_m)
            parts.append(
                f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_INK}" stroke-width="5"/>'
            )
        return parts

    def _things(self) -> list[str]:
        floor: FloorPlan = self._floor
        parts = [_door(*self._at(*floor.door_m))]
        for till in floor.tills.values():
            line = " ".join("{:.1f},{:.1f}".format(*self._at(*at)) for at in (till.pay_at_m, *till.queue))
            parts.append(
                f'<polyline points="{line}" fill="none" stroke="{_INK}" stroke-width="2" stroke-dasharray="2 5"/>'
            )
            parts.append(_till(*self._at(*till.pay_at_m)))
        parts += [_display(*self._at(*display.at_m)) for display in floor.displays.values()]
        for name, node in floor.nodes.items():
            x, y = self._at(*node.at_m)
            # A name at the right edge goes to the node's left.
            anchor, aside = ("end", -11.0) if x > 0.85 * self._width_px else ("start", 11.0)
            parts += [_node(x, y), _text(x + aside, y - 9, escape(name), 13, anchor=anchor)]
        return parts

    def _legend(self, coverage: Coverage) -> list[str]:
        words, parts = self._words, []
        parts.append(_text(0, 14, f"{escape(words.level)} (dBm)", 14, halo=False))
        for i in range(len(COLOURS)):
            x = 76.0 * i
            parts.append(f'<rect x="{x}" y="24" width="74" height="18" fill="{_colour(i)}"/>')
            parts.append(_text(x + 2, 58, escape(limits_text(i)), 13, halo=False))
        for i, (sign, word) in enumerate(
            ((_node, words.node), (_display, words.display), (_till, words.till), (_door, words.door))
        ):
            x = 150.0 * i
            parts += [sign(x + 10, 84), _text(x + 26, 89, escape(word), 14, halo=False)]
        parts.append(f'<line x1="600" y1="84" x2="622" y2="84" stroke="{_INK}" stroke-width="5"/>')
        parts.append(_text(630, 89, escape(words.wall), 14, halo=False))
        parts.append('<rect x="0" y="104" width="20" height="20" fill="#277f8e"/>' + _dot(10, 114))
        contested = f"{escape(words.contested)}: {percent(coverage.contested_share)}"
        parts.append(_text(28, 119, contested, 14, halo=False))
        if coverage.right_share is not None:
            right = f"{escape(words.right)}: {percent(coverage.right_share)}"
            parts.append(_text(28, 142, right, 14, halo=False))
        return parts


def _colour(index: int) -> str:
    return "#{:02x}{:02x}{:02x}".format(*COLOURS[index])


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="white" stroke="{_INK}" stroke-width="0.8"/>'


def _node(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="#d62728" stroke="white" stroke-width="2"/>'


def _display(x: float, y: float) -> str:
    return (
        f'<rect x="{x - 14:.1f}" y="{y - 9:.1f}" width="28" height="18" rx="2" fill="{_INK}" '
        'stroke="white" stroke-width="2"/>'
    )


def _till(x: float, y: float) -> str:
    points = f"{x:.1f},{y - 9:.1f} {x + 9:.1f},{y + 7:.1f} {x - 9:.1f},{y + 7:.1f}"
    return f'<polygon points="{points}" fill="white" stroke="{_INK}" stroke-width="2"/>'


def _door(x: float, y: float) -> str:
    return (
        f'<rect x="{x - 9:.1f}" y="{y - 9:.1f}" width="18" height="18" fill="white" '
        f'stroke="{_INK}" stroke-width="2"/>'
        f'<path d="M{x - 4:.1f} {y:.1f}h8m-3 -3l3 3l-3 3" fill="none" stroke="{_INK}" stroke-width="2"/>'
    )


def _text(
    x: float,
    y: float,
    words: str,
    size: int,
    *,
    weight: str = "normal",
    anchor: str = "start",
    halo: bool = True,
) -> str:
    around = 'stroke="white" stroke-width="3" paint-order="stroke" ' if halo else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'{around}fill="{_INK}">'
        f"{words}</text>"
    )
