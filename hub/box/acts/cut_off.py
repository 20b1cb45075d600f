"""D, whose fifth pack is sold while the hub's cable is out."""

from typing import Final

from hub.box.acts.faults import sell_while_the_hub_dies
from hub.box.acts.late import upload
from hub.box.provision import Shopper
from hub.box.scene import CHECKOUT, Scene, StoryError
from hub.box.ticket import CURRENCY
from hub.texts import money

OUTAGE_S: Final = 20.0


async def sell_without_hub(scene: Scene, d: Shopper) -> None:
    """The hub's cable is pulled while D pays: the sale goes on, and is uploaded when the cable is back."""
    scene.shop.clock.set_scale(scene.walk_scale)
    scene.shop.floor.stand(scene.shop.walkers["D"])
    await scene.until(lambda: scene.sees_symbol(CHECKOUT, d), 30.0, "D is recognised at the checkout")
    clock = scene.shop.clock
    scene.shop.pull_cable()
    pulled_s = clock.monotonic_s()
    await scene.tell("story.cable_out")
    basket = scene.shop.till.open_basket(card=d.card)
    basket.items += scene.baskets["D", "fifth"]
    await scene.shop.till.send(basket)
    if await scene.shop.till.pay(basket) is not None:
        raise StoryError("the cable is out, but the till reached the hub")
    await scene.tell("story.sold_alone", total=money(basket.total_minor, CURRENCY))
    await scene.until(
        lambda: not scene.shop.panels[CHECKOUT].shown.online, 20.0, "the kiosk says it is cut off"
    )
    await scene.picture("10-cable-out", CHECKOUT)
    await clock.sleep(pulled_s + OUTAGE_S - clock.monotonic_s())
    scene.shop.plug_cable()
    scene.report.outage_s = round(clock.monotonic_s() - pulled_s, 1)
    await scene.tell("story.cable_in", seconds=round(scene.report.outage_s))
    await upload(scene)
    await scene.shop.floor.leave(scene.shop.walkers["D"])
    state = scene.standing(d)
    await scene.tell("story.uploaded", points=state.points, counter=state.counter, open=state.open_right)


async def next_visit(scene: Scene, d: Shopper) -> None:
    """What D reached meanwhile waits as an open right, and is taken at the next visit, whatever dies."""
    scene.shop.clock.set_scale(scene.desk_scale)
    await scene.until(lambda: scene.shop.panels[CHECKOUT].shown.online, 60.0, "the kiosk is connected again")
    kiosk = scene.shop.kiosks[CHECKOUT]
    offer = await scene.offer_after(lambda: kiosk.present(d.card), "D's open right after her card")
    scene.report.open_entitlements = scene.standing(d).open_right
    await scene.tell(
        "story.open_right",
        open=scene.report.open_entitlements,
        discount=money(offer.discount_minor, CURRENCY),
    )
    await scene.picture("11-open-right", CHECKOUT)
    basket = scene.shop.till.open_basket()
    basket.items += scene.baskets["D", "next"]
    done = await sell_while_the_hub_dies(scene, d, basket)
    state = scene.standing(d)
    await scene.tell(
        "story.taken", discount=money(done, CURRENCY), open=state.open_right, counter=state.counter
    )
