"""A shop for the story whose files outlive it, and all that was to be seen while the story was told."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hardware.host.clock import ScaledClock, SystemClock
from hardware.host.entropy import SystemEntropy
from hub.box.broker import find_mosquitto
from hub.box.headless import DESK_SCALE, KIOSK_SIZE, WALK_SCALE, story_log
from hub.box.probe import Probe
from hub.box.provision import Premises, provision
from hub.box.report import StoryReport
from hub.box.scene import Scene
from hub.box.shop import BusKind, Shop
from hub.box.story import play_story
from hub.box.traces import files_below
from hub.observer import BatchName
from hub.presence.resolver import Resolution
from hub.wire.base import LocalText
from hub.wire.display import KioskView
from hub.wire.presence import IdScheme
from kiosk.app import KioskApp
from kiosk.frames import headless, svg_of
from tests.conftest import missing_part


def needs(bus: BusKind) -> None:
    """Skip, or in CI fail, where the bus cannot be had."""
    if bus == "mqtt" and find_mosquitto() is None:
        missing_part("Mosquitto is not installed")


def words(svg: str) -> str:
    """What stands written in a picture."""
    found = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return " ".join(html.unescape(" ".join(found)).replace("\xa0", " ").split())


class WatchingProbe(Probe):
    """Keeps every view in the order it went out, between the sentences and the pictures; and who heard."""

    def __init__(self, events: list[object]) -> None:
        super().__init__()
        self.nodes: set[str] = set()
        self._events = events

    def frame_kept(self, node: str) -> None:
        super().frame_kept(node)
        self.nodes.add(node)

    def view_published(self, view: KioskView, cause: BatchName | None) -> None:
        super().view_published(view, cause)
        self._events.append(view)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was taken of a kiosk."""

    name: str
    kiosk: str


@dataclass
class Told:
    """A story that was told."""

    premises: Premises
    folder: Path
    report: StoryReport
    events: list[object]
    """`LocalText` (a sentence), `Picture` and `KioskView`, in order."""
    pictures: dict[str, str]
    """Name → SVG."""
    log: str
    """All that was logged at DEBUG."""
    nodes: set[str]
    """Nodes that heard a fob."""
    identifiers: dict[str, set[bytes]]
    """Member → the different identifiers that were resolved to them."""
    disk: dict[str, bytes] = field(default_factory=dict)
    """Every file of the store, its boxes and its broker, as it lay there before anything was closed."""

    def __repr__(self) -> str:
        return f"Told({self.report.bus})"

    @property
    def sentences(self) -> list[LocalText]:
        return [event for event in self.events if isinstance(event, LocalText)]

    def said(self, start: str) -> str:
        """The one English sentence that begins so."""
        found = [sentence.en for sentence in self.sentences if sentence.en.startswith(start)]
        assert len(found) == 1, (start, [sentence.en for sentence in self.sentences])
        return found[0]

    def views(self, kiosk: str, after: str | None = None, before: str | None = None) -> list[KioskView]:
        """Views of a kiosk, from the picture `after` to the picture `before`."""
        places = {event.name: at for at, event in enumerate(self.events) if isinstance(event, Picture)}
        start = places[after] if after else 0
        end = places[before] if before else len(self.events)
        return [e for e in self.events[start:end] if isinstance(e, KioskView) and e.kiosk == kiosk]


@asynccontextmanager
async def open_shop(
    folder: Path, bus: BusKind, probe: Probe, scale: float = WALK_SCALE
) -> AsyncIterator[Shop]:
    """The demo's shop, set up and running."""
    system, entropy = SystemClock(), SystemEntropy()
    premises = provision(folder, system, entropy)
    clock = ScaledClock(system.now_s(), scale)
    async with Shop(premises, folder, clock, entropy, probe, bus) as shop:
        yield shop


@asynccontextmanager
async def open_scene(folder: Path, bus: BusKind) -> AsyncIterator[tuple[Shop, Scene]]:
    """A shop whose kiosks stand, and a story that has not begun: for playing parts of it."""
    async with open_shop(folder, bus, Probe()) as shop, AsyncExitStack() as apps:
        for panel in shop.panels.values():
            await apps.enter_async_context(headless(KioskApp(panel), KIOSK_SIZE))
        yield (
            shop,
            Scene(shop, _say_nothing, _keep_nothing, _no_pause, walk_scale=WALK_SCALE, desk_scale=DESK_SCALE),
        )


async def tell(folder: Path, bus: BusKind) -> Told:
    """Tell the whole story, logging at DEBUG, and keep everything."""
    events: list[object] = []
    pictures: dict[str, str] = {}
    probe = WatchingProbe(events)
    with story_log(folder):
        async with open_shop(folder, bus, probe) as shop, AsyncExitStack() as apps:
            screens = {name: KioskApp(panel) for name, panel in shop.panels.items()}
            for app in screens.values():
                await apps.enter_async_context(headless(app, KIOSK_SIZE))

            def frame(name: str, kiosk: str) -> str:
                events.append(Picture(name, kiosk))
                pictures[name] = svg_of(screens[kiosk])
                return pictures[name]

            identifiers = _listen_in(shop)
            scene = Scene(shop, events.append, frame, _no_pause, walk_scale=WALK_SCALE, desk_scale=DESK_SCALE)
            report = await play_story(scene)
            disk = files_below(folder)
            return Told(
                shop.premises,
                folder,
                report,
                events,
                pictures,
                disk["story.log"].decode(),
                probe.nodes,
                identifiers,
                disk,
            )


def _listen_in(shop: Shop) -> dict[str, set[bytes]]:
    """Note every identifier that the hub resolves, and to whom."""
    resolver, heard = shop.hub.floor.resolver, dict[str, set[bytes]]()
    resolve = resolver.resolve

    def noting(scheme: IdScheme, identifier: bytes, now_s: float, age_s: float = 0.0) -> Resolution | None:
        found = resolve(scheme, identifier, now_s, age_s)
        if found is not None:
            heard.setdefault(found.member_id, set()).add(identifier)
        return found

    resolver.resolve = noting  # type: ignore[method-assign] # an ear on the real resolver, for one run
    return heard


async def _no_pause() -> None:
    """Nobody reads along."""


def _say_nothing(_sentence: LocalText) -> None:
    """The sentences are of no interest here."""


def _keep_nothing(_name: str, _kiosk: str) -> str:
    """Neither are the pictures."""
    return ""


def on_each_bus() -> pytest.MarkDecorator:
    """Run a test on the real broker and on the bus in memory."""
    return pytest.mark.parametrize("bus", ["mqtt", "memory"])
