"""Fits the simulated store's air to calibration points: `hardware/sim/propagation.py` holds what comes out.

A beacon at rest, three channels heard in turn, each with its own fade: so a pair of place and scanner is split into
three levels first; the spread between them is fading, what remains of the pairs' means beside a straight line over
log distance is shadowing, and packets missed show as gaps.
"""

import csv
import gzip
import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from hardware.host.errors import DataError
from tests.score.reading import finite, strength_dbm

Array = npt.NDArray[np.float64]

LEVELS: Final = 3
"""The advertising channels."""

MIN_PACKETS: Final = 100
"""Of a pair, for its levels to be told apart: half a minute at the recorded pace."""

MIN_SHARE: Final = 0.15
"""Of a pair's packets on its rarest level: below, one channel was out of reach and two were split."""

LONGEST_GAP_S: Final = 4.0
"""A longer pause is the recorder's, not the air's."""

STRONG_DBM: Final = -70.0
"""Packets missed above it are not missed for weakness."""

SHADOW_BINS_M: Final = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)
"""Calibration points are 2 m apart at least."""

DRAWS: Final = 20_000
"""Rician triples behind one tried K: its median spread moves by 1 % between draws."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What one scanner heard of the beacon at one place."""

    scanner: str
    place_m: tuple[float, float]
    distance_m: float
    at_s: Array
    rssi_dbm: Array


@dataclass(frozen=True, slots=True)
class Fit:
    """The constants, and the figures they were drawn from; named as in `Propagation` where they are one of its."""

    pairs: int
    exponent: float
    level_1m_dbm: float
    scanner_sigma_db: float
    residual_db: float
    channel_spread_db: tuple[float, float, float]
    """Standard deviation between a pair's three levels: p10, median, p90."""
    rician_k: float
    noise_sigma_db: float
    shadow_sigma_db: float
    shadow_length_m: float
    interval_s: float
    channel_turn_s: float
    missed_share: float
    sensitivity_dbm: float
    missed_by_level: tuple[tuple[float, float], ...]
    """(Median strength of the pairs, mean share of their packets missed), 5 dB each."""


def read_pairs(path: Path) -> list[Pair]:
    """Read the calibration points of a folder laid out like TETAM.

    Raises:
        DataError: there are none, or `*.dev` names no scanners.
    """
    folder = next((f for f in (path, path / "tetam") if any(f.glob("fingerprints*.csv.gz"))), None)
    devices = None if folder is None else next(iter(sorted(folder.glob("*.dev"))), None)
    if folder is None or devices is None:
        raise DataError("no *.dev with fingerprints*.csv.gz here or in tetam/", where=str(path))
    scanners = _scanners(devices)
    heard: dict[tuple[str, tuple[float, float, float]], list[tuple[float, int]]] = {}
    for file in sorted(folder.glob("fingerprints*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                try:
                    place = (finite(row["x"]), finite(row["y"]), finite(row["z"]))
                    sample = (finite(row["timestamp"]), strength_dbm(row["rssi"]))
                except (KeyError, TypeError, ValueError):
                    # `tests.score tetam` tells each line that cannot be used.
                    continue
                if row["sensor_mac"] in scanners:
                    heard.setdefault((row["sensor_mac"], place), []).append(sample)
    return [
        Pair(
            scanners[name][1],
            place[:2],
            math.dist(place, scanners[name][0]),
            *np.array(sorted(samples), dtype=float).T,
        )
        for (name, place), samples in sorted(heard.items())
    ]


def _scanners(file: Path) -> dict[str, tuple[list[float], str]]:
    """Scanner → where it is, x, y, z in metres, and its alias."""
    text = file.read_text(encoding="utf-8").partition("Beacons:")[0].strip().removeprefix("Dongles:")
    try:
        return {name: (place, alias) for name, (place, _, alias) in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError("is no list of Dongles", where=str(file)) from error


def fit(pairs: Sequence[Pair]) -> Fit:
    """Fit all of it; `pairs` are the beacon's at rest."""
    exponent, levels_1m, residuals = _path_loss(pairs)
    spreads, noise_db = _channels(pairs)
    rician_k, fading_db = _rician(float(np.median(spreads)))
    # A pair's mean over three independent channels keeps a third of the fading's variance.
    shadow_db = math.sqrt(max(float(residuals.var()) - fading_db**2 / LEVELS, 0.0))
    interval_s = _interval_s(pairs)
    missed = np.array([_missed_share(pair, interval_s) for pair in pairs])
    medians = np.array([np.median(pair.rssi_dbm) for pair in pairs])
    always = float(np.median(missed[medians > STRONG_DBM]))
    bins = sorted({5.0 * math.floor(level / 5.0) for level in medians})
    by_level = tuple(
        (low + 2.5, float(missed[(medians >= low) & (medians < low + 5.0)].mean())) for low in bins
    )
    p10, p50, p90 = (float(p) for p in np.percentile(spreads, (10, 50, 90)))
    return Fit(
        pairs=len(pairs),
        exponent=exponent,
        level_1m_dbm=float(levels_1m.mean()),
        scanner_sigma_db=float(levels_1m.std(ddof=1)),
        residual_db=float(residuals.std()),
        channel_spread_db=(p10, p50, p90),
        rician_k=rician_k,
        noise_sigma_db=noise_db,
        shadow_sigma_db=shadow_db,
        shadow_length_m=_shadow_length_m(pairs, residuals, shadow_db),
        interval_s=interval_s,
        channel_turn_s=_turn_s(pairs, interval_s),
        missed_share=always,
        sensitivity_dbm=_sensitivity_dbm(medians, missed, always, rician_k),
        missed_by_level=by_level,
    )


def _path_loss(pairs: Sequence[Pair]) -> tuple[float, Array, Array]:
    """One exponent, one level at 1 m a scanner; also what each pair's mean leaves unexplained."""
    names = sorted({pair.scanner for pair in pairs})
    decades = -10.0 * np.log10([pair.distance_m for pair in pairs])
    is_of = np.array([[pair.scanner == name for name in names] for pair in pairs], dtype=float)
    design = np.column_stack([decades, is_of])
    means = np.array([pair.rssi_dbm.mean() for pair in pairs])
    found = np.linalg.lstsq(design, means, rcond=None)[0]
    return float(found[0]), found[1:], means - design @ found


def _channels(pairs: Sequence[Pair]) -> tuple[Array, float]:
    """The spread between the three levels of each pair, and what moves around a level, dB."""
    spreads, squares, packets = [], 0.0, 0
    for pair in pairs:
        if len(pair.rssi_dbm) < MIN_PACKETS:
            continue
        levels, nearest = _three_levels(pair.rssi_dbm)
        if np.bincount(nearest, minlength=LEVELS).min() < MIN_SHARE * len(nearest):
            continue
        spreads.append(levels.std(ddof=1))
        squares += float(((pair.rssi_dbm - levels[nearest]) ** 2).sum())
        packets += len(nearest)
    return np.array(spreads), math.sqrt(squares / packets)


def _three_levels(rssi_dbm: Array) -> tuple[Array, npt.NDArray[np.intp]]:
    levels = np.percentile(rssi_dbm, (15, 50, 85))
    for _ in range(30):
        nearest = np.abs(rssi_dbm[:, None] - levels).argmin(axis=1)
        levels = np.array(
            [rssi_dbm[nearest == i].mean() if (nearest == i).any() else levels[i] for i in range(LEVELS)]
        )
    return levels, np.abs(rssi_dbm[:, None] - levels).argmin(axis=1)


@cache
def _rician_db(rician_k: float, n: int) -> Array:
    """`n` fades in dB on each of three channels, drawn alike at each call."""
    chance = np.random.default_rng(1)
    waves = (chance.normal(size=(n, LEVELS)) + 1j * chance.normal(size=(n, LEVELS))) / math.sqrt(
        2 * (rician_k + 1)
    )
    fades: Array = 20.0 * np.log10(np.abs(math.sqrt(rician_k / (rician_k + 1)) + waves))
    return fades


def _rician(median_spread_db: float) -> tuple[float, float]:
    """The K whose three channels spread so, and the standard deviation of its fades."""
    tried = {k: _rician_db(k, DRAWS) for k in np.arange(0.0, 10.25, 0.25)}
    best = min(tried, key=lambda k: abs(float(np.median(tried[k].std(axis=1, ddof=1))) - median_spread_db))
    return float(best), float(tried[best].std())


def _shadow_length_m(pairs: Sequence[Pair], residuals: Array, shadow_db: float) -> float:
    """The length of an exponential correlation, from residuals of one scanner at different places."""
    apart, products = [], []
    for name in sorted({pair.scanner for pair in pairs}):
        own = [i for i, pair in enumerate(pairs) if pair.scanner == name]
        for at, i in enumerate(own):
            for j in own[:at]:
                apart.append(math.dist(pairs[i].place_m, pairs[j].place_m))
                products.append(residuals[i] * residuals[j])
    far, product = np.array(apart), np.array(products)
    lengths_m = np.arange(0.5, 30.0, 0.1)
    error = np.zeros_like(lengths_m)
    for low, high in itertools.pairwise(SHADOW_BINS_M):
        inside = (far >= low) & (far < high)
        if inside.any():
            expected = shadow_db**2 * np.exp(-far[inside].mean() / lengths_m)
            error += inside.sum() * (product[inside].mean() - expected) ** 2
    return float(lengths_m[error.argmin()])


def _gaps_s(pair: Pair) -> Array:
    gaps_s: Array = np.diff(pair.at_s)
    # Twice within milliseconds is one event heard on two channels.
    return gaps_s[(gaps_s > 0.1) & (gaps_s < LONGEST_GAP_S)]


def _interval_s(pairs: Sequence[Pair]) -> float:
    return float(np.median(np.concatenate([_gaps_s(pair) for pair in pairs])))


def _missed_share(pair: Pair, interval_s: float) -> float:
    gaps_s = _gaps_s(pair)
    return float(1.0 - interval_s * len(gaps_s) / gaps_s.sum()) if len(gaps_s) else 1.0


def _turn_s(pairs: Sequence[Pair], interval_s: float) -> float:
    """When a strength comes back: the lag of the highest autocorrelation past the first low, over all pairs."""
    lags = np.arange(1, 12)
    sums, counts = np.zeros(len(lags)), np.zeros(len(lags))
    for pair in pairs:
        slots = np.round((pair.at_s - pair.at_s[0]) / interval_s).astype(int)
        if len(slots) < MIN_PACKETS or pair.rssi_dbm.std() == 0.0:
            continue
        series = np.full(slots[-1] + 1, np.nan)
        series[slots] = (pair.rssi_dbm - pair.rssi_dbm.mean()) / pair.rssi_dbm.std()
        for i, lag in enumerate(lags):
            both = series[lag:] * series[:-lag]
            sums[i] += np.nansum(both)
            counts[i] += np.count_nonzero(~np.isnan(both))
    curve = sums / counts
    low = int(curve[:6].argmin())
    top = low + int(curve[low:].argmax())
    # Through three points runs a parabola: the turn is no whole number of intervals.
    left, middle, right = curve[top - 1], curve[top], curve[min(top + 1, len(curve) - 1)]
    shift = 0.5 * (left - right) / (left - 2 * middle + right) if left - 2 * middle + right else 0.0
    return float((lags[top] + shift) * interval_s)


def _sensitivity_dbm(medians: Array, missed: Array, always: float, rician_k: float) -> float:
    """The strength of which half is lost, so that fading pairs miss what these do; 2 dB wide."""
    fades = _rician_db(rician_k, 500).ravel()
    fades = fades - np.median(fades)
    tried = np.arange(-110.0, -80.0, 0.5)
    errors = [
        float(
            (
                (
                    1.0
                    - (1.0 - always)
                    * (1.0 / (1.0 + np.exp((limit - medians[:, None] - fades) / 2.0))).mean(axis=1)
                    - missed
                )
                ** 2
            ).sum()
        )
        for limit in tried
    ]
    return float(tried[int(np.argmin(errors))])


def report(path: Path) -> str:
    """What `python -m tests.score fit` prints.

    Raises:
        DataError: no calibration points.
    """
    found = fit(read_pairs(path))
    p10, p50, p90 = found.channel_spread_db
    lines = [
        f"{found.pairs} pairs of place and scanner",
        f"exponent            {found.exponent:6.2f}",
        f"level at 1 m        {found.level_1m_dbm:6.1f} dBm, scanners differ by σ = {found.scanner_sigma_db:.1f} dB",
        f"residual            {found.residual_db:6.1f} dB",
        f"channel spread      {p50:6.1f} dB median ({p10:.1f} p10, {p90:.1f} p90): Rician K = {found.rician_k:.2f}",
        f"noise on a channel  {found.noise_sigma_db:6.2f} dB",
        f"shadowing           {found.shadow_sigma_db:6.1f} dB over {found.shadow_length_m:.1f} m",
        f"interval            {found.interval_s:6.3f} s, channels in turn every {found.channel_turn_s:.1f} s",
        f"missed always       {found.missed_share:6.3f}, half at {found.sensitivity_dbm:.1f} dBm",
        "missed by level     "
        + ", ".join(f"{level:.0f}: {share:.2f}" for level, share in found.missed_by_level),
    ]
    return "\n".join(lines)
