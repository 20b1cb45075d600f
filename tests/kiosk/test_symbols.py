"""Thirty private symbols: each drawn, named in both languages, told apart without colour."""

import pytest

from hub.display.symbols import SYMBOLS
from kiosk.screen import Screen
from kiosk.symbols import HEIGHT, WIDTH, drawings, render
from kiosk.texts import catalogue
from tests.kiosk.history import SYMBOLS as VIEW
from tests.kiosk.standing import Kiosk


def test_the_kiosk_draws_exactly_the_hubs_symbols() -> None:
    assert set(drawings()) == set(SYMBOLS)


def test_each_has_a_name_of_its_own_in_each_language_that_fits_a_card() -> None:
    for language in ("fr", "en"):
        names = [catalogue(language)[f"symbol.{name}"] for name in drawings()]
        assert len(set(names)) == len(names)
        assert all(len(name) <= WIDTH for name in names)


def test_no_two_look_alike_without_colour() -> None:
    shapes = {name: sum((row for row in drawing.rows), ()) for name, drawing in drawings().items()}
    for name, shape in shapes.items():
        for other, second in shapes.items():
            if name < other:
                different = sum(bool(a) != bool(b) for a, b in zip(shape, second, strict=True))
                assert different >= 8, (name, other)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_a_drawing_is_made_of_blocks_every_font_has_and_as_wide_as_it_says(scale: int) -> None:
    for drawing in drawings().values():
        lines = render(drawing, scale).plain.split("\n")
        assert len(lines) == HEIGHT * scale // 2
        assert {len(line) for line in lines} == {WIDTH * scale}
        assert set("".join(lines)) <= set(" █▀▄")


async def test_drawings_grow_with_the_screen() -> None:
    blocks = []
    for size in ((40, 12), (80, 24), (132, 43)):
        async with Kiosk().stands(size) as kiosk:
            shown = await kiosk.draw(Screen(content=VIEW))
            blocks.append(sum(shown.count(block) for block in "█▀▄"))
    assert blocks[0] < blocks[1] < blocks[2]


async def test_a_symbol_of_a_newer_hub_stands_with_its_name() -> None:
    newer = VIEW.model_copy(update={"symbols": ("comete", *VIEW.symbols[1:])})
    async with Kiosk().stands() as kiosk:
        assert "comete" in await kiosk.draw(Screen(content=newer))


async def test_on_a_screen_too_small_for_drawings_the_names_stand() -> None:
    async with Kiosk().stands((30, 9)) as kiosk:
        shown = await kiosk.draw(Screen(content=VIEW))
        assert "lune" in shown
