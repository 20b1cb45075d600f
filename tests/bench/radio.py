"""What listening costs: CPU of a whole agent per advertisement, against a bare bleak callback on the same D-Bus.

All are processes of their own on one BlueZ double and hear the same packets at the same time: twenty loyalty fobs,
which send every 500 ms, and eighty foreign devices, which like phones and headphones send twice as often. The agent
is `comptoir edge run` with its outbox, a real Mosquitto, and a hub that acknowledges; what it does without an
advertisement (timers, looks at the radio) is in it. A third listener is TheengsGateway (`tests.bench.theengs`), if it
is installed.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from hardware.beacon.build import app_eid, eddystone_eid, ibeacon, ibeacon_eid
from hardware.bluez.double import BluezDouble
from hardware.bluez.private_bus import PrivateBus
from hardware.host.clock import SystemClock
from hardware.radio.ad import structure
from hub.box.broker import Mosquitto
from hub.wire.bus import Delivery
from hub.wire.codec import decode, encode
from hub.wire.presence import HubState, NodePresence, Sightings, SightingsAck
from hub.wire.topics import Topics
from tests.bench import theengs
from tests.bench.figures import resident_mib, spread
from tests.bench.processes import client
from tests.hub.shell.processes import COMPTOIR

FOBS: Final = 20
FOREIGN: Final = 80
ROUND_S: Final = 0.5
FOREIGN_A_ROUND: Final = 2
WINDOW_S: Final = 4.0
WINDOWS: Final = 5
PATIENCE_S: Final = 20.0
TOPICS: Final = Topics("lyon")


class _Air:
    """The transmitters, with strengths that wander as a walking person's do."""

    def __init__(self, double: BluezDouble, fobs_a_round: int) -> None:
        self._double, self._fobs_a_round = double, fobs_a_round
        self.packets_per_s = (fobs_a_round * FOBS + FOREIGN_A_ROUND * FOREIGN) / ROUND_S
        self._random = random.Random(7)
        builders = (eddystone_eid, app_eid, ibeacon_eid)
        self._payloads = {f"fob {n}": builders[n % 3](n.to_bytes(8, "big")) for n in range(FOBS)}
        for n in range(FOREIGN):
            foreign = (
                ibeacon(bytes([n]) * 16, n, n),
                b"\x02\x01\x1a" + structure(0xFF, b"\x4c\x00\x10\x05" + bytes([n]) * 5),
                b"\x02\x01\x06" + structure(0x16, b"\x6f\xfd" + bytes([n]) * 20),
                b"\x02\x01\x06" + structure(0x09, f"somebody {n}".encode()) + structure(0xFF, b"\x75\x00abc"),
            )[n % 4]
            self._payloads[f"foreign {n}"] = foreign
        self._strengths = {name: self._random.uniform(-90, -50) for name in self._payloads}

    async def send(self) -> None:
        """Send for ever, at even steps in a shuffled order."""
        clock = SystemClock()
        due_s = clock.monotonic_s()
        names = [
            name
            for name in self._payloads
            for _ in range(self._fobs_a_round if name.startswith("fob") else FOREIGN_A_ROUND)
        ]
        while True:
            for name in self._random.sample(names, len(names)):
                due_s += 1.0 / self.packets_per_s
                await clock.sleep(due_s - clock.monotonic_s())
                strength = self._strengths[name] + self._random.gauss(0, 1)
                self._strengths[name] = min(-45.0, max(-95.0, strength))
                heard_dbm = round(self._strengths[name] + self._random.gauss(0, 3))
                self._double.transmit("hci0", name, self._payloads[name], heard_dbm)


async def radio_cost() -> dict[str, Any]:
    """CPU a packet of all listeners, their ratio to the bare one in each window, and their memory.

    `fast_fobs` is the same with fobs that send as often as the foreign devices.
    """
    return {**await _cost(fobs_a_round=1), "fast_fobs": await _cost(fobs_a_round=FOREIGN_A_ROUND)}


async def _cost(fobs_a_round: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "broker").mkdir()
        async with (
            PrivateBus(folder) as bus,
            Mosquitto(folder / "broker") as broker,
            BluezDouble(bus.address) as double,
            knowing_hub(broker),
            AsyncExitStack() as processes,
        ):
            commands: dict[str, tuple[str | Path, ...]] = {
                "bare": (sys.executable, "-m", "tests.bench.bare_radio"),
                "agent": (COMPTOIR, "edge", "run", write_config(folder, broker)),
            }
            if (peer := theengs.command(folder, broker)) is not None:
                commands["theengs"] = peer
            pids = {
                listening: await processes.enter_async_context(listener(bus, *commands[listening]))
                for listening in commands
            }
            async with asyncio.timeout(PATIENCE_S):
                while double.scan_starts("hci0") < len(pids):  # noqa: ASYNC110 - what it waits for sets no event
                    await asyncio.sleep(0.05)
            air = _Air(double, fobs_a_round)
            sending = asyncio.create_task(air.send())
            try:
                figures = await _measure(double, pids)
            finally:
                sending.cancel()
    figures["theengs"] = (
        theengs.NOT_INSTALLED if peer is None else figures["theengs"] | theengs.versions(peer[0])
    )
    return figures | {"packets_per_s": round(air.packets_per_s)}


async def _measure(double: BluezDouble, pids: Mapping[str, int]) -> dict[str, Any]:
    # The first seconds make the objects and warm the caches of all.
    await asyncio.sleep(WINDOW_S)
    costs_us: dict[str, list[float]] = {name: [] for name in pids}
    for _ in range(WINDOWS):
        packets, before = double.packets, {name: cpu_us(pid) for name, pid in pids.items()}
        await asyncio.sleep(WINDOW_S)
        heard = double.packets - packets
        for name, pid in pids.items():
            costs_us[name].append((cpu_us(pid) - before[name]) / heard)
    figures: dict[str, Any] = {}
    for name, pid in pids.items():
        figures[f"{name}_us"] = spread(costs_us[name]).document()
        figures[name] = resident_mib(pid)
    for name in pids.keys() - {"bare"}:
        ratios = [cost / bare for cost, bare in zip(costs_us[name], costs_us["bare"], strict=True)]
        figures["ratio" if name == "agent" else f"{name}_ratio"] = spread(ratios, 2).document()
    return figures


def cpu_us(pid: int) -> float:
    """CPU time of all threads of a process, µs: `getrusage` of a process that is still at work (proc(5))."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return (
        sum(int((thread / "schedstat").read_text(encoding="ascii").split()[0]) for thread in threads) / 1000.0
    )


def write_config(folder: Path, broker: Mosquitto) -> Path:
    """The configuration of the agent that listens."""
    config = folder / "n1.toml"
    config.write_text(
        'store = "lyon"\nnode = "n1"\noutbox = "n1.db"\n[radio]\nadapter = "hci0"\n'
        f"[mqtt]\nport = {broker.port}\n",
        encoding="utf-8",
    )
    return config


@asynccontextmanager
async def listener(bus: PrivateBus, *command: str | Path) -> AsyncIterator[int]:
    """A process with this bus as its system bus; gives its number."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.DEVNULL, env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=bus.address)
    )
    try:
        yield process.pid
        assert process.returncode is None, f"{command} ended"
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@asynccontextmanager
async def knowing_hub(
    broker: Mosquitto, heard: Callable[[Sightings], object] = lambda _: None
) -> AsyncIterator[None]:
    """Says that the notice is in force, knows every fob, acknowledges every batch; `heard` is told of each."""
    bus = client(broker, "hub")
    tasks: set[asyncio.Task[bool]] = set()

    def take(delivery: Delivery) -> None:
        sightings = decode(delivery.topic, delivery.payload)
        assert isinstance(sightings, Sightings)
        heard(sightings)
        known = tuple({sample.id for sample in sightings.samples})
        ack = SightingsAck(node=sightings.node, boot_id=sightings.boot_id, seqs=(sightings.seq,), known=known)
        task = asyncio.create_task(bus.publish(TOPICS.node(sightings.node, "ack"), encode(ack)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    bus.subscribe(TOPICS.node("+", "sightings"), take)
    await bus.start()
    state = HubState(session_id="0123456789abcdef", presence=NodePresence.ONLINE, notice_ok=True)
    await bus.publish(TOPICS.hub_state, encode(state), retain=True)
    try:
        yield
    finally:
        await bus.stop()


if __name__ == "__main__":
    import json

    sys.stdout.write(json.dumps(asyncio.run(radio_cost()), indent=1) + "\n")
