"""Zones over recorded walks (TETAM): real strengths, camera truth. Reported for each recording."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.reporter import AdvertHeard, Reading, Reporter, Ticked
from hardware.beacon.frames import FrameKind, LoyaltyFrame
from hub.presence.events import FellSilent, Heard, NodeUp, Tick
from hub.presence.zones import ZoneNode, Zones

FLOORS = {
    "rectangular_with_rotation_all_sensors": 0.66,
    "straight_02_all_sensors": 0.75,
    "zigzagging_with_rotation_all_sensors": 0.88,
}
"""Right zone, share of seconds, the wait at the entrance included. Some points below what was measured on 2026-11-22
(0.72, 0.81, 0.95): a change that falls under it has broken something, noise has not."""


@dataclass(frozen=True, slots=True)
class Row:
    at_s: float
    scanner: str
    rssi_dbm: int
    truth: str


def tell(zones: Zones, node: str, reading: Reading, now_s: float) -> None:
    if reading.silent:
        zones.handle(FellSilent("walker", node, reading.heard_s), now_s)
    else:
        zones.handle(Heard("walker", node, reading.rssi_dbm, reading.heard_s), now_s)


def quadrant(x_m: float, y_m: float) -> str:
    return {(False, False): "1", (False, True): "2", (True, True): "3", (True, False): "4"}[
        x_m > 10.2, y_m > 8.9
    ]


def scanners(folder: Path) -> dict[str, str]:
    described = (folder / "tetam.dev").read_text().partition("Beacons")[0].removeprefix("Dongles:")
    return {name: entry[2].removeprefix("sensor")[0] for name, entry in json.loads(described).items()}


def rows(file: Path) -> Iterator[Row]:
    for line in sorted(file.read_text().splitlines(), key=lambda text: float(text.partition(",")[0])):
        at_s, scanner, _, rssi_dbm, x_m, y_m, *_ = line.split(",")
        yield Row(float(at_s), scanner, int(rssi_dbm), quadrant(float(x_m), float(y_m)))


WALKER = LoyaltyFrame(FrameKind.EDDYSTONE_EID, bytes(8))


class Antenna:
    """A node as it is: the agent's own core."""

    def __init__(self) -> None:
        self.core = Reporter()

    def hear(self, rssi_dbm: int, at_s: float) -> list[Reading]:
        reports = self.core.handle(AdvertHeard(WALKER, rssi_dbm, at_s), at_s)
        return [reading for report in reports for reading in report.readings]

    def tick(self, at_s: float) -> list[Reading]:
        return [reading for report in self.core.handle(Ticked(), at_s) for reading in report.readings]


def right_share(zones: Zones, nodes: Collection[str], walk: Sequence[Row]) -> float:
    """Share of a walk's seconds in which the store, hearing through its nodes' agents, has the walker's true zone."""
    agents = {name: Antenna() for name in nodes}
    for name in nodes:
        zones.handle(NodeUp(name), walk[0].at_s)
    right = seconds = 0
    for row in walk:
        for reading in agents[row.scanner].hear(row.rssi_dbm, row.at_s):
            tell(zones, row.scanner, reading, row.at_s)
        if row.at_s >= walk[0].at_s + 1 + seconds:
            seconds += 1
            for name, agent in agents.items():
                for reading in agent.tick(row.at_s):
                    tell(zones, name, reading, row.at_s)
            zones.handle(Tick(), row.at_s)
            found = zones.zone_of("walker")
            right += found is not None and found[0] == row.truth
    return right / seconds


@pytest.mark.parametrize("recording", list(FLOORS))
def test_the_zone_of_a_walker_is_right_most_of_the_time(data_dir: Path, recording: str) -> None:
    folder = data_dir / "tetam"
    zone_of = scanners(folder)
    zones = Zones({name: ZoneNode(zone) for name, zone in zone_of.items()})
    share = right_share(zones, zone_of.keys(), list(rows(folder / "trk" / f"{recording}.mbd")))
    print(f"{recording}: {share:.3f} of the seconds")  # noqa: T201 - the figure is reported with -s
    assert share >= FLOORS[recording]
