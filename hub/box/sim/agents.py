"""A scenario's agents alone, speaking to a real broker in real time: the hub behind it is the user's own."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hardware.beacon.identity import Fob
from hardware.host.clock import Clock, SystemClock
from hardware.host.entropy import Entropy, SystemEntropy
from hardware.host.errors import StorageError
from hardware.host.outbox import PRESENCE
from hardware.host.service import Service, serve, unavailable_on
from hardware.node.key_file import make_key, read_key
from hardware.radio.simulated import SimulatedSource
from hardware.sim.play import play
from hardware.sim.scenario import Scenario
from hardware.sim.simulation import Simulation
from hub.box.parts import Parts
from hub.box.probe import Probe
from hub.box.stacked import end
from hub.wire.bus import BusError
from hub.wire.mqtt import MqttBus

SETTLE_S: Final = 8.0
"""After the scenario: the agents tell who fell silent within 6 s and a tick, and the hub acknowledges."""


def keyed_fobs(scenario: Scenario, folder: Path, entropy: Entropy) -> dict[str, Fob]:
    """Everybody's fob, its key in a file of its own: one that exists is kept, the others are made.

    The fobs' clocks are the time of day, UTC seconds, so that a later run is heard with the same registration.

    Args:
        scenario: whose people.
        folder: for `<person>.key`; made if need be.
        entropy: makes keys.

    Raises:
        StorageError: the folder or a key cannot be written.
        DataError, NoInputError: a file holds no key.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot be made: {error.strerror}", where=str(folder), fix="give another folder"
        ) from None
    fobs = {}
    for person in scenario.member_names:
        file = key_file(folder, person)
        make_key(file, entropy)
        fobs[person] = Fob(read_key(str(file)), scenario.rotation_exponent)
    return fobs


def key_file(folder: Path, person: str) -> Path:
    """Where somebody's key lies."""
    return folder / f"{person}.key"


@dataclass(slots=True)
class Agents:
    """One agent a node of the scenario, on a broker.

    Attributes:
        store: the name under which the hub knows the store.
        host: the broker's.
        port: the broker's.
        ready: set once every agent keeps its connection up.
    """

    scenario: Scenario
    fobs: dict[str, Fob]
    seed: int
    store: str
    host: str
    port: int
    clock: Clock = field(default_factory=SystemClock)
    entropy: Entropy = field(default_factory=SystemEntropy)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    report: dict[str, Any] = field(default_factory=dict)
    began: bool = False
    """Whether the scenario goes on: a hub has let every node listen."""
    _buses: dict[str, MqttBus] = field(default_factory=dict)

    async def run(self) -> None:
        """Play the scenario once, from when a hub lets every node listen; `report` says what came of it.

        Ended early, it reports as far as it came.

        Raises:
            ComptoirError: an agent ended.
            BusError: the broker refuses us.
        """
        simulation, probe = Simulation(self.scenario, self.fobs, self.seed), Probe()
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="comptoir-sim-")))
            parts = Parts(self.store, folder, self.clock, self.entropy, probe, PRESENCE, stack)
            antennas = {node: parts.agent(node, self._bus(node)) for node in self.scenario.floor.nodes}
            playing = asyncio.create_task(self._play(simulation, parts, antennas), name="scenario")
            stack.push_async_callback(end, playing)
            self.ready.set()
            try:
                while not playing.done():
                    parts.check()
                    await asyncio.wait({playing}, timeout=1.0)
                playing.result()
            finally:
                self.report = _report(self.scenario, self.seed, parts, probe)

    async def _play(self, simulation: Simulation, parts: Parts, antennas: dict[str, SimulatedSource]) -> None:
        for agent in parts.agents.values():
            await agent.may_listen.wait()
        self.began = True
        await play(simulation, self.clock, antennas)
        await self.clock.sleep(SETTLE_S)

    def status(self) -> str:
        """One line a person understands."""
        connected = sum(bus.connected for bus in self._buses.values())
        waits = "" if self.began else "; waiting for a hub of this store with a notice in force"
        return f"{connected} of {len(self._buses)} nodes are connected to {self.host}:{self.port}{waits}"

    def _bus(self, node: str) -> MqttBus:
        bus = MqttBus(self.host, self.port, f"comptoir-node-{node}", jitter=self.entropy.uniform)
        self._buses[node] = bus
        return bus


def _report(scenario: Scenario, seed: int, parts: Parts, probe: Probe) -> dict[str, Any]:
    counts = [outbox.counts() for outbox in parts.outboxes.values()]
    return {
        "scenario": scenario.name,
        "seed": seed,
        "nodes": len(scenario.floor.nodes),
        "heard": probe.adverts_heard,
        "frames_kept": probe.frames_kept,
        "batches": sum(one.put for one in counts),
        "acknowledged": sum(one.acknowledged for one in counts),
        "pending": sum(one.pending for one in counts),
    }


async def serve_agents(agents: Agents) -> dict[str, Any]:
    """Run agents as a process does, until the scenario or a signal ends them; returns the report."""
    where = f"{agents.host}:{agents.port}"
    with unavailable_on(BusError, where=where, fix="give --broker the address of the hub's own broker"):
        await serve(Service("sim", agents.run, agents.ready, agents.status))
    return agents.report
