"""What this room's README claims."""

import re
import tomllib
from pathlib import Path

from click.testing import CliRunner

import kiosk
from kiosk import core
from kiosk.cli import kiosk as commands
from kiosk.config import KioskConfig

ROOM = Path(kiosk.__file__).parent
README = (ROOM / "README.md").read_text(encoding="utf-8")


def test_the_module_map_is_whole() -> None:
    named = re.findall(r"^\| `(\w+\.py)` \|", README, re.MULTILINE)
    assert sorted(named) == sorted(path.name for path in ROOM.glob("*.py") if path.name != "__init__.py")


def test_the_sample_configuration_is_valid_and_shows_the_defaults() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    sample = KioskConfig.model_validate(tomllib.loads(block))
    assert sample == KioskConfig(
        store="lyon",
        kiosk="checkout-1",
        outbox=Path("kiosk-outbox.db"),
        hub_public_key=sample.hub_public_key,
    )


def test_the_commands_exist() -> None:
    named = re.findall(r"^    comptoir kiosk (\w+)", README, re.MULTILINE)
    assert set(named) == set(commands.commands)
    for command in named:
        assert CliRunner().invoke(commands, [command, "--help"]).exit_code == 0


def test_the_rules_are_those_of_the_code() -> None:
    assert f"| {core.IDLE_S:.0f} s without an act |" in README
    assert f"| an act waited {core.ACT_REST_S:.0f} s undelivered |" in README
    assert f"| rests {core.STOP_REST_S / 86_400:.0f} days," in README


def test_every_decision_is_dated() -> None:
    decisions = README.split("## Decisions")[1]
    assert (
        len(re.findall(r"^- \*\*\d{4}-\d\d-\d\d · ", decisions, re.MULTILINE))
        == decisions.count("\n- **")
        >= 10
    )
