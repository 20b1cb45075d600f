"""What this room's README claims."""

import re
import tomllib
from pathlib import Path

from click.testing import CliRunner

from edge import reporter
from edge.app import SCRUB_EVERY_S
from edge.cli import edge
from edge.config import EdgeConfig
from edge.known import KNOWN_REST_S, UNKNOWN_REST_S

ROOM = Path(__file__).parents[2] / "edge"
README = (ROOM / "README.md").read_text(encoding="utf-8")


def test_the_module_map_is_whole() -> None:
    named = set(re.findall(r"^\| `(\w+\.py)` \|", README, re.MULTILINE))
    assert named == {path.name for path in ROOM.glob("*.py")} - {"__init__.py"}


def test_the_sample_configuration_is_valid_and_shows_the_defaults() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    sample = EdgeConfig.model_validate(tomllib.loads(block))
    assert sample == EdgeConfig(store="lyon", node="aisle-1", outbox=Path("outbox.db"))


def test_the_commands_exist() -> None:
    for command in re.findall(r"comptoir edge (\w+)", README):
        assert CliRunner().invoke(edge, [command, "--help"]).exit_code == 0


def test_the_rules_are_those_of_the_code() -> None:
    assert f"| {reporter.REPORT_EVERY_S} s |" in README
    assert f"| {reporter.SILENT_AFTER_S:.0f} s |" in README
    assert f"| {reporter.MAX_TRACKED:,} |" in README
    assert f"| {UNKNOWN_REST_S:.0f} s, then wiped within {SCRUB_EVERY_S:.0f} s |" in README
    assert f"| {KNOWN_REST_S / 60:.0f} min |" in README
    assert UNKNOWN_REST_S + SCRUB_EVERY_S < 60
