"""The split view of the demo: plain data in, keys out, the kiosk's panel live inside."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from kiosk.events import CharacterTyped, CodeSubmitted, PersonEvent, WhyToggled
from kiosk.floor_view import draw_floor
from kiosk.panel import DIGITS, KioskPanel
from kiosk.samples import SAMPLES
from kiosk.split import SplitApp
from kiosk.split_model import NodeMark, SplitModel, WalkerMark, ZoneBox
from tests.kiosk.hostile import CORPUS
from tests.kiosk.standing import cells, draw, text
from tests.kiosk.test_contrast import BLOCKS, ratio

MODEL = SplitModel(
    width_m=20.0,
    height_m=18.0,
    zones=(
        ZoneBox("Entrée", "Entrance", 0, 0, 10, 9),
        ZoneBox("Caisse", "Checkout", 10, 0, 20, 9, people=("A",)),
        ZoneBox("Rayon", "Aisle", 0, 9, 20, 18, known=False),
    ),
    nodes=(NodeMark(2, 2, online=True), NodeMark(18, 16, online=False)),
    walkers=(WalkerMark("A", 15, 4),),
    ticket=("Couches T4     19,99", "5e paquet      -3,00"),
    sentences=tuple((f"Phrase {n}.", f"Sentence {n}.") for n in range(30)),
    clock="10:32:07",
    speed="1",
    bus="mqtt",
    cable_in=True,
    paused=False,
)


class Shop:
    """Remembers what the keys asked for."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.now = MODEL

    def model(self) -> SplitModel:
        return self.now

    def pause(self) -> None:
        self.asked.append("pause")

    def step(self) -> None:
        self.asked.append("step")

    def walk(self) -> None:
        self.asked.append("walk")

    def scan(self) -> None:
        self.asked.append("scan")

    def pay(self) -> None:
        self.asked.append("pay")

    def cable(self) -> None:
        self.asked.append("cable")

    def speed(self, factor: float) -> None:
        self.asked.append(factor)


def split(shop: Shop) -> tuple[SplitApp, KioskPanel, list[PersonEvent]]:
    done: list[PersonEvent] = []
    panels = [KioskPanel(done.append, typing=DIGITS) for _ in range(2)]
    return SplitApp(panels[0], panels[1], shop), panels[0], done


async def test_every_key_asks_for_one_thing() -> None:
    shop = Shop()
    app, _, _ = split(shop)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "s", "w", "i", "p", "c", "plus", "minus")
        assert shop.asked == ["pause", "step", "walk", "scan", "pay", "cable", 1.5, 0.6667]
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_floor_kiosk_ticket_and_story_stand_side_by_side(size: tuple[int, int]) -> None:
    shop = Shop()
    app, checkout, _ = split(shop)
    async with app.run_test(size=size) as pilot:
        await draw(checkout, SAMPLES["offer"])
        app._refresh()
        await pilot.pause()
        shown = text(app)
        for words in (
            "Caisse",
            "● A"[0],
            "inconnu",
            "Pas cette fois",
            "5e paquet",
            "Phrase 29.",
            "10:32:07",
            "quitter",
        ):
            assert words in shown, words
        assert all(ratio(cell) >= 4.5 for cell in cells(app) if cell.character not in BLOCKS)


async def test_the_other_language_is_one_key_away() -> None:
    shop = Shop()
    app, _, _ = split(shop)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("l")
        app._refresh()
        await pilot.pause()
        shown = text(app)
        assert "Checkout" in shown
        assert "Sentence 29." in shown
        assert "Caisse" not in shown


async def test_a_pause_and_a_pulled_cable_are_said() -> None:
    shop = Shop()
    app, _, _ = split(shop)
    async with app.run_test(size=(120, 40)) as pilot:
        shop.now = replace(MODEL, paused=True, cable_in=False)
        app._refresh()
        await pilot.pause()
        assert "EN PAUSE" in text(app)
        assert "CÂBLE ARRACHÉ" in text(app)


async def test_digits_and_enter_go_to_the_kiosk_and_it_can_be_touched() -> None:
    shop = Shop()
    app, checkout, done = split(shop)
    async with app.run_test(size=(120, 40)) as pilot:
        await draw(checkout, SAMPLES["offer"])
        await pilot.press("4", "2", "enter")
        await pilot.click("#target-why")
        assert done == [CharacterTyped("4"), CharacterTyped("2"), CodeSubmitted(), WhyToggled()]
        assert shop.asked == []


async def test_the_aisles_screen_comes_to_the_front_with_a_key() -> None:
    app, checkout, _ = split(Shop())
    async with app.run_test(size=(120, 40)) as pilot:
        await draw(checkout, SAMPLES["offer"])
        await pilot.press("k")
        await pilot.pause()
        assert "Pas cette fois" not in text(app)
        await pilot.press("k")
        await pilot.pause()
        assert "Pas cette fois" in text(app)


@pytest.mark.parametrize("name", CORPUS)
def test_c5_hostile_labels_on_the_floor_are_text(name: str) -> None:
    evil = CORPUS[name]
    model = replace(
        MODEL,
        zones=(ZoneBox(evil, evil, 0, 0, 20, 18, people=(evil,)),),
        walkers=(WalkerMark(evil, 10, 9),),
    )
    plain = draw_floor(model, 60, 20, "fr", "inconnu").plain
    assert not set(plain) & set("\x1b\x00\x07\u202e\u200b")
    assert [cell_len(line) for line in plain.split("\n")] == [60] * 20


@pytest.mark.parametrize("size", [(2, 2), (10, 4), (200, 60)])
def test_the_floor_is_drawn_at_any_size(size: tuple[int, int]) -> None:
    lines = draw_floor(MODEL, *size, "en", "unknown").plain.split("\n")
    assert len(lines) == size[1]
    assert {len(line) for line in lines} == {size[0]}
