import itertools
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hardware.host.errors import ConfigError
from hardware.sim.samples import SAMPLES, sample_path
from hardware.sim.scenario import Span, load_scenario
from tests.hardware.sim.kit import scenario

PERSON: dict[str, Any] = {"name": "ada", "visits": [{"enters_s": 0, "till": "till"}]}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_shipped_scenarios_load(name: str) -> None:
    assert load_scenario(sample_path(name)).name == name


def test_the_tills_sample_is_the_case_of_the_target() -> None:
    tills = load_scenario(sample_path("tills"))
    assert len(tills.member_names) == 20
    places = [tills.floor.tills[f"till-{i}"].at_m for i in (1, 2, 3)]
    assert [b[0] - a[0] for a, b in itertools.pairwise(places)] == pytest.approx([2.0, 2.0])
    for till in tills.floor.tills:
        zone = tills.floor.zone_at(*tills.floor.tills[till].pay_at_m)
        assert zone == till
        assert {node.zone for node in tills.floor.nodes.values()} >= {zone}
        assert {display.zone for display in tills.floor.displays.values() if display.till == till} == {zone}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"people": []}, "nobody comes"),
        ({"people": [PERSON, PERSON]}, "two have one name"),
        ({"people": [PERSON | {"tag": "gold"}]}, "'gold' is no tag model"),
        (
            {"people": [PERSON | {"visits": [{"enters_s": 0, "stops": [{"at": "moon"}]}]}]},
            "'moon' is no stop",
        ),
        ({"people": [PERSON | {"visits": [{"enters_s": 0, "till": "t9"}]}]}, "'t9' is no till"),
        ({"people": [PERSON | {"visits": [{"enters_s": 0}]}]}, "a stop or a till"),
        ({"people": [PERSON | {"carried": "hat"}]}, "carried"),
        ({"shoppers": {"count": 2, "stops": ["moon"]}}, "'moon' is no stop"),
        ({"shoppers": {"count": 2, "stops": []}}, "stops"),
        ({"shoppers": {"count": 2, "stops": ["gap"], "tags": ["gold"]}}, "'gold' is no tag model"),
        ({"shoppers": {"count": 2, "stops": ["gap"], "stay_s": [9, 1]}}, "the least comes first"),
        ({"shoppers": {"count": 2, "stops": ["gap"], "stay_s": [9]}}, "two numbers"),
        (
            {"hostile": {"replayers": [{"at_m": [1, 1], "victim": "eve", "from_s": 0, "until_s": 9}]}},
            "'eve' is nobody",
        ),
        ({"duration_s": 0}, "duration_s"),
    ],
)
def test_a_scenario_that_does_not_fit_together_is_refused_by_name(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        scenario(**changes)


def test_a_wrong_file_is_told_with_its_path_and_key(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    with pytest.raises(ConfigError, match=r"shop\.toml: no such file"):
        load_scenario(path)
    path.write_text(sample_path("quick").read_text().replace('zone = "checkout"', 'zone = "roof"', 1))
    with pytest.raises(ConfigError, match=r"shop\.toml: floor .*nodes.pi-till.zone = 'roof' is no zone"):
        load_scenario(path)


def test_a_tag_model_can_be_named_and_the_default_changed() -> None:
    changed = scenario(tags={"default": {"level_1m_dbm": -70}, "loud": {"level_1m_dbm": -40}})
    assert changed.tag_model("default").level_1m_dbm == -70
    assert changed.tag_model("loud").level_1m_dbm == -40
    assert scenario().tag_model("default").level_1m_dbm == -61.5


def test_a_span_is_a_pair_or_two_keys() -> None:
    assert Span.model_validate({"least": 1, "most": 3}).at(0.5) == 2
    assert Span.model_validate((1, 3)).at(1.0) == 3
