"""A kiosk that is cut off from the hub, with the real parts: it blanks at once and delivers later (acceptance A8)."""

from pathlib import Path

from hub.box.acts.figures import settle
from hub.box.provision import comptoir_hub
from hub.box.scene import CHECKOUT, Scene
from hub.box.shop import BusKind, Shop
from kiosk.screen import Note
from tests.story.telling import needs, on_each_bus, open_scene


async def offer_stands(shop: Shop, scene: Scene) -> None:
    """A stands at the checkout, and her offer stands on the kiosk."""
    shop.floor.stand(shop.walkers["A"])
    a = shop.premises.shoppers["A"]
    await scene.until(lambda: scene.sees_symbol(CHECKOUT, a), 40.0, "A is recognised")
    # Slowly from here on: a personal view lives eight store seconds.
    shop.clock.set_scale(1.0)
    await scene.touch(a, "her offer")


@on_each_bus()
async def test_a8_a_stop_at_a_cut_kiosk_blanks_at_once_and_is_delivered_when_the_cable_is_back(
    tmp_path: Path, bus: BusKind
) -> None:
    needs(bus)
    async with open_scene(tmp_path, bus) as (shop, scene):
        a = shop.premises.shoppers["A"]
        await offer_stands(shop, scene)
        shop.pull_cable()
        await scene.press("stop")
        await scene.press("stop-yes")
        panel = shop.panels[CHECKOUT]
        await scene.until(
            lambda: panel.shown.note in {Note.STOPPED, Note.STOPPED_OFFLINE}, 5.0, "it is blank, and says so"
        )
        assert panel.shown.content.kind == "attract", "nothing personal is left beneath the note"
        assert a.member_id in shop.hub.floor.resolver.members, "the hub cannot know yet"
        shop.clock.set_scale(10.0)
        await shop.clock.sleep(15.0)
        shop.plug_cable()
        await scene.until(
            lambda: a.member_id not in shop.hub.floor.resolver.members, 60.0, "the stop arrives"
        )
        assert not shop.data.permissions.look(a.member_id, "recognition", "store", shop.clock.now_s()).allowed
        # What the nodes heard meanwhile arrives after it, and is a stranger's.
        heard = shop.probe.frames_kept
        resolved = len(shop.probe.recognitions)
        await scene.until(lambda: shop.probe.frames_kept > heard + 20, 30.0, "her fob goes on")
        assert len(shop.probe.recognitions) == resolved
        await shop.floor.leave(shop.walkers["A"])
        await settle(scene)
        assert scene.report.lost == 0


@on_each_bus()
async def test_a7_a_withdrawal_by_the_command_line_takes_a_shown_offer_away(
    tmp_path: Path, bus: BusKind
) -> None:
    needs(bus)
    async with open_scene(tmp_path, bus) as (shop, scene):
        a = shop.premises.shoppers["A"]
        await offer_stands(shop, scene)
        withdraw(shop, a.member_id)
        await scene.until(
            lambda: scene.content(CHECKOUT) is None or not _personal(shop), 2.0, "the offer is gone"
        )
        assert a.member_id not in shop.hub.floor.resolver.members


def _personal(shop: Shop) -> bool:
    return shop.panels[CHECKOUT].shown.content.kind in {"offer", "progress", "thanks"}


def withdraw(shop: Shop, member_id: str) -> None:
    """`comptoir hub permission withdraw`, on a connection of its own."""
    comptoir_hub(
        "permission",
        "withdraw",
        member_id,
        "--purpose",
        "recognition",
        "--config",
        str(shop.premises.config_file),
    )
