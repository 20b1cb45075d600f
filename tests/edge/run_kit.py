"""`comptoir edge run` as a process, on a private D-Bus with the BlueZ double, and a hub spoken by hand."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from hardware.beacon.build import eddystone_eid
from hardware.bluez.double import BluezDouble
from hardware.host.entropy import SystemEntropy
from hub.wire.bus import Delivery
from hub.wire.codec import decode, encode
from hub.wire.mqtt import MqttBus
from hub.wire.presence import HubState, NodePresence, NodeState, Sightings, SightingsAck
from hub.wire.topics import Topics
from tests.hardware.manager import Manager, listening

COMPTOIR = Path(sys.executable).with_name("comptoir")
NODE = "n1"
TOPICS = Topics("lyon")
PATIENCE_S = 20.0
ADVERTISED_EVERY_S = 0.1


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for the processes to get there."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110 - the condition is about other processes
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"never came about: {what}") from None


def write_node(folder: Path, mqtt_port: int, *, more: str = "", name: str = "edge") -> Path:
    """The configuration file of one node."""
    path = folder / f"{name}.toml"
    path.write_text(
        f'store = "lyon"\nnode = "{NODE}"\noutbox = "{name}.db"\n[mqtt]\nport = {mqtt_port}\n{more}',
        encoding="utf-8",
    )
    return path


class EdgeProcess:
    """A running `comptoir edge run`, and what its service manager was told."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, manager: Manager) -> None:
        self.process, self.manager, self._log = process, manager, log

    def log(self) -> str:
        """What it wrote on standard error so far."""
        return self._log.read_text(encoding="utf-8")

    async def says(self, status: str) -> None:
        """Wait for a status line."""
        await self.manager.until(lambda manager: manager.status == status)

    async def end(self, number: int) -> int:
        """Send a signal and wait for the exit code."""
        self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for the exit code."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@asynccontextmanager
async def edge_process(config_file: Path, dbus_address: str) -> AsyncIterator[EdgeProcess]:
    """Start `comptoir edge run`; killed at the latest when the block ends."""
    name = SystemEntropy().new_id()
    log = config_file.with_name(f"{name}.log")
    environment = os.environ | {
        "PYTHONWARNINGS": "error::ResourceWarning",
        "DBUS_SYSTEM_BUS_ADDRESS": dbus_address,
    }
    with listening(f"@{config_file.parent}/{name}") as manager, log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            COMPTOIR, "--log-level", "info", "edge", "run", str(config_file),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=written,
            env=environment | {"NOTIFY_SOCKET": manager.address},
        )  # fmt: skip
        try:
            yield EdgeProcess(process, log, manager)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


class HubByHand:
    """A hub that says what a test has it say, and acknowledges while `acknowledging`."""

    def __init__(self, bus: MqttBus) -> None:
        self.bus = bus
        self.acknowledging = True
        self.sightings: list[Sightings] = []
        self.acks: list[SightingsAck] = []
        self.states: list[NodeState] = []
        self._tasks: set[asyncio.Task[bool]] = set()
        bus.subscribe(TOPICS.node(NODE, "sightings"), self._take)
        bus.subscribe(TOPICS.node(NODE, "ack"), self._note_ack)
        bus.subscribe(TOPICS.node(NODE, "state"), self._note_state)

    async def speak(self, *, notice_ok: bool = True) -> None:
        """Say hello, retained."""
        state = HubState(session_id="a" * 16, presence=NodePresence.ONLINE, notice_ok=notice_ok)
        assert await self.bus.publish(TOPICS.hub_state, encode(state), retain=True)

    def _take(self, delivery: Delivery) -> None:
        batch = decode(delivery.topic, delivery.payload)
        assert isinstance(batch, Sightings)
        self.sightings.append(batch)
        if self.acknowledging:
            ack = SightingsAck(node=NODE, boot_id=batch.boot_id, seqs=(batch.seq,))
            task = asyncio.create_task(self.bus.publish(TOPICS.node(NODE, "ack"), encode(ack)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _note_ack(self, delivery: Delivery) -> None:
        ack = decode(delivery.topic, delivery.payload)
        assert isinstance(ack, SightingsAck)
        self.acks.append(ack)

    def _note_state(self, delivery: Delivery) -> None:
        state = decode(delivery.topic, delivery.payload)
        assert isinstance(state, NodeState)
        self.states.append(state)

    @property
    def node_is(self) -> tuple[NodePresence, bool] | None:
        """Presence and radio of the node's last word."""
        return (self.states[-1].presence, self.states[-1].radio_ok) if self.states else None


@asynccontextmanager
async def hub_by_hand(port: int) -> AsyncIterator[HubByHand]:
    """A hub by hand, connected."""
    bus = MqttBus("127.0.0.1", port, "hub by hand", jitter=SystemEntropy().uniform, reconnect_cap_s=0.2)
    hub = HubByHand(bus)
    await bus.start()
    await until(lambda: bus.connected, "the hub's connection")
    try:
        yield hub
    finally:
        await bus.stop()


@contextmanager
def advertising(double: BluezDouble, eid: Callable[[], bytes], adapter: str = "hci0") -> Iterator[None]:
    """A fob on the air while the block runs; must be inside the event loop."""

    async def advertise() -> None:
        while True:
            double.transmit(adapter, "fob", eddystone_eid(eid()), -55)
            await asyncio.sleep(ADVERTISED_EVERY_S)

    task = asyncio.get_running_loop().create_task(advertise())
    try:
        yield
    finally:
        task.cancel()
