"""The recorded calibration points (TETAM) as a store's file and as a walk through it."""

import csv
import gzip
import json
import math
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from hardware.beacon.frames import is_possible_rssi
from hub.calibration.record import Point, Walk

QUADRANTS = {
    "1": [0.0, 0.0, 10.2, 8.9],
    "2": [0.0, 8.9, 10.2, 17.8],
    "3": [10.2, 8.9, 20.6, 17.8],
    "4": [10.2, 0.0, 20.6, 8.9],
}
"""The quadrants of the recorded hall, as the data's README splits it."""


def aliases(folder: Path) -> dict[str, str]:
    """Address → alias: no address of a recorded device stands in what a test writes or says."""
    return {address: entry[2] for address, entry in _described(folder).items()}


def scanners(folder: Path) -> dict[str, tuple[float, float, str]]:
    """Alias → x, y and the quadrant."""
    return {
        entry[2]: (entry[0][0], entry[0][1], entry[2].removeprefix("sensor")[0])
        for entry in _described(folder).values()
    }


def _described(folder: Path) -> dict[str, Any]:
    text = (folder / "tetam.dev").read_text().partition("Beacons")[0].removeprefix("Dongles:")
    found: dict[str, Any] = json.loads(text)
    return found


def store_toml(folder: Path, port: int = 1883, http_port: int = 0) -> str:
    """The hall as a store."""
    zones = "".join(
        f'[zones.q{name}]\nlabel_fr = "Q{name}"\nlabel_en = "Q{name}"\nareas = [{area}]\n'
        for name, area in QUADRANTS.items()
    )
    nodes = "".join(
        f'{name} = {{ zone = "q{quadrant}", x_m = {x_m}, y_m = {y_m} }}  # an antenna\n'
        for name, (x_m, y_m, quadrant) in scanners(folder).items()
    )
    return (
        '# The recorded hall.\nstore = "lyon"\ndatabase = "hub.db"\nkey_file = "hub.key"\nprograms = "programs"\n'
        f'[notice]\nversion = "1"\n[mqtt]\nport = {port}\n[http]\nport = {http_port}\n{zones}[nodes]\n{nodes}'
    )


@cache
def recorded_points(folder: Path) -> dict[tuple[float, float], list[tuple[float, str, int]]]:
    """Place → (seconds since the first, scanner, dBm) in order of hearing."""
    alias = aliases(folder)
    heard: dict[tuple[float, float], list[tuple[float, str, int]]] = defaultdict(list)
    with gzip.open(folder / "fingerprints_set_2_first240.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            if is_possible_rssi(int(row["rssi"])):
                place = float(row["x"]), float(row["y"])
                heard[place].append((float(row["timestamp"]), alias[row["sensor_mac"]], int(row["rssi"])))
    return {place: _from_its_first(sorted(samples)) for place, samples in heard.items()}


def _from_its_first(samples: list[tuple[float, str, int]]) -> list[tuple[float, str, int]]:
    first_s = samples[0][0]
    return [(at_s - first_s, node, rssi_dbm) for at_s, node, rssi_dbm in samples]


def recorded_walk(folder: Path, seconds: float = math.inf) -> Walk:
    """What the scanners heard at each place, in so many seconds at most."""
    points = []
    for (x_m, y_m), samples in recorded_points(folder).items():
        heard: dict[str, list[float]] = defaultdict(list)
        for _, node, rssi_dbm in (sample for sample in samples if sample[0] <= seconds):
            heard[node].append(float(rssi_dbm))
        strengths = {node: tuple(levels) for node, levels in heard.items()}
        points.append(Point(x_m=x_m, y_m=y_m, seconds=min(samples[-1][0], seconds), heard_dbm=strengths))
    return Walk(store="lyon", points=tuple(points))
