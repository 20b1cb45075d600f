"""Plays a simulation on a clock into antennas: the simulated store's shell."""

from collections.abc import Mapping

from hardware.host.clock import Clock
from hardware.radio.walk import Antenna
from hardware.sim.simulation import Simulation


async def play(simulation: Simulation, clock: Clock, antennas: Mapping[str, Antenna]) -> None:
    """Run the scenario from now to its end, each advertisement at its moment.

    Args:
        simulation: what happens.
        clock: virtual, scaled or real; its store time decides which identifiers are on the air.
        antennas: node name → antenna; a node without one hears nothing.
    """
    start_s = clock.monotonic_s()
    for heard in simulation.transmissions(clock.now_s()):
        if (antenna := antennas.get(heard.node)) is None:
            continue
        await clock.sleep(start_s + heard.at_s - clock.monotonic_s())
        antenna.push(heard.rssi_dbm, heard.payload)
    await clock.sleep(start_s + simulation.scenario.duration_s - clock.monotonic_s())
