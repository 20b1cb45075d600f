"""A whole agent under a flood of packets from ever new addresses: memory, CPU, and what becomes of a member."""

import asyncio
import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from hardware.beacon.build import eddystone_eid
from hardware.bluez.double import BluezDouble
from hardware.bluez.private_bus import PrivateBus
from hardware.host.clock import wall_ms
from hub.box.broker import Mosquitto
from hub.wire.presence import Sightings
from tests.bench.figures import resident_mib
from tests.bench.radio import cpu_us, knowing_hub, listener, write_config
from tests.hub.shell.processes import COMPTOIR

ASKED_PER_S: Final = 20_000.0
SECONDS: Final = 6.0
MEMBER_AFTER_S: Final = 2.0
"""The flood is in full course, and the agent's table full, when a member comes in."""

ADVERTISED_EVERY_S: Final = 0.5
PATIENCE_S: Final = 20.0
LOOK_S: Final = 0.2
EID: Final = bytes(range(8))


@dataclass(frozen=True, slots=True)
class Flooded:
    """What came of it.

    Attributes:
        asked_per_s: packets a second that were to be sent.
        sent_per_s: that the bus took.
        agent_us: CPU of the agent a packet, until it has come to the last.
        behind_s: how long after the flood the agent was still at it.
        before_mib: resident memory of the agent.
        peak_mib: the same, at most.
        member_after_s: from a member's first packet to the hub's hearing of it.
    """

    asked_per_s: float
    sent_per_s: float
    agent_us: float
    behind_s: float
    before_mib: float
    peak_mib: float
    member_after_s: float


async def flood(asked_per_s: float = ASKED_PER_S, seconds: float = SECONDS) -> Flooded:
    """Flood an agent, and let a member come in."""
    member = asyncio.Event()

    def heard(sightings: Sightings) -> None:
        if any(sample.id == EID.hex() for sample in sightings.samples):
            member.set()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "broker").mkdir()
        async with (
            PrivateBus(folder) as bus,
            Mosquitto(folder / "broker") as broker,
            BluezDouble(bus.address) as double,
            knowing_hub(broker, heard),
            listener(bus, COMPTOIR, "edge", "run", str(write_config(folder, broker))) as agent,
        ):
            air = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.flood_air", bus.address, str(asked_per_s), str(seconds),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            try:
                while not double.discovering("hci0"):  # noqa: ASYNC110 - what it waits for sets no event
                    await asyncio.sleep(0.05)
                return await _measure(double, agent, air, asked_per_s, member)
            finally:
                with suppress(ProcessLookupError):
                    air.kill()
                await air.wait()


async def _measure(
    double: BluezDouble,
    agent: int,
    air: asyncio.subprocess.Process,
    asked_per_s: float,
    member: asyncio.Event,
) -> Flooded:
    assert air.stdin is not None
    assert air.stdout is not None
    assert (await air.stdout.readline()).strip() == b"ready"
    before, cpu_before_us = resident_mib(agent), cpu_us(agent)
    air.stdin.write(b"go\n")
    await asyncio.sleep(MEMBER_AFTER_S)
    came_ms = wall_ms()
    advertising = asyncio.create_task(_advertise(double))
    async with asyncio.timeout(PATIENCE_S):
        await member.wait()
        member_ms = wall_ms() - came_ms
        told = json.loads(await air.stdout.readline())
        behind_s = await _idle_after_s(agent)
    advertising.cancel()
    return Flooded(
        asked_per_s=asked_per_s,
        sent_per_s=round(told["sent"] / told["took_s"]),
        agent_us=round((cpu_us(agent) - cpu_before_us) / told["sent"], 1),
        behind_s=behind_s,
        before_mib=before["now_mib"],
        peak_mib=resident_mib(agent)["peak_mib"],
        member_after_s=round(member_ms / 1000.0, 2),
    )


async def _idle_after_s(agent: int) -> float:
    """Wait until a process does next to nothing."""
    began_ms, busy_us = wall_ms(), float("inf")
    while busy_us > LOOK_S * 1e6 / 5:
        before_us = cpu_us(agent)
        await asyncio.sleep(LOOK_S)
        busy_us = cpu_us(agent) - before_us
    return round((wall_ms() - began_ms) / 1000.0 - LOOK_S, 1)


async def _advertise(double: BluezDouble) -> None:
    for number in range(1_000):
        double.transmit("hci0", "a member's fob", eddystone_eid(EID), -55 - number % 2)
        await asyncio.sleep(ADVERTISED_EVERY_S)


async def flood_figures() -> dict[str, Any]:
    """For the table of all figures."""
    return asdict(await flood())


if __name__ == "__main__":
    figures = [asdict(asyncio.run(flood(float(rate)))) for rate in sys.argv[1:] or (ASKED_PER_S,)]
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
