"""Plays the story in a terminal at a human pace: floor, kiosk and ticket side by side, with keys to go off it."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hardware.host.clock import ScaledClock, SystemClock
from hardware.host.entropy import Entropy
from hardware.host.journal import configure_logging
from hub.box.floor_plan import Walker
from hub.box.probe import Probe
from hub.box.provision import provision
from hub.box.scene import AISLE, CHECKOUT, Scene, StoryError, recorded_baskets
from hub.box.shop import BusKind, Shop
from hub.box.stacked import end
from hub.box.story import play_story
from hub.box.till import Basket, TillRefusedError
from hub.presence.zones import State
from hub.texts import text
from hub.wire.base import LocalText
from kiosk.screen import Language
from kiosk.split import SplitApp
from kiosk.split_model import NodeMark, SplitModel, WalkerMark, ZoneBox

WALK_SCALE: Final = 4.0
DESK_SCALE: Final = 1.0
READING_S: Final = 3.5
"""Wall seconds a sentence stands before the story goes on."""

SENTENCES: Final = 50
LAST_LEG_S: Final = 60.0
"""Where D joins the recorded track: the last leg, through the groceries to the checkout."""

WIDTH_M: Final = 20.7
HEIGHT_M: Final = 17.7
SPLIT_M: Final = (10.2, 8.9)
CORNERS: Final = {"frais": (0, 0), "bebe": (0, 1), "epicerie": (1, 1), "caisses": (1, 0)}
"""Which quadrant of the recorded floor each zone of the sample store is: (right, upper)."""

FASTEST: Final = 30.0
SLOWEST: Final = 0.2


class LiveShop:
    """What the split view shows of a shop, and what its keys do to it (`kiosk.split_model.Controls`).

    Args:
        shop: running.
        clock: the shop's.
    """

    def __init__(self, shop: Shop, clock: ScaledClock) -> None:
        self._shop, self._clock = shop, clock
        self._sentences: deque[tuple[str, str]] = deque(maxlen=SENTENCES)
        self._running = asyncio.Event()
        self._halted = asyncio.Event()
        self._running.set()
        self._stepping = False
        self._basket: Basket | None = None
        self._errands: set[asyncio.Task[None]] = set()

    # the story's side

    def say(self, sentence: LocalText) -> None:
        """Take a sentence."""
        self._sentences.append((sentence.fr, sentence.en))

    async def read(self) -> None:
        """The time to read one, and as long as the view is paused."""
        if self._stepping:
            self._stepping = False
            self._halt()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._halted.wait(), READING_S)
        await self._running.wait()

    # the view's side

    def model(self) -> SplitModel:
        """See `Controls`."""
        walkers = tuple(
            WalkerMark(walker.label, *walker.place) for walker in self._shop.walkers.values() if walker.place
        )
        config, floor = self._shop.data.config, self._shop.hub.floor
        nodes = tuple(
            NodeMark(*node.place_m, floor.online(name)) for name, node in config.nodes.items() if node.place_m
        )
        return SplitModel(
            width_m=WIDTH_M,
            height_m=HEIGHT_M,
            zones=tuple(self._zone(name) for name in config.zones),
            nodes=nodes,
            walkers=walkers,
            ticket=tuple((line.fr, line.en) for line in self._shop.till.ticket),
            sentences=tuple(self._sentences),
            clock=datetime.fromtimestamp(self._clock.now_s(), UTC).strftime("%H:%M:%S"),
            speed=f"{self._clock.scale:.1f}",
            bus=self._shop.bus_kind,
            cable_in=self._shop.cable_in,
            paused=not self._running.is_set(),
        )

    def _zone(self, name: str) -> ZoneBox:
        config, floor = self._shop.data.config, self._shop.hub.floor
        right, upper = CORNERS[name]
        people = []
        for label, shopper in self._shop.premises.shoppers.items():
            seen, estimate = floor.zones.zone_of(shopper.member_id), floor.estimate_of(shopper.member_id)
            if seen is not None and estimate is not None and seen[0] == name:
                sure = f"{label} {estimate.confidence:.0%}".replace("%", "\N{NO-BREAK SPACE}%")
                people.append(sure if seen[1] is State.PRESENT else f"({label})")
        nodes_up = all(floor.online(node) for node, at in config.nodes.items() if at.zone == name)
        return ZoneBox(
            label_fr=config.zones[name].label_fr,
            label_en=config.zones[name].label_en,
            x0_m=SPLIT_M[0] if right else 0.0,
            y0_m=SPLIT_M[1] if upper else 0.0,
            x1_m=WIDTH_M if right else SPLIT_M[0],
            y1_m=HEIGHT_M if upper else SPLIT_M[1],
            people=tuple(people),
            known=nodes_up,
        )

    # the keys

    def _halt(self) -> None:
        self._running.clear()
        self._halted.set()
        self._clock.pause()

    def _go(self) -> None:
        self._halted.clear()
        self._running.set()
        self._clock.resume()

    def pause(self) -> None:
        """See `Controls`."""
        self._stepping = False
        if self._running.is_set():
            self._halt()
        else:
            self._go()

    def step(self) -> None:
        """See `Controls`."""
        self._stepping = True
        self._go()

    def walk(self) -> None:
        """See `Controls`."""
        walker = self._shop.walkers["D"]
        if walker.place is None:
            self._errand(self._walk_in(walker))
            self.say(text("live.walks_in"))
        else:
            self._errand(self._shop.floor.leave(walker))
            self.say(text("live.leaves"))

    async def _walk_in(self, walker: Walker) -> None:
        await self._shop.floor.walk(walker, LAST_LEG_S)

    def scan(self) -> None:
        """See `Controls`."""
        if self._basket is None:
            self._basket = self._shop.till.open_basket()
        self._basket.items += recorded_baskets()["D", "next"]
        self._errand(self._send(self._basket))

    async def _send(self, basket: Basket) -> None:
        await self._shop.till.send(basket)

    def pay(self) -> None:
        """See `Controls`."""
        basket, self._basket = self._basket, None
        if basket is not None:
            self._errand(self._pay(basket))

    async def _pay(self, basket: Basket) -> None:
        await self._shop.till.pay(basket)

    def cable(self) -> None:
        """See `Controls`."""
        if self._shop.cable_in:
            self._shop.pull_cable()
            self.say(text("live.cable_out"))
        else:
            self._shop.plug_cable()
            self.say(text("live.cable_in"))
            self._errand(self._upload())

    async def _upload(self) -> None:
        while self._shop.cable_in and self._shop.till.waiting_uploads:
            await self._shop.till.upload()
            await asyncio.sleep(0.2)

    def speed(self, factor: float) -> None:
        """See `Controls`."""
        self._clock.set_scale(min(FASTEST, max(SLOWEST, self._clock.scale * factor)))

    def _errand(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._run_errand(work))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _run_errand(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except TillRefusedError as refused:
            said = str(refused.problem.get("detail", refused))[:150]
            self.say(text("live.refused", why=said))

    async def stop(self) -> None:
        """End every errand."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)


async def play_live(entropy: Entropy, language: Language, bus: BusKind | None) -> None:
    """Show the shop until somebody quits.

    Raises:
        ComptoirError: a part could not start, or ended.
    """
    system = SystemClock()
    with TemporaryDirectory(prefix="comptoir-demo-") as scratch, ExitStack() as stack:
        premises = provision(Path(scratch), system, entropy)
        clock = ScaledClock(system.now_s(), WALK_SCALE)
        log = stack.enter_context((Path(scratch) / "story.log").open("w", encoding="utf-8", buffering=1))
        configure_logging("debug", log)  # a line on the terminal would tear the screen
        probe = Probe()
        async with Shop(premises, Path(scratch), clock, entropy, probe, bus, letters_are_keys=True) as shop:
            live = LiveShop(shop, clock)
            app = SplitApp(shop.panels[CHECKOUT], shop.panels[AISLE], live, language)

            def frame(name: str, kiosk: str) -> str:
                del name
                app.show_kiosk(aisle=kiosk == AISLE)
                return ""

            scene = Scene(shop, live.say, frame, live.read, walk_scale=WALK_SCALE, desk_scale=DESK_SCALE)
            telling = asyncio.create_task(_tell(scene, live), name="the story")
            try:
                await app.run_async()
            finally:
                await end(telling)
                await live.stop()
            shop.check()


async def _tell(scene: Scene, live: LiveShop) -> None:
    await asyncio.sleep(1.0)
    try:
        await play_story(scene)
    except (StoryError, TillRefusedError) as error:
        # Somebody went off the story with the keys; the shop goes on without it.
        live.say(text("live.off_story", why=str(error)[:120]))
