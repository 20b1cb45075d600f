"""The command as people and the acceptance run it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.score.__main__ import NOTHING_FITS, main
from tests.score.baselines import BASELINES
from tests.score.samples import write_door, write_hall

WALK_KEYS = {
    "zone_accuracy", "zone_accuracy_clear", "switches", "true_switches", "false_switches_per_min", "handoff_s",
    "position_error_m",
}  # fmt: skip
DOOR_KEYS = {"frame_accuracy", "crossings", "found", "false", "latency_s"}


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def document(command: str, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(command, str(path), "--json"))
    return found


def check_parts(part: dict[str, Any], keys: set[str]) -> None:
    assert set(part["engines"]) == {"rules", "radio_map"}
    assert set(part["baselines"]) == set(BASELINES)
    named = part["engine"]["name"]
    assert part["engine"] == {"name": named, **part["engines"][named]}
    for figures in (part["engine"], *part["baselines"].values()):
        assert keys <= set(figures)


def test_tetam_tells_engine_engines_and_baselines_over_all_and_by_recording(tmp_path: Path) -> None:
    write_hall(tmp_path / "tetam")
    found = document("tetam", tmp_path)
    for whole in (found, found["pis"]):
        check_parts(whole, WALK_KEYS)
        assert set(whole["recordings"]) == {"there_and_back"}
        check_parts(whole["recordings"]["there_and_back"], WALK_KEYS)
    assert found["engines"]["radio_map"]["position_error_m"]["median"] < 2.0
    assert found["engines"]["rules"]["position_error_m"] is None
    assert found["engine"]["zone_accuracy_clear"] > 0.9
    assert found["engine"]["true_switches"] == 2


def test_sal_tells_the_same_and_each_kind_apart(tmp_path: Path) -> None:
    write_door(tmp_path)
    found = document("sal", tmp_path)
    check_parts(found, DOOR_KEYS)
    check_parts(found["recordings"]["walk_sensor_9_measurement_9"], DOOR_KEYS)
    check_parts(found["kinds"]["walk"], DOOR_KEYS)
    assert (found["engine"]["crossings"], found["engine"]["found"], found["engine"]["false"]) == (2, 2, 0)


def test_without_calibration_points_there_is_no_radio_map(tmp_path: Path) -> None:
    write_hall(tmp_path)
    (tmp_path / "fingerprints_set_9.csv.gz").unlink()
    found = document("tetam", tmp_path)
    assert found["engines"]["radio_map"]["zone_accuracy"] is None
    assert "no calibration points" in found["engines"]["radio_map"]["note"]
    assert found["engine"]["name"] == "rules"
    assert "radio_map" not in run("tetam", str(tmp_path))


def test_a_hall_without_pis_is_judged_with_what_it_has(tmp_path: Path) -> None:
    write_hall(tmp_path)
    described = (tmp_path / "tetam.dev").read_text()
    (tmp_path / "tetam.dev").write_text(
        described.replace("sensor10", "sensor12").replace("sensor40", "sensor42")
    )
    assert "pis" not in document("tetam", tmp_path)
    assert "Pis alone" not in run("tetam", str(tmp_path))
    assert "rules, nothing" in run("ablation", str(tmp_path))


def test_people_read_a_line_an_engine_and_whether_targets_are_met(tmp_path: Path) -> None:
    write_hall(tmp_path)
    text = run("tetam", str(tmp_path))
    for name in ("rules", "radio_map", *BASELINES):
        assert name in text
    assert "met" in text
    write_door(tmp_path / "sal_rb")
    assert "walking: crossings found" in run("sal", str(tmp_path))


def test_lines_left_out_are_told(tmp_path: Path) -> None:
    write_hall(tmp_path)
    with (tmp_path / "trk" / "there_and_back.mbd").open("a") as track:
        track.write("1.0,p1,tag,42,1.0,1.0,1.8\n" * 30)
    assert "there_and_back.mbd:485: no radio measures 42 dBm" in run("tetam", str(tmp_path))
    told = document("tetam", tmp_path)["unusable_lines"]
    assert told["count"] == 30
    assert len(told["first"]) == 20


@pytest.mark.parametrize("command", ["tetam", "sal", "ablation", "fit"])
def test_a_folder_that_does_not_fit_ends_with_one_line_and_two(tmp_path: Path, command: str) -> None:
    result = CliRunner().invoke(main, [command, str(tmp_path)])
    assert result.exit_code == NOTHING_FITS == 2
    assert result.stderr.count("\n") == 1
    assert str(tmp_path) in result.stderr


def test_the_ablation_tells_a_line_a_rule(tmp_path: Path) -> None:
    write_hall(tmp_path)
    write_door(tmp_path / "sal_rb")
    text = run("ablation", str(tmp_path))
    assert "rules, nothing" in text
    assert "radio_map, residuals" in text
    assert "radio_map" not in run("ablation", str(tmp_path / "sal_rb"))
    write_hall(tmp_path / "tetam")
    assert "radio_map, residuals" in run("ablation", str(tmp_path / "tetam"))


def test_cars_alone_have_no_target(tmp_path: Path) -> None:
    write_door(tmp_path)
    (tmp_path / "walk_sensor_9_measurement_9.csv").rename(tmp_path / "car_sensor_9_measurement_9.csv")
    assert document("sal", tmp_path)["targets"] == []
    assert "target" not in run("sal", str(tmp_path))
