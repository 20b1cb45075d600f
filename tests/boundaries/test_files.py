"""Files and streams of another release, or of nobody: one message that names file and place, and nothing is touched.

What plan 1 tells of wrong values is in `tests/hub/shell/test_bad_input.py`. Some cases are processes here, the others
run the same command in this one.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from edge.batch import sightings_of
from edge.cli import edge
from hardware.host.clock import ManualClock, SystemClock
from hardware.host.errors import ComptoirError, StorageError
from hardware.host.outbox import ACTS, PRESENCE, Outbox
from hub.cli import hub
from hub.wire.presence import IdScheme, Sample, SampleState
from tests.boundaries.corpus import CANARY, HOSTILE
from tests.hub.shell.kit import open_data, write_store
from tests.hub.shell.processes import COMPTOIR, Ended, comptoir
from tests.hub.shell.test_bad_input import (
    CONFIG,
    DATA,
    IO,
    NO_INPUT,
    assert_one_message,
    change,
    initialised,
)

KEY = "qWbM1vK8dXn3cTfYpL5sHr2JgUa7Zo9EiBx0NkRtVwQ"
NODE_TOML = 'store = "lyon"\nnode = "n1"\noutbox = "node.db"\n'
KIOSK_TOML = f'store = "lyon"\nkiosk = "k1"\nhub_public_key = "{KEY}"\noutbox = "kiosk.db"\n'


def command(room: click.Group, *arguments: str | Path, stdin: bytes = b"") -> Ended:
    """A command that must end in one error of ours, as `comptoir` tells it."""
    result = CliRunner().invoke(room, [str(argument) for argument in arguments], input=stdin)
    assert isinstance(result.exception, ComptoirError), result
    return Ended(result.exception.exit_code, result.stdout, f"comptoir: {result.exception}\n")


# configuration files


@pytest.mark.parametrize("room", ["edge", "kiosk"])
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("store =", "colour = 3\nstore =", "colour = 3: Extra inputs are not permitted"),
        ("outbox =", "queue =", "outbox: Field required"),
    ],
    ids=["of a newer release", "of an older release"],
)
def test_a_configuration_of_another_release_names_the_key(
    tmp_path: Path, room: str, before: str, after: str, said: str
) -> None:
    file = tmp_path / f"{room}.toml"
    file.write_text(NODE_TOML if room == "edge" else KIOSK_TOML)
    change(file, before, after)
    ended = command(edge, "check", file) if room == "edge" else comptoir("kiosk", "run", file)
    assert_one_message(ended, CONFIG, str(file), said)
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name], "nothing was begun"


# recordings


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"comptoir_recording": 2}', "walk.jsonl:1: comptoir_recording = 2"),
        ('{"comptoir_recording": 1, "radio": "x"}', "walk.jsonl:1: radio = 'x'"),
        ('{"comptoir_recording": 1}\n{"offset_s": 0, "rssi_dbm": -60, "ad": "", "phy": 2}', "walk.jsonl:2: phy = 2"),
        ('{"comptoir_recording":' + "[" * 100_000, "walk.jsonl:1"),
        ('{"comptoir_recording": 1}\n{"offset_s": NaN, "rssi_dbm": -60, "ad": ""}', "walk.jsonl:2: offset_s = nan"),
    ],
    ids=["version", "field of the file", "field of a line", "deep", "not a number"],
)  # fmt: skip
def test_a_recording_of_another_release_names_file_line_and_field(
    tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "node.toml").write_text(NODE_TOML)
    (tmp_path / "walk.jsonl").write_text(line + "\n")
    ended = command(edge, "replay", tmp_path / "node.toml", tmp_path / "walk.jsonl")
    assert_one_message(ended, DATA, said)
    assert not (tmp_path / "node.db").exists(), "nothing was begun"


# databases


def upgrade(path: Path, migration_set: str) -> str:
    """Do to a database what a newer release does; returns what its file's bytes are then."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE things_of_tomorrow (a)")
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, 'm999_tomorrow', 'then')",
            [migration_set],
        )
    database.close()
    return digest(path)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("migration_set", "arguments"),
    [("sales", ["run"]), ("a set of tomorrow", ["init"]), ("people", ["member", "show", "--config"])],
)
def test_a_hub_leaves_the_database_of_a_newer_release_untouched(
    tmp_path: Path, migration_set: str, arguments: list[str]
) -> None:
    config_file = initialised(tmp_path)
    database = tmp_path / "data" / "hub.db"
    before = upgrade(database, migration_set)
    ended = comptoir("hub", *arguments, config_file)
    said = f"written by a newer release ({migration_set}/m999_tomorrow)"
    assert_one_message(ended, IO, str(database), said, "upgrade this program")
    assert digest(database) == before
    assert not database.with_name("hub.db-wal").exists()


def test_a_database_of_this_release_opens_again(tmp_path: Path) -> None:
    config_file = initialised(tmp_path)
    open_data(config_file, SystemClock()).close()


# outboxes


def put_one(path: Path, payload: bytes = b"an act") -> None:
    outbox = Outbox(path, "a" * 16, ManualClock(), ACTS)
    outbox.put(payload, rest_s=1e6, urgent=True)
    outbox.close()


def test_acts_in_an_outbox_of_a_newer_release_are_left_for_it(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.db"
    put_one(path)
    before = upgrade(path, "outbox")
    with pytest.raises(
        StorageError, match=r"kiosk\.db: written by a newer release of this program — upgrade this"
    ):
        Outbox(path, "b" * 16, ManualClock(), ACTS)
    assert digest(path) == before
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM _sqlite_migrations WHERE name = 'm999_tomorrow'")
    database.close()
    again = Outbox(path, "b" * 16, ManualClock(), ACTS)
    assert [row.payload for row in again.due()] == [b"an act"], "upgraded again, it is delivered"
    again.close()


def test_minutes_of_presence_in_an_outbox_of_a_newer_release_are_begun_anew(tmp_path: Path) -> None:
    """A roll-back must not leave twelve nodes waiting for somebody to delete a file."""
    path = tmp_path / "node.db"
    put_one(path)
    upgrade(path, "outbox")
    outbox = Outbox(path, "b" * 16, ManualClock(), PRESENCE)
    assert (outbox.replaced, outbox.counts().put, outbox.due()) == (True, 0, ())
    outbox.close()


def test_a_batch_that_a_newer_release_of_the_node_left_is_sent_with_what_this_one_knows(
    tmp_path: Path,
) -> None:
    ours = Sample(
        scheme=IdScheme.EID, id="00112233445566ff", state=SampleState.HEARD, rssi_dbm=-60.0, age_ms=0
    )
    known: dict[str, Any] = json.loads(ours.model_dump_json())
    samples = [known | {"angle_deg": 3}, known | {"scheme": "uwb"}]
    path = tmp_path / "node.db"
    put_one(path, json.dumps({"samples": samples, "antenna": 2}).encode())
    outbox = Outbox(path, "b" * 16, ManualClock(), ACTS)
    (row,) = outbox.due()
    assert sightings_of(row, "n1").samples == (ours,)
    outbox.close()


# CSV, keys, standard input


HEADER = "sale_id,sold_at,card,product_id,description,quantity,amount_minor"
ROW = "s1,2020-01-01T00:00:00Z,40001,p1,x,1,1"

CSV = {
    "a newer column": (f"{HEADER},channel\n{ROW},app\n".encode(), ":1: the header is not"),
    "an older file": (f"{HEADER[:-13]}\n{ROW[:-2]}\n".encode(), ":1: the header is not"),
    "more fields": (f"{HEADER}\n{ROW},1\n".encode(), ":2: more fields than columns"),
    "NUL": (f"{HEADER}\n{ROW}\x00{CANARY}\n".encode(), "sales.csv"),
    "one long line": (f"{HEADER}\n".encode() + b"x" * 1_000_000, "sales.csv"),
    "an open quote": (f'{HEADER}\n"{ROW}\n'.encode(), "sales.csv"),
    "empty": (b"", ":1: the header is not"),
    "bytes": (HOSTILE["bytes"], "UTF-8"),
    "a huge number": (f"{HEADER}\n{ROW[:-1]}{'9' * 5_000}\n".encode(), ":2: amount_minor"),
    "digits of another script": (f"{HEADER}\n{ROW[:-1]}١\n".encode(), "sales.csv:2"),
}  # fmt: skip


@pytest.mark.parametrize("name", CSV)
def test_a_csv_of_another_release_or_none_imports_nothing(tmp_path: Path, name: str) -> None:
    content, said = CSV[name]
    config_file = initialised(tmp_path)
    file = tmp_path / "sales.csv"
    file.write_bytes(content)
    ended = command(hub, "import", "sales", file, "--config", config_file)
    assert_one_message(ended, DATA, str(file), said)
    assert len(ended.err) < 600
    with sqlite3.connect(tmp_path / "data" / "hub.db") as database:
        assert database.execute("SELECT count(*) FROM sales").fetchone() == (0,)
    database.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"comptoir-hub-key-2 " + b"a" * 64, b"comptoir-hub-key-1 " + b"a" * 62, HOSTILE["bytes"], b"a" * 10**6],
    ids=["empty", "of a newer release", "short", "bytes", "a megabyte"],
)  # fmt: skip
def test_a_key_file_that_is_none_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    config_file = write_store(tmp_path)
    (tmp_path / "data").mkdir()
    key = tmp_path / "data" / "hub.key"
    key.write_bytes(content)
    key.chmod(0o600)
    assert_one_message(command(hub, "init", config_file), IO, str(key), "not a key file")
    assert key.read_bytes() == content
    assert not (tmp_path / "data" / "hub.db").exists(), "nothing was begun"


SECRETS = {
    "bytes": b"\xff\xfe" + CANARY.encode(),
    "nothing": b"",
    "a megabyte": CANARY.encode() * 50_000,
    "terminal": b"\x1b]0;" + CANARY.encode() + b"\x07",
    "NUL": b"4000\x00" + CANARY.encode(),
}


def assert_nobody_came(folder: Path, ended: Ended) -> None:
    assert ended.code in {DATA, NO_INPUT}, ended
    assert_one_message(ended, ended.code)
    assert CANARY not in ended.err
    assert "\x1b" not in ended.err
    with sqlite3.connect(folder / "data" / "hub.db") as database:
        assert database.execute("SELECT count(*) FROM members").fetchone() == (0,)
    database.close()


@pytest.mark.parametrize("option", ["--card", "--fob-key-file"])
@pytest.mark.parametrize("name", sorted(SECRETS.keys() - {"bytes"}))
def test_a_secret_on_standard_input_that_is_none_is_not_quoted_and_adds_nobody(
    tmp_path: Path, name: str, option: str
) -> None:
    config_file = initialised(tmp_path)
    ended = command(hub, "member", "add", "--config", config_file, option, "-", stdin=SECRETS[name])
    assert_nobody_came(tmp_path, ended)


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
@pytest.mark.parametrize("option", ["--card", "--fob-key-file"])
def test_bytes_on_standard_input_are_no_secret_in_any_locale(
    tmp_path: Path, option: str, errors: str
) -> None:
    """Python decodes standard input strictly in fr_FR.UTF-8 and leniently in C."""
    config_file = initialised(tmp_path)
    done = subprocess.run(
        [COMPTOIR, "hub", "member", "add", "--config", config_file, option, "-"],
        input=SECRETS["bytes"], capture_output=True, timeout=20,
        env=os.environ | {"PYTHONIOENCODING": f"utf-8:{errors}"},
    )  # fmt: skip
    assert_nobody_came(tmp_path, Ended(done.returncode, done.stdout.decode(), done.stderr.decode()))
