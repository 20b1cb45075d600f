"""The story of the demo: a recorded walk and recorded purchases, told while they happen.

Every sentence waits for what it says to be seen in the running parts; what does not happen in time is a
`StoryError`, never a sentence.
"""

import asyncio
import csv
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from hardware.host.clock import wall_ms
from hardware.host.errors import ComptoirError
from hub.box.provision import SAMPLES, Shopper
from hub.box.report import StoryReport
from hub.box.shop import Shop
from hub.box.ticket import CURRENCY, Item
from hub.box.till import Basket
from hub.offers.preview import ProgramState
from hub.texts import money, text
from hub.wire.base import LocalText
from hub.wire.display import Content, Offer, Progress, Symbols, Thanks

AISLE: Final = "rayon"
CHECKOUT: Final = "caisse"

PATIENCE_WALL_S: Final = 20.0
"""How long a sentence waits for what it says, beyond the store time it takes: a busy machine, not a slow store."""

AGAIN_MS: Final = 3_000.0
"""Wall time after which somebody touches again."""

WITHDRAWAL_LIMIT_MS: Final = 1_000.0
"""Acceptance A7: within 1 s the next frame is unknown. Processing time, hence wall milliseconds."""

OUTAGE_S: Final = 20.0

Say = Callable[[LocalText], None]
Pause = Callable[[], Awaitable[None]]
"""Awaited after each sentence: nothing when nobody reads along, the time to read it at a human pace."""

Frame = Callable[[str, str], None]
"""(picture's name, kiosk): keep a picture of what stands on that kiosk now."""


class StoryError(ComptoirError):
    """Something the story tells did not happen."""


def recorded_baskets() -> dict[tuple[str, str], list[Item]]:
    """The recorded baskets of the demo: (shopper, occasion) → lines."""
    baskets: dict[tuple[str, str], list[Item]] = {}
    content = (SAMPLES / "baskets.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(content.splitlines()):
        item = Item(row["product_id"], row["description"], int(row["quantity"]), int(row["amount_minor"]))
        baskets.setdefault((row["member"], row["occasion"]), []).append(item)
    return baskets


class Story:
    """Plays the story in a shop.

    Args:
        shop: running.
        say: takes each sentence.
        frame: keeps a picture of a kiosk.
        pause: see `Pause`.
        walk_scale: store seconds per wall second while somebody walks.
        desk_scale: the same while somebody acts at a kiosk or a till.
    """

    def __init__(
        self, shop: Shop, say: Say, frame: Frame, pause: Pause, *, walk_scale: float, desk_scale: float
    ) -> None:
        self._shop, self._say, self._frame, self._pause = shop, say, frame, pause
        self._walk_scale, self._desk_scale = walk_scale, desk_scale
        self._baskets = recorded_baskets()
        self.report = StoryReport(bus=shop.bus_kind)

    async def play(self) -> StoryReport:
        """Play all of it.

        Raises:
            StoryError: something did not happen.
            ComptoirError: a part of the store ended.
        """
        started_ms = wall_ms()
        a, d = self._shop.premises.shoppers["A"], self._shop.premises.shoppers["D"]
        await self._tell("story.opening", nodes=len(self._shop.data.config.nodes), bus=self._shop.bus_kind)
        await self._tell("story.artificial")
        await self._walk_in(a)
        basket = await self._fifth_pack(a)
        await self._stop_recognition(a)
        await self._card_still_earns(a)
        await self._return(a, basket)
        await self._sell_without_hub(d)
        await self._next_visit(d)
        await self._settle()
        self.report.seconds = round((wall_ms() - started_ms) / 1000.0, 1)
        await self._tell("story.end", seconds=self.report.seconds)
        return self.report

    # A comes in

    async def _walk_in(self, a: Shopper) -> None:
        state = self._standing(a)
        self.report.counter_before, self.report.points_before = state.counter, state.points
        await self._tell(
            "story.history",
            sales=self._shop.premises.imported_sales, counter=state.counter, every=state.every, points=state.points,
        )  # fmt: skip
        await self._picture("1-attract", CHECKOUT)
        self._shop.clock.set_scale(self._walk_scale)
        walk = asyncio.create_task(self._shop.floor.walk(self._shop.walkers["A"]), name="A walks")
        try:
            await self._until(
                lambda: self._sees_symbol(AISLE, a), 90.0, "A is recognised at the aisle display"
            )
            await self._tell("story.aisle")
            await self._picture("2-aisle-symbols", AISLE)
            await walk
        finally:
            walk.cancel()
        await self._until(lambda: self._sees_symbol(CHECKOUT, a), 30.0, "A is recognised at the checkout")
        await self._tell("story.checkout")
        await self._picture("3-checkout-symbols", CHECKOUT)

    # A's fifth pack

    async def _fifth_pack(self, a: Shopper) -> Basket:
        self._shop.clock.set_scale(self._desk_scale)
        offer = await self._touch(a, "A's offer after her touch")
        await self._tell(
            "story.offer",
            price=money(offer.price_minor, CURRENCY),
            after=money(offer.price_minor - offer.discount_minor, CURRENCY),
            points=offer.points_used,
        )
        await self._press("why")
        await self._until(lambda: self._shop.panels[CHECKOUT].shown.why, 5.0, "the kiosk says why")
        await self._picture("4-offer-why", CHECKOUT)
        for reason in offer.reasons:
            await self._tell("story.reason", reason=reason)
        await self._press("why")
        basket = self._shop.till.open_basket()
        basket.items += self._baskets["A", "fifth"]
        quote = await self._shop.till.send(basket)
        if not quote or not quote["effects"]:
            raise StoryError("the till's quote has no discount for A")
        await self._until(self._at_till, 20.0, "the kiosk shows the discount of the basket")
        await self._tell(
            "story.quote",
            line=LocalText(**quote["effects"][0]["ticket"]),
            discount=money(quote["discount_minor"], CURRENCY),
        )
        await self._picture("5-offer-at-till", CHECKOUT)
        done = await self._shop.till.pay(basket)
        if done is None:
            raise StoryError("the till could not commit A's sale")
        await self._until(lambda: isinstance(self._content(CHECKOUT), Thanks), 20.0, "the kiosk says thanks")
        state = self._standing(a)
        self.report.discount_minor = done["discount_minor"]
        self.report.counter_after, self.report.points_after = state.counter, state.points
        await self._tell("story.committed", counter=state.counter, every=state.every, points=state.points)
        await self._tell(
            "story.left", left=LocalText(**done["ticket"][0]), standing=LocalText(**done["ticket"][1])
        )
        await self._picture("6-thanks", CHECKOUT)
        return basket

    async def _stop_recognition(self, a: Shopper) -> None:
        panel = self._shop.panels[CHECKOUT]
        await self._press("stop")
        await self._until(lambda: panel.shown.confirming, 20.0, "the kiosk asks whether she means it")
        await self._press("stop-yes")
        asked_ms = wall_ms()
        await self._until(
            lambda: a.member_id not in self._shop.hub.floor.resolver.members, 20.0, "the hub lets A's key go"
        )
        await self._tell("story.stopped", ms=round(wall_ms() - asked_ms))
        await self._picture("7-stopped", CHECKOUT)
        # A stays in front of the antennas for a while longer than the limit: nobody knows her.
        heard = self._shop.probe.frames_kept
        await asyncio.sleep(2 * WITHDRAWAL_LIMIT_MS / 1000.0)
        if self._shop.probe.frames_kept == heard:
            raise StoryError("A's fob was not heard after her withdrawal, so nothing is shown by it")
        late = self._shop.probe.recognitions_after(a.member_id, asked_ms + WITHDRAWAL_LIMIT_MS)
        self.report.recognised_after_withdrawal = late
        await self._tell("story.unknown", frames=self._shop.probe.frames_kept - heard, known=late)
        await self._shop.floor.leave(self._shop.walkers["A"])

    async def _card_still_earns(self, a: Shopper) -> None:
        before = self._standing(a).points
        basket = self._shop.till.open_basket(card=a.card)
        basket.items += self._baskets["A", "card"]
        await self._sell(basket, "A's sale by card")
        await self._tell("story.card", points=self._standing(a).points - before)

    async def _return(self, a: Shopper, basket: Basket) -> None:
        before = self._standing(a)
        answer = await self._shop.till.take_back(basket, line=1)
        if answer is None:
            raise StoryError("the till could not return A's pack")
        after = self._standing(a)
        points_back = after.points - before.points == answer["points_returned"] - answer["points_withdrawn"]
        if after.counter == self.report.counter_before and points_back and answer["points_returned"] > 0:
            self.report.reversed += 1
        await self._tell(
            "story.returned",
            refund=money(answer["refund_minor"], CURRENCY),
            counter=after.counter,
            every=after.every,
            points=after.points,
        )

    # D's fifth pack, without the hub

    async def _sell_without_hub(self, d: Shopper) -> None:
        self._shop.clock.set_scale(self._walk_scale)
        self._shop.floor.stand(self._shop.walkers["D"])
        await self._until(lambda: self._sees_symbol(CHECKOUT, d), 30.0, "D is recognised at the checkout")
        clock = self._shop.clock
        self._shop.pull_cable()
        pulled_s = clock.monotonic_s()
        await self._tell("story.cable_out")
        basket = self._shop.till.open_basket(card=d.card)
        basket.items += self._baskets["D", "fifth"]
        await self._shop.till.send(basket)
        if await self._shop.till.pay(basket) is not None:
            raise StoryError("the cable is out, but the till reached the hub")
        await self._tell("story.sold_alone", total=money(basket.total_minor, CURRENCY))
        await self._until(
            lambda: not self._shop.panels[CHECKOUT].shown.online, 20.0, "the kiosk says it is cut off"
        )
        await self._picture("8-cable-out", CHECKOUT)
        await clock.sleep(pulled_s + OUTAGE_S - clock.monotonic_s())
        self._shop.plug_cable()
        self.report.outage_s = round(clock.monotonic_s() - pulled_s, 1)
        await self._tell("story.cable_in", seconds=round(self.report.outage_s))
        await self._upload()
        await self._shop.floor.leave(self._shop.walkers["D"])
        state = self._standing(d)
        await self._tell("story.uploaded", points=state.points, counter=state.counter, open=state.open_right)

    async def _upload(self) -> None:
        deadline_ms = wall_ms() + PATIENCE_WALL_S * 1000
        while self._shop.till.waiting_uploads:
            await self._shop.till.upload()
            if wall_ms() > deadline_ms:
                raise StoryError("the till could not upload its sale")
            await asyncio.sleep(0.02)

    async def _next_visit(self, d: Shopper) -> None:
        self._shop.clock.set_scale(self._desk_scale)
        await self._until(
            lambda: self._shop.panels[CHECKOUT].shown.online, 60.0, "the kiosk is connected again"
        )
        kiosk = self._shop.kiosks[CHECKOUT]
        offer = await self._offer_after(lambda: kiosk.present(d.card), "D's open right after her card")
        self.report.open_entitlements = self._standing(d).open_right
        await self._tell(
            "story.open_right",
            open=self.report.open_entitlements,
            discount=money(offer.discount_minor, CURRENCY),
        )
        await self._picture("9-open-right", CHECKOUT)
        basket = self._shop.till.open_basket()
        basket.items += self._baskets["D", "next"]
        done = await self._sell(basket, "D's next sale")
        state = self._standing(d)
        await self._tell(
            "story.taken", discount=money(done, CURRENCY), open=state.open_right, counter=state.counter
        )

    # the figures

    async def _settle(self) -> None:
        shop, probe, report = self._shop, self._shop.probe, self.report
        shop.clock.set_scale(self._walk_scale)
        await self._until(
            lambda: not any(c.pending for c in shop.outbox_counts()), 120.0, "every outbox is empty"
        )
        counts = shop.outbox_counts()
        let_go = sum(c.expired + c.dropped for c in counts)
        batches = len(probe.sent) - len(probe.taken & probe.sent) - let_go
        sales = sum(1 for sale_id in shop.till.sold if shop.data.sales.ledger.find(sale_id) is None)
        report.lost = batches + sum(c.unaccounted for c in counts) + sales
        report.adverts_heard, report.frames_kept = probe.adverts_heard, probe.frames_kept
        report.sightings_published = len(probe.sent)
        report.duplicates_dropped = probe.duplicates
        report.recognised = len(probe.recognised)
        report.views_by_level = dict(sorted(probe.views.items()))
        report.advert_to_view_ms = probe.latency()
        await self._tell(
            "story.figures",
            adverts=report.adverts_heard,
            sightings=report.sightings_published,
            lost=report.lost,
        )

    # helpers

    async def _tell(self, key: str, **values: object) -> None:
        self._say(text(key, **values))
        await self._pause()

    def _standing(self, who: Shopper) -> ProgramState:
        account_id = self._shop.data.people.person(who.member_id).account_id
        return self._shop.data.offers.preview(account_id, self._shop.clock.now_s())[0]

    def _content(self, kiosk: str) -> Content | None:
        shown = self._shop.panels[kiosk].shown
        return None if shown.note is not None or shown.confirming else shown.content

    def _sees_symbol(self, kiosk: str, who: Shopper) -> bool:
        content = self._content(kiosk)
        return isinstance(content, Symbols) and who.symbol in content.symbols

    def _at_till(self) -> bool:
        content = self._content(CHECKOUT)
        return isinstance(content, Offer) and content.at_till

    async def _touch(self, who: Shopper, what: str) -> Offer:
        """Touch one's own symbol until the offer stands."""

        def touch() -> None:
            with suppress(LookupError):
                self._shop.panels[CHECKOUT].press(f"symbol-{who.symbol}")

        return await self._offer_after(touch, what)

    async def _offer_after(self, act: Callable[[], None], what: str) -> Offer:
        """Act, and again when nothing comes of it, as a person does: the screen may have changed under the finger."""
        next_ms = 0.0

        def offered() -> bool:
            nonlocal next_ms
            if isinstance(self._content(CHECKOUT), Offer | Progress):
                return True
            if wall_ms() >= next_ms:
                next_ms = wall_ms() + AGAIN_MS
                act()
            return False

        await self._until(offered, 20.0, what)
        content = self._content(CHECKOUT)
        if not isinstance(content, Offer):
            raise StoryError(f"{what}: the kiosk shows progress, not an offer")
        return content

    async def _sell(self, basket: Basket, what: str) -> int:
        await self._shop.till.send(basket)
        done = await self._shop.till.pay(basket)
        if done is None:
            raise StoryError(f"{what}: the till could not reach the hub")
        return int(done["discount_minor"])

    async def _press(self, target: str) -> None:
        """Press a target of the checkout kiosk as soon as it stands there."""

        def pressed() -> bool:
            try:
                self._shop.panels[CHECKOUT].press(target)
            except LookupError:
                return False
            return True

        await self._until(pressed, 5.0, f"the kiosk offers to press {target!r}")

    async def _picture(self, name: str, kiosk: str) -> None:
        await self._until(lambda: self._shop.kiosks[kiosk].settled, 5.0, "the kiosk stands still")
        self._frame(name, kiosk)

    async def _until(self, seen: Callable[[], bool], patience_s: float, what: str) -> None:
        """Wait until something is seen: at most `patience_s` store seconds and `PATIENCE_WALL_S` more."""
        clock = self._shop.clock
        until_s, until_ms = clock.monotonic_s() + patience_s, wall_ms() + PATIENCE_WALL_S * 1000
        while not seen():
            self._shop.check()
            if clock.monotonic_s() > until_s and wall_ms() > until_ms:
                raise StoryError(f"did not happen: {what}")
            await asyncio.sleep(0.01)
