"""The floor as characters: labels that fight it, sizes that cramp it, colours that can be read."""

import pytest
from rich.cells import cell_len

from kiosk.floor_view import draw_floor
from kiosk.split_model import NodeMark, SplitModel, WalkerMark, ZoneBox
from tests.kiosk.hostile import CORPUS
from tests.kiosk.standing import Cell
from tests.kiosk.test_contrast import ratio

COUNTER = (0xF6, 0xF1, 0xE7)


def floor(label: str) -> SplitModel:
    return SplitModel(
        width_m=20.0,
        height_m=18.0,
        zones=(
            ZoneBox(label, label, 0, 0, 20, 9, people=(label,)),
            ZoneBox(label, label, 0, 9, 20, 18, known=False),
        ),
        nodes=(NodeMark(2, 2, online=True), NodeMark(18, 16, online=False)),
        walkers=(WalkerMark(label, 15, 4), WalkerMark(label, 20, 0)),
        ticket=(),
        sentences=(),
        clock="10:32",
        speed="1",
        bus="memory",
        cable_in=True,
        paused=False,
    )


@pytest.mark.parametrize("name", CORPUS)
def test_c5_hostile_labels_are_text_and_move_nothing_beside_them(name: str) -> None:
    plain = draw_floor(floor(CORPUS[name]), 60, 20, "fr", "inconnu").plain
    assert not set(plain) & set("\x1b\x00\x07\u202e\u200b")
    assert [cell_len(line) for line in plain.split("\n")] == [60] * 20


@pytest.mark.parametrize("size", [(2, 2), (10, 4), (200, 60)])
def test_the_floor_is_drawn_at_any_size(size: tuple[int, int]) -> None:
    lines = draw_floor(floor("Caisse"), *size, "en", "unknown").plain.split("\n")
    assert len(lines) == size[1]
    assert {len(line) for line in lines} == {size[0]}


def test_every_colour_of_the_floor_can_be_read() -> None:
    content = draw_floor(floor("Caisse"), 60, 20, "fr", "inconnu")
    inks = {
        span.style.foreground.rgb
        for span in content.spans
        if not isinstance(span.style, str) and span.style.foreground
    }
    assert len(inks) >= 4
    assert all(ratio(Cell("a", ink, COUNTER)) >= 4.5 for ink in inks)
