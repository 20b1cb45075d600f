"""The story of the demo: a recorded walk and recorded purchases, told while they happen. This is its order."""

from hardware.host.clock import wall_ms
from hub.box.acts.cut_off import next_visit, sell_without_hub
from hub.box.acts.figures import settle
from hub.box.acts.regular import card_still_earns, fifth_pack, stop_recognition, take_back, walk_in
from hub.box.report import StoryReport
from hub.box.scene import Scene


async def play_story(scene: Scene) -> StoryReport:
    """Play all of it.

    Raises:
        StoryError: something did not happen.
        ComptoirError: a part of the store ended.
    """
    started_ms = wall_ms()
    shop, report = scene.shop, scene.report
    a, d = shop.premises.shoppers["A"], shop.premises.shoppers["D"]
    await scene.tell("story.opening", nodes=len(shop.data.config.nodes), bus=shop.bus_kind)
    await scene.tell("story.artificial")
    await walk_in(scene, a)
    basket = await fifth_pack(scene, a)
    await stop_recognition(scene, a)
    await card_still_earns(scene, a)
    await take_back(scene, a, basket)
    await sell_without_hub(scene, d)
    await next_visit(scene, d)
    await settle(scene)
    report.seconds = round((wall_ms() - started_ms) / 1000.0, 1)
    await scene.tell("story.end", seconds=report.seconds)
    return report
