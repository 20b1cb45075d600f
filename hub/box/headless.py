"""Plays the story without a terminal: told line by line, pictures of the kiosks kept as SVG."""

import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from hardware.host.clock import ScaledClock, SystemClock
from hardware.host.entropy import Entropy
from hardware.host.journal import logged_at_debug
from hub.box.probe import Probe
from hub.box.provision import provision
from hub.box.report import StoryReport
from hub.box.scene import Say, Scene
from hub.box.shop import BusKind, Shop
from hub.box.story import play_story
from kiosk.app import KioskApp
from kiosk.frames import headless, save_frame, svg_of

KIOSK_SIZE: Final = (60, 20)
"""Between a 7-inch and a 10-inch screen at reading size."""

WALK_SCALE: Final = 14.0
DESK_SCALE: Final = 2.0
"""Store seconds per wall second, fast while somebody walks, slower while screens wait for people: a personal
view lives 8 store seconds, and a loaded machine needs half a wall second to show one."""


async def play_headless(
    entropy: Entropy, say: Say, pictures: Path | None, bus: BusKind | None = None
) -> StoryReport:
    """Set a store up in a temporary folder, play the story in it, leave only the pictures.

    Args:
        entropy: ids, keys, jitter.
        say: takes each sentence.
        pictures: existing folder for the SVG files; None keeps none.
        bus: see `Shop`.

    Raises:
        ComptoirError: something the story tells did not happen, or a part could not start.
    """
    system = SystemClock()
    with TemporaryDirectory(prefix="comptoir-demo-") as scratch, ExitStack() as stack:
        stack.enter_context(story_log(Path(scratch)))
        premises = provision(Path(scratch), system, entropy)
        clock = ScaledClock(system.now_s(), WALK_SCALE)
        probe = Probe()
        async with (
            Shop(premises, Path(scratch), clock, entropy, probe, bus) as shop,
            AsyncExitStack() as apps,
        ):
            screens = {name: KioskApp(panel) for name, panel in shop.panels.items()}
            for app in screens.values():
                await apps.enter_async_context(headless(app, KIOSK_SIZE))

            def frame(name: str, kiosk: str) -> str:
                if pictures is not None:
                    save_frame(screens[kiosk], pictures / f"{name}.svg")
                return svg_of(screens[kiosk])

            scene = Scene(shop, say, frame, _no_pause, walk_scale=WALK_SCALE, desk_scale=DESK_SCALE)
            return await play_story(scene)


@contextmanager
def story_log(folder: Path) -> Iterator[Path]:
    """Log at DEBUG into the store's folder while the story is told, where it is searched with all else."""
    path = folder / "story.log"
    with path.open("w", encoding="utf-8", buffering=1) as stream, logged_at_debug(stream):
        yield path


async def _no_pause() -> None:
    """Nobody reads along."""


Language = Literal["fr", "en"]


def narrator(language: Language, *, to_stderr: bool) -> Say:
    """A voice that prints each sentence on the stream that is there now, also while a screen captures it later."""
    stream = sys.stderr if to_stderr else sys.stdout

    def say(sentence: object) -> None:
        stream.write(f"{getattr(sentence, language)}\n")
        stream.flush()

    return say
