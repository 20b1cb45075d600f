"""`comptoir demo`: the store in a box."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Literal

import click

from hardware.host.entropy import SystemEntropy
from hub.box.shop import BusKind

Language = Literal["fr", "en"]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--headless", is_flag=True, help="Tell the story line by line, without a screen.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON document on standard output.")
@click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, envvar="COMPTOIR_LANGUAGE"
)
@click.option(
    "--bus",
    type=click.Choice(["mqtt", "memory"]),
    help="The message bus; without it Mosquitto where it is installed.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-out"),
    show_default=True,
    help="Headless: folder for pictures of the kiosks (SVG).",
)
def demo(*, headless: bool, as_json: bool, language: str, bus: BusKind | None, pictures: Path) -> None:
    """Play the story of one advertisement's way to one discount.

    In a terminal: the shop's floor, the kiosk and the till, at a human pace; keys are at the bottom. Without a
    terminal, or with --headless: the same story, told line by line, in about half a minute.
    """
    from hub.box.broker import find_mosquitto

    spoken: Language = "en" if language == "en" else "fr"
    if bus is None and find_mosquitto() is None:
        click.echo("comptoir demo: no Mosquitto on this machine, so the in-memory bus is used", err=True)
    if headless or as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from hub.box.headless import narrator, play_headless

        _make(pictures)
        say = narrator(spoken, to_stderr=as_json)
        report = asyncio.run(play_headless(SystemEntropy(), say, pictures, bus))
        if as_json:
            click.echo(json.dumps(report.document()))
        else:
            click.echo(f"→ {pictures}/*.svg")
        return
    from hub.box.live import play_live

    asyncio.run(play_live(SystemEntropy(), spoken, bus))


def _make(pictures: Path) -> None:
    try:
        pictures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(
            f"{pictures} cannot be made: {error.strerror}; choose another folder", param_hint="--pictures"
        ) from None
    if not os.access(pictures, os.W_OK | os.X_OK):
        raise click.BadParameter(
            f"{pictures} cannot be written to; choose another folder", param_hint="--pictures"
        )
