"""The demo's split view: floor, kiosk, ticket and story side by side, driven through Pilot with plain data."""

import pytest
from textual.widgets import Static

from kiosk.floor_view import draw_floor
from kiosk.panel import DIGITS, KioskPanel
from kiosk.split import SplitApp
from kiosk.split_model import NodeMark, SplitModel, WalkerMark, ZoneBox

HOSTILE = "[red]Ca[/]\x1b[2Jisse\u202e"


def model(**changes: object) -> SplitModel:
    values: dict[str, object] = {
        "width_m": 20.0,
        "height_m": 10.0,
        "zones": (
            ZoneBox("Bébé", "Baby", 0, 0, 10, 10, people=("A",)),
            ZoneBox("Caisses", "Checkouts", 10, 0, 20, 10, people=("D",), known=False),
        ),
        "nodes": (NodeMark(5, 5, online=True), NodeMark(15, 5, online=False)),
        "walkers": (WalkerMark("A", 2, 8),),
        "ticket": (("TOTAL 7,99 €", "TOTAL €7.99"),),
        "sentences": (("Bonjour.", "Hello."),),
        "clock": "12:00:00",
        "speed": "4.0",
        "bus": "memory",
        "cable_in": True,
        "paused": False,
    }
    return SplitModel(**{**values, **changes})  # type: ignore[arg-type] # test shorthand


class Recorder:
    """Controls that remember what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.now = model()

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
        self.asked.append(f"speed {factor:.1f}")


def app_with(controls: Recorder) -> SplitApp:
    checkout, aisle = (KioskPanel(lambda _event: None, typing=DIGITS) for _ in range(2))
    return SplitApp(checkout, aisle, controls)


def drawn(app: SplitApp, selector: str) -> str:
    return str(app.query_one(selector, Static).content)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_floor_ticket_story_and_kiosk_stand_side_by_side(size: tuple[int, int]) -> None:
    app = app_with(Recorder())
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.4)
        assert "● A" in drawn(app, "#floor").replace("●A", "● A")
        assert "TOTAL 7,99 €" in drawn(app, "#ticket")
        assert "Bonjour." in drawn(app, "#story")
        assert app.query_one("#panel-checkout").display
        await pilot.press("l")
        await pilot.pause(0.4)
        assert "Hello." in drawn(app, "#story")
        assert "TOTAL €7.99" in drawn(app, "#ticket")


async def test_each_key_asks_for_one_thing() -> None:
    controls = Recorder()
    app = app_with(controls)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("space", "s", "w", "i", "p", "c", "plus", "minus")
        assert controls.asked == ["pause", "step", "walk", "scan", "pay", "cable", "speed 1.5", "speed 0.7"]
        await pilot.press("k")
        assert not app.query_one("#panel-checkout").display
        await pilot.press("k")
        assert app.query_one("#panel-checkout").display
        await pilot.press("q")
    assert app.return_code == 0


async def test_a_digit_is_the_kiosks_and_no_key_of_the_view() -> None:
    controls = Recorder()
    typed: list[object] = []
    app = SplitApp(KioskPanel(typed.append, typing=DIGITS), KioskPanel(typed.append, typing=DIGITS), controls)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("9", "8", "1")
        assert len(typed) == 3
        assert controls.asked == []


def test_the_floor_shows_zones_nodes_and_people_where_they_are() -> None:
    lines = draw_floor(model(), 40, 11, "fr", "inconnu").plain.splitlines()
    assert (len(lines), {len(line) for line in lines}) == (11, {40})
    assert "Bébé" in lines[0]
    assert "Caisses" in lines[0]
    assert "→ A" in lines[1]
    assert "→ inconnu" in lines[1], "a zone whose node is away is unknown, not empty"
    assert lines[2][4:6] == "●A"
    assert "▪" in lines[5]
    assert "×" in lines[5]


def test_a_hostile_name_on_the_floor_is_drawn_as_text() -> None:
    zones = (ZoneBox(HOSTILE, HOSTILE, 0, 0, 20, 10, people=(HOSTILE,)),)
    text = draw_floor(model(zones=zones, walkers=(WalkerMark(HOSTILE, 1, 1),)), 60, 11, "fr", "?").plain
    assert "[red]Ca[/]" in text
    assert not set(text) & {"\x1b", "\u202e"}
