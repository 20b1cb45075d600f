"""Zones over recorded walks (TETAM): real strengths, camera truth. Reported for each recording."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

import pytest

from hub.presence.events import Heard, NodeUp, Tick
from hub.presence.zones import ZoneNode, Zones

FLOORS = {
    "rectangular_with_rotation_all_sensors": 0.50,
    "straight_02_all_sensors": 0.65,
    "zigzagging_with_rotation_all_sensors": 0.75,
}
"""Right zone, share of seconds. Some points below what was measured on 2026-11-22 (0.59, 0.74, 0.84): a change that
falls under it has broken something, noise has not."""


@dataclass(frozen=True, slots=True)
class Row:
    at_s: float
    scanner: str
    rssi_dbm: float
    truth: str


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
        yield Row(float(at_s), scanner, float(rssi_dbm), quadrant(float(x_m), float(y_m)))


class Antenna:
    """What a node reports: median of three, 2 s rising and 5 s falling, when it moved 2 dB or every 1.5 s."""

    def __init__(self) -> None:
        self.recent: list[float] = []
        self.level_dbm = self.told_dbm = math.nan
        self.heard_s = self.told_s = -math.inf

    def hear(self, rssi_dbm: float, at_s: float) -> float | None:
        self.recent = [*self.recent, rssi_dbm][-3:]
        gated_dbm = median_low(self.recent)
        if math.isnan(self.level_dbm):
            self.level_dbm = gated_dbm
        step_db = gated_dbm - self.level_dbm
        self.level_dbm += step_db * (1 - math.exp((self.heard_s - at_s) / (2.0 if step_db > 0 else 5.0)))
        self.heard_s = at_s
        if at_s - self.told_s < 1.5 and abs(self.level_dbm - self.told_dbm) < 2.0:
            return None
        self.told_dbm, self.told_s = self.level_dbm, at_s
        return self.level_dbm


@pytest.mark.parametrize("recording", list(FLOORS))
def test_the_zone_of_a_walker_is_right_most_of_the_time(data_dir: Path, recording: str) -> None:
    folder = data_dir / "tetam"
    zones = Zones({name: ZoneNode(zone) for name, zone in scanners(folder).items()})
    antennas = {name: Antenna() for name in scanners(folder)}
    walk = list(rows(folder / "trk" / f"{recording}.mbd"))
    for name in antennas:
        zones.handle(NodeUp(name), walk[0].at_s)
    right = seconds = 0
    for row in walk:
        level_dbm = antennas[row.scanner].hear(row.rssi_dbm, row.at_s)
        if level_dbm is not None:
            zones.handle(Heard("walker", row.scanner, level_dbm, row.at_s), row.at_s)
        if row.at_s >= walk[0].at_s + 1 + seconds:
            seconds += 1
            zones.handle(Tick(), row.at_s)
            found = zones.zone_of("walker")
            right += found is not None and found[0] == row.truth
    print(f"{recording}: {right / seconds:.3f} of {seconds} s")  # noqa: T201 - the figure is reported with -s
    assert right / seconds >= FLOORS[recording]
