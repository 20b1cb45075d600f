"""What the READMEs claim exists: links, commands, make targets, the map of the house."""

import re
from pathlib import Path

import click
import pytest

from hardware.host.cli import root

ROOT = Path(__file__).parents[1]
READMES = [ROOT / "README.md", *(ROOT / room / "README.md" for room in ("edge", "hardware", "hub", "kiosk"))]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_every_link_of_a_readme_leads_somewhere(readme: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", readme.read_text(encoding="utf-8")):
        assert (readme.parent / target).exists(), target


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_every_file_named_in_a_readme_exists(readme: Path) -> None:
    for named in re.findall(
        r"`((?:edge|hardware|hub|kiosk|tests)/[\w./-]+)`", readme.read_text(encoding="utf-8")
    ):
        assert (ROOT / named).exists(), named


@pytest.mark.parametrize("readme", READMES, ids=_name)
def test_every_command_of_a_readme_exists(readme: Path) -> None:
    for line in re.findall(r"^    comptoir ([a-z -]+)", readme.read_text(encoding="utf-8"), re.MULTILINE):
        command: click.Command = root
        context = click.Context(root)
        for word in line.split():
            if not isinstance(command, click.Group):
                break
            found = command.get_command(context, word)
            assert found is not None, line
            command = found


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z]+)`?", (ROOT / "README.md").read_text(encoding="utf-8"))):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_hubs_map_names_every_part_of_it() -> None:
    text = (ROOT / "hub" / "README.md").read_text(encoding="utf-8")
    mapped = set(re.findall(r"`([\w]+)(?:/|\.py)`", text.split("## A store")[0]))
    parts = {p.name for p in (ROOT / "hub").iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    modules = {p.stem for p in (ROOT / "hub").glob("*.py") if p.stem != "__init__"}
    assert mapped == parts | modules


def test_the_two_commands_are_in_the_readme_and_ci_runs_the_second() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^    make demo\b", text, re.MULTILINE)
    assert re.search(r"^    make test\b", text, re.MULTILINE)
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
