"""B, C and the others on the floor, from what the running parts were seen to do; and their faults, planted."""

from pathlib import Path

import pytest

from hub.box.acts.people import count_recognitions, pay_by_card, see_progress, stand_together
from hub.box.company import Company
from hub.box.headless import WALK_SCALE
from hub.box.provision import SYMBOLS
from hub.box.scene import CHECKOUT, Scene, StoryError
from hub.box.shop import Shop
from hub.display.desk import KioskDesk
from hub.display.events import Command, Show
from hub.permission.service import Permissions
from hub.presence.keys import MemberKeys
from hub.wire.base import LocalText
from hub.wire.display import Level, Progress, Symbols, Thanks
from tests.story.telling import Told, open_scene, words
from tests.story.test_story import PERSONAL_WORDS

# The issue: «B, a member without recognition permission, working fob: never recognised, her card still earns and
# redeems».


def test_b_was_on_the_air_and_never_recognised(told: Told) -> None:
    assert told.report.heard_without_permission > 20
    assert told.report.recognised_without_permission == 0
    assert told.premises.shoppers["B"].member_id not in told.identifiers


def test_a17_her_card_earns_and_redeems(told: Told) -> None:
    # 30 % of 11.49; 8.04 are left to pay, a point for each whole euro.
    assert (told.report.discount_by_card_minor, told.report.points_by_card) == (345, 8)
    assert told.said("B allowed nothing").endswith("−€3.45, 8 points more.")


# The issue: «C, permitted, 2 packs: progress, no discount».


def test_c_sees_her_progress_and_pays_the_full_price(told: Told) -> None:
    assert (told.report.progress_counter, told.report.progress_discount_minor) == (2, 0)
    assert "2 sur 5" in words(told.pictures["05-progress"])
    assert told.said("C pays the full price").startswith(
        "C pays the full price: discount €0.00, counter 3 of 5"
    )


# The issue: «two people at one kiosk: nothing personal until one acts».


def test_c4_while_two_stand_there_every_view_is_impersonal(told: Told) -> None:
    assert told.report.personal_views_while_two == 0
    both = told.views(CHECKOUT, before="04-two-people")
    assert {view.level for view in both} <= {Level.L0, Level.L1}
    assert not any(view.subject for view in both)
    last = both[-1].content
    assert isinstance(last, Symbols)
    assert {SYMBOLS["A"], SYMBOLS["C"]} <= set(last.symbols)
    assert not PERSONAL_WORDS.search(words(told.pictures["04-two-people"]))


def test_c4_what_comes_after_the_act_is_hers_alone(told: Told) -> None:
    views = told.views(CHECKOUT, after="04-two-people", before="06-offer-why")
    personal = [view.content for view in views if view.level is Level.L2]
    progress = {content.counter for content in personal if isinstance(content, Progress)}
    assert progress <= {2, 3}, "C's packs, before and with the one in her basket"
    assert 2 in progress
    thanks = [content for content in personal if isinstance(content, Thanks)]
    assert all((content.discount_minor, content.counter) == (0, 3) for content in thanks)


# The issue: «bystanders … foreign_traces (0) … unresolved loyalty ids are gone everywhere within 60 s».


def test_b5_nothing_is_left_of_bystanders_and_of_fobs_nobody_resolved(told: Told) -> None:
    foreign = told.report.adverts_heard - told.report.frames_kept
    assert foreign > 1_000
    assert (told.report.foreign_traces, told.report.unresolved_after_60_s) == (0, 0)


# The faults, planted.


async def arrive(shop: Shop, scene: Scene, *labels: str) -> None:
    """They stand at the checkout, recognised."""
    shop.clock.set_scale(WALK_SCALE)
    wanted = {shop.premises.shoppers[label].member_id for label in labels}
    for label in labels:
        shop.floor.stand(shop.walkers[label])
    await scene.until(lambda: wanted <= scene.near(CHECKOUT), 40.0, f"{labels} are recognised")


class Together(Company):
    """Two who are there already."""

    async def complete(self) -> None:
        """They are."""


async def test_a_hub_that_ignores_permission_is_seen_as_recognised_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def anybodys(self: Permissions, member_id: str, _now_s: float) -> MemberKeys | None:
        return MemberKeys(member_id, self._people.fobs.keys(member_id))

    monkeypatch.setattr(Permissions, "identity_keys", anybodys)
    async with open_scene(tmp_path, "memory") as (shop, scene):
        await arrive(shop, scene, "B")
        count_recognitions(scene, shop.premises.shoppers["B"])
        assert scene.report.recognised_without_permission > 1


async def test_a_desk_that_shows_something_personal_to_two_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick = KioskDesk._tick
    said = LocalText(fr="Couches", en="Nappies")
    progress = Progress(group=said, counter=2, every=5, reasons=(said,))

    def blabbing(self: KioskDesk, now_s: float) -> tuple[Command, ...]:
        shown = tick(self, now_s)
        if len(self._candidates) < 2 or not shown:
            return shown
        self._n += 2
        about = self._candidates[0].member_id
        personal = Show(self._n - 1, Level.L2, progress, 1.0, about)
        return (personal, self._idle_view(now_s))

    monkeypatch.setattr(KioskDesk, "_tick", blabbing)
    async with open_scene(tmp_path, "memory") as (shop, scene):
        people = shop.premises.shoppers
        await arrive(shop, scene, "A", "C")
        monkeypatch.setattr("hub.box.acts.people.TOGETHER_S", 30.0)
        await stand_together(scene, Together(shop), people["A"], people["C"])
        assert scene.report.personal_views_while_two > 0


async def test_without_a_plant_two_see_symbols_and_the_one_who_acts_sees_hers(tmp_path: Path) -> None:
    async with open_scene(tmp_path, "memory") as (shop, scene):
        people = shop.premises.shoppers
        await arrive(shop, scene, "A", "C")
        await stand_together(scene, Together(shop), people["A"], people["C"])
        assert scene.report.personal_views_while_two == 0
        await see_progress(scene, people["C"])
        assert (scene.report.progress_counter, scene.report.progress_discount_minor) == (2, 0)
        assert scene.near(CHECKOUT) == {people["A"].member_id}


async def test_a_fob_that_is_not_heard_proves_nothing(tmp_path: Path) -> None:
    async with open_scene(tmp_path, "memory") as (shop, scene), Company(shop) as company:
        with pytest.raises(StoryError, match="B's fob was not heard"):
            await pay_by_card(scene, company, shop.premises.shoppers["B"])
