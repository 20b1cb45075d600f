import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from hardware.host.entropy import SeededEntropy
from hardware.host.errors import DataError
from hardware.sim.air import Air, Stand, Transmitter
from hardware.sim.floor import FloorPlan
from hardware.sim.propagation import Propagation
from tests.score.fit import fit, read_pairs, report

SCANNERS = {f"n{i}": (3.0 + 6.0 * (i % 2), 3.0 + 6.0 * (i // 2)) for i in range(4)}
FLOOR = FloorPlan.model_validate(
    {
        "width_m": 12,
        "depth_m": 12,
        "door_m": [0, 0],
        "zones": {"hall": {"areas": [[0, 0, 12, 12]]}},
        "nodes": {name: {"at_m": place, "zone": "hall"} for name, place in SCANNERS.items()},
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Calibration points laid out like TETAM, made by the simulated air; one line of them damaged."""
    places = {name: [[*place, 2.0], 0, f"sensor{i}0"] for i, (name, place) in enumerate(SCANNERS.items(), 1)}
    (tmp_path / "tetam.dev").write_text(f"Dongles:{json.dumps(places)}\nBeacons:{{}}\n")
    air = Air(FLOOR, Propagation(missed_share=0.2), SeededEntropy(1))
    rows = ["x,y,z,timestamp,sensor_mac,beacon_mac,rssi", "1,1,1,now,n0,b,-70", "1,1,1,5,foreign,b,-70"]
    for x_m, y_m in ((x, y) for x in (1.0, 4.5, 8.0, 11.0) for y in (1.5, 5.0, 10.5)):
        stand = Stand(x_m, y_m)
        beacon = Transmitter(-61.5, 0.45, lambda _at_s, stand=stand: stand, lambda _at_s: b"")  # type: ignore[misc]
        rows += [
            f"{x_m},{y_m},1.0,{1_000_000 + one.at_s},{one.node},b,{one.rssi_dbm}"
            for one in air.carry([beacon], 70.0)
        ]
    with gzip.open(tmp_path / "fingerprints_1.csv.gz", "wt") as file:
        file.write("\n".join(rows))
    return tmp_path


def test_calibration_points_are_read_by_scanner_and_place(folder: Path) -> None:
    pairs = read_pairs(folder)
    assert len(pairs) == 4 * 12
    first = pairs[0]
    assert (first.scanner, first.place_m) == ("sensor10", (1.0, 1.5))
    assert first.distance_m == pytest.approx(math.dist((1.0, 1.5, 1.0), (3.0, 3.0, 2.0)))
    assert np.all(np.diff(first.at_s) >= 0)


def test_what_was_put_into_the_air_is_found_in_the_recording(folder: Path) -> None:
    found = fit(read_pairs(folder))
    assert found.missed_share == pytest.approx(0.2, abs=0.02)
    assert found.interval_s == pytest.approx(0.455, abs=0.005)
    assert found.channel_turn_s == pytest.approx(2.8, abs=0.2)
    assert found.noise_sigma_db == pytest.approx(0.7, abs=0.2)


def test_the_report_names_each_constant(folder: Path) -> None:
    told = report(folder)
    for word in (
        "48 pairs",
        "exponent",
        "level at 1 m",
        "Rician K",
        "shadowing",
        "interval",
        "missed always",
    ):
        assert word in told


def test_a_folder_of_something_else_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no \*\.dev with fingerprints"):
        read_pairs(tmp_path)
    with gzip.open(tmp_path / "fingerprints_1.csv.gz", "wt") as file:
        file.write("x,y,z\n")
    with pytest.raises(DataError, match=r"no \*\.dev with fingerprints"):
        read_pairs(tmp_path)
    (tmp_path / "tetam.dev").write_text("nothing")
    with pytest.raises(DataError, match="is no list of Dongles"):
        read_pairs(tmp_path)
