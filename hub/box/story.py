"""The story of the demo: a recorded walk and recorded purchases, told while they happen. This is its order."""

from hardware.host.clock import wall_ms
from hub.box.acts.cut_off import next_visit, sell_without_hub
from hub.box.acts.faults import bad_links, tell_bad_links
from hub.box.acts.faults_edge import cut_edge
from hub.box.acts.figures import settle
from hub.box.acts.people import (
    count_recognitions,
    look_for_unresolved,
    no_traces,
    pay_by_card,
    see_progress,
    stand_together,
)
from hub.box.acts.regular import card_still_earns, fifth_pack, stop_recognition, take_back, walk_in
from hub.box.company import Company
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
    a, b, c, d = (shop.premises.shoppers[label] for label in "ABCD")
    await scene.tell("story.opening", nodes=len(shop.data.config.nodes), bus=shop.bus_kind)
    await scene.tell("story.artificial")
    async with Company(shop) as company:
        with bad_links(scene):
            await walk_in(scene, a)
        await tell_bad_links(scene)
        await stand_together(scene, company, a, c)
        await see_progress(scene, c)
        basket = await fifth_pack(scene, a)
        await stop_recognition(scene, a)
        await card_still_earns(scene, a)
        await take_back(scene, a, basket)
        await pay_by_card(scene, company, b)
        unresolved = company.errand(look_for_unresolved(scene, company), "looking for the unresolved")
        await sell_without_hub(scene, d)
        await next_visit(scene, d)
        await cut_edge(scene, d)
        await settle(scene)
        count_recognitions(scene, b)
        await no_traces(scene, company, unresolved)
    report.seconds = round((wall_ms() - started_ms) / 1000.0, 1)
    await scene.tell("story.end", seconds=report.seconds)
    return report
