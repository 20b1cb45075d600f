"""Both languages say everything, and no screen says anything the catalogue does not know."""

import ast
import re
import string
from pathlib import Path

import pytest

import kiosk
from kiosk.screen import Note
from kiosk.symbols import drawings
from kiosk.texts import Texts, catalogue

ROOM = Path(kiosk.__file__).parent
SCREEN_MODULES = ("views", "widgets", "panel", "app", "split", "floor_view")


def keys_in_code() -> set[str]:
    """Literal keys: every string of the form word.word in the modules that draw."""
    found = set()
    for name in SCREEN_MODULES:
        for node in ast.walk(ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^[a-z]+(?:\.[a-z_]+)+$", node.value))
    return found - {"app.focus_next", "app.focus_previous", "panel.tcss", "split.tcss"}


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_both_languages_have_every_key_with_the_same_places() -> None:
    french, english = catalogue("fr"), catalogue("en")
    assert set(french) == set(english)
    for key, text in french.items():
        assert text.strip(), key
        assert english[key].strip(), key
        assert places(text) == places(english[key]), key


def test_every_key_in_the_code_is_in_the_catalogue_and_the_other_way_round() -> None:
    used = keys_in_code() | {"crash"}
    used |= {f"note.{note}" for note in Note} | {f"symbol.{name}" for name in drawings()}
    used |= {key for key in catalogue("fr") if key.startswith("split.key.")}
    assert used - set(catalogue("fr")) == set()
    assert set(catalogue("fr")) - used == set()


@pytest.mark.parametrize("module", ["views", "split"])
def test_no_words_on_a_screen_are_written_in_the_code(module: str) -> None:
    for node in ast.walk(ast.parse((ROOM / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Words", "Content", "Header"}:
            literals = [a.value for a in node.args if isinstance(a, ast.Constant)]
            assert all(value == "" for value in literals), (node.lineno, literals)


def test_no_markup_is_ever_made_of_a_string() -> None:
    """A lint: what Textual reads as markup could be somebody's product name (traps, Textual 8.2)."""
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            assert name not in {"from_markup", "notify", "Label", "Button"}, (path.name, node.lineno)
            if name == "Static":
                assert any(k.arg == "markup" for k in node.keywords), (path.name, node.lineno)


def test_money_is_written_as_people_write_it() -> None:
    assert Texts("fr", "EUR").money(1999) == "19,99\u00a0€"
    assert Texts("en", "EUR").money(5) == "€0.05"
    assert Texts("fr", "CHF").money(100000).endswith("CHF")


def test_a_key_that_is_none_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        Texts("fr", "EUR")("no.such")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_must_stand_on_one_line_of_forty_cells_does(language: str) -> None:
    texts = catalogue(language)
    beside = 40 - len(texts["language.other"]) - 4
    for key in ("status.offline", "status.waiting", "symbols.question", "thanks.bought"):
        assert len(texts[key]) <= beside, key
    for key in ("symbols.else", "symbols.resting", "symbols.locked"):
        assert len(texts[key]) <= 40, key
