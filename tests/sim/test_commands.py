"""`comptoir sim run`, `plan`, `store`: in memory, drawn, and what a person gets wrong."""

import json
import re
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hardware.host.errors import ComptoirError, ExitCode
from hardware.sim.scenario import load_scenario
from hub.box.sim.cli import sim
from hub.box.sim.site import SAMPLES
from hub.config import StoreConfig
from tests.hub.shell.processes import COMPTOIR, comptoir

QUICK, TILLS = SAMPLES / "quick.toml", SAMPLES / "tills.toml"
CONFIG, CANNOT = ExitCode.CONFIG, ExitCode.IO


def said(*arguments: str | Path) -> str:
    """What a command prints that ends well."""
    done = CliRunner().invoke(sim, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@cache
def ran(*arguments: str | Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(said("run", QUICK, "--json", *arguments))
    return document


def test_everybody_is_recognised_and_those_who_pay_at_their_till() -> None:
    report = ran()
    assert (report["people"], report["members_recognised"]) == (3, 3)
    assert (report["visits"], report["at_a_till"], report["recognised_at_till"]) == (3, 2, 2)
    assert report["recognition_s"]["p95"] <= 10.0
    assert report["leave_s"]["n"] == 3, "everybody was taken for gone in the end"
    assert (report["lost"], report["air"]["dropped"]) == (0, 0)
    assert report["air"]["foreign"] > 0, "the scenario has bystanders"
    assert set(report["views_by_level"]) <= {"L0", "L1"}, "nobody acted, so nothing personal was shown"


def test_one_seed_is_one_run_in_every_process_and_another_seed_another() -> None:
    again = json.loads(subprocess.check_output([COMPTOIR, "sim", "run", QUICK, "--json"], timeout=60))
    assert again["digest"] == ran()["digest"]
    assert ran("--seed", "5")["digest"] != ran()["digest"]


def test_a_scaled_clock_tells_the_same_story_in_its_own_time() -> None:
    report = ran("--speed", "60")
    assert report["members_recognised"] == 3
    assert report["wall_s"] > 2.7, "165 store seconds at 60 a second"


def test_people_read_it_in_french_first_and_in_english() -> None:
    assert re.search(r"Reconnus à leur caisse : 2 sur 2", said("run", QUICK))
    assert re.search(r"Recognised at their till: 2 of 2", said("run", QUICK, "--language", "en"))


def test_the_plan_is_an_svg_with_the_zones_and_the_words(tmp_path: Path) -> None:
    svg = tmp_path / "floor.svg"
    said("plan", QUICK, "--svg", svg)
    root = ET.parse(svg).getroot()  # noqa: S314 - our own drawing
    words = " ".join(root.itertext())
    for word in ("Entrée", "Caisse", "nœud", "porte"):
        assert word in words


def test_the_plan_in_a_terminal_has_plain_letters_and_the_legend() -> None:
    drawn = said("plan", QUICK, "--width", "60", "--language", "en")
    assert "\x1b" not in drawn
    assert all(len(line) <= 80 for line in drawn.splitlines()[:-4])
    for word in ("Entrance", "Checkout", "node", "door"):
        assert word in drawn


def test_the_shipped_scenarios_are_named() -> None:
    assert said("samples").split() == [str(QUICK), str(TILLS)]


@pytest.mark.parametrize("scenario", [QUICK, TILLS], ids=lambda file: file.stem)
def test_a_store_is_written_that_the_hub_can_read(scenario: Path, tmp_path: Path) -> None:
    document = json.loads(said("store", scenario, tmp_path, "--json", "--http-port", "0"))
    loaded = load_scenario(scenario)
    config = StoreConfig.model_validate(tomllib.loads((tmp_path / "store.toml").read_text("utf-8")))
    assert set(config.nodes) == set(loaded.floor.nodes)
    assert {name: kiosk.till for name, kiosk in config.kiosks.items()} == {
        name: display.till for name, display in loaded.floor.displays.items()
    }
    assert set(document["members"]) == set(loaded.member_names)
    keys = {file.stem: file for file in (tmp_path / "keys").iterdir()}
    assert set(keys) == set(loaded.member_names)
    assert all(file.stat().st_mode & 0o077 == 0 for file in keys.values())


def fails(code: int, *arguments: str | Path) -> str:
    """The one line that the command root prints of an error of ours."""
    done = CliRunner().invoke(sim, [str(argument) for argument in arguments])
    assert isinstance(done.exception, ComptoirError), done
    assert done.exception.exit_code == code
    line = str(done.exception)
    assert "\n" not in line
    return line


def test_what_a_person_gets_wrong_is_one_line(tmp_path: Path) -> None:
    bad, elsewhere = tmp_path / "bad.toml", tmp_path / "elsewhere.toml"
    bad.write_text("name = [", encoding="utf-8")
    text = QUICK.read_text("utf-8")
    elsewhere.write_text(
        text.replace('victim = "', 'victim = "x').replace('zone = "checkout"', 'zone = "attic"')
    )
    for command in ("run", "plan"):
        for file, word in ((tmp_path / "none.toml", "no such file"), (bad, "TOML"), (elsewhere, "attic")):
            assert word in fails(CONFIG, command, file)
    ended = comptoir("sim", "run", elsewhere)
    assert (ended.code, ended.err.count("\n")) == (CONFIG, 1)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--broker", "127.0.0.1:1883"), "--keys"),
        (("--keys", "keys"), "--broker"),
        (("--broker", "nowhere", "--keys", "keys"), "HOST:PORT"),
        (("--broker", "127.0.0.1:99999", "--keys", "keys"), "HOST:PORT"),
        (("--broker", "127.0.0.1:1883", "--keys", "keys", "--speed", "9"), "real time"),
        (("--speed", "2", "--real-time"), "--real-time"),
        (("--broker", "127.0.0.1:1883", "--keys", "keys", "--engine", "rules"), "--engine"),
        (("--store", "other"), "--broker"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: tuple[str, ...], word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(sim, ["run", str(QUICK), *options])
    assert done.exit_code != 0
    assert word in done.output
    assert not (tmp_path / "keys").exists(), "nothing is made before all is right"


def test_zones_that_overlap_make_no_store(tmp_path: Path) -> None:
    overlapping = tmp_path / "overlap.toml"
    text = QUICK.read_text("utf-8").replace("[[5.0, 0.0, 10.0, 6.0]]", "[[4.0, 0.0, 10.0, 6.0]]")
    overlapping.write_text(text, encoding="utf-8")
    assert "overlap" in fails(CONFIG, "run", overlapping)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    assert "floor.svg" in fails(CANNOT, "plan", QUICK, "--svg", tmp_path / "none" / "floor.svg")
    (tmp_path / "store.toml").write_text("", encoding="utf-8")
    assert "a store already" in fails(CANNOT, "store", QUICK, tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "file/store" in fails(CANNOT, "store", QUICK, tmp_path / "file" / "store")
