"""A scenario that runs: everybody's way, every packet, and the truth to compare with.

The same seed gives the same packets again: of the generator only even draws are used, which Python keeps from version
to version.
"""

import heapq
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from hardware.beacon.identity import Fob
from hardware.host.entropy import SeededEntropy
from hardware.radio.bystanders import Bystanders, draw_canaries
from hardware.sim.air import Air, Heard, Stand, Transmitter
from hardware.sim.scenario import Person, Replayer, Scenario, Side
from hardware.sim.walkers import VisitPlan, draw_people, plan

SWAY_S: Final = (5.3, 7.1)
"""Periods of a standing body's movement, along x and y: no common multiple within a stay."""

_OPEN_SIDE: Final[Mapping[Side, float]] = {
    "front": 0.0,
    "left": math.pi / 2,
    "back": math.pi,
    "right": -math.pi / 2,
}
"""From where somebody looks to where their fob is, counter-clockwise."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody truly is, and what they do there.

    Attributes:
        x_m: of the floor.
        y_m: of the floor.
        zone: None between zones.
        till: the till they pay at now.
        queue: the till they wait for now.
        facing_rad: where they look, counter-clockwise from the x axis.
    """

    x_m: float
    y_m: float
    zone: str | None
    till: str | None
    queue: str | None
    facing_rad: float


class Simulation:
    """One run of a scenario. Seconds count from its start.

    Args:
        scenario: the store and its people.
        fobs: member name → what they carry; every one of `scenario.member_names`.
        seed: instead of the scenario's own.
    """

    def __init__(self, scenario: Scenario, fobs: Mapping[str, Fob], seed: int | None = None) -> None:
        assert not set(scenario.member_names) - set(fobs), "everybody carries a fob"
        self.scenario = scenario
        self._fobs = fobs
        root = SeededEntropy(scenario.seed if seed is None else seed)
        self._air_seed, self._others_seed, self._people_seed = (
            int.from_bytes(root.token(8)) for _ in range(3)
        )
        people_entropy = SeededEntropy(self._people_seed)
        self.people: tuple[Person, ...] = draw_people(scenario, people_entropy)
        self._journeys = plan(scenario, self.people, people_entropy)

    @property
    def visits(self) -> tuple[VisitPlan, ...]:
        """Every visit, by the time of entering; one that begins within the scenario may end after it."""
        return self._journeys.visits

    def truth(self, person: str, at_s: float) -> Place | None:
        """Where a member truly is; None while outside the store."""
        piece = self._journeys.piece_at(person, at_s)
        if piece is None:
            return None
        x_m, y_m = piece.at(at_s)
        zone = self.scenario.floor.zone_at(x_m, y_m)
        return Place(x_m, y_m, zone, piece.till, piece.queue, piece.facing_rad)

    def air(self, foreign_a_s: float = 0.0) -> Air:
        """The store's air, for other transmitters: the same fields at each call, and chance begun anew.

        Args:
            foreign_a_s: packets a second of everybody else.
        """
        scenario = self.scenario
        return Air(scenario.floor, scenario.propagation, SeededEntropy(self._air_seed), foreign_a_s)

    def transmissions(self, from_s: float) -> Iterator[Heard]:
        """Yield everything the antennas hear, by time; each call begins anew and gives the same.

        Args:
            from_s: store time, UTC seconds, of the scenario's start: decides which identifiers are on the air.
        """
        scenario, hostile = self.scenario, self.scenario.hostile
        others = SeededEntropy(self._others_seed)
        transmitters = [self._member(i, person, from_s) for i, person in enumerate(self.people)]
        transmitters += [_stranger(scenario, others, from_s) for _ in range(hostile.strangers)]
        transmitters += [self._replayer(replayer, from_s) for replayer in hostile.replayers]
        heard = self.air(hostile.bystanders_a_s).carry(transmitters, scenario.duration_s)
        if not hostile.bystanders_a_s:
            return heard
        return heapq.merge(heard, _foreign(scenario, others), key=lambda one: one.at_s)

    def _member(self, index: int, person: Person, from_s: float) -> Transmitter:
        tag = self.scenario.tag_model(person.tag)
        payload_at = _payloads(self._fobs[person.name], from_s)
        propagation, turn = self.scenario.propagation, _OPEN_SIDE[person.carried]

        def stand_at(at_s: float) -> Stand | None:
            piece = self._journeys.piece_at(person.name, at_s)
            if piece is None:
                return None
            x_m, y_m = piece.at(at_s)
            if piece.from_m == piece.to_m:
                sway_m = propagation.sway_m if piece.till is None else propagation.busy_m
                x_m += sway_m * math.sin(math.tau * at_s / SWAY_S[0] + index)
                y_m += sway_m * math.sin(math.tau * at_s / SWAY_S[1] + index)
            angle = piece.facing_rad + turn
            return Stand(x_m, y_m, math.cos(angle), math.sin(angle))

        return Transmitter(tag.level_1m_dbm, tag.interval_s, stand_at, payload_at)

    def _replayer(self, replayer: Replayer, from_s: float) -> Transmitter:
        payload_at = _payloads(self._fobs[replayer.victim], from_s - replayer.delay_s)
        stand = Stand(*replayer.at_m)

        def stand_at(at_s: float) -> Stand | None:
            recorded_s = at_s - replayer.delay_s
            there = self._journeys.piece_at(replayer.victim, recorded_s) is not None
            return stand if there and replayer.from_s <= at_s < replayer.until_s else None

        return Transmitter(replayer.level_1m_dbm, replayer.interval_s, stand_at, payload_at)


def _payloads(fob: Fob, from_s: float) -> Callable[[float], bytes]:
    """What a fob says at a scenario's second; an identifier is computed once a window."""
    known: tuple[int, bytes] | None = None

    def payload_at(at_s: float) -> bytes:
        nonlocal known
        window = int(from_s + at_s - fob.epoch_s) >> fob.k
        if known is None or known[0] != window:
            known = window, fob.advertisement_at(from_s + at_s)
        return known[1]

    return payload_at


def _stranger(scenario: Scenario, entropy: SeededEntropy, from_s: float) -> Transmitter:
    """A fob no store knows, somewhere on the floor, all the time."""
    fob = Fob(entropy.token(16), scenario.rotation_exponent, from_s)
    tag = scenario.tag_model("default")
    stand = Stand(scenario.floor.width_m * entropy.uniform(), scenario.floor.depth_m * entropy.uniform())
    return Transmitter(tag.level_1m_dbm, tag.interval_s, lambda _at_s: stand, _payloads(fob, from_s))


def _foreign(scenario: Scenario, entropy: SeededEntropy) -> Iterator[Heard]:
    """Foreign and damaged advertisements at every antenna in turn, at the scenario's rate."""
    bystanders = Bystanders(entropy, draw_canaries(entropy))
    nodes = tuple(scenario.floor.nodes)
    step_s, i = 1.0 / (scenario.hostile.bystanders_a_s * len(nodes)), 0
    while (at_s := i * step_s) < scenario.duration_s:
        rssi_dbm, payload = bystanders.advertisement()
        yield Heard(at_s, nodes[i % len(nodes)], rssi_dbm, payload)
        i += 1
