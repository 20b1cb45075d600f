"""`comptoir demo` as anybody starts it, without a terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hardware.host.entropy import SystemEntropy
from hardware.host.errors import UnavailableError
from hub.box.cli import demo
from hub.box.headless import play_headless
from hub.box.report import StoryReport

COMPTOIR = Path(sys.executable).with_name("comptoir")
PICTURES = {
    "01-attract.svg", "02-aisle-symbols.svg", "03-checkout-symbols.svg", "04-two-people.svg", "05-progress.svg",
    "06-offer-why.svg", "07-offer-at-till.svg", "08-thanks.svg", "09-stopped.svg", "10-cable-out.svg",
    "11-open-right.svg",
}  # fmt: skip

KEYS: dict[str, type | tuple[type, ...]] = {
    "bus": str,
    "adverts_heard": int,
    "frames_kept": int,
    "sightings_published": int,
    "duplicates_dropped": int,
    "recognised": int,
    "views_by_level": dict,
    "discount_minor": int,
    "counter_before": int,
    "counter_after": int,
    "points_before": int,
    "points_after": int,
    "recognised_after_withdrawal": int,
    "recognised_without_permission": int,
    "heard_without_permission": int,
    "discount_by_card_minor": int,
    "points_by_card": int,
    "personal_views_while_two": int,
    "progress_counter": int,
    "progress_discount_minor": int,
    "foreign_traces": int,
    "unresolved_after_60_s": int,
    "reversed": int,
    "open_entitlements": int,
    "outage_s": float,
    "broker_kills": int,
    "hub_kills": int,
    "edge_cut_s": float,
    "link_repeated": int,
    "link_reordered": int,
    "zones_unknown": list,
    "zones_wrongly_empty": int,
    "recovery_ms": dict,
    "lost": int,
    "doubled": int,
    "advert_to_view_ms": dict,
    "seconds": float,
}
"""The issues' keys, all and no others."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str
    pictures: Path


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    folder.mkdir()
    return subprocess.Popen(
        [COMPTOIR, "demo", "--pictures", str(folder / "pictures"), *options],
        cwd=folder,
        env=dict(os.environ, COMPTOIR_LANGUAGE="en"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ended]]:
    """One demo told in words and one reported as JSON, at the same time: most of a story is waiting."""
    folder = tmp_path_factory.mktemp("demos")
    running = {
        "json": start(folder / "json", "--headless", "--json"),
        "plain": start(folder / "plain", "--bus", "memory"),
    }
    try:
        ended = {}
        for name, process in running.items():
            out, err = process.communicate(timeout=100)
            ended[name] = Ended(process.returncode, out, err, folder / name / "pictures")
        yield ended
    finally:
        for process in running.values():
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def document(demos: dict[str, Ended]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(demos["json"].out)
    return found


def test_the_json_demo_prints_one_document_and_nothing_else(demos: dict[str, Ended]) -> None:
    ended = demos["json"]
    assert ended.code == 0, ended.err
    assert len(ended.out.splitlines()) == 1
    json.loads(ended.out)
    assert "Traceback" not in ended.err


def test_the_document_has_exactly_the_keys_of_the_issues(document: dict[str, Any]) -> None:
    assert set(document) == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_each_key_has_its_type(document: dict[str, Any], key: str) -> None:
    assert isinstance(document[key], KEYS[key])
    assert not isinstance(document[key], bool)


def test_the_nested_documents_have_their_keys(document: dict[str, Any]) -> None:
    assert set(document["advert_to_view_ms"]) == {"median", "p99", "n"}
    assert set(document["views_by_level"]) <= {"L0", "L1", "L2"}
    assert all(isinstance(n, int) for n in document["views_by_level"].values())


def test_the_figures_of_the_process_tell_the_story(document: dict[str, Any]) -> None:
    expected = {
        "recognised": 3,
        "discount_minor": 240,
        "counter_before": 4,
        "counter_after": 0,
        "points_before": 260,
        "points_after": 65,
        "recognised_after_withdrawal": 0,
        "recognised_without_permission": 0,
        "discount_by_card_minor": 345,
        "points_by_card": 8,
        "personal_views_while_two": 0,
        "progress_counter": 2,
        "progress_discount_minor": 0,
        "foreign_traces": 0,
        "unresolved_after_60_s": 0,
        "reversed": 1,
        "open_entitlements": 1,
        "lost": 0,
        "doubled": 0,
    }
    assert {key: document[key] for key in expected} == expected


@pytest.mark.parametrize("name", ["json", "plain"])
def test_the_pictures_are_written(demos: dict[str, Ended], name: str) -> None:
    pictures = demos[name].pictures
    assert {path.name for path in pictures.iterdir()} == PICTURES
    assert all(path.read_text(encoding="utf-8").startswith("<svg") for path in pictures.iterdir())


def test_the_json_demo_tells_the_story_on_standard_error(demos: dict[str, Ended]) -> None:
    assert demos["json"].err.startswith("The store opens: 12 nodes, two kiosks, one till")


def test_without_a_terminal_the_demo_tells_it_line_by_line(demos: dict[str, Ended]) -> None:
    ended = demos["plain"]
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0] == "The store opens: 12 nodes, two kiosks, one till; bus: memory."
    assert any(line.startswith("A says “don’t recognise me any more”") for line in lines)
    assert lines[-2].startswith("The end, in ")
    assert lines[-1].endswith("/*.svg")
    assert len(lines) >= 20
    assert "Traceback" not in ended.err


def test_the_demo_leaves_nothing_but_its_pictures(demos: dict[str, Ended]) -> None:
    for ended in demos.values():
        assert [path.name for path in ended.pictures.parent.iterdir()] == ["pictures"]


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = subprocess.run(
        [COMPTOIR, "demo", "--headless", "--pictures", str(tmp_path / "file" / "below")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 64
    assert "Traceback" not in ended.stderr
    assert str(tmp_path / "file") in ended.stderr


@pytest.mark.parametrize(
    "bad", [("--bus", "pigeon"), ("--language", "de"), ("--pictures",), ("--headles",)], ids=" ".join
)
def test_a_wrong_option_is_a_usage_error(bad: tuple[str, ...]) -> None:
    ended = subprocess.run([COMPTOIR, "demo", *bad], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 64
    assert bad[0] in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_says_what_it_plays_and_the_options() -> None:
    ended = subprocess.run([COMPTOIR, "demo", "--help"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0
    assert "Play the story" in ended.stdout
    assert "--headless" in ended.stdout


async def test_a_wanted_broker_that_is_not_installed_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.box.broker.find_mosquitto", lambda: None)
    with pytest.raises(UnavailableError, match="Mosquitto is not installed — install the package"):
        await play_headless(SystemEntropy(), lambda _sentence: None, None, "mqtt")


def test_without_a_broker_the_bus_in_memory_is_said_aloud(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def told(_entropy: object, _say: object, _pictures: object, bus: str | None) -> StoryReport:
        return StoryReport(bus="memory" if bus is None else "mqtt")

    monkeypatch.setattr("hub.box.broker.find_mosquitto", lambda: None)
    monkeypatch.setattr("hub.box.headless.play_headless", told)
    ended = CliRunner().invoke(demo, ["--json", "--pictures", str(tmp_path)])
    assert ended.exit_code == 0
    assert "so the in-memory bus is used" in ended.stderr
    assert json.loads(ended.stdout)["bus"] == "memory"
