import math
from statistics import fmean, pstdev

import pytest

from hardware.host.entropy import SeededEntropy
from hardware.sim.multipath import Multipath
from hardware.sim.propagation import Propagation, Shadow


@pytest.mark.parametrize("rician_k", [0.0, 0.75, 3.0, 10.0])
def test_fades_have_mean_0_db_and_a_rician_spread(rician_k: float) -> None:
    """Spread of 20·log₁₀ of a Rician amplitude, by numerical integration: 5.57, 5.26, 3.77, 2.01 dB."""
    air = Propagation(rician_k=rician_k)
    fades = [
        Multipath((0.0, 0.0), air, SeededEntropy(seed)).fade_db(channel, 3.0 + 0.37 * seed, 4.0)
        for seed in range(1_500)
        for channel in range(3)
    ]
    assert fmean(fades) == pytest.approx(0.0, abs=0.3)
    expected = {0.0: 5.57, 0.75: 5.26, 3.0: 3.77, 10.0: 2.01}[rician_k]
    assert pstdev(fades) == pytest.approx(expected, rel=0.08)


def test_a_fade_is_over_half_a_wavelength_on() -> None:
    def correlation(apart_m: float) -> float:
        pairs = []
        for seed in range(1_500):
            paths = Multipath((0.0, 0.0), Propagation(rician_k=0.0), SeededEntropy(seed))
            pairs.append((paths.fade_db(0, 5.0, 5.0), paths.fade_db(0, 5.0 + apart_m, 5.0)))
        one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        mean_one, mean_other = fmean(one), fmean(other)
        covariance: float = fmean((a - mean_one) * (b - mean_other) for a, b in pairs)
        return covariance / (pstdev(one) * pstdev(other))

    assert correlation(0.005) > 0.85
    assert abs(correlation(0.0625)) < 0.25


def test_shadowing_has_its_sigma_and_its_length() -> None:
    air = Propagation(shadow_sigma_db=4.0, shadow_length_m=6.0)
    fields = [Shadow(air, SeededEntropy(seed)) for seed in range(1_500)]
    here, there = [f.at(10.0, 10.0) for f in fields], [f.at(14.0, 10.0) for f in fields]
    assert pstdev(here) == pytest.approx(4.0, rel=0.06)
    assert fmean(a * b for a, b in zip(here, there, strict=True)) / 16.0 == pytest.approx(
        math.exp(-4.0 / 6.0), abs=0.08
    )


def test_a_packet_is_missed_by_chance_when_strong_and_surely_when_far_too_weak() -> None:
    air = Propagation(missed_share=0.2, sensitivity_dbm=-90.0, sensitivity_width_db=2.0)
    assert [round(air.heard_chance(level), 3) for level in (0.0, -80.0, -90.0, -100.0, -200.0)] == [
        0.8,
        0.795,
        0.4,
        0.005,
        0.0,
    ]


def test_nothing_is_nearer_than_a_hand() -> None:
    assert Propagation().path_loss_db(0.0) == Propagation().path_loss_db(0.3)
    assert Propagation().path_loss_db(1.0) == 0.0
