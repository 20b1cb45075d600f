"""What a walk gives: engines, how good they are, and why there is no map when there is none."""

import tomllib

import pytest

from hardware.host.errors import DataError
from hub.calibration.engines import ENTER_LIMITS_DBM, NEAR_LIMIT_DBM, TURNED_DB, fit_engines
from hub.calibration.fit import Calibration, calibrate
from hub.calibration.judge import Score
from hub.calibration.record import Point, Walk, read_walk
from hub.config import StoreConfig
from tests.hub.calibration.store import TOML, config, walk


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return calibrate(walk(), config())


def test_a_calibrated_store_finds_the_zones_of_points_held_out(calibration: Calibration) -> None:
    assert calibration.mapped is not None
    assert calibration.rules.of == calibration.mapped.of == 18
    assert calibration.mapped.right >= 16
    assert calibration.mapped.error_m is not None
    assert calibration.mapped.error_m < 2.0
    assert calibration.rules.right >= 16
    assert calibration.better == "radio_map"


def test_every_zone_that_was_walked_gets_a_level_a_radio_can_hear(calibration: Calibration) -> None:
    levels = calibration.fitted.enter_dbm
    assert set(levels) == {"aisle", "tills"}
    assert all(ENTER_LIMITS_DBM[0] <= level <= ENTER_LIMITS_DBM[1] for level in levels.values())


def test_what_is_written_is_what_was_fitted(calibration: Calibration) -> None:
    settings = calibration.fitted.settings("radio_map", "map.json")
    assert settings.radio_map == "map.json"
    assert settings.offsets_db["n3"] > settings.offsets_db["n4"] + 10
    assert calibration.fitted.offsets_db == settings.offsets_db


def test_the_map_is_of_calibrated_strengths() -> None:
    """A tag that is 6 dB weak, and said to be, makes the same map."""
    strong = walk(sigma_db=0.0)
    weak = Walk(
        store="lyon",
        tag_model="weak",
        points=tuple(
            point.model_copy(
                update={
                    "heard_dbm": {
                        node: tuple(s - 6 for s in heard) for node, heard in point.heard_dbm.items()
                    }
                }
            )
            for point in strong.points
        ),
    )
    store = config(TOML + "[tag_models.weak]\noffset_db = 6.0\n")
    one, other = (calibrate(each, store).fitted for each in (strong, weak))
    assert one.radio_map is not None
    assert other.radio_map is not None
    assert one.radio_map.to_document() == other.radio_map.to_document()
    assert one.enter_dbm == other.enter_dbm


UNPLACED = TOML.replace(", x_m = 1.0, y_m = 1.0", "").replace(", x_m = 7.0, y_m = 5.0", "")


@pytest.mark.parametrize(
    ("toml", "points", "reason"),
    [
        pytest.param(TOML.replace("areas = [[0.0, 0.0, 8.0, 6.0]]", ""), 24, "no_areas", id="no areas"),
        pytest.param(TOML, 7, "few_points", id="few points"),
        pytest.param(UNPLACED, 24, "few_nodes", id="few nodes"),
    ],
)
def test_without_what_a_map_needs_the_reason_is_told(toml: str, points: int, reason: str) -> None:
    fitted = fit_engines(walk().points[:points], 0.0, config(toml))
    assert (fitted.radio_map, fitted.no_map) == (None, reason)


def test_one_point_is_a_calibration_of_hardly_anything() -> None:
    found = calibrate(Walk(store="lyon", points=walk().points[:1]), config())
    assert (found.fitted.offsets, found.mapped, found.better) == (None, None, "rules")
    assert found.fitted.settings("rules", "map.json").radio_map is None


def test_nodes_the_store_no_longer_has_and_those_never_heard_are_no_fault() -> None:
    old = Point(x_m=1.0, y_m=1.0, seconds=20.0, heard_dbm={"gone": (-60.0, -60.0, -60.0)})
    found = calibrate(Walk(store="lyon", points=(old, *walk().points)), config())
    assert "gone" not in found.fitted.offsets_db
    alone = calibrate(Walk(store="lyon", points=(old,)), config())
    assert alone.rules == Score(0, 1, None)
    assert alone.fitted.enter_dbm == {}


def test_a_store_without_areas_has_rules_and_nothing_to_judge_them_by() -> None:
    head, _, rest = TOML.partition("areas = [[0.0, 0.0, 8.0, 6.0]]")
    bare = head + rest.replace("areas = [[8.0, 0.0, 16.0, 6.0]]", "")
    found = calibrate(walk(), config(bare))
    assert found.rules.of == 0
    assert found.fitted.offsets is not None
    assert found.fitted.enter_dbm == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Invalid JSON"),
        ('{"store": "lyon", "points": 3}', "points"),
        ('{"format": "comptoir calibration walk 9", "store": "lyon"}', "format"),
        ('{"store": "lyon", "points": [{"x_m": 1, "y_m": 1, "seconds": 1, "heard_dbm": {"n1": [99]}}]}', "heard_dbm"),
        ('{"store": "lyon", "points": [{"x_m": 1, "y_m": 1, "seconds": 1, "heard_dbm": {}, "id": "00"}]}', "id"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_walk_is_told_by_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_walk(text, "walk.json")


def till(points: list[Point], *, paired: bool = True) -> dict[str, float]:
    """The levels at the kiosks, of a store whose kiosk stands in the zone `tills`."""
    beside = '\ntill = "t1"\n[tills.t1]\n' if paired else "\n"
    text = TOML + '\n[kiosks.k1]\nzone = "tills"' + beside
    fitted = fit_engines(points, 0.0, StoreConfig.model_validate(tomllib.loads(text)))
    return dict(fitted.near_dbm)


def test_the_level_at_a_tills_kiosk_is_that_of_the_strongest_point_less_a_body() -> None:
    weak = Point(x_m=9.0, y_m=1.0, seconds=20.0, heard_dbm={"n3": (-75.0,), "n4": (-75.0,)})
    strong = Point(x_m=9.0, y_m=5.0, seconds=20.0, heard_dbm={"n3": (-66.0,), "n4": (-66.0,)})
    assert till([weak, strong]) == {"tills": -66.0 - TURNED_DB}
    assert till([weak, strong], paired=False) == {}, "a display's antennas hang elsewhere"


def test_no_more_is_asked_of_anybody_than_a_fob_gives_a_metre_away() -> None:
    point = Point(x_m=9.0, y_m=5.0, seconds=20.0, heard_dbm={"n3": (-40.0,), "n4": (-40.0,)})
    assert till([point]) == {"tills": NEAR_LIMIT_DBM}


def test_a_till_where_nothing_was_measured_has_no_level() -> None:
    elsewhere = Point(x_m=1.0, y_m=1.0, seconds=20.0, heard_dbm={"n1": (-60.0,)})
    assert till([elsewhere]) == {}
