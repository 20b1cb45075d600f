"""WCAG 2.2 on the cells as drawn: text at least 4.5:1 (1.4.3), pictures at least 3:1 (1.4.11)."""

from dataclasses import replace

import pytest

from hub.display.symbols import SYMBOLS
from kiosk.samples import SAMPLES
from kiosk.screen import Screen
from kiosk.texts import Texts
from kiosk.views import build
from tests.kiosk.history import SYMBOLS as VIEW
from tests.kiosk.standing import Cell, Kiosk, cells

BLOCKS = set("█▀▄▝▘▌▐")
CARDS = ((255, 255, 255), (233, 223, 204))
"""A symbol's card, and one that rests."""


def luminance(colour: tuple[int, int, int]) -> float:
    channels = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(cell: Cell) -> float:
    light, dark = sorted((luminance(cell.ink), luminance(cell.paper)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_is_wcags() -> None:
    assert ratio(Cell("a", (0, 0, 0), (255, 255, 255))) == pytest.approx(21.0)
    assert ratio(Cell("a", (0x77,) * 3, (255,) * 3)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_every_text_is_easy_to_read(size: tuple[int, int]) -> None:
    async with Kiosk().stands(size) as kiosk:
        for name, screen in SAMPLES.items():
            await kiosk.draw(screen)
            drawn = list(cells(kiosk.app))
            assert len(drawn) > 20, name
            poor = [cell for cell in drawn if cell.character not in BLOCKS and ratio(cell) < 4.5]
            assert not poor, (name, poor[:3])


async def test_every_target_is_easy_to_read_while_it_has_the_focus() -> None:
    async with Kiosk().stands() as kiosk:
        await kiosk.draw(SAMPLES["offer"])
        for target in kiosk.panel.query("Target"):
            target.focus()
            await kiosk.draw(replace(SAMPLES["offer"], typed=len(target.id or "")))
            assert all(ratio(c) >= 4.5 for c in cells(kiosk.app) if c.character not in BLOCKS)


@pytest.mark.parametrize("resting", [False, True])
async def test_every_symbol_stands_out_from_its_card(*, resting: bool) -> None:
    async with Kiosk().stands() as kiosk:
        for at in range(0, len(SYMBOLS), 6):
            content = VIEW.model_copy(update={"symbols": tuple(SYMBOLS[at : at + 6])})
            await kiosk.draw(Screen(content=content, resting=resting))
            whole = [c for c in cells(kiosk.app) if c.character in "▀▄█" and c.paper in CARDS]
            assert whole
            assert all(ratio(cell) >= 3.0 for cell in whole)


def test_a13_accept_and_refuse_are_equal_in_size_and_style() -> None:
    *_, buttons = build(Screen(confirming=True), Texts("fr", "EUR"))
    classes = [target.classes - {"second"} for target in buttons._pending_children]
    assert classes[0] == classes[1]
