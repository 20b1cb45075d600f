"""The score over the recorded walks: what our engines reach beside their peers, some points below what was measured."""

from pathlib import Path

import pytest

from tests.score import sal, tetam
from tests.score.baselines import BASELINES
from tests.score.maps import hall_engines
from tests.score.ours import Store
from tests.score.report import Scores, better, pooled
from tests.score.run import play_passages, play_walks
from tests.score.targets import beside_targets, door_targets
from tests.score.zone_figures import ZoneFigures


@pytest.fixture(scope="module", params=[False, True], ids=["twelve", "pis"])
def walked(request: pytest.FixtureRequest, data_dir: Path) -> Scores[ZoneFigures]:
    hall = tetam.load(data_dir)
    zones = hall.zones(pis_only=request.param)
    ours = play_walks(hall.walks, zones, hall_engines(hall, zones))
    return Scores(ours, play_walks(hall.walks, zones, BASELINES), better(ours))


def test_ours_is_more_accurate_than_every_peer_with_half_the_false_switches(
    walked: Scores[ZoneFigures],
) -> None:
    assert [target.what for target in beside_targets(walked) if not target.met] == []


def test_the_naive_baselines_reach_what_was_measured_before(walked: Scores[ZoneFigures]) -> None:
    # Over all nine tracks the data's README has 0.745 to 0.818 with twelve scanners and 0.57 to 0.61 with the Pis.
    for name in ("strongest_1s", "strongest_2s", "strongest_5s"):
        figures = pooled(walked.baselines[name])
        assert 0.55 < figures.right / figures.seconds < 0.85


def test_the_radio_map_is_right_and_knows_places(walked: Scores[ZoneFigures]) -> None:
    # Measured on 2026-11-22: 0.928 and 1.19 m with twelve scanners, 0.944 and 1.41 m with the Pis.
    figures = pooled(walked.ours["radio_map"])
    assert figures.clear_right / figures.clear > 0.90
    assert figures.position_median_m is not None
    assert figures.position_median_m < 1.6


def test_who_walks_through_a_door_is_told_every_time_and_never_falsely(data_dir: Path) -> None:
    walks = [passage for passage in sal.load(data_dir).passages if passage.kind == "walk"]
    figures = pooled(play_passages(walks, {"rules": Store})["rules"])
    assert [target.what for target in door_targets(figures) if not target.met] == []
