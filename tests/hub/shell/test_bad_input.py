"""Bad input through the real command line: one message that names file, key, value and what to do; its exit code.

Exit codes are those of sysexits.h; nobody is ever shown a traceback, and nothing is lost.
"""

import socket
from pathlib import Path

import pytest

from hardware.host.clock import SystemClock
from tests.hub.shell.kit import open_data, write_store
from tests.hub.shell.processes import Ended, comptoir, free_port

CONFIG, DATA, NO_INPUT, UNAVAILABLE, IO, NO_PERMISSION, USAGE = 78, 65, 66, 69, 74, 77, 64


def assert_one_message(ended: Ended, code: int, *parts: str) -> None:
    assert ended.code == code, ended
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert len(ended.err.strip().splitlines()) == 1, ended.err
    assert ended.err.startswith("comptoir: ")
    for part in parts:
        assert part in ended.err


def change(config_file: Path, before: str, after: str) -> None:
    text = config_file.read_text(encoding="utf-8")
    assert before in text
    config_file.write_text(text.replace(before, after), encoding="utf-8")


def initialised(folder: Path) -> Path:
    config_file = write_store(folder)
    open_data(config_file, SystemClock()).close()
    return config_file


# the configuration


def test_a_missing_configuration(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.toml"
    assert_one_message(comptoir("hub", "run", missing), CONFIG, str(missing), "no such file", "give the path")


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("port = 0", "port = 70000", ("http.port = 70000", "less than or equal to 65535")),
        ("port = 0", 'port = "many"', ("http.port = 'many'", "valid integer")),
        ("port = 0", 'host = "0.0.0.0"', ("http.host = '0.0.0.0'", "should match")),
        ('store = "lyon"', 'stoer = "lyon"', ("store: Field required", "stoer = 'lyon'", "not permitted")),
        ('zone = "tills"\ntill', 'zone = "cellar"\ntill', ("kiosks.checkout.zone = 'cellar'", "no zone")),
        ('till = "t1"', 'till = "t9"', ("kiosks.checkout.till = 't9'", "no till")),
        ('store = "lyon"', "store = lyon", ("not valid TOML", "line 2")),
        ('store = "lyon"', 'store = "Lyon Sud"', ("store = 'Lyon Sud'", "should match")),
        ('database = "data/hub.db"', "", ("database: Field required",)),
    ],
    ids=lambda value: value.replace("\n", " ") if isinstance(value, str) else "",
)
def test_a_wrong_configuration_names_file_key_and_value(
    tmp_path: Path, before: str, after: str, parts: tuple[str, ...]
) -> None:
    config_file = write_store(tmp_path)
    change(config_file, before, after)
    assert_one_message(comptoir("hub", "run", config_file), CONFIG, str(config_file), "correct", *parts)
    assert not (tmp_path / "data").exists(), "nothing was begun"


# programs


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("every = 5", "every = 0", ("every = 0",)),
        ("every = 5", "evry = 5", ("every", "evry")),
        ("percent = 30", "percent = 130", ("percent = 130",)),
        ('kind = "every_nth"', 'kind = "lottery"', ("kind", "lottery")),
    ],
)
def test_a_faulty_program_names_file_key_and_value(
    tmp_path: Path, before: str, after: str, parts: tuple[str, ...]
) -> None:
    config_file = write_store(tmp_path)
    program = tmp_path / "programs" / "couches.toml"
    change(program, before, after)
    command = ("run", config_file) if after == "every = 0" else ("program", "check", program.parent)
    assert_one_message(comptoir("hub", *command), CONFIG, str(program), *parts)


# the key and the database


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    config_file = initialised(tmp_path)
    key = tmp_path / "data" / "hub.key"
    key.chmod(0o644)
    ended = comptoir("hub", "run", config_file)
    assert_one_message(ended, NO_PERMISSION, str(key), "0644", f"chmod 600 {key}")


def test_a_missing_key_beside_a_database_is_never_made_anew(tmp_path: Path) -> None:
    config_file = initialised(tmp_path)
    key = tmp_path / "data" / "hub.key"
    key.unlink()
    assert_one_message(comptoir("hub", "init", config_file), IO, str(key), "missing", "restore the key file")
    assert not key.exists()


def test_another_stores_key_does_not_open_the_database(tmp_path: Path) -> None:
    ours, theirs = initialised(tmp_path / "ours"), initialised(tmp_path / "theirs")
    key = ours.parent / "data" / "hub.key"
    key.write_bytes((theirs.parent / "data" / "hub.key").read_bytes())
    ended = comptoir("hub", "member", "show", "--config", ours)
    assert_one_message(ended, IO, "key")


@pytest.mark.parametrize("damage", ["garbage", "cut", "torn"])
def test_a_damaged_database_is_left_as_it_is(tmp_path: Path, damage: str) -> None:
    config_file = initialised(tmp_path)
    database = tmp_path / "data" / "hub.db"
    whole = database.read_bytes()
    content = {
        "garbage": b"no database at all\n" * 500,
        "cut": whole[: len(whole) // 3],
        "torn": whole[:8192] + b"\xa5" * (len(whole) - 8192),
    }[damage]
    database.write_bytes(content)
    ended = comptoir("hub", "run", config_file)
    assert_one_message(ended, IO, str(database), "restore the latest backup")
    assert database.read_bytes() == content


def test_a_folder_in_the_databases_place(tmp_path: Path) -> None:
    config_file = initialised(tmp_path)
    database = tmp_path / "data" / "hub.db"
    database.unlink()
    database.mkdir()
    assert_one_message(comptoir("hub", "run", config_file), IO, str(database))


# the port


def test_a_taken_port_is_named_with_its_key(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config_file = write_store(tmp_path, http_port=port)
        ended = comptoir("hub", "run", config_file)
    assert_one_message(ended, UNAVAILABLE, "http.port", str(port), "taken", "choose another port")


def test_a_brokers_address_that_is_none(tmp_path: Path) -> None:
    config_file = write_store(tmp_path, http_port=free_port())
    change(config_file, "[mqtt]\nport = 1883", '[mqtt]\nhost = ""')
    assert_one_message(comptoir("hub", "run", config_file), CONFIG, str(config_file), "mqtt.host = ''")
    change(config_file, 'host = ""', 'host = "a..b"')
    ended = comptoir("hub", "run", config_file)
    assert_one_message(ended, UNAVAILABLE, "mqtt", "no address of a broker")


def test_a_nodes_broker_that_has_no_address(tmp_path: Path) -> None:
    config_file, recording = tmp_path / "n1.toml", tmp_path / "walk.jsonl"
    config_file.write_text(
        'store = "lyon"\nnode = "n1"\noutbox = "n1.db"\n[mqtt]\nhost = "a..b"\n', encoding="utf-8"
    )
    recording.write_text('{"comptoir_recording": 1}\n', encoding="utf-8")
    assert_one_message(
        comptoir("edge", "replay", config_file, recording), UNAVAILABLE, "no address of a broker"
    )


# what is brought in


def test_a_csv_that_cannot_be_read(tmp_path: Path) -> None:
    config_file = initialised(tmp_path)
    ended = comptoir("hub", "import", "sales", tmp_path, "--config", config_file)
    assert_one_message(ended, NO_INPUT, str(tmp_path), "cannot be read: Is a directory", "check its path")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("a,b,c\n1,2,3\n", (":1", "the header is not")),
        (
            "sale_id,sold_at,card,product_id,description,quantity,amount_minor\ns1,yesterday,4000,p1,x,1,1\n",
            (":2", "sold_at = 'yesterday'"),
        ),
        (
            "sale_id,sold_at,card,product_id,description,quantity,amount_minor\n"
            "s1,2020-01-01T00:00:00Z,4000,p1,x,-1,1\n",
            (":2", "quantity = '-1'"),
        ),
        ("\xff\xfe", ("UTF-8",)),
    ],
    ids=["header", "time", "quantity", "bytes"],
)
def test_a_faulty_csv_names_the_line_and_imports_nothing(
    tmp_path: Path, content: str, parts: tuple[str, ...]
) -> None:
    config_file = initialised(tmp_path)
    file = tmp_path / "sales.csv"
    file.write_text(content, encoding="latin-1")
    ended = comptoir("hub", "import", "sales", file, "--config", config_file)
    assert_one_message(ended, DATA, str(file), *parts)


# members


def test_a_member_nobody_is(tmp_path: Path) -> None:
    config_file = initialised(tmp_path)
    ended = comptoir("hub", "member", "show", "0" * 16, "--config", config_file)
    assert_one_message(ended, DATA, "0" * 16)


def test_a_wrong_fob_key_is_not_quoted(tmp_path: Path) -> None:
    config_file = initialised(tmp_path)
    key_file = tmp_path / "fob.key"
    key_file.write_text("deadbeefdeadbeefdeadbeefdeadbeXX", encoding="ascii")
    ended = comptoir("hub", "member", "add", "--config", config_file, "--fob-key-file", key_file)
    assert_one_message(ended, DATA, str(key_file), "hexadecimal")
    assert "deadbeef" not in ended.err
    listed = comptoir("hub", "member", "show", "--config", config_file, "--json")
    assert listed.out.strip() == '{"members": []}', "nothing was begun"


def test_a_missing_argument_is_a_usage_error_with_help(tmp_path: Path) -> None:
    ended = comptoir("hub", "run")
    assert ended.code == USAGE
    assert "CONFIG" in ended.err
    assert "Traceback" not in ended.err
