"""`comptoir edge record`: write down what this node hears, to play it again or to calibrate with one's own tags.

Only frames go into the file, never an address, a name or what else an advertisement said. Without `--calibration` they
are the loyalty frames the node listens to, which are people's fobs: ask them first, and delete the file afterwards.
"""

import asyncio
from pathlib import Path

import click

from edge.by_hand import require_radio, work_until_stopped
from edge.config import EdgeConfig
from hardware.beacon.frames import FrameFilter, LoyaltyFrame, TagFilter
from hardware.host.clock import Clock, SystemClock
from hardware.host.config import load_toml
from hardware.radio.ad import from_advert
from hardware.radio.advert import Advert
from hardware.radio.recorder import Recorder
from hardware.radio.recording import Record
from hardware.radio.settings import parse_reference
from hardware.radio.source import AdvertSource, RadioDeaf, RadioHears


def _tags(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> frozenset[LoyaltyFrame]:
    try:
        return frozenset(parse_reference(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.argument("config_file", metavar="CONFIG", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("recording", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="End after so long.")
@click.option(
    "--calibration",
    metavar="BEACON",
    multiple=True,
    callback=_tags,
    help="Keep this static tag of one's own instead: ibeacon:UUID/major/minor or eddystone_uid:namespace/instance. "
    "May be given more than once.",
)
def record(
    config_file: Path, recording: Path, seconds: float | None, calibration: frozenset[LoyaltyFrame]
) -> None:
    """Record into FILE what the node that CONFIG describes hears, until SIGTERM or SIGINT. Sends nothing.

    Keeps loyalty frames only, or only the tags named by --calibration; goes on at the end of a recording that is there.
    """
    config = load_toml(config_file, EdgeConfig)
    wanted: FrameFilter | TagFilter = TagFilter(calibration) if calibration else config.frame_filter()
    with Recorder(recording, wanted) as recorder:
        click.echo(_what_is_kept(config, len(calibration)))
        try:
            asyncio.run(_record(config, wanted, SystemClock(), recorder, seconds))
        finally:
            click.echo(f"{recorder.written} advertisements, {recorder.last_s:.1f} s in the file: {recording}")


def _what_is_kept(config: EdgeConfig, tags: int) -> str:
    if tags:
        what = f"the {tags} named tag{'s' if tags > 1 else ''}"
    else:
        what = f"loyalty frames ({', '.join(sorted(config.frames))}), which may be people's fobs"
    return f"keeping {what}: time, strength and frame; no address, no name, nothing of other devices"


async def _record(
    config: EdgeConfig,
    wanted: FrameFilter | TagFilter,
    clock: Clock,
    recorder: Recorder,
    seconds: float | None,
) -> None:
    from hardware.radio.bluetooth import BluetoothSource

    await require_radio(config.radio)
    broad = wanted.like() if isinstance(wanted, TagFilter) else wanted
    source = BluetoothSource(config.radio, clock, broad)
    await work_until_stopped(keep(source, clock, recorder), seconds=seconds)


async def keep(source: AdvertSource, clock: Clock, recorder: Recorder) -> None:
    """Write what `source` hears, counted from now and from the recording's end, until it ends.

    Raises:
        UnavailableError: the radio stays deaf.
        DataError: the recording cannot be written.
    """
    start_s = clock.monotonic_s() - recorder.last_s
    async for event in source.adverts():
        match event:
            case Advert():
                offset_s = max(recorder.last_s, round(event.heard_s - start_s, 3))
                recorder.write(Record(offset_s, event.rssi_dbm, from_advert(event)))
            case RadioDeaf(reason):
                click.echo(f"radio is deaf: {reason}", err=True)
            case RadioHears():
                click.echo("radio hears", err=True)
