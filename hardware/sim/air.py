"""Who transmits, and what each antenna hears of it, packet by packet. Pure: chance and identifiers are arguments."""

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hardware.sim.floor import FloorPlan
from hardware.sim.multipath import CHANNELS, Multipath
from hardware.sim.propagation import Propagation, StaticField

if TYPE_CHECKING:
    from hardware.host.entropy import Entropy

ADVERTISING_DELAY_S: Final = 0.010
"""Added to each interval: 0 to 10 ms at random (Bluetooth Core 5.4, Vol 6 Part B §4.4.2.2)."""

PACKET_S: Final = 376e-6
"""The longest legacy advertisement on the 1 Mb/s PHY: 47 bytes."""

STRONGEST_DBM: Final = 20
WEAKEST_DBM: Final = -126
"""What a controller can report (Bluetooth Core 5.4, Vol 4 Part E §7.7.65.2)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One advertisement as one antenna hears it; `at_s` counts from the scenario's start."""

    at_s: float
    node: str
    rssi_dbm: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a transmitter is, and towards which side it is open; (0, 0) where no body is in the way."""

    x_m: float
    y_m: float
    open_x: float = 0.0
    open_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Transmitter:
    """Something that advertises.

    Attributes:
        level_1m_dbm: its mean strength at 1 m.
        interval_s: its advertising interval.
        stand_at: seconds since the scenario's start → where it is; None while it is out of reach or silent.
        payload_at: seconds since the scenario's start → the raw AD structures on the air.
    """

    level_1m_dbm: float
    interval_s: float
    stand_at: Callable[[float], Stand | None]
    payload_at: Callable[[float], bytes]


class Air:
    """All antennas of a floor, and what reaches them.

    Args:
        floor: nodes and walls.
        propagation: the constants.
        entropy: draws the fields once, then every packet's fate.
        foreign_a_s: packets a second of everybody else, each of which may hit one of ours.
    """

    def __init__(
        self, floor: FloorPlan, propagation: Propagation, entropy: "Entropy", foreign_a_s: float = 0.0
    ) -> None:
        self._propagation, self._entropy, self._foreign_a_s = propagation, entropy, foreign_a_s
        self._static = StaticField(floor, propagation, entropy)
        self._antennas = tuple(
            (
                name,
                *node.at_m,
                Multipath(node.at_m, propagation, entropy),
                propagation.channel_turn_s * entropy.uniform(),
            )
            for name, node in floor.nodes.items()
        )
        # Of two even draws the sum is triangular, with variance 1/6.
        self._noise_db = propagation.noise_sigma_db * math.sqrt(6.0)

    def carry(self, transmitters: Sequence[Transmitter], until_s: float) -> Iterator[Heard]:
        """Let everything transmit from 0 to `until_s`; yields what is heard, by time."""
        draw = self._entropy.uniform
        due = [(sender.interval_s * draw(), i) for i, sender in enumerate(transmitters)]
        heapq.heapify(due)
        on_air = [False] * len(transmitters)
        packets_a_s = self._foreign_a_s
        while due and due[0][0] < until_s:
            at_s, i = due[0]
            sender = transmitters[i]
            stand = sender.stand_at(at_s)
            if (stand is not None) is not on_air[i]:
                on_air[i] = stand is not None
                packets_a_s += (1.0 if on_air[i] else -1.0) / sender.interval_s
            if stand is not None:
                yield from self._reach(sender, stand, at_s, math.exp(-2.0 * packets_a_s * PACKET_S))
            heapq.heapreplace(due, (at_s + sender.interval_s + ADVERTISING_DELAY_S * draw(), i))

    def _reach(self, sender: Transmitter, stand: Stand, at_s: float, clear_chance: float) -> Iterator[Heard]:
        draw, propagation = self._entropy.uniform, self._propagation
        x_m, y_m, half_body_db = stand.x_m, stand.y_m, propagation.body_db / 2.0
        has_body = stand.open_x != 0.0 or stand.open_y != 0.0
        payload = sender.payload_at(at_s)
        for name, node_x_m, node_y_m, multipath, phase_s in self._antennas:
            level_dbm = sender.level_1m_dbm + self._static.gain_db(name, x_m, y_m)
            if has_body:
                to_x, to_y = node_x_m - x_m, node_y_m - y_m
                towards = stand.open_x * to_x + stand.open_y * to_y
                level_dbm -= half_body_db * (1.0 - towards / (math.hypot(to_x, to_y) or 1.0))
            channel = int((at_s + phase_s) * len(CHANNELS) / propagation.channel_turn_s) % len(CHANNELS)
            level_dbm += multipath.fade_db(channel, x_m, y_m) + self._noise_db * (draw() + draw() - 1.0)
            if draw() < clear_chance * propagation.heard_chance(level_dbm):
                rssi_dbm = min(max(round(level_dbm), WEAKEST_DBM), STRONGEST_DBM)
                yield Heard(at_s, name, rssi_dbm, payload)
