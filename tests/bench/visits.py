"""A thousand visits to a simulated store: does anybody's offer open at a till that is not theirs?

Every advertisement of the scenario's people goes through the real cores, on virtual time and without a bus: the agent's
reporter at each node, the hub's zones, the kiosks' candidates, each kiosk's desk with people who touch it. Each seed
draws the store's radio and the people's walks anew, and calibrates the store as a shop would: by a survey of that
store's air. Every fourth visit is of somebody who is no member: they carry no fob, queue, pay and see the screen.

Told apart are offers (`tests.bench.customers`) and, before anybody acts, private symbols among decoys at the kiosk of a
till where their owner is not (`wrong_till`, `hub.box.sim.tally`).

The peer in the same run is a rule without patience: whoever's strongest node within 5 s is the till's own is shown
there at once (Home Assistant's mqtt_room: the nearest wins, 5 s).

`python -m tests.bench.visits [--visits 1000] [--scenario FILE] [--seed 1] [--engine rules] [--uncalibrated]`
"""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click

from hardware.beacon.identity import Fob
from hardware.host.clock import wall_ms
from hardware.host.config import load_toml
from hardware.host.entropy import SeededEntropy
from hardware.sim.scenario import Scenario, load_scenario
from hardware.sim.simulation import Simulation
from hub.box.sim.figures import figures
from hub.box.sim.looking import look_at
from hub.box.sim.site import FOB_CLOCK_S, SAMPLES, new_fobs, screens_of, truth_of, write_store
from hub.box.sim.survey import calibrate_store
from hub.box.sim.tally import Look, Screen, Spot, Tally, Visit
from hub.config import Engine, StoreConfig
from hub.engine import build_zones
from hub.presence.events import Tick
from hub.presence.zones import Zones
from tests.bench.customers import Acts, Curious, Customers
from tests.bench.visit_cores import Agents, Peer

LOOK_S: Final = 0.5
"""As often as the hub looks (`hub.app.TICK_S`)."""

AGENT_TICK_S: Final = 1.0
"""See `edge.app.TICK_S`."""

VISITS: Final = 1_000
SCENARIO: Final = SAMPLES / "tills.toml"
ENGINES: Final[tuple[Engine, ...]] = ("rules", "radio_map")
PEER: Final = "peer"

STRANGER_EVERY: Final = 4
"""Every fourth visit is no member's."""

CURIOUS: Final[Mapping[str, Curious]] = {
    "offers": Curious(share=0.05, touches=1),
    "offers_if_all_try": Curious(share=1.0, touches=3),
}
"""One of twenty touches once what is not theirs; and the worst: everybody does, until the kiosk locks."""


@dataclass(frozen=True, slots=True)
class Strangers:
    """Visits of people without a fob: name → from when to when."""

    visits: Mapping[str, Sequence[tuple[float, float]]]

    @classmethod
    def of(cls, simulation: Simulation) -> "Strangers":
        """Every fourth visit of a simulation."""
        visits: dict[str, list[tuple[float, float]]] = {}
        for plan in simulation.visits[STRANGER_EVERY - 1 :: STRANGER_EVERY]:
            visits.setdefault(plan.person, []).append((plan.enters_s, plan.leaves_s))
        return cls(visits)

    def has(self, person: str, at_s: float) -> bool:
        """Whether somebody is no member on the visit they are on."""
        visits = self.visits.get(person)
        return visits is not None and any(from_s <= at_s <= until_s for from_s, until_s in visits)


@dataclass(slots=True)
class Watched:
    """One way of recognising people, and what comes of it.

    Attributes:
        customers: by the name of what is assumed of them.
    """

    tally: Tally
    customers: dict[str, Customers]

    def look(self, look: Look, floor: "Floor", at_s: float) -> None:
        """Take note of one moment."""
        self.tally.look(look, at_s)
        for customers in self.customers.values():
            customers.look(look.near, floor.spots, floor.strangers_in, at_s)


@dataclass(slots=True)
class Floor:
    """Who really is where, looked up once a moment for everybody who asks."""

    simulation: Simulation
    strangers: Strangers
    spots: dict[str, Spot] = field(default_factory=dict)
    strangers_in: set[str] = field(default_factory=set)

    def turn_to(self, at_s: float) -> None:
        """Look at a moment."""
        truth = truth_of(self.simulation)
        members = self.simulation.scenario.member_names
        self.spots = {name: spot for name in members if (spot := truth(name, at_s)) is not None}
        self.strangers_in = {name for name in self.spots if self.strangers.has(name, at_s)}

    def member(self, person: str, _at_s: float) -> Spot | None:
        """Where a member is; None too while they are none."""
        return None if person in self.strangers_in else self.spots.get(person)


class Day:
    """One draw of a scenario, lived through.

    Args:
        simulation: people and air.
        fobs: person → fob.
        hubs: the zones of each way of recognising people that is ours.
        seed: of what people do at kiosks.
    """

    def __init__(
        self, simulation: Simulation, fobs: Mapping[str, Fob], hubs: Mapping[str, Zones], seed: int
    ) -> None:
        plan = simulation.scenario.floor
        self._simulation, self._hubs, self._fobs = simulation, hubs, fobs
        self._screens = screens_of(plan)
        self._floor = Floor(simulation, Strangers.of(simulation))
        self._peer = Peer({name: node.zone for name, node in plan.nodes.items()}, self._screens)
        self.agents = Agents(plan.nodes, fobs, hubs.values())
        self.watched = {name: self._watch(seed) for name in (*hubs, PEER)}
        self._agents_s, self._look_s = AGENT_TICK_S, LOOK_S

    def _watch(self, seed: int) -> Watched:
        entropy, members = SeededEntropy(seed), tuple(self._fobs)
        customers = {
            name: Customers(self._screens, members, curious, entropy) for name, curious in CURIOUS.items()
        }
        return Watched(Tally(members, self._screens, self._floor.member), customers)

    def run(self) -> None:
        """From the scenario's beginning to its end."""
        strangers = self._floor.strangers
        for sent in self._simulation.transmissions(0.0):
            self._until(sent.at_s)
            person = self.agents.owner(sent.payload, sent.at_s)
            if person is not None:
                if strangers.has(person, sent.at_s):
                    continue
                self._peer.hear(person, sent.node, sent.rssi_dbm, sent.at_s)
            self.agents.hear(sent.node, sent.rssi_dbm, sent.payload, sent.at_s)
        self._until(self._simulation.scenario.duration_s)

    def _until(self, at_s: float) -> None:
        """Let time pass up to a moment: agents' ticks, looks."""
        while min(self._agents_s, self._look_s) <= at_s:
            if self._agents_s <= self._look_s:
                self.agents.tick(self._agents_s)
                self._agents_s += AGENT_TICK_S
            else:
                self._look(self._look_s)
                self._look_s += LOOK_S

    def _look(self, at_s: float) -> None:
        self._floor.turn_to(at_s)
        for name, zones in self._hubs.items():
            zones.handle(Tick(), at_s)
            # A person is their own member here.
            look = look_at(zones, self._screens, {person: person for person in self._fobs}, at_s)
            self.watched[name].look(look, self._floor, at_s)
        self.watched[PEER].look(self._peer.look(at_s), self._floor, at_s)


@dataclass(frozen=True, slots=True)
class Played:
    """What one seed came to, by way of recognising people."""

    visits: dict[str, list[Visit]]
    acts: dict[str, dict[str, Acts]]
    heard: int
    reported: int


def play(scenario: Scenario, seed: int, engines: Sequence[Engine], *, calibrated: bool = True) -> Played:
    """Play one draw of a scenario from its beginning to its end.

    Args:
        scenario: the store.
        seed: of people, air and acts.
        engines: to recognise people with, side by side.
        calibrated: by a survey of this draw's air; the map needs it.
    """
    fobs = new_fobs(scenario, FOB_CLOCK_S, SeededEntropy(seed))
    simulation = Simulation(scenario, fobs, seed)
    hubs: dict[str, Zones] = {
        engine: _set_up(simulation, engine, calibrated=calibrated) for engine in engines
    }
    day = Day(simulation, fobs, hubs, seed)
    day.run()
    return Played(
        {name: watched.tally.visits for name, watched in day.watched.items()},
        {
            name: {assumed: customers.acts for assumed, customers in watched.customers.items()}
            for name, watched in day.watched.items()
        },
        day.agents.heard,
        day.agents.reported,
    )


def _set_up(simulation: Simulation, engine: Engine, *, calibrated: bool) -> Zones:
    """A store's zones by its files, as the hub makes them."""
    assert calibrated or engine == "rules", "a map is measured"
    with TemporaryDirectory(prefix="comptoir-visits-") as scratch:
        config_file = write_store(simulation.scenario, Path(scratch))
        if calibrated:
            calibrate_store(config_file, simulation, engine)
        return build_zones(load_toml(config_file, StoreConfig).beside(config_file))


def visit_figures(
    scenario_file: Path = SCENARIO,
    visits: int = VISITS,
    first_seed: int = 1,
    engines: Sequence[Engine] = ("rules",),
    *,
    calibrated: bool = True,
) -> dict[str, Any]:
    """Play as many seeds as hold so many visits of members, on all cores.

    Returns:
        By the engine's name and `peer`: `hub.box.sim.figures` and the offers by what is assumed of customers; seeds,
        advertisements heard, store hours, wall seconds.
    """
    started_ms = wall_ms()
    scenario = _without_bystanders(load_scenario(scenario_file))
    seeds = _seeds(scenario, visits, first_seed)
    work = partial(play, scenario, engines=tuple(engines), calibrated=calibrated)
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=get_context("spawn")) as pool:
        played = list(pool.map(work, seeds))
    screens = screens_of(scenario.floor)
    return {
        **{name: _summed(name, played, screens) for name in (*engines, PEER)},
        "scenario": scenario.name,
        "calibrated": calibrated,
        "seeds": [seeds.start, seeds.stop - 1],
        "members": len(scenario.member_names),
        "tills": len(scenario.floor.tills),
        "store_hours": round(len(seeds) * scenario.duration_s / 3600.0, 2),
        "adverts_heard": sum(one.heard for one in played),
        "reported": sum(one.reported for one in played),
        "wall_s": round((wall_ms() - started_ms) / 1000.0, 1),
    }


def _summed(name: str, played: Sequence[Played], screens: Mapping[str, Screen]) -> dict[str, Any]:
    """The figures of one way of recognising people, over all seeds."""
    acts = {
        assumed: {
            key: sum(one.acts[name][assumed].document()[key] for one in played) for key in Acts().document()
        }
        for assumed in CURIOUS
    }
    return figures([visit for one in played for visit in one.visits[name]], screens, LOOK_S) | acts


def _without_bystanders(scenario: Scenario) -> Scenario:
    """The same, but for everybody else's advertisements: an agent drops them before any core, at a price in time."""
    return scenario.model_copy(
        update={"hostile": scenario.hostile.model_copy(update={"bystanders_a_s": 0.0})}
    )


def _seeds(scenario: Scenario, visits: int, first: int) -> range:
    """As many seeds as hold so many visits of members that begin within the scenario."""
    seed = first
    while visits > 0:
        simulation = Simulation(scenario, new_fobs(scenario, FOB_CLOCK_S, SeededEntropy(seed)), seed)
        plans, strangers = simulation.visits, Strangers.of(simulation)
        visits -= len(plans) - sum(map(len, strangers.visits.values()))
        seed += 1
    return range(first, seed)


@click.command()
@click.option("--visits", default=VISITS, show_default=True)
@click.option("--scenario", type=click.Path(path_type=Path), default=SCENARIO)
@click.option("--seed", default=1, show_default=True, help="The first.")
@click.option("--engine", "engines", type=click.Choice(ENGINES), multiple=True, default=("rules",))
@click.option("--uncalibrated", is_flag=True, help="As the store is before anybody has walked it.")
def main(*, visits: int, scenario: Path, seed: int, engines: tuple[Engine, ...], uncalibrated: bool) -> None:
    """Print the figures of many visits as JSON."""
    told = visit_figures(scenario, visits, seed, engines, calibrated=not uncalibrated)
    click.echo(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
