"""Made-up recordings in the layouts of TETAM and SAL-RB, for the tests of the score itself."""

import gzip
import math
from collections.abc import Collection
from itertools import product
from pathlib import Path

SCANNERS = {"p1": (4.0, 4.0, "sensor10"), "s1": (7.0, 2.0, "sensor11"), "p4": (16.0, 4.0, "sensor40"),
            "s4": (13.0, 6.0, "sensor41")}  # fmt: skip
HEADER = "superframe,O-A,I-A,Label"


def strength_dbm(scanner: str, x_m: float, y_m: float) -> int:
    """What a scanner hears of a beacon in an empty hall."""
    return round(-60.0 - 20.0 * math.log10(max(0.5, math.dist(SCANNERS[scanner][:2], (x_m, y_m)))))


def write_hall(folder: Path) -> None:
    """Two zones, four scanners, six calibration points, a walk of 60 s from one zone to the other and back."""
    (folder / "trk").mkdir(parents=True)
    described = ", ".join(
        f'"{name}": [[{x_m}, {y_m}, 2.0], 0, "{alias}"]' for name, (x_m, y_m, alias) in SCANNERS.items()
    )
    (folder / "tetam.dev").write_text(f'Dongles:{{{described}}}\nBeacons:{{"tag": [[], 0, "beacon1"]}}\n')
    with gzip.open(folder / "fingerprints_set_9.csv.gz", "wt") as text:
        text.write("x,y,z,timestamp,sensor_mac,beacon_mac,rssi\n")
        for x_m, y_m in product((1.0, 5.0, 9.0, 12.0, 15.0, 19.0), (1.0, 4.0, 7.0)):
            for tick, name in product(range(20), SCANNERS):
                rssi_dbm = strength_dbm(name, x_m, y_m) + tick % 3 - 1
                text.write(f"{x_m},{y_m},1.8,{tick / 2},{name},tag,{rssi_dbm}\n")
    lines = []
    for tick in range(121):
        at_s = tick / 2
        x_m = 4.0 + 12.0 * (1.0 - abs(at_s - 30.0) / 30.0)
        lines += [
            f"{at_s},{name},tag,{strength_dbm(name, x_m, 4.0) + tick % 3 - 1},{x_m},4.0,1.8,0,0,0"
            for name in SCANNERS
        ]
    (folder / "trk" / "there_and_back.mbd").write_text("\n".join(lines) + "\n")


def write_door(folder: Path, *, skip: Collection[int] = ()) -> None:
    """One sniffer on each side of a door; somebody is inside from second 10 to second 20 of 30."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [HEADER]
    for frame in range(300):
        inside = 100 <= frame < 200
        near, far = -60 - frame % 3, -80 - frame % 5
        if frame not in skip:
            rows.append(f"{frame},{far if inside else near},{near if inside else far},{int(inside)}")
    (folder / "walk_sensor_9_measurement_9.csv").write_text("\n".join(rows) + "\n")
    (folder / "measurement_config.txt").write_text(
        "Label,Description,X,Y,Z\n\nO-A,outside,3,1,1\n\nI-A,inside,-3,1,1\n\n"
    )
