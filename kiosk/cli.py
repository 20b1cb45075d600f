"""The `comptoir kiosk` commands: run a kiosk, look at its screens."""

import asyncio
import sys
from pathlib import Path

import click

from hardware.host.clock import SystemClock
from hardware.host.config import load_toml
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import ComptoirError, ExitCode, UnavailableError
from hardware.host.journal import configure_logging
from kiosk.config import KioskConfig

FILE = click.Path(path_type=Path, dir_okay=False)

MAX_LOG_BYTES = 1_000_000
"""A kiosk's log is started anew at its next start when it is larger: weeks of a bad network."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def kiosk() -> None:
    """The screen at a display or a checkout."""


@kiosk.command()
@click.argument("config_file", metavar="CONFIG", type=FILE)
@click.pass_context
def run(context: click.Context, config_file: Path) -> None:
    """Run the kiosk that CONFIG describes on this terminal until it is stopped (SIGTERM, SIGINT).

    No key ends it: the screen is the shoppers'. While standard error is the same terminal, logs go to a file beside
    the outbox.
    """
    config = load_toml(config_file, KioskConfig).beside(config_file)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UnavailableError(
            "no terminal to draw on",
            where="comptoir kiosk run",
            fix="start it in a terminal; `comptoir kiosk show attract --svg FILE` draws without one",
        )
    if sys.stderr.isatty():
        _log_beside(config.outbox, context.find_root().params.get("log_level") or "warning")
    from kiosk.run import run_kiosk

    context.exit(asyncio.run(run_kiosk(config, SystemClock(), SystemEntropy())))


def _log_beside(outbox: Path, level: str) -> None:
    path = outbox.with_suffix(".log")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        anew = path.exists() and path.stat().st_size > MAX_LOG_BYTES
        stream = path.open("w" if anew else "a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise UnavailableError(
            f"the log cannot be written: {error.strerror}",
            where=str(path),
            fix="check the folder and its rights",
        ) from None
    configure_logging(level, stream)


@kiosk.command()
@click.argument("state", required=False)
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--svg", type=FILE, help="Write a picture instead of showing it on this terminal.")
@click.option("--size", default="40x12", show_default=True, help="Of the picture, in cells.")
def show(state: str | None, language: str, svg: Path | None, size: str) -> None:
    """Show the screen STATE with made-up content; without STATE, name them all.

    For translators and designers. Any key but Tab, the arrows and Enter ends it.
    """
    from kiosk.preview import draw, look
    from kiosk.samples import SAMPLES

    if state is None:
        click.echo("\n".join(SAMPLES))
        return
    if state not in SAMPLES:
        raise click.BadParameter(f"{state!r} is none of {', '.join(SAMPLES)}", param_hint="STATE")
    english = language == "en"
    if svg is None:
        asyncio.run(look(state, english=english))
        return
    try:
        width, height = (int(part) for part in size.split("x"))
    except ValueError:
        raise click.BadParameter("give WIDTHxHEIGHT, as 40x12", param_hint="--size") from None
    if not (40 <= width <= 400 and 12 <= height <= 200):
        raise click.BadParameter("a kiosk has 40x12 to 400x200 cells", param_hint="--size")
    try:
        asyncio.run(draw(state, svg, (width, height), english=english))
    except OSError as error:
        raise _CannotWriteError(
            f"cannot be written: {error.strerror}", where=str(svg), fix="give another path"
        ) from None


class _CannotWriteError(ComptoirError):
    exit_code = ExitCode.CANNOT_CREATE
