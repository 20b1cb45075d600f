"""The command on a real pseudo-terminal, with a real broker and views as a hub sends them (C5, and the ways out)."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from hardware.host.entropy import SystemEntropy
from hub.box.broker import Mosquitto
from hub.wire.base import LocalText
from hub.wire.display import PresentCode, StopRecognition, TouchSymbol
from hub.wire.mqtt import MqttBus
from kiosk.samples import OFFER
from kiosk.text import clean
from tests.kiosk.history import KIOSK, SYMBOLS, THANKS
from tests.kiosk.hostile import CORPUS
from tests.kiosk.hub_double import STORE, HubDouble
from tests.kiosk.terminal import Terminal, terminal

pytestmark = pytest.mark.real

FORBIDDEN = (
    b"\x1b]",
    b"\x1bP",
    b"\x1bc",
    b"\xc2\x9b",
    b"\xc2\x9d",
    b"\xe2\x80\xae",
    b"\xe2\x80\x8b",
    b"\x00",
    b"\x07",
)
"""OSC, DCS, reset, C1 as UTF-8, right-to-left override, zero width space, NUL, BEL."""


def config(folder: Path, port: int, key: str) -> Path:
    path = folder / "kiosk.toml"
    path.write_text(
        f'store = "{STORE}"\nkiosk = "{KIOSK}"\nhub_public_key = "{key}"\noutbox = "outbox.db"\n'
        f"[mqtt]\nport = {port}\n",
        encoding="utf-8",
    )
    return path


@asynccontextmanager
async def running(
    broker: Mosquitto, folder: Path, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[Terminal, HubDouble]]:
    """A kiosk's command on a terminal, and the hub it talks to."""
    bus = MqttBus("127.0.0.1", broker.port, "hub", jitter=SystemEntropy().uniform)
    hub = HubDouble(bus)
    await bus.start()
    await hub.connected()
    try:
        argv = [sys.executable, "-c", "from hardware.host.cli import main; main()"]
        async with terminal(
            [*argv, "kiosk", "run", str(config(folder, broker.port, hub.public))], size
        ) as shown:
            await shown.until(lambda text: "Bonjour" in text)
            await hub.comes()
            await shown.until(lambda text: "Hors liaison" not in text)
            yield shown, hub
    finally:
        await bus.stop()


def twice(words: list[str], text: str) -> bool:
    """Whether every word stands as the group's and as the product's name; wide ones are the emulator's own matter."""
    return all(text.count(word) >= 2 for word in words if word.isascii())


async def test_c5_hostile_names_are_drawn_as_text_whole_and_run_nothing(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with running(mosquitto, tmp_path) as (shown, hub):
        before = len(shown.raw)
        for name, text in CORPUS.items():
            evil = OFFER.model_copy(update={"product": text, "group": LocalText(fr=text, en=text)})
            await hub.show(evil)
            narrow = clean(text, 80).isascii()
            words = clean(text, 80).split() if narrow else clean(text, 80).split()[:1]
            await shown.until(partial(twice, words), 5.0)
            assert shown.process.returncode is None, name
        written = shown.raw[before:]
        assert not [sequence for sequence in FORBIDDEN if sequence in written]
        await hub.show(THANKS)
        await shown.until(lambda text: "Merci" in text)
        assert hub.acts == []


async def test_a_story_on_a_terminal_touch_offer_stop_and_a_signal_ends_it(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with running(mosquitto, tmp_path, (40, 12)) as (shown, hub):
        await hub.show(SYMBOLS)
        await shown.until(lambda text: "parapluie" in text)
        shown.type("\t\t\r")
        assert (await hub.heard(1))[0].act == TouchSymbol(symbol="lune")
        await hub.show(OFFER)
        await shown.until(lambda text: "Pas cette fois" in text)
        shown.type("9811000000017\r")
        assert (await hub.heard(2))[1].act == PresentCode(code="9811000000017")
        await hub.show(OFFER)
        shown.type("\t\t\t\t\r")
        await shown.until(lambda text: "Non, revenir" in text)
        shown.type("\t\t\t\r")
        assert (await hub.heard(3))[2].act == StopRecognition()
        text = await shown.until(lambda text: "plus reconnu" in text)
        assert "grains" not in text
        shown.type("\x11\x03\x10")  # Ctrl+Q, Ctrl+C, Ctrl+P
        await asyncio.sleep(0.2)
        assert shown.process.returncode is None
        shown.signal(signal.SIGTERM)
        assert await asyncio.wait_for(shown.process.wait(), 10) == 0
        assert shown.text.strip() == ""


async def test_a_lost_broker_is_said_and_the_kiosk_finds_it_again(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with running(mosquitto, tmp_path, (40, 12)) as (shown, hub):
        await mosquitto.kill()
        await shown.until(lambda text: "Hors liaison" in text)
        await mosquitto.restart()
        await hub.connected()
        await hub.comes()
        await shown.until(lambda text: "Hors liaison" not in text)


CRASH = """
import asyncio, sys
from dataclasses import replace
from kiosk.app import KioskApp
from kiosk.panel import KioskPanel
from kiosk.run import run_beside
from kiosk.samples import SAMPLES

class Idle:
    async def run(self):
        await asyncio.sleep(60)

secret_of_the_person = "CANARY-9811000000017"

def broken(event):
    kept = secret_of_the_person
    raise RuntimeError(f"about {kept}")

panel = KioskPanel(broken)
app = KioskApp(panel)
panel.show(SAMPLES["offer"])
sys.exit(asyncio.run(run_beside(app, Idle())))
"""


async def test_c6_a_crash_leaves_one_neutral_sentence_and_the_supervisors_code(tmp_path: Path) -> None:
    async with terminal([sys.executable, "-c", CRASH], (60, 16)) as shown:
        await shown.until(lambda text: "Pourquoi" in text)
        shown.type("\t\t\r")
        assert await asyncio.wait_for(shown.process.wait(), 10) == 70
        await shown.until(lambda text: text.strip().startswith("Cet écran redémarre"))
        assert len(shown.text.split()) == len(
            ["Cet", "écran", "redémarre.", "La", "caisse", "fonctionne,", "votre", "carte", "aussi."]
        )
        assert b"CANARY" not in shown.raw
