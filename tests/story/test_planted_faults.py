"""Every figure of the report that is zero becomes another number when its fault is planted.

The story's acts are played one by one: what they measure is the same.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hardware.host.entropy import SeededEntropy
from hub.box.acts.figures import settle
from hub.box.acts.regular import card_still_earns, fifth_pack, stop_recognition
from hub.box.headless import WALK_SCALE
from hub.box.scene import CHECKOUT, Scene, StoryError
from hub.box.shop import BusKind, Shop
from hub.floor import Floor
from hub.presence.resolver import Resolver
from hub.till.context import Context
from hub.wire.memory import Faults
from hub.wire.presence import Sightings, SightingsAck
from tests.story.telling import needs, on_each_bus, open_scene


async def stand_at_the_checkout(shop: Shop, scene: Scene, label: str) -> None:
    """Somebody comes to the checkout, and her symbol stands on the kiosk."""
    shop.clock.set_scale(WALK_SCALE)
    shop.floor.stand(shop.walkers[label])
    who = shop.premises.shoppers[label]
    await scene.until(lambda: scene.sees_symbol(CHECKOUT, who), 40.0, f"{label} is recognised")


async def see_the_offer(shop: Shop, scene: Scene, label: str) -> None:
    shop.clock.set_scale(scene.desk_scale)
    await scene.touch(shop.premises.shoppers[label], "the offer")


# recognised_after_withdrawal


class Clinging(Resolver):
    """Says that it let somebody go, and still knows their frames."""

    def __init__(self) -> None:
        super().__init__()
        self._said_gone: set[str] = set()

    @property
    def members(self) -> frozenset[str]:
        return super().members - self._said_gone

    def drop(self, member_id: str) -> None:
        if member_id in super().members:
            self._said_gone.add(member_id)


@on_each_bus()
async def test_a_resolver_that_keeps_a_key_is_seen_as_recognised_after_withdrawal(
    tmp_path: Path, bus: BusKind
) -> None:
    needs(bus)
    async with open_scene(tmp_path, bus) as (shop, scene):
        shop.hub.floor.resolver = Clinging()
        shop.hub.floor.reload(shop.clock.now_s())
        await stand_at_the_checkout(shop, scene, "A")
        await see_the_offer(shop, scene, "A")
        await stop_recognition(scene, shop.premises.shoppers["A"])
        assert scene.report.recognised_after_withdrawal > 0


async def test_a_hub_that_ignores_a_stop_is_no_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_scene(tmp_path, "memory") as (shop, scene):
        await stand_at_the_checkout(shop, scene, "A")
        await see_the_offer(shop, scene, "A")
        shop.clock.set_scale(100.0)
        monkeypatch.setattr("hub.box.scene.PATIENCE_WALL_S", 0.1)
        monkeypatch.setattr(type(shop.hub.counter), "_withdraw", lambda *_: None)
        with pytest.raises(StoryError, match="key go"):
            await stop_recognition(scene, shop.premises.shoppers["A"])


# lost


async def test_a_hub_that_acknowledges_without_taking_is_seen_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def acknowledge_only(
        _self: Floor, batches: Sequence[Sightings], _now_s: float
    ) -> tuple[SightingsAck, ...]:
        return tuple(SightingsAck(node=b.node, boot_id=b.boot_id, seqs=(b.seq,)) for b in batches)

    async with open_scene(tmp_path, "memory") as (shop, scene):
        await stand_at_the_checkout(shop, scene, "D")
        monkeypatch.setattr(Floor, "take", acknowledge_only)
        taken = len(shop.probe.taken)
        await shop.clock.sleep(6.0)
        await shop.floor.leave(shop.walkers["D"])
        await settle(scene)
        assert scene.report.lost == len(shop.probe.sent) - taken > 0


class _UndoneError(Exception):
    """Takes a transaction back."""


async def test_a_till_told_committed_without_a_row_is_seen_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_without_keeping(
        self: Context, _key: str, _operation: str, _body: Any, _model: Any, act: Any
    ) -> Any:
        said = None
        try:
            with self.sales.transaction():
                said, _events = act()
                raise _UndoneError  # noqa: TRY301 - a transaction is taken back by an exception
        except _UndoneError:
            return said

    async with open_scene(tmp_path, "memory") as (shop, scene):
        basket = shop.till.open_basket(card=shop.premises.shoppers["A"].card)
        basket.items += scene.baskets["A", "card"]
        monkeypatch.setattr(Context, "once", answer_without_keeping)
        await scene.sell(basket, "a sale that is not kept")
        await settle(scene)
        assert scene.report.lost == 1


@on_each_bus()
async def test_without_a_plant_the_same_sale_and_the_same_stand_lose_nothing(
    tmp_path: Path, bus: BusKind
) -> None:
    needs(bus)
    async with open_scene(tmp_path, bus) as (shop, scene):
        await stand_at_the_checkout(shop, scene, "D")
        await card_still_earns(scene, shop.premises.shoppers["A"])
        await shop.floor.leave(shop.walkers["D"])
        await settle(scene)
        # A resend may overtake a late acknowledgement on a busy machine: only what is lost must be nothing.
        assert scene.report.lost == 0
        assert scene.report.sightings_published > 0


# duplicates_dropped


async def test_a_bus_that_repeats_everything_is_seen_and_changes_no_counter(tmp_path: Path) -> None:
    async with open_scene(tmp_path, "memory") as (shop, scene):
        shop._broker.faults = Faults(chance=SeededEntropy(7).uniform, duplicate=1.0)
        await stand_at_the_checkout(shop, scene, "A")
        await fifth_pack(scene, shop.premises.shoppers["A"])
        await shop.floor.leave(shop.walkers["A"])
        await settle(scene)
        report = scene.report
        assert report.duplicates_dropped >= report.sightings_published > 0
        assert (report.discount_minor, report.counter_after, report.points_after) == (240, 0, 65)
        assert report.lost == 0


# and the story itself does not tell what did not happen


async def test_a_sentence_waits_and_gives_up_when_it_is_not_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.box.scene.PATIENCE_WALL_S", 0.2)
    async with open_scene(tmp_path, "memory") as (_shop, scene):
        with pytest.raises(StoryError, match="pigs fly"):
            await scene.until(lambda: False, 0.0, "pigs fly")


async def test_a_part_of_the_store_that_ends_ends_the_story(tmp_path: Path) -> None:
    async with open_scene(tmp_path, "memory") as (shop, scene):
        error = RuntimeError("a bug of ours")

        async def breaks() -> None:
            raise error

        shop._run(breaks(), "a part")
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError) as caught:
            await scene.until(lambda: False, 5.0, "anything")
        assert caught.value is error
        shop._tasks.pop()
