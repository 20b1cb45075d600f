"""Screens without a terminal: several in one loop, the streams as they were, pictures that are whole."""

import asyncio
import sys
import xml.etree.ElementTree as ET
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from kiosk.app import KioskApp
from kiosk.events import SymbolTouched
from kiosk.frames import headless, save_frame
from kiosk.panel import KioskPanel
from kiosk.samples import SAMPLES
from tests.kiosk.standing import Kiosk, draw, text


async def test_two_kiosks_stand_in_one_event_loop_and_do_not_mix() -> None:
    streams = (sys.stdout, sys.stderr)
    aisle, checkout = Kiosk(), Kiosk()
    async with AsyncExitStack() as apps:
        for kiosk in (aisle, checkout):
            await apps.enter_async_context(headless(kiosk.app, (40, 12)))
        await asyncio.gather(aisle.draw(SAMPLES["symbols"]), checkout.draw(SAMPLES["offer"]))
        assert "parapluie" in text(aisle.app)
        assert "parapluie" not in text(checkout.app)
        assert "Pas cette fois" in text(checkout.app)
        aisle.panel.press("symbol-chat")
        while not aisle.done:  # noqa: ASYNC110 - the press is a message of Textual's, there is nothing to wait on
            await asyncio.sleep(0.01)
        assert aisle.done == [SymbolTouched("chat")]
        assert checkout.done == []
    assert (sys.stdout, sys.stderr) == streams


async def test_a_picture_holds_the_words_that_stand_and_keeps_their_spaces(tmp_path: Path) -> None:
    async with Kiosk().stands() as kiosk:
        await kiosk.draw(SAMPLES["thanks"])
        path = save_frame(kiosk.app, tmp_path / "thanks.svg")
    picture = path.read_text(encoding="utf-8")
    assert 'xml:space="preserve"' in picture
    assert "Merci" in "".join(ET.fromstring(picture).itertext())  # noqa: S314 - our own file


async def test_a_picture_of_one_kiosk_is_taken_while_another_runs(tmp_path: Path) -> None:
    first, second = Kiosk(), Kiosk()
    async with first.stands(), second.stands((80, 24)):
        await first.draw(SAMPLES["offer"])
        await second.draw(SAMPLES["attract"])
        assert "Pourquoi" in save_frame(first.app, tmp_path / "a.svg").read_text(encoding="utf-8")


async def test_a_screen_that_cannot_start_says_why() -> None:
    class BrokenError(Exception):
        pass

    class Broken(KioskApp):
        async def run_async(self, **_options: object) -> None:
            raise BrokenError

    with pytest.raises(BrokenError):
        async with headless(Broken(KioskPanel(lambda _event: None)), (40, 12)):
            pass


async def test_a_crash_in_a_headless_screen_is_kept_for_whoever_runs_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(_event: object) -> None:
        raise RuntimeError("CANARY")

    panel = KioskPanel(broken)
    app = KioskApp(panel)
    async with headless(app, (40, 12)):
        await draw(panel, SAMPLES["offer"])
        panel.press("why")
        while app.crash is None:  # noqa: ASYNC110 - Textual tells nobody
            await asyncio.sleep(0.01)
    assert isinstance(app.crash, RuntimeError)
    assert app.return_code == 70
    assert "CANARY" not in "".join(capsys.readouterr())
