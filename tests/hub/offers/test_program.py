"""Program files: what is accepted, what is said about a faulty one, what identifies a version."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hardware.host.errors import ConfigError
from hub.offers.advice import Character, advise
from hub.offers.assurance import Assurance
from hub.offers.program import MAX_PROGRAMS, Program, load_programs
from tests.hub.till.kit import PROGRAM, program

TOML = """
id = "couches-5"
kind = "every_nth"
products = ["p1", "p2"]
every = 5
points_per_unit = 100
label = { fr = "5e paquet", en = "5th pack" }
group = { fr = "Couches", en = "Nappies" }
discount = { percent = 30 }
"""


def test_a_folder_of_programs_is_loaded_in_file_order(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(TOML.replace("couches-5", "second"))
    (tmp_path / "a.toml").write_text(TOML)
    (tmp_path / "notes.txt").write_text("not a program")
    assert [p.id for p in load_programs(tmp_path)] == ["couches-5", "second"]


def test_the_version_is_the_content_not_its_layout(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("# a comment\n" + TOML + '\ncounts = "units"\n')
    assert load_programs(tmp_path)[0].version == program().version
    assert program(points_per_unit=101).version != program().version


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("every = 5", "every = 1", "every = 1"),
        ("every = 5", "evry = 5", "evry"),
        ("percent = 30", "percent = 130", "discount.percent = 130"),
        ("percent = 30", "", "percent or amount_minor"),
        ("percent = 30", "percent = 30, amount_minor = 5", "percent or amount_minor"),
        ('["p1", "p2"]', '["p1", "p1"]', "listed twice"),
        ('["p1", "p2"]', "[]", "products"),
        ('fr = "5e paquet"', 'fr = "5e\\u001bpaquet"', "control characters"),
        ("every = 5", "every = 5\nvalid_from = 2026-02-01\nvalid_until = 2026-01-01", "before valid_from"),
        ("every = 5", "every = = 5", "not valid TOML"),
    ],
)
def test_a_faulty_file_is_named_with_key_and_value(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "faulty.toml").write_text(TOML.replace(old, new))
    with pytest.raises(ConfigError, match=r"faulty\.toml") as caught:
        load_programs(tmp_path)
    assert said in str(caught.value)


def test_two_files_cannot_share_an_id(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(TOML)
    with pytest.raises(ConfigError, match="another file's"):
        load_programs(tmp_path)


def test_a_missing_folder_and_too_many_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        load_programs(tmp_path / "nowhere")
    for n in range(MAX_PROGRAMS + 1):
        (tmp_path / f"{n}.toml").touch()
    with pytest.raises(ConfigError, match="at most 64"):
        load_programs(tmp_path)


def test_assurances_have_the_designs_defaults() -> None:
    assert program().needed_to_reveal is Assurance.TOUCH
    assert program(redeem="possession").needed_to_redeem is Assurance.POSSESSION


@pytest.mark.parametrize(
    ("changes", "character", "warned"),
    [
        ({}, Character.RECOGNISING, ""),
        ({"discount": {"percent": 34}}, Character.RECOGNISING, ""),
        ({"discount": {"percent": 35}}, Character.ENTICING, "34 %"),
        ({"discount": {"amount_minor": 200}}, Character.RECOGNISING, "amount_minor"),
        ({"label": {"fr": "Le 5e gratuit", "en": "5th free"}}, Character.RECOGNISING, "gratuit"),
        ({"valid_from": "2026-01-01", "valid_until": "2026-01-20"}, Character.ENTICING, "presses"),
        ({"valid_from": "2026-01-01", "valid_until": "2026-12-31"}, Character.RECOGNISING, ""),
    ],
)
def test_a_program_is_labelled_recognising_or_enticing(
    changes: dict[str, Any], character: Character, warned: str
) -> None:
    advice = advise(program(**changes))
    assert advice.character is character
    assert warned in " ".join(advice.warnings)
    assert bool(advice.warnings) == bool(warned)


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValidationError):
        Program.model_validate(PROGRAM | {"budget": 5})
