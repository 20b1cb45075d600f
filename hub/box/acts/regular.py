"""A, the regular: recognised because she asked to be, her fifth pack, her stop, her card, her return."""

import asyncio
from typing import Final

from hardware.host.clock import wall_ms
from hub.box.acts.faults import kill_broker
from hub.box.floor_plan import AISLE_AT_S
from hub.box.provision import Shopper
from hub.box.scene import AISLE, CHECKOUT, Scene, StoryError
from hub.box.ticket import CURRENCY
from hub.box.till import Basket
from hub.texts import money
from hub.wire.base import LocalText
from hub.wire.display import Thanks

WITHDRAWAL_LIMIT_MS: Final = 1_000.0
"""Acceptance A7: within 1 s the next frame is unknown. Processing time, hence wall milliseconds."""


async def walk_in(scene: Scene, a: Shopper) -> None:
    """She walks the recorded walk to the checkout and halts in the aisle; the displays show her symbol among others."""
    state = scene.standing(a)
    scene.report.counter_before, scene.report.points_before = state.counter, state.points
    await scene.tell(
        "story.history",
        sales=scene.shop.premises.imported_sales, counter=state.counter, every=state.every, points=state.points,
    )  # fmt: skip
    await scene.picture("01-attract", CHECKOUT)
    scene.shop.clock.set_scale(scene.walk_scale)
    walker = scene.shop.walkers["A"]
    await scene.shop.floor.walk_to_aisle(walker)
    scene.shop.clock.set_scale(scene.desk_scale)
    await scene.until(lambda: scene.sees_symbol(AISLE, a), 30.0, "A is recognised at the aisle display")
    await scene.tell("story.aisle")
    await scene.picture("02-aisle-symbols", AISLE)
    scene.shop.clock.set_scale(scene.walk_scale)
    walk = asyncio.create_task(scene.shop.floor.walk(walker, AISLE_AT_S), name="A walks")
    try:
        await kill_broker(scene)
        await walk
    finally:
        walk.cancel()
    await scene.until(lambda: scene.sees_symbol(CHECKOUT, a), 30.0, "A is recognised at the checkout")
    await scene.tell("story.checkout")
    await scene.picture("03-checkout-symbols", CHECKOUT)


async def fifth_pack(scene: Scene, a: Shopper) -> Basket:
    """She touches her symbol, reads why, and gets her discount at the till; returns the basket sold."""
    scene.shop.clock.set_scale(scene.desk_scale)
    offer = await scene.touch(a, "A's offer after her touch")
    await scene.tell(
        "story.offer",
        price=money(offer.price_minor, CURRENCY),
        after=money(offer.price_minor - offer.discount_minor, CURRENCY),
        points=offer.points_used,
    )
    await scene.press("why")
    await scene.until(lambda: scene.shop.panels[CHECKOUT].shown.why, 5.0, "the kiosk says why")
    await scene.picture("06-offer-why", CHECKOUT)
    for reason in offer.reasons:
        await scene.tell("story.reason", reason=reason)
    await scene.press("why")
    basket = scene.shop.till.open_basket()
    basket.items += scene.baskets["A", "fifth"]
    quote = await scene.shop.till.send(basket)
    if not quote or not quote["effects"]:
        raise StoryError("the till's quote has no discount for A")
    await scene.until(scene.at_till, 20.0, "the kiosk shows the discount of the basket")
    await scene.tell(
        "story.quote",
        line=LocalText(**quote["effects"][0]["ticket"]),
        discount=money(quote["discount_minor"], CURRENCY),
    )
    await scene.picture("07-offer-at-till", CHECKOUT)
    done = await scene.shop.till.pay(basket)
    if done is None:
        raise StoryError("the till could not commit A's sale")
    await scene.until(lambda: isinstance(scene.content(CHECKOUT), Thanks), 20.0, "the kiosk says thanks")
    state = scene.standing(a)
    scene.report.discount_minor = done["discount_minor"]
    scene.report.counter_after, scene.report.points_after = state.counter, state.points
    await scene.tell("story.committed", counter=state.counter, every=state.every, points=state.points)
    await scene.tell(
        "story.left", left=LocalText(**done["ticket"][0]), standing=LocalText(**done["ticket"][1])
    )
    await scene.picture("08-thanks", CHECKOUT)
    return basket


async def stop_recognition(scene: Scene, a: Shopper) -> None:
    """She says stop at the kiosk, and her fob, still on the air, is nobody's."""
    panel = scene.shop.panels[CHECKOUT]
    await scene.press("stop")
    await scene.until(lambda: panel.shown.confirming, 20.0, "the kiosk asks whether she means it")
    await scene.press("stop-yes")
    asked_ms = wall_ms()
    await scene.until(
        lambda: a.member_id not in scene.shop.hub.floor.resolver.members, 20.0, "the hub lets A's key go"
    )
    await scene.tell("story.stopped", ms=round(wall_ms() - asked_ms))
    await scene.picture("09-stopped", CHECKOUT)
    # A stays in front of the antennas for a while longer than the limit: nobody knows her.
    heard = scene.shop.probe.frames_kept
    await asyncio.sleep(2 * WITHDRAWAL_LIMIT_MS / 1000.0)
    if scene.shop.probe.frames_kept == heard:
        raise StoryError("A's fob was not heard after her withdrawal, so nothing is shown by it")
    late = scene.shop.probe.recognitions_after(a.member_id, asked_ms + WITHDRAWAL_LIMIT_MS)
    scene.report.recognised_after_withdrawal = late
    await scene.tell("story.unknown", frames=scene.shop.probe.frames_kept - heard, known=late)
    await scene.shop.floor.leave(scene.shop.walkers["A"])


async def card_still_earns(scene: Scene, a: Shopper) -> None:
    """Her card earns as before."""
    before = scene.standing(a).points
    basket = scene.shop.till.open_basket(card=a.card)
    basket.items += scene.baskets["A", "card"]
    await scene.sell(basket, "A's sale by card")
    await scene.tell("story.card", points=scene.standing(a).points - before)


async def take_back(scene: Scene, a: Shopper, basket: Basket) -> None:
    """She returns the discounted pack: money, counter and points go back."""
    before = scene.standing(a)
    answer = await scene.shop.till.take_back(basket, line=1)
    if answer is None:
        raise StoryError("the till could not return A's pack")
    after = scene.standing(a)
    points_back = after.points - before.points == answer["points_returned"] - answer["points_withdrawn"]
    if after.counter == scene.report.counter_before and points_back and answer["points_returned"] > 0:
        scene.report.reversed += 1
    await scene.tell(
        "story.returned",
        refund=money(answer["refund_minor"], CURRENCY),
        counter=after.counter,
        every=after.every,
        points=after.points,
    )
