"""Processes killed and links gone bad: each fault is survived before its sentence is said."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hardware.host.clock import wall_ms
from hub.box.acts.late import upload
from hub.box.audit import doubled
from hub.box.provision import Shopper
from hub.box.scene import CHECKOUT, Scene, StoryError
from hub.box.ticket import CURRENCY
from hub.box.till import Basket
from hub.texts import money
from hub.wire.codec import decode
from hub.wire.presence import HubState, NodePresence, NodeState
from hub.wire.topics import Topics

REPEAT: Final = 0.1
SWAP: Final = 0.1
"""Of the messages on a bad link. A walk has a thousand batches: hundreds of each, and still a walk in real time."""

BROKER_OUT_S: Final = 10.0
"""How long a system's supervisor leaves a dead broker at most; far below the 45 s that unknown identifiers rest."""

NEWCOMER_WALL_S: Final = 1.0
NEWCOMERS: Final = 10
"""A retained state is handed to who comes after it: one who came too early makes room for the next."""


async def recovered(scene: Scene, mended_ms: float, what: str) -> float:
    """Wait until the whole store works again: all connected, and something heard after the mending is taken.

    Args:
        scene: of the store.
        mended_ms: when the fault was mended (wall).
        what: recovers, for the error.

    Returns:
        Wall milliseconds from the mending.
    """
    shop = scene.shop
    await scene.until(
        lambda: shop.works and shop.probe.last_taken_heard_ms >= mended_ms,
        60.0,
        f"the store works again: {what}",
    )
    return round(wall_ms() - mended_ms, 1)


@contextmanager
def bad_links(scene: Scene) -> Iterator[None]:
    """While it lasts, messages between nodes, hub and broker are repeated and swapped."""
    network = scene.shop.network
    network.roughen(REPEAT, SWAP)
    try:
        yield
    finally:
        network.roughen(0.0, 0.0)


async def tell_bad_links(scene: Scene) -> None:
    """What the bad links did, and that nothing came of it."""
    report, network = scene.report, scene.shop.network
    report.link_repeated, report.link_reordered = network.repeated, network.reordered
    report.doubled = doubled(scene.shop)
    if not (report.link_repeated and report.link_reordered):
        raise StoryError("the links were good, so nothing is shown by them")
    if report.doubled:
        raise StoryError(f"bad links: {report.doubled} times something was done twice")
    await scene.tell("story.link_bad", repeated=report.link_repeated, reordered=report.link_reordered)


async def kill_broker(scene: Scene) -> None:
    """The broker is killed −9 and comes back with nothing remembered: everybody connects again by themselves."""
    network, clock, report = scene.shop.network, scene.shop.clock, scene.report
    await network.kill_broker()
    killed_s = clock.monotonic_s()
    report.broker_kills += 1
    await scene.until(lambda: not network.connected, 5.0, "somebody notices that the broker is gone")
    await scene.tell("story.broker_killed")
    await clock.sleep(killed_s + BROKER_OUT_S - clock.monotonic_s())
    await network.restart_broker()
    mended_ms = wall_ms()
    report.recovery_ms["broker"] = await recovered(scene, mended_ms, "the broker was killed")
    states = await states_kept(scene)
    await scene.tell("story.broker_back", ms=round(report.recovery_ms["broker"]), states=states)


async def states_kept(scene: Scene) -> int:
    """Wait until a newcomer on the bus is told at once that the hub and each node are there; returns of how many."""
    shop = scene.shop
    topics = Topics(shop.data.config.store)
    wanted = {topics.hub_state, *(topics.node(node, "state") for node in shop.data.config.nodes)}
    for _ in range(NEWCOMERS):
        async with shop.network.newcomer(topics.hub_state, topics.node("+", "state")) as kept:
            until_ms = wall_ms() + NEWCOMER_WALL_S * 1000
            while wall_ms() < until_ms:
                if {topic for topic, payload in kept.items() if _online(topic, payload)} == wanted:
                    return len(wanted)
                await asyncio.sleep(0.01)
    raise StoryError("did not happen: the retained states stand again")


def _online(topic: str, payload: bytes) -> bool:
    message = decode(topic, payload)
    assert isinstance(message, HubState | NodeState), "nothing else travels on these topics"
    return message.presence is NodePresence.ONLINE


async def sell_while_the_hub_dies(scene: Scene, who: Shopper, basket: Basket) -> int:
    """The hub is killed −9 between hold and commit; returns the discount that its successor has posted.

    Args:
        scene: of the store.
        who: pays; stands at the checkout from then on.
        basket: with something in it that is rewarded.
    """
    shop, till, report = scene.shop, scene.shop.till, scene.report
    await till.send(basket)
    held = await till.hold(basket)
    if held is None or not held["discount_minor"]:
        raise StoryError("the hub holds no discount, so nothing is shown by its death")
    await shop.kill_hub()
    report.hub_kills += 1
    await scene.tell("story.hub_killed")
    if await till.commit(basket) is not None:
        raise StoryError("the hub was killed, but it answered the till")
    await scene.until(lambda: not shop.panels[CHECKOUT].shown.online, 20.0, "the kiosk says it is cut off")
    await scene.tell("story.sold_as_held", discount=money(held["discount_minor"], CURRENCY))
    shop.clock.set_scale(scene.walk_scale)
    shop.floor.stand(shop.walkers[who.label])
    mended_ms = wall_ms()
    await shop.restart_hub()
    report.recovery_ms["hub"] = await recovered(scene, mended_ms, "the hub was killed")
    await upload(scene)
    shop.clock.set_scale(scene.desk_scale)
    posted = shop.data.sales.ledger.find(basket.basket_id)
    if posted is None or posted.discount_minor != held["discount_minor"]:
        raise StoryError("the sale was not posted with the discount that was held")
    report.doubled = doubled(shop)
    if report.doubled:
        raise StoryError(f"the hub was killed: {report.doubled} times something was done twice")
    await scene.tell("story.hub_back", ms=round(report.recovery_ms["hub"]))
    return posted.discount_minor
