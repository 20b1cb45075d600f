"""B, C and the others on the floor: who is not recognised, who has earned nothing yet, who leaves no trace."""

import asyncio
from typing import Final

import structlog

from hub.box.company import Company
from hub.box.provision import Shopper
from hub.box.scene import CHECKOUT, Scene, StoryError
from hub.box.shop import STRANGER
from hub.box.ticket import CURRENCY
from hub.box.traces import Find, look
from hub.texts import money
from hub.wire.display import Level, Symbols

log = structlog.get_logger()

TOGETHER_S: Final = 3.0
"""How long two people stand at one kiosk before one acts: six turns of the hub's timer that could show something."""

CROWDED_SLOWER: Final = 2.0
"""Three people stand there: at half the walk's speed the box has no more to do than while one walks."""

UNRESOLVED_REST_S: Final = 60.0
"""Acceptance B5: loyalty frames nobody can resolve are gone everywhere within this."""


async def stand_together(scene: Scene, company: Company, a: Shopper, c: Shopper) -> None:
    """A and C stand at one kiosk, both recognised: nothing personal on any screen (acceptance C4)."""
    scene.shop.clock.set_scale(scene.walk_scale / CROWDED_SLOWER)
    await company.complete()
    both = {a.member_id, c.member_id}
    await scene.until(
        lambda: both <= scene.near(CHECKOUT) and all(scene.sees_symbol(CHECKOUT, who) for who in (a, c)),
        30.0,
        "A and C are both recognised at the checkout",
    )
    views = scene.shop.probe.views
    before = views[Level.L2.value]
    await scene.shop.clock.sleep(TOGETHER_S)
    await scene.picture("04-two-people", CHECKOUT)
    scene.report.personal_views_while_two = views[Level.L2.value] - before
    await scene.tell("story.together", personal=scene.report.personal_views_while_two)


async def see_progress(scene: Scene, c: Shopper) -> None:
    """C acts first: she sees how far she is, nothing of A's, and pays the full price. A stranger takes her place."""
    shop, report = scene.shop, scene.report
    shop.clock.set_scale(scene.desk_scale)
    progress = await scene.touch_for_progress(c, "C's progress after her touch")
    report.progress_counter = progress.counter
    await scene.picture("05-progress", CHECKOUT)
    await scene.tell("story.progress", counter=progress.counter, every=progress.every)
    basket = shop.till.open_basket()
    basket.items += scene.baskets["C", "third"]
    report.progress_discount_minor = await scene.sell(basket, "C's sale")
    state = scene.standing(c)
    await scene.tell(
        "story.full_price",
        discount=money(report.progress_discount_minor, CURRENCY),
        counter=state.counter,
        every=state.every,
    )
    shop.clock.set_scale(scene.walk_scale / CROWDED_SLOWER)
    await shop.floor.leave(shop.walkers["C"])
    await scene.until(
        lambda: c.member_id not in scene.near(CHECKOUT) and isinstance(scene.content(CHECKOUT), Symbols),
        30.0,
        "the kiosk is A's alone",
    )
    shop.floor.stand(shop.walkers[STRANGER])


async def pay_by_card(scene: Scene, company: Company, b: Shopper) -> None:
    """B's fob was on the air all along and nobody knew her; her card earns and redeems (A17). She goes."""
    shop, report = scene.shop, scene.report
    basket = shop.till.open_basket(card=b.card)
    basket.items += scene.baskets["B", "fifth"]
    done = await scene.settle_basket(basket, "B's sale by card")
    report.discount_by_card_minor, report.points_by_card = done["discount_minor"], done["points_earned"]
    report.heard_without_permission = shop.spy.saw(company.identifiers("B"))
    if not report.heard_without_permission:
        raise StoryError("B's fob was not heard, so nothing is shown by her not being recognised")
    count_recognitions(scene, b)
    await scene.tell(
        "story.by_card",
        messages=report.heard_without_permission,
        known=report.recognised_without_permission,
        discount=money(report.discount_by_card_minor, CURRENCY),
        points=report.points_by_card,
    )
    await company.go_out()


def count_recognitions(scene: Scene, b: Shopper) -> None:
    """How often B was recognised until now; a key of hers in the resolver is one too many already."""
    held = b.member_id in scene.shop.hub.floor.resolver.members
    resolved = scene.shop.probe.recognitions_after(b.member_id, float("-inf"))
    scene.report.recognised_without_permission = resolved + held


async def look_for_unresolved(scene: Scene, company: Company) -> tuple[Find, ...]:
    """Look for B's and the stranger's identifiers when they have been away for a minute, and not a moment later."""
    assert company.gone_s is not None, "they are looked for once they are gone"
    identifiers = company.identifiers("B") | company.identifiers(STRANGER)
    clock = scene.shop.clock
    await clock.sleep(company.gone_s + UNRESOLVED_REST_S - clock.monotonic_s())
    return await asyncio.to_thread(look, identifiers, scene.places())


async def no_traces(scene: Scene, company: Company, unresolved: asyncio.Task[tuple[Find, ...]]) -> None:
    """What is found of people who never asked to be known, anywhere, at the end."""
    report, shop = scene.report, scene.shop
    shop.clock.set_scale(scene.walk_scale)
    _note("unresolved_identifier_found", await unresolved)
    report.unresolved_after_60_s = len(unresolved.result())
    traffic = shop.spy.traffic()
    if not look(company.identifiers("B"), traffic) or not shop.spy.saw(company.identifiers(STRANGER)):
        raise StoryError(
            "the search does not find what travelled, so nothing is shown by what it does not find"
        )
    found = await asyncio.to_thread(look, shop.premises.bystanders.pieces, scene.places() | traffic)
    _note("foreign_trace_found", found)
    report.foreign_traces = len(found)
    await scene.tell(
        "story.no_traces",
        adverts=shop.probe.adverts_heard - shop.probe.frames_kept,
        unresolved=report.unresolved_after_60_s,
        foreign=report.foreign_traces,
    )


def _note(event: str, finds: tuple[Find, ...]) -> None:
    for find in finds:
        log.error(event, place=find.place, form=find.form)
