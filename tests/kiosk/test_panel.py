"""Fingers, keys and scanners at a panel in a running app."""

import asyncio

import pytest

from kiosk.app import KioskApp
from kiosk.events import (
    CharacterTyped,
    CodeSubmitted,
    LanguageToggled,
    Left,
    OfferDeclined,
    PersonEvent,
    StopAsked,
    StopConfirmed,
    StopDropped,
    SymbolTouched,
    WhyToggled,
)
from kiosk.panel import DIGITS, KioskPanel
from kiosk.samples import SAMPLES
from tests.kiosk.standing import Kiosk, draw, text

TARGETS: dict[str, dict[str, PersonEvent]] = {
    "symbols": {"symbol-lune": SymbolTouched("lune"), "language": LanguageToggled()},
    "offer": {"why": WhyToggled(), "decline": OfferDeclined(), "stop": StopAsked(), "done": Left()},
    "progress": {"why": WhyToggled(), "stop": StopAsked(), "done": Left()},
    "thanks": {"stop": StopAsked(), "done": Left()},
    "confirm": {"stop-no": StopDropped(), "stop-yes": StopConfirmed()},
    "noted": {"done": Left()},
    "no_answer": {"done": Left()},
}


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("name", TARGETS)
async def test_a_touch_means_what_stands_on_the_target(name: str) -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=(40, 12)) as pilot:
        await draw(kiosk.panel, SAMPLES[name])
        for target, event in TARGETS[name].items():
            kiosk.done.clear()
            await pilot.click(f"#target-{target}")
            assert kiosk.done == [event], target


@pytest.mark.parametrize("name", TARGETS)
async def test_everything_can_be_reached_with_tab_and_enter(name: str) -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=(40, 12)) as pilot:
        await draw(kiosk.panel, SAMPLES[name])
        for _ in kiosk.panel.query("Target"):
            await pilot.press("tab", "enter")
        assert set(TARGETS[name].values()) <= set(kiosk.done)


async def test_the_arrows_move_the_focus_both_ways() -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=(40, 12)) as pilot:
        await draw(kiosk.panel, SAMPLES["confirm"])
        await pilot.press("down", "down", "enter", "up", "enter")
        assert kiosk.done == [StopDropped(), LanguageToggled()]


async def test_a_scan_is_a_code_whatever_has_the_focus_and_sets_nothing_off() -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=(40, 12)) as pilot:
        await draw(kiosk.panel, SAMPLES["offer"])
        await pilot.press("tab", "tab", *"9811000000017", "enter")
        assert kiosk.done == [*(CharacterTyped(c) for c in "9811000000017"), CodeSubmitted()]


async def test_a_scan_keeps_its_order_while_the_screen_is_drawn_anew() -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=(40, 12)) as pilot:
        names = ["attract", "typed", "symbols", "offer", "typed"]
        for at, digit in enumerate("98110000000179811000"):
            kiosk.panel.show(SAMPLES[names[at % len(names)]])
            await pilot.press(digit)
        typed = [event.character for event in kiosk.done if isinstance(event, CharacterTyped)]
        assert "".join(typed) == "98110000000179811000"


@pytest.mark.parametrize(
    "key", ["ctrl+q", "ctrl+c", "ctrl+p", "ctrl+z", "ctrl+d", "escape", "f1", "ctrl+backslash", "delete"]
)
async def test_no_key_ends_the_kiosk_or_opens_anything(key: str) -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=(40, 12)) as pilot:
        await draw(kiosk.panel, SAMPLES["offer"])
        before = text(kiosk.app)
        await pilot.press(key)
        await settle()
        assert kiosk.app.is_running
        assert len(kiosk.app.screen_stack) == 1
        assert text(kiosk.app) == before
        assert kiosk.done == []


async def test_among_other_keys_a_panel_takes_digits_only() -> None:
    done: list[PersonEvent] = []
    panel = KioskPanel(done.append, typing=DIGITS)
    async with KioskApp(panel).run_test(size=(40, 12)) as pilot:
        await pilot.press("w", "4", "T", "2")
        assert done == [CharacterTyped("4"), CharacterTyped("2")]


async def test_the_focus_stays_where_it_was_when_the_same_target_is_still_there() -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=(40, 12)) as pilot:
        await draw(kiosk.panel, SAMPLES["offer"])
        await pilot.press("tab", "tab")
        assert kiosk.app.focused is not None
        assert kiosk.app.focused.id == "target-why"
        await draw(kiosk.panel, SAMPLES["why"])
        assert kiosk.app.focused.id == "target-why"
        await draw(kiosk.panel, SAMPLES["thanks"])
        assert kiosk.app.focused is kiosk.panel


async def test_a_wipe_takes_the_focus_away() -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=(40, 12)) as pilot:
        await draw(kiosk.panel, SAMPLES["offer"])
        await pilot.press("tab")
        kiosk.panel.wipe()
        await pilot.pause()
        assert kiosk.app.focused is kiosk.panel
        kiosk.app.set_focus(None)
        kiosk.panel.wipe()
        await pilot.pause()
        assert kiosk.app.focused is None


async def test_pressing_what_does_not_stand_says_so() -> None:
    async with Kiosk().stands() as kiosk:
        await kiosk.draw(SAMPLES["attract"])
        with pytest.raises(LookupError, match="attract"):
            kiosk.panel.press("stop")


async def test_drawn_is_told_when_the_words_really_stand() -> None:
    async with Kiosk().stands() as kiosk:
        stood: list[str] = []
        for name in ("offer", "thanks", "offline"):
            kiosk.panel.show(SAMPLES[name], lambda: stood.append(text(kiosk.app)))
            await kiosk.draw(SAMPLES[name])
        assert ["avant" in stood[0], "Merci" in stood[1], "Hors liaison" in stood[2]] == [True] * 3


async def test_the_status_line_changes_without_drawing_the_rest_anew() -> None:
    async with Kiosk().stands() as kiosk:
        await kiosk.draw(SAMPLES["attract"])
        target = kiosk.panel.query_one("#target-language")
        assert "Code : •••••••" in await kiosk.draw(SAMPLES["typed"])
        assert "Un instant" in await kiosk.draw(SAMPLES["waiting"])
        assert kiosk.panel.query_one("#target-language") is target


@pytest.mark.parametrize("size", [(40, 12), (44, 13), (80, 24), (160, 50)])
async def test_every_screen_stands_whole_at_every_size(size: tuple[int, int]) -> None:
    async with Kiosk().stands(size) as kiosk:
        for name, screen in SAMPLES.items():
            await kiosk.draw(screen)
            for target in kiosk.panel.query("Target"):
                if not target.display:
                    continue  # no further page to turn to
                assert target.region.height >= (1 if target.id == "target-language" else 3), (name, target.id)
                assert kiosk.panel.region.contains_region(target.region), (name, target.id)
            for words in kiosk.panel.query("Words"):
                assert words.region.height >= 1 or not str(words.render()), (name, words)


async def test_why_shows_the_reasons_the_hub_gave() -> None:
    async with Kiosk().stands() as kiosk:
        shown = await kiosk.draw(SAMPLES["why"])
        assert "50 points quittent votre compte" in shown
        assert "Revenir" in shown
