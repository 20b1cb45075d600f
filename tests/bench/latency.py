"""From an advertisement entering an agent to the kiosk's screen that shows its effect."""

import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from hub.box.headless import KIOSK_SIZE
from hub.box.probe import Probe
from hub.box.shop import BusKind, Shop
from hub.wire.display import Attract, Symbols
from kiosk.app import KioskApp
from kiosk.frames import headless
from tests.bench.figures import spread
from tests.story.telling import open_shop

COMINGS = 24
"""How often somebody comes to the checkout; alternately A and D, so that each changes the screen."""

SCALE = 8.0
"""Store seconds per wall second: half the demo's pace, so that the machine has idle time between two views."""


async def advert_to_view(bus: BusKind = "mqtt") -> dict[str, Any]:
    """Wall milliseconds over one recorded walk and `COMINGS` arrivals, the whole store in one process."""
    probe = Probe()
    with tempfile.TemporaryDirectory() as folder:
        async with open_shop(Path(folder), bus, probe, SCALE) as shop, AsyncExitStack() as apps:
            for panel in shop.panels.values():
                await apps.enter_async_context(headless(KioskApp(panel), KIOSK_SIZE))
            await shop.floor.walk(shop.walkers["A"])
            await shop.floor.leave(shop.walkers["A"])
            await seen(shop, lambda: shows(shop, Attract))
            walked = len(probe.latencies_ms)
            for coming in range(COMINGS):
                walker = shop.walkers["AD"[coming % 2]]
                shop.floor.stand(walker)
                await seen(shop, lambda: shows(shop, Symbols))
                await shop.floor.leave(walker)
                await seen(shop, lambda: shows(shop, Attract))
    return {"bus": bus, "ms": spread(probe.latencies_ms).document(), "of_the_walk": walked}


def shows(shop: Shop, content: type) -> bool:
    screen = shop.panels["caisse"].shown
    return screen.note is None and isinstance(screen.content, content)


async def seen(shop: Shop, condition: Callable[[], bool]) -> None:
    """Wait for the screen, at most three store minutes."""
    until_s = shop.clock.monotonic_s() + 180.0
    while not condition():
        shop.check()
        assert shop.clock.monotonic_s() < until_s, "the screen never came"
        await shop.clock.sleep(0.1)
