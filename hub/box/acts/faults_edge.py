"""One node cut off for ten minutes: what it cannot see is unknown, what it heard lately arrives later."""

import asyncio
from typing import Final

from hardware.host.clock import wall_ms
from hub.box.acts.faults import recovered
from hub.box.provision import Shopper
from hub.box.scene import CHECKOUT, Scene, StoryError
from hub.presence.zones import Occupancy, State

CUT_S: Final = 600.0

CUT_SCALE: Final = 150.0
"""Store seconds per wall second while nobody is on the floor. A heartbeat every 0.2 s of wall time is still on time
with half a second of patience (`hub.floor.NODE_SILENT_S`); at twice this a busy machine makes it late."""

STAY_S: Final = 20.0
"""How long somebody is still heard after the cut: a change of identifier longer, so that some of it may rest at the
node and some may not."""


RETURN_S: Final = 30.0
"""How long before the cable the person is back for a moment. An identifier that changed since the cut is a stranger's
to the node and rests 45 s, a known one two minutes (`edge.known`): what is older is of no use to the hub."""


async def cut_edge(scene: Scene, who: Shopper) -> None:
    """A node of the checkout is cut off while somebody stands there, who leaves meanwhile.

    Args:
        scene: of the store.
        who: is recognised, and stands at the checkout.
    """
    shop, clock, report = scene.shop, scene.shop.clock, scene.report
    zone = shop.data.config.kiosks[CHECKOUT].zone
    node = min(name for name, at in shop.data.config.nodes.items() if at.zone == zone)
    clock.set_scale(scene.walk_scale)
    await scene.until(
        lambda: shop.hub.floor.zones.zone_of(who.member_id) == (zone, State.PRESENT),
        40.0,
        "D is at the checkout",
    )
    await _known_for_a_while(scene, who, node)
    shop.pull_node_cable(node)
    cut_ms, cut_s = wall_ms(), clock.monotonic_s()
    await _see_unknown(scene, zone)
    await scene.tell("story.edge_cut", minutes=round(CUT_S / 60))
    await clock.sleep(cut_s + STAY_S - clock.monotonic_s())
    await shop.floor.leave(shop.walkers[who.label])
    await scene.until(
        lambda: shop.hub.floor.zones.zone_of(who.member_id) == (zone, State.UNKNOWN),
        60.0,
        "D, whom no other node hears any more, is neither there nor gone",
    )
    await scene.tell("story.edge_unknown")
    clock.set_scale(CUT_SCALE)
    await _watch(scene, zone, cut_s + CUT_S - RETURN_S)
    await _come_by(scene, who, zone)
    clock.set_scale(CUT_SCALE)
    await _watch(scene, zone, cut_s + CUT_S)
    clock.set_scale(scene.walk_scale)
    report.edge_cut_s = round(clock.monotonic_s() - cut_s, 1)
    await _come_back(scene, who, node, cut_ms)


async def _come_by(scene: Scene, who: Shopper, zone: str) -> None:
    """The person stands there once more, and leaves."""
    shop = scene.shop
    shop.clock.set_scale(scene.walk_scale)
    shop.floor.stand(shop.walkers[who.label])
    await _watch(scene, zone, shop.clock.monotonic_s() + STAY_S)
    await shop.floor.leave(shop.walkers[who.label])


async def _known_for_a_while(scene: Scene, who: Shopper, node: str) -> None:
    """Wait until the hub has told a node that the identifier on the air is known, soon after it changed."""
    shop, window_s = scene.shop, 2.0**who.fob.k

    def into_window_s() -> float:
        return (shop.clock.now_s() - who.fob.epoch_s) % window_s

    told = False
    while not told or into_window_s() > window_s / 2.0:
        shop.clock.set_scale(scene.walk_scale)
        await shop.clock.sleep(window_s - into_window_s())
        shop.clock.set_scale(scene.desk_scale)
        await _acknowledged(scene, node, wall_ms())
        told = True
    shop.clock.set_scale(scene.walk_scale)


async def _acknowledged(scene: Scene, node: str, from_ms: float) -> None:
    """Wait until something a node heard after a moment (wall) was taken, and the node knows it."""
    shop, probe = scene.shop, scene.shop.probe
    await scene.until(
        lambda: (
            bool(probe.heard_between(node, from_ms, wall_ms()) & probe.taken) and not shop.waiting_at(node)
        ),
        20.0,
        "the node hears D",
    )


async def _see_unknown(scene: Scene, zone: str) -> None:
    """Wait until the hub says that it does not know; "empty" at any moment is wrong."""
    await scene.until(
        lambda: _look(scene, zone) is Occupancy.UNKNOWN, 20.0, "the zone of a node that is cut off is unknown"
    )


async def _watch(scene: Scene, zone: str, until_s: float) -> None:
    """Look again and again until a moment (monotonic store seconds)."""
    while scene.shop.clock.monotonic_s() < until_s:
        scene.shop.check()
        if _look(scene, zone) is not Occupancy.UNKNOWN:
            raise StoryError("a zone was said to be known while one of its nodes was cut off")
        await asyncio.sleep(0.01)


def _look(scene: Scene, zone: str) -> Occupancy:
    said, report = scene.shop.hub.floor.zone_state(zone), scene.report
    if said is Occupancy.UNKNOWN and zone not in report.zones_unknown:
        report.zones_unknown.append(zone)
    report.zones_wrongly_empty += said is Occupancy.EMPTY
    return said


async def _come_back(scene: Scene, who: Shopper, node: str, cut_ms: float) -> None:
    """The cable is in again: the node delivers what it was allowed to keep, and the zone is known."""
    shop, probe, report = scene.shop, scene.shop.probe, scene.report
    meanwhile = probe.heard_between(node, cut_ms, wall_ms())
    kept = meanwhile - probe.let_go
    if not kept:
        raise StoryError("nothing rests at the node that was cut off, so nothing is shown by it")
    shop.floor.stand(shop.walkers[who.label])
    shop.plug_node_cable(node)
    report.recovery_ms["edge"] = await recovered(scene, wall_ms(), "a node was cut off")
    await scene.until(
        lambda: bool(kept & probe.taken) and kept <= probe.taken | probe.let_go,
        60.0,
        "what rested at the node is delivered",
    )
    zone = shop.data.config.nodes[node].zone
    await scene.until(
        lambda: shop.hub.floor.zone_state(zone) is Occupancy.OCCUPIED, 60.0, "the zone is known again"
    )
    await shop.floor.leave(shop.walkers[who.label])
    await scene.tell(
        "story.edge_back",
        minutes=round(report.edge_cut_s / 60),
        kept=len(kept),
        gone=len(meanwhile & probe.let_go),
    )
