import asyncio

from hardware.host.clock import ManualClock
from hardware.radio.simulated import SimulatedSource
from hardware.sim.play import play
from hardware.sim.simulation import Simulation
from tests.hardware.sim.kit import fobs, scenario


class Ear:
    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.heard: list[tuple[float, int, bytes]] = []

    def push(self, rssi_dbm: int, payload: bytes) -> None:
        self.heard.append((round(self._clock.monotonic_s(), 6), rssi_dbm, payload))


async def test_each_antenna_hears_its_packets_at_their_moments() -> None:
    of, clock = scenario(), ManualClock()
    await clock.advance(7.0)
    simulation = Simulation(of, fobs(of))
    ear = Ear(clock)
    playing = asyncio.create_task(play(simulation, clock, {"node-l": ear}))
    await clock.advance(of.duration_s - 0.001)
    assert not playing.done()
    expected = [
        (round(7.0 + one.at_s, 6), one.rssi_dbm, one.payload)
        for one in simulation.transmissions(ManualClock().now_s() + 7.0)
        if one.node == "node-l"
    ]
    assert ear.heard == expected
    await clock.advance(0.002)
    await playing


async def test_a_simulated_radio_is_an_antenna() -> None:
    of, clock = scenario(), ManualClock()
    source = SimulatedSource(clock)
    reading = source.adverts()
    first = asyncio.ensure_future(anext(reading))
    await asyncio.sleep(0)
    playing = asyncio.create_task(play(Simulation(of, fobs(of)), clock, {"node-r": source}))
    await clock.advance(of.duration_s)
    await playing
    assert (await first).heard_s < 5.0
    source.close()
    assert all([advert.heard_s < 1.0 + of.duration_s async for advert in reading])
