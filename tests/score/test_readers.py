"""The readers take what is there, and name what they leave out."""

import gzip
from pathlib import Path

import pytest

from hardware.host.errors import DataError
from tests.score import sal, tetam
from tests.score.samples import HEADER, write_door, write_hall


def test_a_hall_is_found_by_its_folder_and_by_the_one_around_it(tmp_path: Path) -> None:
    write_hall(tmp_path / "tetam")
    for path in (tmp_path, tmp_path / "tetam"):
        hall = tetam.load(path)
        assert [walk.name for walk in hall.walks] == ["there_and_back"]
        assert hall.zones() == {"p1": "1", "s1": "1", "p4": "4", "s4": "4"}
        assert hall.zones(pis_only=True) == {"p1": "1", "p4": "4"}


def test_what_is_laid_out_otherwise_is_refused_by_name(tmp_path: Path) -> None:
    for load in (tetam.load, sal.load):
        with pytest.raises(DataError, match="here or in"):
            load(tmp_path)


def test_lines_of_no_use_are_left_out_by_file_and_line(tmp_path: Path) -> None:
    write_hall(tmp_path)
    track = tmp_path / "trk" / "there_and_back.mbd"
    good = len(tetam.load(tmp_path).walks[0].heard)
    more = [
        "99.0,p1,tag,42,1.0,1.0,1.8",
        "99.0,p1,tag,127,1.0,1.0,1.8",
        "99.0,p1,tag,-60,nan,1.0,1.8",
        "99.0,p1",
        "99.0,nobody,tag,-60,1.0,1.0,1.8",
        "99.0,p1,another,-60,1.0,1.0,1.8",
    ]
    track.write_text(track.read_text() + "\n".join(more))
    hall = tetam.load(tmp_path)
    assert len(hall.walks[0].heard) == good
    told = [line.split(":", 2)[:2] for line in hall.unusable.lines]
    assert told == [["there_and_back.mbd", str(good + k)] for k in range(1, 7)]


def test_a_calibration_point_holds_what_each_scanner_heard_there(tmp_path: Path) -> None:
    write_hall(tmp_path)
    fingerprints = tmp_path / "fingerprints_set_9.csv.gz"
    with gzip.open(fingerprints, "at") as text:
        text.write("1.0,1.0,1.8,0.5,p1,tag,62\n7.0,7.0,1.8,oops,p1,tag,-60\n1.0,1.0,1.8,0.5,nobody,tag,-60\n")
    hall = tetam.load(tmp_path)
    assert len(hall.unusable.lines) == 3
    point = next(point for point in hall.points if (point.x_m, point.y_m) == (5.0, 4.0))
    assert set(point.heard_dbm) == {"p1", "s1", "p4", "s4"}
    assert len(point.heard_dbm["p1"]) == 20
    assert point.seconds == pytest.approx(9.5)


def test_the_walker_is_the_named_beacon_or_else_the_one_heard_most(tmp_path: Path) -> None:
    write_hall(tmp_path)
    track = tmp_path / "trk" / "there_and_back.mbd"
    rows = track.read_text()
    track.write_text(rows + rows.replace(",tag,", ",other,") + rows.replace(",tag,", ",other,"))
    assert len(tetam.load(tmp_path).walks[0].heard) == 484
    track.write_text(rows.replace(",tag,", ",unnamed,"))
    assert len(tetam.load(tmp_path).walks[0].heard) == 484


def test_a_hall_without_calibration_points_has_none(tmp_path: Path) -> None:
    write_hall(tmp_path)
    (tmp_path / "fingerprints_set_9.csv.gz").unlink()
    assert tetam.load(tmp_path).points == ()


@pytest.mark.parametrize(
    "devices", ["Dongles:{", 'Dongles:{"a": 1}', 'Dongles:{"a": [[1, 2, 3], 0, "kitchen"]}\nBeacons:{}']
)
def test_a_damaged_list_of_scanners_is_refused_by_name(tmp_path: Path, devices: str) -> None:
    write_hall(tmp_path)
    (tmp_path / "tetam.dev").write_text(devices)
    with pytest.raises(DataError, match=r"tetam\.dev"):
        tetam.load(tmp_path)


def test_a_walk_of_no_second_is_refused_by_name(tmp_path: Path) -> None:
    write_hall(tmp_path)
    (tmp_path / "trk" / "there_and_back.mbd").write_text("1.0,p1,tag,-60,1.0,1.0,1.8\n")
    with pytest.raises(DataError, match=r"there_and_back\.mbd"):
        tetam.load(tmp_path)


def test_a_door_knows_kinds_zones_places_and_gaps(tmp_path: Path) -> None:
    write_door(tmp_path / "sal_rb", skip=range(40, 50))
    with (tmp_path / "sal_rb" / "measurement_config.txt").open("a") as config:
        config.write("I-B,nowhere,x,1,1\n")
    door = sal.load(tmp_path)
    assert [line.split(":")[:2] for line in door.unusable.lines] == [["measurement_config.txt", "7"]]
    (passage,) = door.passages
    assert passage.kind == "walk"
    assert passage.zones() == {"O-A": "outside", "I-A": "inside"}
    assert len(passage.frames) == 290
    assert passage.frames[40].at_s == pytest.approx(5.0)
    crossings = passage.crossings()
    assert [crossing.zone for crossing in crossings] == ["inside", "outside"]
    assert [crossing.at_s for crossing in crossings] == pytest.approx([10.0, 20.0])
    assert door.places_m == {"O-A": (3.0, 1.0), "I-A": (-3.0, 1.0)}


def test_a_missed_frame_is_no_strength_and_an_impossible_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "car_1.csv").write_text(f"{HEADER}\n0,-100,-60,0\n1,42,-60,1\n2,x,-60,1\n3,-70,-60,2\n")
    door = sal.load(tmp_path)
    (passage,) = door.passages
    assert passage.kind == "car"
    assert [len(frame.heard) for frame in passage.frames] == [1, 1, 2]
    assert [frame.zone for frame in passage.frames] == ["outside", "inside", "inside"]
    assert [line.rpartition(":")[0].split(": ")[0] for line in door.unusable.lines] == [
        "car_1.csv:3",
        "car_1.csv:4",
    ]
    assert door.places_m == {}


def test_a_door_with_no_frame_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "walk_1.csv").write_text(f"{HEADER}\n")
    with pytest.raises(DataError, match=r"walk_1\.csv"):
        sal.load(tmp_path)
