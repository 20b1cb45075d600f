"""The hub's part: its port, its key, its clock, the names of its store."""

import contextlib
import errno
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from hardware.host.clock import ManualClock
from hardware.host.config import load_toml
from hardware.host.doctor import outbox
from hardware.host.doctor.examination import Tools, run_checks
from hardware.host.doctor.finding import Finding, State
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import ComptoirError
from hub.config import HttpConfig, StoreConfig
from hub.doctor import names, port
from hub.doctor.data import examine_clock, examine_key, examine_programs, examine_release
from hub.doctor.port import PortFacts
from hub.doctor.store import judge_hub
from hub.wire.visit import BrokerVisit
from tests.doctor.kit import Store, set_up
from tests.hub.shell.processes import free_port


class Answering(BaseHTTPRequestHandler):
    body: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def answering(body: bytes) -> Iterator[HttpConfig]:
    """A program that answers every request with `body`."""
    handler = type("Handler", (Answering,), {"body": body})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield HttpConfig(port=server.server_port)
        server.shutdown()


def judged(facts: PortFacts) -> dict[str, State]:
    return {finding.check: finding.state for finding in port.judge(facts, "lyon")}


def health(store: str, **more: object) -> bytes:
    return json.dumps({"status": "ok", "store": store, "programs": 1, "open_baskets": 0, **more}).encode()


async def test_our_own_hub_at_the_port_is_well() -> None:
    with answering(health("lyon", news_of_a_later_version=1)) as http:
        facts = await port.look(http)
    assert judged(facts) == {"port.http": State.OK, "hub.versions": State.OK}


async def test_nodes_of_another_version_are_warned_of_by_name() -> None:
    with answering(health("lyon", other_versions={"node n1": "v 2"})) as http:
        facts = await port.look(http)
    _, versions = port.judge(facts, "lyon")
    assert versions.state is State.WARNING
    assert "node n1" in versions.observed


async def test_another_stores_hub_at_the_port_is_a_problem() -> None:
    with answering(health("paris")) as http:
        assert judged(await port.look(http)) == {"port.http": State.PROBLEM}


@pytest.mark.parametrize("body", [b"hello", b"{}"])
async def test_a_foreign_program_at_the_port_is_a_problem(body: bytes) -> None:
    with answering(body) as http:
        assert judged(await port.look(http)) == {"port.http": State.PROBLEM}


async def test_a_program_that_does_not_speak_http_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "ANSWER_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        facts = await port.look(HttpConfig(port=listener.getsockname()[1]))
    assert judged(facts) == {"port.http": State.PROBLEM}


async def test_a_free_port_is_well_and_still_free_afterwards() -> None:
    number = free_port()
    assert judged(await port.look(HttpConfig(port=number))) == {"port.http": State.OK}
    with socket.create_server(("127.0.0.1", number)):
        pass


async def test_a_port_that_is_taken_but_not_served_is_a_problem() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound without SO_REUSEADDR, and not listening
        facts = await port.look(HttpConfig(port=taken.getsockname()[1]))
    assert facts.bind_errno == errno.EADDRINUSE
    assert judged(facts) == {"port.http": State.PROBLEM}


async def test_ipv6_loopback_is_understood() -> None:
    facts = await port.look(HttpConfig(host="::1", port=free_port()))
    assert facts.at is not None
    assert facts.at.startswith("[::1]:")


async def test_any_free_port_is_nothing_to_look_at() -> None:
    assert judged(await port.look(HttpConfig(port=0))) == {"port.http": State.SKIPPED}


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.EACCES, "above 1023"), (errno.EADDRINUSE, "ss -ltnp"), (errno.EIO, "http.host")],
)
def test_why_a_port_cannot_be_had_decides_the_fix(number: int, word: str) -> None:
    (finding,) = port.judge(PortFacts("127.0.0.1:80", bind_errno=number), "lyon")
    assert finding.fix is not None
    assert word in finding.fix


ONLINE = BrokerVisit(hub="online", notice_ok=True)


@pytest.mark.parametrize(
    ("seen", "runs", "state"),
    [
        (None, True, State.SKIPPED),
        (ONLINE, True, State.OK),
        (ONLINE, None, State.OK),
        (ONLINE, False, State.WARNING),
        (BrokerVisit(hub="offline"), True, State.PROBLEM),
        (BrokerVisit(), True, State.PROBLEM),
        (BrokerVisit(), False, State.WARNING),
        (BrokerVisit(hub="offline"), None, State.WARNING),
    ],
)
def test_the_hub_on_its_own_machine(seen: BrokerVisit | None, runs: bool | None, state: State) -> None:
    assert judge_hub(seen, runs=runs, notice=True, config_file="store.toml")[0].state is state


@pytest.mark.parametrize(
    ("seen", "notice", "state"),
    [
        (ONLINE, True, State.OK),
        (None, True, State.OK),
        (None, False, State.PROBLEM),
        (ONLINE, False, State.PROBLEM),
        (BrokerVisit(hub="online"), True, State.PROBLEM),
        (BrokerVisit(hub="offline"), True, State.OK),
    ],
)
def test_without_a_notice_nothing_is_recognised_b7(
    seen: BrokerVisit | None, notice: bool, state: State
) -> None:
    assert judge_hub(seen, runs=True, notice=notice, config_file="store.toml")[1].state is state


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return set_up(tmp_path, mqtt_port=1883)


@pytest.fixture
def config(store: Store) -> StoreConfig:
    return load_toml(store.store, StoreConfig).beside(store.store)


TOOLS = Tools(ManualClock(1_800_000_000.0), SystemEntropy())


async def key_state(config: StoreConfig) -> State:
    (finding,) = await examine_key(config, TOOLS, "store.toml")
    return finding.state


async def test_a_key_that_fits_its_database_is_well(config: StoreConfig) -> None:
    assert await key_state(config) is State.OK


async def test_a_key_without_its_database_yet_is_well(config: StoreConfig) -> None:
    config.database.unlink()
    assert await key_state(config) is State.OK


async def test_another_stores_key_is_a_problem(config: StoreConfig, tmp_path: Path) -> None:
    other = set_up(tmp_path / "other", mqtt_port=1883)
    config.key_file.write_bytes(other.key_file.read_bytes())
    assert await key_state(config) is State.PROBLEM


async def test_before_the_first_start_nothing_is_made(config: StoreConfig) -> None:
    config.database.unlink()
    config.key_file.unlink()
    assert await key_state(config) is State.PROBLEM
    assert not config.key_file.exists()


@pytest.mark.parametrize("fault", ["missing", "readable by others", "damaged"])
async def test_a_key_that_cannot_be_used_is_an_error_with_its_fix(config: StoreConfig, fault: str) -> None:
    match fault:
        case "missing":
            config.key_file.unlink()
        case "readable by others":
            config.key_file.chmod(0o644)
        case _:
            config.key_file.write_text("not a key")
    with pytest.raises(ComptoirError) as raised:
        await examine_key(config, TOOLS, "store.toml")
    assert raised.value.fix


async def test_the_clock_is_held_against_the_database_a10(config: StoreConfig) -> None:
    async def state() -> State:
        (finding,) = await examine_clock(config, TOOLS)
        return finding.state

    assert await state() is State.SKIPPED
    for mark_s, expected in (
        (TOOLS.clock.now_s() - 1.0, State.OK),
        (TOOLS.clock.now_s() + 900.0, State.PROBLEM),
    ):
        with contextlib.closing(sqlite3.connect(config.database)) as database:
            database.execute("UPDATE people_state SET clock_mark_s = ?", [mark_s])
            database.commit()
        assert await state() is expected


async def test_a_database_that_may_not_be_read_leaves_the_clock_unjudged(
    config: StoreConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hardware.host.doctor.database.is_in_use", refused)
    for (finding,) in (await examine_clock(config, TOOLS), await examine_release(config)):
        assert finding.state is State.SKIPPED


async def test_a_database_of_a_newer_release_is_a_problem(config: StoreConfig) -> None:
    async def state() -> State:
        (finding,) = await examine_release(config)
        return finding.state

    assert await state() is State.OK
    with contextlib.closing(sqlite3.connect(config.database)) as database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('people', 'm999', '')"
        )
        database.commit()
    assert await state() is State.PROBLEM
    config.database.unlink()
    assert await state() is State.SKIPPED


async def test_programs_are_counted_and_a_faulty_one_is_an_error(config: StoreConfig) -> None:
    (finding,) = await examine_programs(config)
    assert finding.observed.startswith("1 in ")
    program = next(config.programs.glob("*.toml"))
    program.write_text("kind = 3")
    with pytest.raises(ComptoirError):
        await examine_programs(config)
    program.unlink()
    (finding,) = await examine_programs(config)
    assert finding.state is State.OK


def fits(config: StoreConfig, **content: object) -> State | None:
    finding = names.judge_names(config, content)
    return None if finding is None else finding.state


def test_a_node_and_a_kiosk_the_store_knows_are_well(config: StoreConfig) -> None:
    assert fits(config, store="lyon", node="n1") is State.OK
    assert fits(config, store="lyon", kiosk="display") is State.OK


def test_a_name_the_store_does_not_know_is_a_problem(config: StoreConfig) -> None:
    assert fits(config, store="lyon", node="n9") is State.PROBLEM
    assert fits(config, store="lyon", node=["n1"]) is State.PROBLEM
    assert fits(config, store="paris", kiosk="display") is State.PROBLEM
    assert fits(config, kiosk="display") is State.PROBLEM
    assert fits(config, store="lyon") is None


def key_finding(key: object, public_key: str | None) -> Finding:
    return names.judge_kiosk_key({"hub_public_key": key}, public_key, "store.toml")


def test_a_kiosk_must_seal_to_this_hubs_key_and_no_key_is_shown() -> None:
    ours, theirs = "A" * 43, "B" * 43
    assert key_finding(ours, ours).state is State.OK
    assert key_finding(ours, None).state is State.SKIPPED
    for wrong in (theirs, 3, None, "é"):
        finding = key_finding(wrong, ours)
        assert finding.state is State.PROBLEM
        assert ours not in finding.observed + str(finding.fix)


async def waiting(path: Path) -> Finding:
    found = await run_checks(outbox.checks(path, Path("kiosk.toml"), "repair"))
    return next(finding for finding in found if finding.check == "outbox.waiting")


async def test_what_waits_in_an_outbox_is_counted(tmp_path: Path) -> None:
    from hardware.host.outbox import ACTS, Outbox

    path = tmp_path / "outbox.db"
    assert (await waiting(path)).state is State.SKIPPED
    box = Outbox(path, "0" * 16, ManualClock(), ACTS)
    box.put(b"x", rest_s=60.0)
    box.put(b"y", rest_s=60.0)
    box.close()
    assert (await waiting(path)).observed == "2 messages wait for the hub"


async def test_an_outbox_that_may_not_be_read_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> object:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "outbox.db"
    path.touch()
    monkeypatch.setattr("hardware.host.doctor.database.read_value", refused)
    assert (await waiting(path)).state is State.SKIPPED
    monkeypatch.setattr("hardware.host.doctor.database.is_in_use", refused)
    assert not await outbox.runs(path)
