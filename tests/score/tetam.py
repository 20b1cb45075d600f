"""Reads a folder laid out like TETAM: scanners, calibration points, walks with camera truth.

`tetam.dev` names the scanners, `fingerprints*.csv.gz` holds the calibration points, `trk/*.mbd` the walks (unix s,
scanner, beacon, dBm, x, y, …). Only what is there is read.
"""

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from hardware.host.errors import DataError
from tests.score.engines import Heard
from tests.score.hall import Hall, Place, Point, Scanner, Walk
from tests.score.reading import Unusable, finite, strength_dbm

NOT_NAMED = "a scanner that tetam.dev does not name"


def load(path: Path) -> Hall:
    """Read the folder, or the `tetam` folder in it.

    Raises:
        DataError: nothing there is laid out like TETAM, or a file holds nothing of use.
    """
    folder = next((f for f in (path, path / "tetam") if any(f.glob("*.dev"))), None)
    files = [] if folder is None else sorted(folder.glob("trk/*.mbd")) or sorted(folder.glob("*.mbd"))
    if folder is None or not files:
        raise DataError("no tetam.dev with trk/*.mbd here or in tetam/", where=str(path))
    unusable = Unusable()
    scanners, beacons = _devices(min(folder.glob("*.dev")))
    names = frozenset(scanner.name for scanner in scanners)
    points = _points(sorted(folder.glob("fingerprints*.csv.gz")), names, unusable)
    walks = tuple(_walk(file, names, beacons, unusable) for file in files)
    return Hall(scanners, points, walks, unusable)


def _devices(file: Path) -> tuple[tuple[Scanner, ...], frozenset[str]]:
    scanners_text, _, beacons_text = file.read_text(encoding="utf-8", errors="replace").partition("Beacons:")
    try:
        scanners = tuple(
            Scanner(name, alias, float(place[0]), float(place[1]))
            for name, (place, _, alias) in json.loads(scanners_text.strip().removeprefix("Dongles:")).items()
        )
        beacons = frozenset(json.loads(beacons_text)) if beacons_text.strip() else frozenset()
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise DataError("is no list of Dongles and Beacons", where=str(file)) from error
    for scanner in scanners:
        if re.fullmatch(r"sensor[1-4]\d", scanner.alias) is None:
            raise DataError(f"alias {scanner.alias!r} is not sensor1x to sensor4x", where=str(file))
    return scanners, beacons


def _points(files: Iterable[Path], names: frozenset[str], unusable: Unusable) -> tuple[Point, ...]:
    heard: dict[tuple[float, float], dict[str, list[float]]] = {}
    times_s: dict[tuple[float, float], list[float]] = {}
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8", errors="replace", newline="") as text:
            for line, row in enumerate(csv.DictReader(text), start=2):
                try:
                    place = (finite(row["x"]), finite(row["y"]))
                    at_s, rssi_dbm = finite(row["timestamp"]), strength_dbm(row["rssi"])
                except (KeyError, TypeError, ValueError) as error:
                    unusable.add(file, line, str(error))
                    continue
                scanner = row.get("sensor_mac")
                if scanner not in names:
                    unusable.add(file, line, NOT_NAMED)
                    continue
                heard.setdefault(place, {}).setdefault(scanner, []).append(rssi_dbm)
                times_s.setdefault(place, []).append(at_s)
    return tuple(
        Point(
            *place,
            seconds=max(times_s[place]) - min(times_s[place]),
            heard_dbm={scanner: tuple(levels_dbm) for scanner, levels_dbm in by_scanner.items()},
        )
        for place, by_scanner in sorted(heard.items())
    )


def _walk(file: Path, names: frozenset[str], beacons: frozenset[str], unusable: Unusable) -> Walk:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    walker = _walker(lines, beacons)
    heard: list[Heard] = []
    places: dict[float, Place] = {}
    for line, text in enumerate(lines, start=1):
        try:
            at, scanner, beacon, rssi, x, y, *_ = text.split(",")
            if beacon != walker:
                unusable.add(file, line, "another beacon than the walker's")
                continue
            place = Place(finite(at), finite(x), finite(y))
            # The camera saw the beacon there whatever the radio heard.
            places[place.at_s] = place
            sample = Heard(place.at_s, scanner, strength_dbm(rssi))
        except ValueError as error:
            unusable.add(file, line, str(error))
            continue
        if scanner in names:
            heard.append(sample)
        else:
            unusable.add(file, line, NOT_NAMED)
    heard.sort(key=lambda sample: sample.at_s)
    if not heard or heard[-1].at_s - heard[0].at_s < 1.0:
        raise DataError("holds no second of a walk", where=str(file))
    return Walk(file.stem, tuple(heard), tuple(places[at_s] for at_s in sorted(places)))


def _walker(lines: Iterable[str], beacons: frozenset[str]) -> str | None:
    """The beacon of a walk: the one heard most, of those that are named if any of them is there."""
    heard = Counter(cells[2] for cells in (text.split(",") for text in lines) if len(cells) > 2)
    return max(heard, key=lambda beacon: (beacon in beacons, heard[beacon]), default=None)
