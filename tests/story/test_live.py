"""`comptoir demo` in a terminal: the shop on a real pty, and the keys that go off the story."""

import asyncio
import sys
from pathlib import Path

from tests.kiosk.terminal import terminal

COMPTOIR = str(Path(sys.executable).with_name("comptoir"))


async def test_a_terminal_shows_the_shop_and_its_keys_go_off_the_story() -> None:
    async with terminal([COMPTOIR, "demo"], (120, 40)) as screen:
        await screen.until(lambda text: "14 ventes reprises" in text)
        text = screen.text
        for part in (
            "Le magasin",
            "Borne de caisse",
            "Ticket de caisse",
            "Ce qui se passe",
            "câble branché",
            "Bonjour",
        ):
            assert part in text
        screen.type("c")
        await screen.until(lambda text: "CÂBLE ARRACHÉ" in text and "Vous arrachez le câble" in text)
        await screen.until(lambda text: "Hors liaison" in text)
        screen.type("i")
        await screen.until(lambda text: "(hors ligne" in text and "7,99 €" in text)
        screen.type("p")
        await screen.until(lambda text: "PAYÉ" in text)
        screen.type("c")
        await screen.until(lambda text: "câble branché" in text and "Hors liaison" not in text)
        screen.type("w")
        await screen.until(lambda text: "●D" in text)
        screen.type(" ")
        await screen.until(lambda text: "EN PAUSE" in text)
        screen.type("s")
        await screen.until(lambda text: "EN PAUSE" not in text)
        screen.type("l")
        await screen.until(lambda text: "Till ticket" in text)
        screen.type("q")
        assert await asyncio.wait_for(screen.process.wait(), 20) == 0


async def test_a_small_terminal_is_enough() -> None:
    async with terminal([COMPTOIR, "demo", "--language", "en", "--bus", "memory"], (80, 24)) as screen:
        await screen.until(lambda text: "14 sales imported" in text and "Bonjour" in text)
        screen.type("q")
        assert await asyncio.wait_for(screen.process.wait(), 20) == 0
