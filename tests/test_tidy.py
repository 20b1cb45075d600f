"""The house rules that no linter knows (style, habit 8): small shapes, one place for each outside thing."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("edge", "hardware", "hub", "kiosk")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
EVERYTHING = SOURCES + sorted((ROOT / "tests").rglob("*.py"))

MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _importers(package: str) -> set[str]:
    return {
        _name(path)
        for path in SOURCES
        if any(name == package or name.startswith(f"{package}.") for name in _imports(path))
    }


@pytest.mark.parametrize("path", EVERYTHING, ids=_name)
def test_a_module_is_short_enough_to_hold_one_concept(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < MAX_FUNCTION_LINES, node.name


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("package", "where"),
    [
        ("bleak", {"hardware/radio/bluetooth.py"}),
        ("paho", {"hub/wire/mqtt.py"}),
        ("uvicorn", {"hub/till/server.py"}),
    ],
)
def test_one_module_knows_an_outside_library(package: str, where: set[str]) -> None:
    assert _importers(package) == where


def test_dbus_stays_beside_bluez() -> None:
    # The journal names its logger only, to keep payloads out of the log.
    others = {name for name in _importers("dbus_fast") if not name.startswith("hardware/bluez/")}
    assert others <= {"hardware/radio/bluetooth.py", "hardware/radio/crowd.py"}


def test_textual_stays_in_the_kiosk() -> None:
    assert all(name.startswith("kiosk/") for name in _importers("textual"))


def test_sql_stays_in_the_stores() -> None:
    besides = {
        "hardware/host/doctor/database.py",
        "hardware/host/outbox.py",
        "hardware/host/outbox_file.py",
        "hardware/host/schema.py",
    }
    assert _importers("sqlite3") | _importers("sqlite_utils") <= besides | {
        name for path in SOURCES if (name := _name(path)).startswith("hub/store/")
    }


def test_nothing_is_put_off_or_left_over() -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text), _name(path)


def test_every_room_has_a_readme_with_dated_decisions() -> None:
    for room in ROOMS:
        text = (ROOT / room / "README.md").read_text(encoding="utf-8")
        assert re.search(r"\b20\d\d-\d\d-\d\d\b", text), room


def test_the_wires_topic_table_names_every_topic() -> None:
    from hub.wire import topics

    assert topics.__doc__ is not None
    for room, leaf in topics.LEAVES:
        assert f"/{room}/{{{room}}}/{leaf}`" in topics.__doc__
