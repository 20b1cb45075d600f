"""`comptoir edge listen`: is this fob heard here, and how strong? For a person at the shelf.

On a terminal a table that is redrawn, the strongest first; into a pipe one line a change. Only configured loyalty
frames are shown; what is foreign is neither shown nor counted, and nothing is kept or sent.
"""

import asyncio
import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import click

from edge.by_hand import require_radio, work_until_stopped
from edge.config import EdgeConfig
from edge.listing import FrameHeard, Listing, Shown, Ticked, line_of, table
from hardware.host.clock import Clock, SystemClock
from hardware.host.config import load_toml
from hardware.radio.advert import Advert
from hardware.radio.source import AdvertSource, RadioDeaf, RadioHears

REDRAW_S: Final = 0.5
"""As often as a fob sends; quicker is unrest, slower feels dead while somebody walks with it."""

RADIO_HEARS: Final = "radio hears"


class Display(Protocol):
    """Where it is shown."""

    def show(self, shown: Shown) -> None:
        """An identifier is new, moved, still there, or silent."""
        ...

    def radio(self, state: str) -> None:
        """What became of the radio."""
        ...

    def redraw(self, listing: Listing, now_s: float) -> None:
        """Some time has passed."""
        ...


class Lines:
    """One line a change: for a pipe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def show(self, shown: Shown) -> None:
        """See `Display`."""
        click.echo(f"{_time_of_day(self._clock)} {line_of(shown)}")

    def radio(self, state: str) -> None:
        """See `Display`."""
        click.echo(f"{_time_of_day(self._clock)} {state}")

    def redraw(self, listing: Listing, now_s: float) -> None:
        """See `Display`; a line that is written stays as it is."""


class JsonLines:
    """One JSON object a change: for a program."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def show(self, shown: Shown) -> None:
        """See `Display`."""
        strength = None if shown.silent else shown.rssi_dbm
        self._write(kind=shown.kind, beacon=shown.beacon, rssi_dbm=strength, count=shown.count)

    def radio(self, state: str) -> None:
        """See `Display`."""
        self._write(radio=state)

    def redraw(self, listing: Listing, now_s: float) -> None:
        """See `Display`; a line that is written stays as it is."""

    def _write(self, **facts: object) -> None:
        click.echo(json.dumps({"at_s": round(self._clock.now_s(), 3)} | facts))


class Table:
    """A table that is drawn anew: for a terminal."""

    def __init__(self) -> None:
        self._radio = RADIO_HEARS
        self._drawn = 0

    def show(self, shown: Shown) -> None:
        """See `Display`; it is in the next drawing."""

    def radio(self, state: str) -> None:
        """See `Display`."""
        self._radio = state

    def redraw(self, listing: Listing, now_s: float) -> None:
        """See `Display`."""
        size = shutil.get_terminal_size()
        lines = table(listing.rows(now_s), self._radio, size.columns, size.lines - 1)
        # Up to where the last drawing began, then away with it (ECMA-48: CPL, ED).
        away = f"\x1b[{self._drawn}F\x1b[J" if self._drawn else ""
        click.echo(away + "\n".join(lines), color=True)
        self._drawn = len(lines)


@click.command()
@click.argument("config_file", metavar="CONFIG", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="End after so long.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def listen(config_file: Path, seconds: float | None, *, as_json: bool) -> None:
    """Show live which loyalty beacons the node that CONFIG describes would hear. Keeps and sends nothing.

    Only the configured frames are shown; anybody else's devices are neither shown nor counted.
    """
    config = load_toml(config_file, EdgeConfig)
    clock = SystemClock()
    asyncio.run(_listen(config, clock, _display(clock, as_json=as_json), seconds))


def _display(clock: Clock, *, as_json: bool) -> Display:
    if as_json:
        return JsonLines(clock)
    return Table() if sys.stdout.isatty() else Lines(clock)


async def _listen(config: EdgeConfig, clock: Clock, display: Display, seconds: float | None) -> None:
    from hardware.radio.bluetooth import BluetoothSource

    await require_radio(config.radio)
    listing = Listing()
    source = BluetoothSource(config.radio, clock, config.frame_filter())
    await work_until_stopped(
        hear(config, source, clock, listing, display), _redraw(clock, listing, display), seconds=seconds
    )


async def hear(
    config: EdgeConfig, source: AdvertSource, clock: Clock, listing: Listing, display: Display
) -> None:
    """Show what `source` hears of the configured frames, until it ends.

    Raises:
        UnavailableError: the radio stays deaf.
    """
    wanted = config.frame_filter()
    async for event in source.adverts():
        match event:
            case Advert():
                for frame in wanted.frames(event):
                    heard = FrameHeard(frame, event.rssi_dbm)
                    for shown in listing.handle(heard, clock.monotonic_s()):
                        display.show(shown)
            case RadioDeaf(reason):
                display.radio(f"radio is deaf: {reason}")
            case RadioHears():
                display.radio(RADIO_HEARS)


async def _redraw(clock: Clock, listing: Listing, display: Display) -> None:
    while True:
        now_s = clock.monotonic_s()
        for shown in listing.handle(Ticked(), now_s):
            display.show(shown)
        display.redraw(listing, now_s)
        await clock.sleep(REDRAW_S)


def _time_of_day(clock: Clock) -> str:
    return datetime.fromtimestamp(clock.now_s(), UTC).astimezone().strftime("%H:%M:%S")
