"""Runs a scenario in a whole store in memory, and holds what the hub says to the truth."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hardware.host.clock import Clock, ScaledClock, wall_ms
from hardware.host.entropy import SeededEntropy
from hardware.sim.play import play
from hardware.sim.scenario import Scenario
from hardware.sim.simulation import Simulation
from hub.box.probe import Probe
from hub.box.sim.figures import figures
from hub.box.sim.report import RunReport
from hub.box.sim.site import new_fobs, screens_of, set_up, truth_of
from hub.box.sim.store import SimulatedStore
from hub.box.sim.tally import Look, Tally
from hub.box.sim.virtual_time import LoopClock, run_virtually
from hub.box.stacked import end
from hub.config import Engine

LOOK_S: Final = 0.5
"""As often as the hub itself looks who is near (`hub.app.TICK_S`)."""

LINGER_S: Final = 75.0
"""Watched on after the scenario's end: beyond the longest deadline of silence (60 s) and the agents' own 6 s."""

EPOCH_S: Final = 1_900_000_000.0
"""Store time at which a run on virtual time begins, UTC seconds: any, but always the same."""


@dataclass(slots=True)
class _Watched:
    """The run so far."""

    tally: Tally
    timeline: list[str]

    def look(self, look: Look, at_s: float) -> None:
        self.tally.look(look, at_s)
        near = {kiosk: sorted(people) for kiosk, people in look.near.items()}
        self.timeline.append(json.dumps([round(at_s, 3), near, dict(look.zones)], sort_keys=True))


def run_in_memory(
    scenario: Scenario, seed: int, speed: float | None, engine: Engine | None = None
) -> RunReport:
    """Run a scenario from its beginning to its end.

    Args:
        scenario: the store and its people.
        seed: of people, air, keys and jitter.
        speed: store seconds a wall second; None: as fast as the machine can, on virtual time.
        engine: calibrate the store first, for this one; None: nobody has, and the rules do.

    Raises:
        ComptoirError: the scenario makes no store, or a part of it ended.
    """
    started_ms = wall_ms()
    with TemporaryDirectory(prefix="comptoir-sim-") as scratch:
        folder = Path(scratch)
        if speed is None:
            report = run_virtually(_run(scenario, seed, folder, LoopClock(EPOCH_S), engine))
        else:
            report = asyncio.run(_run(scenario, seed, folder, ScaledClock(EPOCH_S, speed), engine))
    return report.taking((wall_ms() - started_ms) / 1000.0)


async def _run(scenario: Scenario, seed: int, folder: Path, clock: Clock, engine: Engine | None) -> RunReport:
    entropy, probe = SeededEntropy(seed), Probe()
    site = set_up(scenario, folder, new_fobs(scenario, clock.now_s(), entropy), clock, entropy)
    simulation = Simulation(scenario, site.fobs, seed)
    if engine is not None:
        # Here, not above: numpy takes 30 MB and a tenth of a second.
        from hub.box.sim.survey import calibrate_store

        calibrate_store(site.config_file, simulation, engine)
    async with SimulatedStore(site, folder, clock, entropy, probe) as store:
        screens = screens_of(scenario.floor)
        watched = _Watched(Tally(site.members, screens, truth_of(simulation)), [])
        began_s = clock.monotonic_s()
        playing = asyncio.create_task(play(simulation, clock, store.antennas), name="scenario")
        try:
            await _watch(store, clock, watched, scenario.duration_s + LINGER_S)
        finally:
            await end(playing)
        return RunReport(
            scenario=scenario.name,
            seed=seed,
            people=len(site.members),
            store_s=clock.monotonic_s() - began_s,
            wall_s=0.0,
            recognised=len(probe.recognised),
            figures=figures(watched.tally.visits, screens, LOOK_S),
            adverts_heard=probe.adverts_heard,
            frames_kept=probe.frames_kept,
            dropped=store.dropped,
            batches=len(probe.sent),
            lost=store.lost,
            suspected=store.life.hub.floor.suspected,
            views=dict(sorted(probe.views.items())),
            timeline="\n".join(watched.timeline),
        )


async def _watch(store: SimulatedStore, clock: Clock, watched: _Watched, until_s: float) -> None:
    began_s = clock.monotonic_s()
    looks = 0
    while (at_s := looks * LOOK_S) < until_s:
        await clock.sleep(began_s + at_s - clock.monotonic_s())
        store.check()
        watched.look(store.look(watched.tally.screens), clock.monotonic_s() - began_s)
        looks += 1
