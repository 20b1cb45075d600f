"""The `comptoir edge` commands: check a node's configuration, run its agent, listen, play a recording."""

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from edge.by_hand import work_until_one_ends
from edge.config import EdgeConfig
from edge.inspect import inspect
from edge.listen import listen
from edge.record import record
from hardware.capture.reader import read_records
from hardware.host.clock import Clock, SystemClock
from hardware.host.config import load_toml
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import UnavailableError
from hardware.host.outbox import PRESENCE, Outbox, machine_boot_id
from hardware.host.service import unavailable_on
from hardware.radio.replay import ReplaySource
from hub.wire.bus import BusError

if TYPE_CHECKING:
    from edge.app import EdgeAgent

HUB_TIMEOUT_S: Final = 30.0
"""A hub that said nothing, or acknowledged nothing after the recording's end, for so long is not there."""

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def edge() -> None:
    """The Pi agent: hears loyalty beacons, reports sightings."""


for command in (inspect, listen, record):
    edge.add_command(command)


@edge.command()
@click.argument("config_file", metavar="CONFIG", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(config_file: Path, *, as_json: bool) -> None:
    """Validate the node's CONFIG and print what it would listen to. Touches nothing."""
    config = load_toml(config_file, EdgeConfig).beside(config_file)
    facts = {
        "store": config.store,
        "node": config.node,
        "outbox": str(config.outbox),
        "broker": config.mqtt.where,
        "adapter": config.radio.adapter or "the first that can scan",
        "reference": config.radio.reference or "none",
        "frames": sorted(config.frames),
        "ibeacon_uuids": [str(beacon_uuid) for beacon_uuid in config.ibeacon_uuids],
        "eddystone_namespaces": list(config.eddystone_namespaces),
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        click.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")


@edge.command()
@click.argument("config_file", metavar="CONFIG", type=FILE)
@click.pass_context
def run(context: click.Context, config_file: Path) -> None:
    """Run the agent of the node that CONFIG describes on this machine's Bluetooth, until SIGTERM or SIGINT.

    Broker, hub and radio may come later; nothing is listened to before a hub said that a privacy notice is in force.
    """
    config = load_toml(config_file, EdgeConfig).beside(config_file)
    from edge.run import run_edge

    context.exit(asyncio.run(run_edge(config, SystemClock(), SystemEntropy())))


@edge.command()
@click.argument("config_file", metavar="CONFIG", type=FILE)
@click.argument("recording", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def replay(config_file: Path, recording: Path, *, as_json: bool) -> None:
    """Play RECORDING through the real agent into the broker named in CONFIG, then report what became of it.

    RECORDING is one of ours, a btsnoop file (btmon -w) or a pcapng capture of a sniffer.

    Waits for a hub to say that a privacy notice is in force; without one no node listens.
    """
    config = load_toml(config_file, EdgeConfig).beside(config_file)
    counts = asyncio.run(_replay(config, recording))
    if as_json:
        click.echo(json.dumps(counts))
    else:
        click.echo(", ".join(f"{n} {way}" for way, n in counts.items()))
    if counts["pending"]:
        raise UnavailableError(
            f"the hub did not acknowledge {counts['pending']} batches in {HUB_TIMEOUT_S:.0f} s",
            where=config.mqtt.where,
            fix="start the hub; the batches of members rest in the outbox for two minutes",
        )


async def _replay(config: EdgeConfig, recording: Path) -> dict[str, int]:
    from edge.app import EdgeAgent
    from hub.wire.mqtt import MqttBus

    clock, entropy = SystemClock(), SystemEntropy()
    # Read twice, never held whole: a faulty line is told before anything is sent.
    for _ in read_records(recording):
        pass
    boot_id = entropy.new_id()
    outbox = Outbox(config.outbox, boot_id, clock, PRESENCE, machine_boot=machine_boot_id())
    try:
        mqtt = config.mqtt
        # Not the name of `edge run`: of two alike the broker ousts one, over and over, and neither says why.
        bus = MqttBus(mqtt.host, mqtt.port, f"comptoir-replay-{config.node}", jitter=entropy.uniform)
        agent = EdgeAgent(config, ReplaySource(read_records(recording), clock), bus, outbox, boot_id, clock)
        with unavailable_on(BusError, where=mqtt.where, fix="correct mqtt in the configuration"):
            await work_until_one_ends(agent.run(), _play(agent, outbox, clock, mqtt.where))
        counts = outbox.counts()
    finally:
        outbox.close()
    return dataclasses.asdict(counts)


async def _play(agent: "EdgeAgent", outbox: Outbox, clock: Clock, broker: str) -> None:
    try:
        await asyncio.wait_for(agent.may_listen.wait(), HUB_TIMEOUT_S)
    except TimeoutError:
        raise UnavailableError(
            f"no hub said in {HUB_TIMEOUT_S:.0f} s that a privacy notice is in force",
            where=broker,
            fix="start the broker and the hub, and configure the store's notice",
        ) from None
    await agent.ended.wait()
    for _ in range(round(HUB_TIMEOUT_S)):
        if not outbox.counts().pending:
            return
        await clock.sleep(1.0)
