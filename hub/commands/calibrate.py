"""`comptoir node calibrate`: a walk through the running shop with one's own tag teaches the hub its antennas.

An entry point of the group `comptoir.node`: the command belongs to the nodes, its work to the hub.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from hardware.beacon.eid import DEFAULT_EXPONENT, MAX_EXPONENT
from hardware.beacon.frames import LoyaltyFrame
from hardware.beacon.identity import Fob
from hardware.host.clock import Clock, SystemClock
from hardware.host.config import load_toml
from hardware.host.entropy import Entropy, SystemEntropy
from hardware.host.errors import ConfigError, DataError
from hardware.node.cli import FILE, StaticBeacon
from hardware.node.key_file import read_key
from hub.calibration.guide import LISTEN_S, Guide
from hub.calibration.points import SPACING_M, Place, propose, read_places
from hub.calibration.record import MAX_SECONDS, MAX_WALK_BYTES, Walk, read_walk
from hub.calibration.tag import OwnTag
from hub.commands.calibrate_files import check_writable, read_input, write_whole
from hub.commands.calibrate_result import Result
from hub.commands.calibrate_terminal import Lines, Screen
from hub.commands.calibrate_walk import Ears, LiveWalk
from hub.config import Engine, StoreConfig
from hub.texts import Language

WALK_NAME: Final = "calibration-walk.json"
"""Beside the store's file, unless --save says otherwise: no walk is lost for want of an option."""

MAX_SPACING_M: Final = 50.0
MAX_POINTS_BYTES: Final = 100_000
"""Five hundred lines with a comment each."""

INTERRUPTED: Final = 130
"""As a shell says of a command that Ctrl-C ended."""


@dataclass(frozen=True, slots=True)
class Outing:
    """A walk to be made.

    Attributes:
        walk_file: where it is kept, and found again.
        plan: where to stand.
        tag: what is carried.
        model: of the tag.
        listen_s: how long to stand at a point.
    """

    walk_file: Path
    plan: tuple[Place, ...]
    tag: OwnTag
    model: str | None
    listen_s: float


@click.command()
@click.argument("store_file", metavar="STORE_TOML", type=FILE)
@click.option("--key-file", metavar="FILE", help="The tag's key, as `comptoir node new-key` makes it.")
@click.option(
    "--k", type=click.IntRange(0, MAX_EXPONENT), default=DEFAULT_EXPONENT, show_default=True,
    help="The tag's rotation exponent: a new identifier every 2^K s.",
)  # fmt: skip
@click.option(
    "--clock", "clock_s", type=click.FloatRange(min=0),
    help="What the tag's clock shows now, seconds.  [default: the time of day, as `comptoir node beacon` sends]",
)  # fmt: skip
@click.option(
    "--static", type=StaticBeacon(), metavar="BEACON",
    help="Instead of a key: ibeacon:UUID/major/minor or eddystone_uid:namespace/instance.",
)  # fmt: skip
@click.option("--model", metavar="NAME", help="The tag's model, a name of the store's tag_models.")
@click.option("--points", "points_file", type=FILE, help='Where to stand: "x y" in metres, one a line.')
@click.option(
    "--spacing", type=click.FloatRange(0, MAX_SPACING_M, min_open=True), default=SPACING_M, show_default=True,
    help="Metres between the points proposed from the zones' areas.",
)  # fmt: skip
@click.option(
    "--seconds", type=click.FloatRange(0, MAX_SECONDS, min_open=True), default=LISTEN_S, show_default=True,
    help="How long to stand at each point.",
)  # fmt: skip
@click.option(
    "--save", "save_file", type=FILE, help=f"The walk's file.  [default: {WALK_NAME} beside STORE_TOML]"
)
@click.option("--new", is_flag=True, help="Begin a new walk, even if the file holds one.")
@click.option("--from", "from_file", type=FILE, help="Do not walk: fit a walk that was saved.")
@click.option(
    "--engine", type=click.Choice(["rules", "radio_map"]), help="[default: the one that did better]"
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing but the walk.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def calibrate(
    store_file: Path,
    *,
    key_file: str | None,
    k: int,
    clock_s: float | None,
    static: LoyaltyFrame | None,
    model: str | None,
    points_file: Path | None,
    spacing: float,
    seconds: float,
    save_file: Path | None,
    new: bool,
    from_file: Path | None,
    engine: Engine | None,
    dry_run: bool,
    yes: bool,
    language: Language,
) -> None:
    """Walk from point to point through the running shop with a tag of your own; the hub learns its antennas.

    The hub and the nodes run as always; only your own tag's strengths are kept. At the end the nodes' offsets, the
    zones' levels and the radio map are fitted, judged, and after a question written to STORE_TOML and beside it.
    """
    if (key_file, static, from_file).count(None) != 2:
        raise click.UsageError(
            "give either --key-file (comptoir node new-key makes one), or --static, or --from"
        )
    if (from_file is not None) and (new or save_file is not None):
        raise click.UsageError("--from fits a walk as it is: no --new and no --save with it")
    config, screen, clock = load_toml(store_file, StoreConfig), Screen(language), SystemClock()
    result = Result(store_file, config, engine, dry_run=dry_run, yes=yes)
    result.check()
    if from_file is not None:
        asyncio.run(_fit_again(from_file, result, screen))
        return
    walk_file = save_file or store_file.resolve().parent / WALK_NAME
    check_writable(walk_file)
    beacon = static or _fob(key_file, k, clock_s, clock)
    plan = _plan(points_file, spacing, config)
    outing = Outing(walk_file, plan, OwnTag(beacon), _known_model(model, config), seconds)
    asyncio.run(_walk_and_fit(outing, result, screen, clock, SystemEntropy(), new=new))


def _fob(key_file: str | None, k: int, clock_s: float | None, clock: Clock) -> Fob:
    assert key_file is not None, "one of the ways was given"
    return Fob(read_key(key_file), k, 0.0 if clock_s is None else clock.now_s() - clock_s)


def _known_model(model: str | None, config: StoreConfig) -> str | None:
    if model is not None and model not in config.tag_models:
        raise ConfigError(
            f"no tag model {model!r} in the store's file",
            fix=f"add [tag_models.{model}], or leave --model away",
        )
    return model


def _plan(points_file: Path | None, spacing_m: float, config: StoreConfig) -> tuple[Place, ...]:
    if points_file is None:
        return propose((area for zone in config.zones.values() for area in zone.areas), spacing_m)
    lines = read_input(points_file, MAX_POINTS_BYTES).splitlines()
    return read_places(lines, str(points_file))


def _read_walk(path: Path, store: str) -> Walk:
    walk = read_walk(read_input(path, MAX_WALK_BYTES), str(path))
    if walk.store != store:
        raise DataError(
            f"a walk through store {walk.store!r}, not {store!r}", where=str(path), fix="give this store's"
        )
    return walk


async def _fit_again(path: Path, result: Result, screen: Screen) -> None:
    walk = _read_walk(path, result.config.store)
    _known_model(walk.tag_model, result.config)
    await result.conclude(walk, path, screen, Lines())


async def _walk_and_fit(
    outing: Outing, result: Result, screen: Screen, clock: Clock, entropy: Entropy, *, new: bool
) -> None:
    config, lines, file = result.config, Lines(), outing.walk_file
    walk = Walk(store=config.store, tag_model=outing.model)
    if file.exists() and not new:
        begun = _read_walk(file, config.store)
        if begun.tag_model != outing.model:
            raise DataError(
                f"a walk begun with a tag of model {begun.tag_model}",
                where=str(file),
                fix="go on with that one and its --model, or give --new",
            )
        walk = begun
    guide = Guide(outing.plan, walk, frozenset(config.nodes), outing.listen_s)
    ears = Ears(config.store, frozenset(config.nodes), config.mqtt, outing.tag)

    def keep(walked: Walk) -> None:
        write_whole(file, walked.model_dump_json().encode())

    if await LiveWalk(ears, guide, screen, lines, keep, clock, entropy).run():
        await result.conclude(guide.walk, file, screen, lines)
    else:
        screen.say("interrupted", points=len(guide.walk.points), file=file)
        raise click.exceptions.Exit(INTERRUPTED)
