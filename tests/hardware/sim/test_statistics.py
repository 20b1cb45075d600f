"""The simulated air, put through the fit that the recordings were put through, gives their figures."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import fmean, median

import numpy as np
import pytest

from hardware.host.entropy import SeededEntropy
from hardware.sim.air import Air, Stand, Transmitter
from hardware.sim.floor import FloorPlan
from hardware.sim.propagation import TAG_HEIGHT_M, Propagation
from hardware.sim.scenario import TagModel
from tests.score.fit import Fit, Pair, fit, read_pairs

TAG = TagModel()
HALL = FloorPlan.model_validate(
    {
        "width_m": 19,
        "depth_m": 18,
        "door_m": [0, 0],
        "zones": {"hall": {"areas": [[0, 0, 19, 18]]}},
        "nodes": {
            f"node-{x}-{y}": {"at_m": [1 + 5.6 * x, 2.5 + 6.5 * y], "zone": "hall"}
            for x in range(4)
            for y in range(3)
        },
    }
)
PLACES = [(0.7 + 2.8 * x, 0.9 + 3.1 * y) for x in range(7) for y in range(6)]


def stand(seed: int) -> list[Pair]:
    """A beacon at rest at 42 places of a hall, 60 s each: as the calibration points were recorded."""
    air = Air(HALL, Propagation(), SeededEntropy(seed))
    pairs = []
    for place in PLACES:
        beacon = Transmitter(TAG.level_1m_dbm, TAG.interval_s, partial(_resting, place), lambda _s: b"")
        heard: dict[str, list[tuple[float, float]]] = {}
        for one in air.carry([beacon], 60.0):
            heard.setdefault(one.node, []).append((one.at_s, float(one.rssi_dbm)))
        for name, samples in heard.items():
            node = HALL.nodes[name]
            distance_m = math.dist((*place, TAG_HEIGHT_M), (*node.at_m, node.height_m))
            pairs.append(Pair(name, place, distance_m, *np.array(samples).T))
    return pairs


def _resting(place: tuple[float, float], _at_s: float) -> Stand:
    return Stand(*place)


@pytest.fixture(scope="module")
def simulated() -> Sequence[Fit]:
    return [fit(stand(seed)) for seed in range(1, 4)]


def test_the_slope_and_the_level_are_the_recorded_ones(simulated: Sequence[Fit]) -> None:
    assert fmean(one.exponent for one in simulated) == pytest.approx(1.53, abs=0.2)
    assert fmean(one.level_1m_dbm for one in simulated) == pytest.approx(-61.5, abs=2.0)


def test_a_pairs_mean_strays_from_the_slope_as_recorded(simulated: Sequence[Fit]) -> None:
    assert fmean(one.residual_db for one in simulated) == pytest.approx(4.0, abs=0.4)
    assert fmean(one.shadow_sigma_db for one in simulated) == pytest.approx(2.5, abs=0.4)


def test_the_three_channels_spread_as_recorded_and_move_as_little(simulated: Sequence[Fit]) -> None:
    low, middle, high = (median(one.channel_spread_db[i] for one in simulated) for i in range(3))
    assert (low, middle, high) == pytest.approx((1.6, 3.9, 7.4), abs=0.6)
    assert fmean(one.noise_sigma_db for one in simulated) == pytest.approx(0.71, abs=0.15)


def test_packets_come_at_the_recorded_pace_and_get_lost_as_recorded(simulated: Sequence[Fit]) -> None:
    assert fmean(one.interval_s for one in simulated) == pytest.approx(0.456, abs=0.005)
    assert fmean(one.channel_turn_s for one in simulated) == pytest.approx(2.8, abs=0.15)
    assert fmean(one.missed_share for one in simulated) == pytest.approx(0.11, abs=0.015)
    shares: dict[float, list[float]] = {}
    for one in simulated:
        for level_dbm, share in one.missed_by_level:
            shares.setdefault(level_dbm, []).append(share)
    recorded = {-87.5: 0.22, -82.5: 0.18, -77.5: 0.16, -72.5: 0.13, -67.5: 0.11}
    for level_dbm, share in recorded.items():
        assert fmean(shares[level_dbm]) == pytest.approx(share, abs=0.04), level_dbm


def test_the_strengths_on_a_walk_stray_as_skewed_as_recorded() -> None:
    """Recorded walks: σ 5.2 to 5.4 dB around the slope, p1 −14.5, median +0.6, p99 +10.3."""
    residuals = []
    for seed in range(1, 5):
        air = Air(HALL, Propagation(), SeededEntropy(seed))

        def walk(at_s: float) -> Stand:
            return Stand(9.5 + 8.0 * math.cos(at_s / 20.0), 9.0 + 7.5 * math.sin(at_s / 20.0))

        walker = Transmitter(TAG.level_1m_dbm, TAG.interval_s, walk, lambda _s: b"")
        heard = list(air.carry([walker], 125.0))
        for node in {one.node for one in heard}:
            own = [one for one in heard if one.node == node]
            expected = [_slope_dbm(node, walk(one.at_s)) for one in own]
            off = np.array([one.rssi_dbm for one in own]) - np.array(expected)
            residuals.append(off - off.mean())
    spread = np.concatenate(residuals)
    assert spread.std() == pytest.approx(5.3, abs=0.7)
    assert np.percentile(spread, (1, 50, 99)) == pytest.approx((-14.5, 0.6, 10.3), abs=2.0)


def _slope_dbm(node: str, at: Stand) -> float:
    antenna = HALL.nodes[node]
    distance_m = math.dist((at.x_m, at.y_m, TAG_HEIGHT_M), (*antenna.at_m, antenna.height_m))
    return TAG.level_1m_dbm - Propagation().path_loss_db(distance_m)


def test_the_recordings_give_the_figures_that_the_simulation_is_built_on(data_dir: Path) -> None:
    recorded = fit(read_pairs(data_dir))
    assert recorded.exponent == pytest.approx(Propagation().exponent, abs=0.02)
    assert recorded.level_1m_dbm == pytest.approx(TAG.level_1m_dbm, abs=0.2)
    assert recorded.interval_s == pytest.approx(TAG.interval_s + 0.005, abs=0.003)
    assert recorded.channel_spread_db == pytest.approx((1.6, 3.9, 7.4), abs=0.1)
    assert recorded.rician_k == Propagation().rician_k
    assert recorded.residual_db == pytest.approx(4.0, abs=0.05)
    assert recorded.channel_turn_s == pytest.approx(Propagation().channel_turn_s, abs=0.1)
    assert recorded.missed_share == pytest.approx(Propagation().missed_share, abs=0.005)
