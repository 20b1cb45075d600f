"""What every act of the story is told with: the running shop, the voice, the pictures, and the patience.

Every sentence waits for what it says to be seen in the running parts; what does not happen in time is a
`StoryError`, never a sentence.
"""

import asyncio
import csv
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from hardware.host.clock import wall_ms
from hardware.host.errors import ComptoirError
from hub.box.provision import SAMPLES, Shopper
from hub.box.report import StoryReport
from hub.box.shop import Shop
from hub.box.ticket import Item
from hub.box.till import Basket
from hub.box.traces import files_below
from hub.display.near import candidates_at
from hub.offers.preview import ProgramState
from hub.texts import text
from hub.wire.base import LocalText
from hub.wire.display import Content, Offer, Progress, Symbols

AISLE: Final = "rayon"
CHECKOUT: Final = "caisse"

PATIENCE_WALL_S: Final = 20.0
"""How long a sentence waits for what it says, beyond the store time it takes: a busy machine, not a slow store."""

AGAIN_MS: Final = 3_000.0
"""Wall time after which somebody touches again."""

Say = Callable[[LocalText], None]
Pause = Callable[[], Awaitable[None]]
"""Awaited after each sentence: nothing when nobody reads along, the time to read it at a human pace."""

Frame = Callable[[str, str], str]
"""(picture's name, kiosk): take a picture of what stands on that kiosk now; gives its SVG, "" where none is taken."""


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


class Scene:
    """A shop with somebody who tells what happens in it.

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
        self.shop = shop
        self.walk_scale, self.desk_scale = walk_scale, desk_scale
        self.baskets = recorded_baskets()
        self.report = StoryReport(bus=shop.bus_kind)
        self.told: dict[str, str] = {}
        """Everything said and shown so far: "said", and picture's name → SVG."""
        self._say, self._frame, self._pause = say, frame, pause

    async def tell(self, key: str, **values: object) -> None:
        """Say a sentence of the catalogue, and pause."""
        sentence = text(key, **values)
        self.told["said"] = f"{self.told.get('said', '')}{sentence.fr}\n{sentence.en}\n"
        self._say(sentence)
        await self._pause()

    def standing(self, who: Shopper) -> ProgramState:
        """Where somebody stands in the program, read from the hub's database."""
        account_id = self.shop.data.people.person(who.member_id).account_id
        return self.shop.data.offers.preview(account_id, self.shop.clock.now_s())[0]

    def content(self, kiosk: str) -> Content | None:
        """What a kiosk shows that the hub sent; None while something of its own is in front of it."""
        shown = self.shop.panels[kiosk].shown
        return None if shown.note is not None or shown.confirming else shown.content

    def sees_symbol(self, kiosk: str, who: Shopper) -> bool:
        """Whether somebody's symbol is among those on a kiosk."""
        content = self.content(kiosk)
        return isinstance(content, Symbols) and who.symbol in content.symbols

    def near(self, kiosk: str) -> frozenset[str]:
        """The members who stand before a kiosk, as the hub has it."""
        hub = self.shop.hub
        zone = hub.data.config.kiosks[kiosk].zone
        found = candidates_at(zone, hub.floor.zones, (), lambda _: ("", 0), self.shop.clock.now_s())
        return frozenset(candidate.member_id for candidate in found)

    def at_till(self) -> bool:
        """Whether the checkout kiosk shows the discount of a basket that is being sold."""
        content = self.content(CHECKOUT)
        return isinstance(content, Offer) and content.at_till

    async def touch(self, who: Shopper, what: str) -> Offer:
        """Touch one's own symbol until the offer stands."""
        return await self.offer_after(lambda: self._press_symbol(who), what)

    async def touch_for_progress(self, who: Shopper, what: str) -> Progress:
        """Touch one's own symbol until it stands there how far one is."""
        content = await self._personal_after(lambda: self._press_symbol(who), what)
        if not isinstance(content, Progress):
            raise StoryError(f"{what}: the kiosk shows an offer, not progress")
        return content

    def _press_symbol(self, who: Shopper) -> None:
        with suppress(LookupError):
            self.shop.panels[CHECKOUT].press(f"symbol-{who.symbol}")

    async def offer_after(self, act: Callable[[], None], what: str) -> Offer:
        """Act until an offer stands."""
        content = await self._personal_after(act, what)
        if not isinstance(content, Offer):
            raise StoryError(f"{what}: the kiosk shows progress, not an offer")
        return content

    async def _personal_after(self, act: Callable[[], None], what: str) -> Offer | Progress:
        """Act, and again when nothing comes of it, as a person does: the screen may have changed under the finger."""
        next_ms = 0.0
        shown: Content | None = None

        def offered() -> bool:
            nonlocal next_ms, shown
            shown = self.content(CHECKOUT)
            if isinstance(shown, Offer | Progress):
                return True
            if wall_ms() >= next_ms:
                next_ms = wall_ms() + AGAIN_MS
                act()
            return False

        await self.until(offered, 20.0, what)
        assert isinstance(shown, Offer | Progress)
        return shown

    async def sell(self, basket: Basket, what: str) -> int:
        """Sell a basket with the hub; returns the discount, minor units."""
        return int((await self.settle_basket(basket, what))["discount_minor"])

    async def settle_basket(self, basket: Basket, what: str) -> dict[str, Any]:
        """Sell a basket with the hub; returns the hub's answer to the commit."""
        await self.shop.till.send(basket)
        done = await self.shop.till.pay(basket)
        if done is None:
            raise StoryError(f"{what}: the till could not reach the hub")
        return done

    async def press(self, target: str) -> None:
        """Press a target of the checkout kiosk as soon as it stands there."""

        def pressed() -> bool:
            try:
                self.shop.panels[CHECKOUT].press(target)
            except LookupError:
                return False
            return True

        await self.until(pressed, 5.0, f"the kiosk offers to press {target!r}")

    async def picture(self, name: str, kiosk: str) -> None:
        """Keep a picture of a kiosk once it stands still."""
        await self.until(lambda: self.shop.kiosks[kiosk].settled, 5.0, "the kiosk stands still")
        self.told[name] = self._frame(name, kiosk)

    def places(self) -> dict[str, bytes]:
        """Where somebody could have left something: every file below the store's folder, every word and picture.

        The folder holds the databases of hub, nodes and kiosks, the broker's files, and the log at DEBUG.
        """
        told = {name: content.encode() for name, content in self.told.items()}
        return (
            files_below(self.shop.premises.folder) | told | {"report": repr(self.report.document()).encode()}
        )

    async def until(self, seen: Callable[[], bool], patience_s: float, what: str) -> None:
        """Wait until something is seen: at most `patience_s` store seconds and `PATIENCE_WALL_S` more."""
        clock = self.shop.clock
        until_s, until_ms = clock.monotonic_s() + patience_s, wall_ms() + PATIENCE_WALL_S * 1000
        while not seen():
            self.shop.check()
            if clock.monotonic_s() > until_s and wall_ms() > until_ms:
                raise StoryError(f"did not happen: {what}")
            await asyncio.sleep(0.01)
