"""A store of real processes: broker, hub, a node, a kiosk on a terminal; any of them may speak a newer wire."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hardware.beacon.build import eddystone_eid
from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hardware.radio.recording import Record
from hub.box.broker import Mosquitto
from hub.desk_key import kiosk_public_key
from hub.wire.bus import Delivery
from hub.wire.mqtt import MqttBus
from tests.hardware.recorded import write_recording
from tests.hub.shell.kit import TOPICS, Member, join, open_data, write_store
from tests.hub.shell.processes import HubProcess, free_port, hub_process
from tests.kiosk.terminal import Terminal, terminal

NODE, KIOSK, CARD, SYMBOL = "n2", "checkout", "40001", "lune"
"""The node and the kiosk in front of the till, and the member who stands there."""

STAND_S: Final = 60.0

TODAY: Final = "from hardware.host.cli import main; main()"
NEWER: Final = """
import json
from hub.wire.base import WireModel
plain = WireModel.model_dump_json
def grown(value):
    if isinstance(value, dict):
        return {name: grown(inner) for name, inner in value.items()} | {"zz_new": [1]}
    return [grown(inner) for inner in value] if isinstance(value, list) else value
WireModel.model_dump_json = lambda self, **options: json.dumps(grown(json.loads(plain(self, **options))))
from hardware.host.cli import main
main()
"""
"""The command of a release whose every object on the wire has one field more than today's."""


def argv(program: str, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-c", program, *map(str, arguments)]


class Peer:
    """Anybody on the bus: says any bytes, hears everything."""

    def __init__(self, broker: Mosquitto, name: str = "peer") -> None:
        self.heard: list[Delivery] = []
        self.bus = MqttBus(
            "127.0.0.1", broker.port, name, jitter=SystemEntropy().uniform, reconnect_cap_s=0.2
        )
        self.bus.subscribe("comptoir/#", self.heard.append)

    async def start(self) -> None:
        up = asyncio.Event()
        self.bus.on_connection(lambda connected: up.set() if connected else None)
        await self.bus.start()
        await asyncio.wait_for(up.wait(), 10)

    async def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Past the limit that our own `publish` asserts."""
        assert self.bus._connection is not None
        assert await self.bus._connection.publish(topic, payload, retain=retain, expiry_s=None)

    async def flood(self, letters: Iterable[tuple[str, bytes]], *, retain: bool = False) -> None:
        waiting = list(letters)
        for at in range(0, len(waiting), 50):
            await asyncio.gather(*(self.say(*letter, retain=retain) for letter in waiting[at : at + 50]))

    def of(self, topic: str) -> list[bytes]:
        return [delivery.payload for delivery in self.heard if delivery.topic == topic]


@dataclass(frozen=True, slots=True)
class Shop:
    """A set-up store that does not run yet."""

    folder: Path
    broker: Mosquitto
    config_file: Path
    http_port: int
    public_key: str
    member: Member

    @property
    def kiosk_log(self) -> Path:
        return self.folder / "kiosk-outbox.log"

    @property
    def node_log(self) -> Path:
        return self.folder / "node.log"


def set_up(folder: Path, broker: Mosquitto) -> Shop:
    """A store with one member who may be recognised, a node's and a kiosk's configuration, a recording of her fob."""
    port = free_port()
    config_file = write_store(folder, http_port=port, mqtt_port=broker.port)
    clock = SystemClock()
    data = open_data(config_file, clock)
    member, key = join(data, SYMBOL, CARD), kiosk_public_key(data.vault)
    data.close()
    mqtt = f"[mqtt]\nport = {broker.port}\n"
    (folder / "node.toml").write_text(f'store = "lyon"\nnode = "{NODE}"\noutbox = "node-outbox.db"\n{mqtt}')
    (folder / "kiosk.toml").write_text(
        f'store = "lyon"\nkiosk = "{KIOSK}"\nhub_public_key = "{key}"\noutbox = "kiosk-outbox.db"\n{mqtt}'
    )
    now_s = clock.now_s()
    offsets = [n / 4 for n in range(round(STAND_S * 4))]
    records = [Record(at_s, -50, eddystone_eid(member.fob.eid_at(now_s + at_s))) for at_s in offsets]
    write_recording(folder / "fob.jsonl", records, FrameFilter(frozenset(FrameKind)))
    return Shop(folder, broker, config_file, port, key, member)


@dataclass(slots=True)
class Floor:
    """Everything runs."""

    shop: Shop
    hub: HubProcess
    node: asyncio.subprocess.Process
    kiosk: Terminal

    def logs(self) -> dict[str, str]:
        return {
            "hub": self.hub.log(),
            "node": self.shop.node_log.read_text(encoding="utf-8"),
            "kiosk": self.shop.kiosk_log.read_text(encoding="utf-8"),
        }

    def resident_kib(self) -> dict[str, int]:
        processes = {"hub": self.hub.process, "node": self.node, "kiosk": self.kiosk.process}
        return {name: _resident_kib(process.pid) for name, process in processes.items()}

    def all_up(self) -> bool:
        return [self.hub.process.returncode, self.node.returncode, self.kiosk.process.returncode] == [
            None
        ] * 3


def _resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


@asynccontextmanager
async def node_process(shop: Shop, program: str = TODAY) -> AsyncIterator[asyncio.subprocess.Process]:
    """The node hears the member's fob for `STAND_S`, once a hub lets it listen."""
    with shop.node_log.open("wb") as log:
        node = await asyncio.create_subprocess_exec(
            *argv(program, "edge", "replay", shop.folder / "node.toml", shop.folder / "fob.jsonl"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=dict(os.environ),
        )  # fmt: skip
    try:
        yield node
    finally:
        if node.returncode is None:
            node.kill()
        await node.wait()


@asynccontextmanager
async def open_floor(
    shop: Shop, *, hub: str = TODAY, node: str = TODAY, kiosk: str = TODAY
) -> AsyncIterator[Floor]:
    """Start all three, each with its program; killed at the latest when the block ends."""
    async with AsyncExitStack() as stack:
        runs = await stack.enter_async_context(hub_process(shop.config_file, shop.http_port, argv(hub)))
        hears = await stack.enter_async_context(node_process(shop, node))
        command = argv(kiosk, "kiosk", "run", shop.folder / "kiosk.toml")
        shows = await stack.enter_async_context(terminal(command, (80, 24)))
        yield Floor(shop, runs, hears, shows)


__all__ = [
    "CARD",
    "KIOSK",
    "NEWER",
    "NODE",
    "SYMBOL",
    "TODAY",
    "TOPICS",
    "Floor",
    "Peer",
    "Shop",
    "open_floor",
    "set_up",
]
