"""The whole store as processes: stand-in radio, broker, hub, twelve edges, two kiosks on terminals, a till."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from hardware.host.clock import SystemClock
from hardware.host.config import load_toml
from hardware.host.entropy import SystemEntropy
from hub.box.broker import Mosquitto
from hub.box.provision import Premises, provision
from hub.config import StoreConfig
from hub.wire.bus import Delivery
from hub.wire.mqtt import MqttBus
from tests.floor.air import Air
from tests.floor.running import COMPTOIR, Running, running
from tests.floor.till import TillProcess
from tests.hub.shell.processes import free_port
from tests.kiosk.terminal import Terminal, terminal

SIZE = (60, 20)


@dataclass(slots=True)
class Ear:
    """A participant that hears everything on the bus, as a thief of the network would."""

    bus: MqttBus
    heard: list[Delivery] = field(default_factory=list)

    def documents(self, leaf: str) -> list[dict[str, Any]]:
        """Every JSON document heard on topics that end so, oldest first."""
        return [json.loads(d.payload) for d in self.heard if d.topic.endswith(leaf) and d.payload]


class Store:
    """The store; its parts start and end one by one, in any order.

    Args:
        folder: of the configuration, the data, the outboxes and the logs.
        broker: not running yet, its port known.
    """

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.folder, self.broker = folder, broker
        self.http_port = free_port()
        self.premises: Premises = provision(folder, SystemClock(), SystemEntropy())
        text = self.premises.config_file.read_text(encoding="utf-8")
        text = text.replace("port = 0", f"port = {self.http_port}").replace(
            "port = 1883", f"port = {broker.port}"
        )
        self.premises.config_file.write_text(text, encoding="utf-8")
        self.config = load_toml(self.premises.config_file, StoreConfig)
        self.adapters = {node: f"hci{number}" for number, node in enumerate(self.config.nodes)}
        self.edges: dict[str, Running] = {}
        self.kiosks: dict[str, Terminal] = {}
        self.ear = Ear(
            MqttBus("127.0.0.1", broker.port, "ear", jitter=SystemEntropy().uniform, reconnect_cap_s=0.2)
        )
        self.ear.bus.subscribe("comptoir/v1/#", self.ear.heard.append)
        self._stack = AsyncExitStack()
        self._hub_stack = AsyncExitStack()
        self.hub: Running
        self.air: Air
        self.till: TillProcess
        self._radio_address = ""

    async def __aenter__(self) -> Self:
        """The radio and the ear are there first; they are no part of the store."""
        await self._stack.__aenter__()
        await self._start_radio()
        await self.ear.bus.start()
        self._stack.push_async_callback(self.ear.bus.stop)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Kill what is left."""
        await self._hub_stack.aclose()
        await self._stack.aclose()

    async def _start_radio(self) -> None:
        (self.folder / "radio").mkdir()
        argv = [COMPTOIR, "node", "stand-in", "--folder", str(self.folder / "radio")]
        argv += ["--adapters", ",".join(self.adapters.values())]
        radio = await self._stack.enter_async_context(running("stand-in", argv, self.folder, talks=True))
        lines, answers = radio.process.stdin, radio.process.stdout
        assert lines is not None
        assert answers is not None
        async with asyncio.timeout(20.0):
            ready = await answers.readline()
        assert ready, radio.log()
        self._radio_address = json.loads(ready)["address"]
        self.air = Air(lines, self.adapters)
        self._stack.push_async_callback(self.air.leave)

    async def start_edge(self, node: str) -> Running:
        """Start `comptoir edge run` of one node."""
        config = self.folder / f"{node}.toml"
        config.write_text(
            f'store = "{self.config.store}"\nnode = "{node}"\noutbox = "{node}.db"\n'
            f'[radio]\nadapter = "{self.adapters[node]}"\n[mqtt]\nport = {self.broker.port}\n',
            encoding="utf-8",
        )
        argv = [COMPTOIR, "--log-level", "debug", "edge", "run", str(config)]
        environment = {"DBUS_SYSTEM_BUS_ADDRESS": self._radio_address}
        edge = await self._stack.enter_async_context(running(node, argv, self.folder, environment))
        self.edges[node] = edge
        return edge

    async def start_kiosk(self, kiosk: str) -> Terminal:
        """Start `comptoir kiosk run` on a terminal of its own."""
        config = self.folder / f"kiosk-{kiosk}.toml"
        config.write_text(
            f'store = "{self.config.store}"\nkiosk = "{kiosk}"\noutbox = "kiosk-{kiosk}.db"\n'
            f'hub_public_key = "{self.premises.kiosk_public_key}"\n[mqtt]\nport = {self.broker.port}\n',
            encoding="utf-8",
        )
        argv = [COMPTOIR, "--log-level", "debug", "kiosk", "run", str(config)]
        self.kiosks[kiosk] = await self._stack.enter_async_context(terminal(argv, SIZE))
        return self.kiosks[kiosk]

    async def start_hub(self) -> None:
        """Start `comptoir hub run`, and wait until it serves the till."""
        argv = [COMPTOIR, "--log-level", "debug", "hub", "run", str(self.premises.config_file)]
        self.hub = await self._hub_stack.enter_async_context(running("hub", argv, self.folder))
        async with asyncio.timeout(30.0), httpx.AsyncClient(trust_env=False) as client:
            while True:
                assert self.hub.process.returncode is None, self.hub.log()
                try:
                    await client.get(f"http://127.0.0.1:{self.http_port}/v1/health")
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                else:
                    return

    async def kill_hub(self) -> None:
        """SIGKILL: it says nothing to anybody."""
        assert await self.hub.end(signal.SIGKILL) == -signal.SIGKILL
        await self._hub_stack.aclose()
        self._hub_stack = AsyncExitStack()

    async def start_till(self) -> None:
        """Start the till's process."""
        argv = [
            str(Path(COMPTOIR).with_name("python")),
            "-m",
            "tests.floor.till",
            f"http://127.0.0.1:{self.http_port}",
        ]
        part = await self._stack.enter_async_context(running("till", argv, self.folder, talks=True))
        self.till = TillProcess(part)

    def node_states(self) -> dict[str, dict[str, Any]]:
        """What each node said of itself last."""
        return {state["node"]: state for state in self.ear.documents("/state") if "node" in state}

    def files(self) -> dict[str, bytes]:
        """Every file of the store as it lies on the disk now."""
        paths = (path for path in sorted(self.folder.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}


@asynccontextmanager
async def store(folder: Path) -> AsyncIterator[Store]:
    """A store set up, with nothing but its radio running; the broker's port is known, the broker is down."""
    (folder / "broker").mkdir()
    async with Mosquitto(folder / "broker") as broker:
        await broker.stop()
        async with Store(folder, broker) as ready:
            yield ready
