"""`comptoir sim`: a simulated store, run and drawn."""

import asyncio
import json
import os
import shlex
import shutil
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import StorageError
from hub.texts import Language, text

if TYPE_CHECKING:
    from hardware.sim.words import Words
    from hub.box.sim.agents import Agents
    from hub.config import Engine

MAX_SPEED: Final = 1_000.0
"""Beyond what any machine keeps up with; without --speed nobody waits at all."""
scenario_argument = click.argument("scenario", type=click.Path(path_type=Path))
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
language_option = click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, envvar="COMPTOIR_LANGUAGE"
)


class Address(click.ParamType[tuple[str, int]]):
    """A broker's HOST:PORT."""

    name = "host:port"

    def convert(
        self, value: str | tuple[str, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """See `click.ParamType`."""
        if isinstance(value, tuple):
            return value
        host, colon, port = value.rpartition(":")
        if not (colon and host and port.isdecimal() and 1 <= int(port) <= 65535):
            self.fail(f"{value!r} is no HOST:PORT, such as 127.0.0.1:1883", param, ctx)
        return host.strip("[]"), int(port)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def sim() -> None:
    """A simulated store: walkers, radio waves, agents, a hub.

    SCENARIO is a TOML file: a floor, who comes when, what disturbs. `comptoir sim samples` names two to begin with.
    """


@sim.command()
def samples() -> None:
    """Print where the shipped scenarios lie."""
    from hub.box.sim.site import SAMPLES

    for file in sorted(SAMPLES.glob("*.toml")):
        click.echo(file)


@sim.command()
@scenario_argument
@click.option("--seed", type=int, help="Draw people and radio from this.  [default: the scenario's own]")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True, max=MAX_SPEED),
    help="Store seconds a second.  [default: as fast as the machine can]",
)
@click.option("--real-time", is_flag=True, help="The same as --speed 1.")
@click.option("--broker", type=Address(), help="Only the agents, in real time, on the broker at HOST:PORT.")
@click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --broker: folder of the fobs' keys, NAME.key; those that are not there are made.",
)
@click.option(
    "--engine",
    type=click.Choice(["rules", "radio_map"]),
    help="Calibrate the store first, by a walk through the same air, for this zone engine.  [default: as it comes]",
)
@click.option("--store", help="With --broker: the store's name at the hub.  [default: the scenario's]")
@language_option
@json_option
def run(
    scenario: Path,
    *,
    seed: int | None,
    speed: float | None,
    real_time: bool,
    broker: tuple[str, int] | None,
    keys: Path | None,
    engine: "Engine | None",
    store: str | None,
    language: Language,
    as_json: bool,
) -> None:
    """Let a whole store live through SCENARIO, in memory, and hold what it says to the truth.

    With --broker only the nodes run here, each with its own connection and outbox, and the hub is yours: its
    configuration needs the scenario's nodes, and the fobs be registered. `comptoir sim store SCENARIO FOLDER` makes
    such a store; at one that is there already, `comptoir hub member add --fob-key-file KEYS/NAME.key --fob-k K
    --fob-clock "$(date +%s)"` and `comptoir hub permission grant`, for each. The fobs' clocks are the time of day: the
    keys stay registered from run to run.
    """
    from hardware.sim.scenario import load_scenario

    if real_time and speed not in (None, 1.0):
        raise click.UsageError("give either --speed or --real-time")
    if (broker is None) != (keys is None):
        raise click.UsageError("--broker and --keys belong together")
    loaded = load_scenario(scenario)
    drawn_from = loaded.seed if seed is None else seed
    if broker is not None and keys is not None:
        if speed not in (None, 1.0):
            raise click.UsageError("a broker keeps real time: no --speed with --broker")
        if engine is not None:
            raise click.UsageError("the hub behind a broker is yours: calibrate it, without --engine")
        from hub.box.sim.agents import Agents, keyed_fobs

        fobs = keyed_fobs(loaded, keys, SystemEntropy())
        agents = Agents(loaded, fobs, drawn_from, store or loaded.name, *broker)
        _run_agents(agents, language, as_json=as_json)
        return
    if store is not None:
        raise click.UsageError("--store is for --broker")
    from hub.box.sim.run import run_in_memory

    report = run_in_memory(loaded, drawn_from, 1.0 if real_time else speed, engine)
    click.echo(json.dumps(report.document()) if as_json else "\n".join(report.lines(language)))


def _run_agents(agents: "Agents", language: Language, *, as_json: bool) -> None:
    from hub.box.sim.agents import serve_agents

    if not as_json:
        nodes, where = len(agents.scenario.floor.nodes), f"{agents.host}:{agents.port}"
        click.echo(getattr(text("sim.agents_ready", nodes=nodes, broker=where), language))
    report = asyncio.run(serve_agents(agents))
    click.echo(json.dumps(report) if as_json else getattr(text("sim.agents_ran", **report), language))


@sim.command("store")
@scenario_argument
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--http-port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="For tills."
)
@click.option("--broker", type=Address(), default="127.0.0.1:1883", show_default=True, help="The hub's.")
@language_option
@json_option
def write(
    scenario: Path,
    folder: Path,
    *,
    http_port: int,
    broker: tuple[str, int],
    language: Language,
    as_json: bool,
) -> None:
    """Set SCENARIO's store up in FOLDER: a hub's configuration and data, everybody a member, their fobs' keys.

    Then `comptoir hub run FOLDER/store.toml`, and `comptoir sim run SCENARIO --broker HOST:PORT --keys FOLDER/keys`.
    """
    from hardware.sim.scenario import load_scenario
    from hub.box.sim.agents import keyed_fobs
    from hub.box.sim.site import Addresses, set_up

    loaded = load_scenario(scenario)
    config_file, keys = folder / "store.toml", folder / "keys"
    if config_file.exists():
        raise StorageError("there is a store already", where=str(config_file), fix="give another folder")
    entropy = SystemEntropy()
    fobs = keyed_fobs(loaded, keys, entropy)
    site = set_up(loaded, folder, fobs, SystemClock(), entropy, Addresses(http_port, *broker))
    if as_json:
        click.echo(json.dumps({"config": str(config_file), "keys": str(keys), "members": dict(site.members)}))
        return
    click.echo(getattr(text("sim.store_written", file=config_file, people=len(fobs)), language))
    click.echo(f"  comptoir hub run {shlex.quote(str(config_file))}")
    where = "{}:{}".format(*broker)
    click.echo(
        f"  comptoir sim run {shlex.quote(str(scenario))} --broker {where} --keys {shlex.quote(str(keys))}"
    )


@sim.command()
@scenario_argument
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), help="Draw into this file instead.")
@click.option("--width", type=click.IntRange(40, 400), help="Letters a line.  [default: the terminal's]")
@language_option
def plan(scenario: Path, *, svg: Path | None, width: int | None, language: Language) -> None:
    """Draw SCENARIO's floor, and how strongly a fob is expected to be heard where."""
    from hardware.sim.drawing import draw_svg
    from hardware.sim.scenario import load_scenario
    from hardware.sim.terminal import draw_text

    loaded, words = load_scenario(scenario), _words(language)
    if svg is None:
        letters = width or shutil.get_terminal_size().columns
        colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        click.echo(draw_text(loaded, letters, words, colours=colours), nl=False, color=colours)
        return
    try:
        svg.write_text(draw_svg(loaded, words), encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror}", where=str(svg), fix="give another file"
        ) from None
    click.echo(getattr(text("sim.plan_written", file=svg), language))


def _words(language: Language) -> "Words":
    from hardware.sim.words import Words

    keys = (field.name for field in fields(Words) if field.name != "language")
    return Words(language=language, **{key: getattr(text(f"sim.plan_{key}"), language) for key in keys})
