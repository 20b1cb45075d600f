"""How long the whole store takes to work again after each fault: everybody connected, a fresh sighting taken."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hardware.host.clock import wall_ms
from hub.box.acts.faults import recovered
from hub.box.scene import CHECKOUT, Scene
from hub.box.shop import BusKind
from tests.bench.figures import spread
from tests.story.telling import open_scene

ROUNDS = 10
"""Of each fault, in turn."""

SCALE = 4.0
"""Store seconds per wall second: somebody standing at the checkout is then heard at an antenna every few hundredths of
a second, and the machine is idle for most of them. Back-off and connections count wall time at any scale."""

OUT_S = 2.0
"""Store seconds a fault lasts: everybody has noticed, and dials in vain."""


async def recovery(bus: BusKind = "mqtt") -> dict[str, Any]:
    """Wall milliseconds from the mending of each fault; the whole store in one process, one person at the checkout."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_scene(Path(folder), bus) as (shop, scene):
            shop.clock.set_scale(SCALE)
            shop.floor.stand(shop.walkers["D"])
            await recovered(scene, wall_ms(), "the start")
            measured = {name: await _measure(scene, fault) for name, fault in FAULTS.items()}
    return {"bus": bus, "scale": SCALE, "ms": measured}


async def _measure(scene: Scene, fault: "Fault") -> dict[str, Any]:
    values = [await _once(scene, *fault) for _ in range(ROUNDS)]
    return spread(values).document()


async def _once(scene: Scene, strike: "Deed", mend: "Deed", mended_once_done: bool) -> float:
    await strike(scene)
    await scene.shop.clock.sleep(OUT_S)
    begun_ms = wall_ms()
    await mend(scene)
    return await recovered(scene, wall_ms() if mended_once_done else begun_ms, "a fault of the benchmark")


Deed = Callable[[Scene], Awaitable[None]]
Fault = tuple[Deed, Deed, bool]
"""Strike, mend, and whether it is mended when `mend` is done (a broker that listens) or when it begins (a hub that has
to open its database first)."""


async def _pull_node(scene: Scene) -> None:
    scene.shop.pull_node_cable(_node(scene))


async def _plug_node(scene: Scene) -> None:
    scene.shop.plug_node_cable(_node(scene))


def _node(scene: Scene) -> str:
    config = scene.shop.data.config
    return min(name for name, at in config.nodes.items() if at.zone == config.kiosks[CHECKOUT].zone)


async def _pull(scene: Scene) -> None:
    scene.shop.pull_cable()


async def _plug(scene: Scene) -> None:
    scene.shop.plug_cable()


FAULTS: dict[str, Fault] = {
    "broker": (lambda s: s.shop.network.kill_broker(), lambda s: s.shop.network.restart_broker(), True),
    "hub": (lambda s: s.shop.kill_hub(), lambda s: s.shop.restart_hub(), False),
    "edge": (_pull_node, _plug_node, True),
    "cable": (_pull, _plug, True),
}
