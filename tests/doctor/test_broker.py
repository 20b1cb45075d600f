"""The broker, visited: a real Mosquitto up, down, refusing, deaf; and what it holds of the hub."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from hardware.host.config import BrokerConfig
from hardware.host.doctor import broker, network
from hardware.host.doctor.finding import Finding, State
from hardware.host.doctor.network import ReachFacts
from hardware.host.entropy import SystemEntropy
from hub.box.broker import Mosquitto, find_mosquitto
from hub.wire.bus import Delivery
from hub.wire.codec import encode
from hub.wire.mqtt import MqttBus
from hub.wire.presence import HubState, NodePresence
from hub.wire.topics import Topics
from hub.wire.visit import BrokerVisit, visit
from tests.conftest import missing_part
from tests.hub.shell.processes import free_port
from tests.hub.wire.harness import a_moment, until

TOPICS = Topics("lyon")
VISIT_ID = "00000000000000aa"
STATE = HubState(session_id="0" * 16, presence=NodePresence.ONLINE, notice_ok=True)


def entropy() -> float:
    return SystemEntropy().uniform()


async def visited(port: int, *, patience_s: float = 3.0) -> BrokerVisit:
    return await visit("127.0.0.1", port, "lyon", VISIT_ID, jitter=entropy, patience_s=patience_s)


async def examined(port: int, host: str = "127.0.0.1", *, patience_s: float = 3.0) -> dict[str, Finding]:
    call = partial(visit, port=port, store="lyon", visit_id=VISIT_ID, jitter=entropy, patience_s=patience_s)
    findings = await broker.examine(
        BrokerConfig(host=host, port=port), call, lambda seen: broker.judge_hub(seen, "nothing works")
    )
    return {finding.check: finding for finding in findings}


async def retain(port: int, payload: bytes) -> None:
    bus = MqttBus("127.0.0.1", port, "a-hub", jitter=entropy)
    await bus.start()
    await until(lambda: bus.connected)
    assert await bus.publish(TOPICS.hub_state, payload, retain=True)
    await bus.stop()


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """Something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextlib.asynccontextmanager
async def broker_with(folder: Path, *lines: str) -> AsyncIterator[int]:
    """Mosquitto with a configuration of this test's own."""
    program = find_mosquitto()
    if program is None:
        missing_part("Mosquitto is not installed")
    port = free_port()
    config = folder / "own.conf"
    user = ["user root"] if os.geteuid() == 0 else []
    config.write_text("\n".join([f"listener {port} 127.0.0.1", *user, *lines]) + "\n", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(config), stderr=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(10.0):
            while (await network.reach("127.0.0.1", port)).failure is not None:  # noqa: ASYNC110 - nobody tells us but the port
                await asyncio.sleep(0.02)
        yield port
    finally:
        process.kill()
        await process.wait()


@pytest.mark.real
async def test_a_broker_that_delivers_and_knows_an_online_hub_is_well(mosquitto: Mosquitto) -> None:
    await retain(mosquitto.port, encode(STATE))
    found = await examined(mosquitto.port)
    assert {finding.state for finding in found.values()} == {State.OK}
    assert list(found) == [
        "broker.name", "broker.port", "broker.login", "broker.delivery", "hub.state", "hub.notice",
    ]  # fmt: skip


@pytest.mark.real
async def test_a_visit_leaves_nothing_at_the_broker(mosquitto: Mosquitto) -> None:
    heard: list[Delivery] = []
    watcher = MqttBus("127.0.0.1", mosquitto.port, "watcher", jitter=entropy)
    watcher.subscribe("#", heard.append)
    await watcher.start()
    await until(lambda: watcher.connected)
    assert (await visited(mosquitto.port)).round_trip_ms is not None
    await a_moment()
    assert [(d.topic, d.payload) for d in heard] == [(TOPICS.doctor(VISIT_ID), b"")]
    await watcher.stop()

    # What is retained, and what a session of the visit's name would have kept, comes to a later one of that name.
    later: list[Delivery] = []
    again = MqttBus("127.0.0.1", mosquitto.port, f"doctor-{VISIT_ID}", jitter=entropy)
    speaker = MqttBus("127.0.0.1", mosquitto.port, "speaker", jitter=entropy)
    await speaker.start()
    await until(lambda: speaker.connected)
    await speaker.publish(TOPICS.doctor(VISIT_ID), b"for a session")
    again.subscribe("unrelated", later.append)
    again.subscribe("#", later.append)
    await again.start()
    await until(lambda: again.connected)
    await a_moment()
    assert later == []
    await again.stop()
    await speaker.stop()


@pytest.mark.real
@pytest.mark.parametrize(
    ("payload", "hub", "state", "notice"),
    [
        (encode(STATE), "online", State.OK, State.OK),
        (encode(STATE.model_copy(update={"notice_ok": False})), "online", State.OK, State.PROBLEM),
        (encode(STATE.model_copy(update={"presence": NodePresence.OFFLINE})), "offline", State.PROBLEM, State.SKIPPED),
        (encode(STATE).replace(b'"v":1', b'"v":2'), "other_version", State.PROBLEM, State.SKIPPED),
        (b"garbage", "unreadable", State.PROBLEM, State.SKIPPED),
        (None, None, State.PROBLEM, State.SKIPPED),
    ],
)  # fmt: skip
async def test_what_the_broker_keeps_of_the_hub(
    mosquitto: Mosquitto, payload: bytes | None, hub: str | None, state: State, notice: State
) -> None:
    if payload is not None:
        await retain(mosquitto.port, payload)
    seen = await visited(mosquitto.port)
    assert seen.hub == hub
    assert [finding.state for finding in broker.judge_hub(seen, "nothing works")] == [state, notice]


async def test_nobody_at_the_port_is_a_problem_and_the_rest_is_skipped() -> None:
    found = await examined(free_port())
    assert {check: finding.state for check, finding in found.items()} == {
        "broker.name": State.OK,
        "broker.port": State.PROBLEM,
        "broker.login": State.SKIPPED,
        "broker.delivery": State.SKIPPED,
        "hub.state": State.SKIPPED,
        "hub.notice": State.SKIPPED,
    }
    assert found["broker.port"].fix == "start the broker: `sudo systemctl start mosquitto`"


async def test_a_name_that_does_not_resolve_is_a_problem() -> None:
    found = await examined(1883, "no-such-host.invalid")
    assert found["broker.name"].state is State.PROBLEM
    assert found["broker.port"].state is State.SKIPPED


async def test_a_name_of_impossible_form_is_a_problem() -> None:
    assert (await network.reach("a" * 70, 1883)).address is None


async def test_a_dead_name_server_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "RESOLVE_S", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: asyncio.run(asyncio.sleep(0.5)))
    facts = await network.reach("hub", 1883)
    assert facts.failure is not None
    assert "no name server" in facts.failure


async def test_of_two_addresses_the_one_that_answers_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def two(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, 1, 6, "", (address, 0)) for address in ("127.0.0.2", "127.0.0.1")]

    with deaf_port() as port:
        monkeypatch.setattr(socket, "getaddrinfo", two)
        assert await network.reach("hub", port) == ReachFacts("hub", port, "127.0.0.1", None)


async def test_a_machine_that_swallows_everything_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A listener whose queue is full swallows what comes, as a firewall does.
    with socket.socket() as listener, contextlib.ExitStack() as crowd:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):
            waiting = crowd.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        monkeypatch.setattr(network, "CONNECT_S", 0.1)
        assert (await network.reach("127.0.0.1", port)).failure == "no answer within 0.1 s"


async def test_something_that_does_not_speak_mqtt_is_a_problem() -> None:
    with deaf_port() as port:
        found = await examined(port, patience_s=0.3)
    assert found["broker.login"].state is State.PROBLEM
    assert found["broker.delivery"].state is State.SKIPPED
    assert "no answer within" in found["broker.login"].observed


@pytest.mark.real
async def test_a_broker_that_refuses_is_a_problem_with_its_reason(tmp_path: Path) -> None:
    async with broker_with(tmp_path, "allow_anonymous false") as port:
        found = await examined(port)
    assert found["broker.login"].state is State.PROBLEM
    assert "Not authorized" in found["broker.login"].observed


@pytest.mark.real
async def test_a_broker_that_swallows_messages_is_a_problem(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic read $SYS/#\n", encoding="utf-8")
    acl.chmod(0o700)
    async with broker_with(tmp_path, "allow_anonymous true", f"acl_file {acl}") as port:
        found = await examined(port, patience_s=0.5)
    assert found["broker.login"].state is State.OK
    assert found["broker.delivery"].state is State.PROBLEM


@dataclass(frozen=True)
class Seen:
    failure: str | None = None
    round_trip_ms: float | None = None
    hub: str | None = None
    notice_ok: bool = False


def test_a_slow_broker_is_warned_of() -> None:
    _, delivery = broker.judge(Seen(round_trip_ms=broker.SLOW_MS + 1.0), "hub:1883")
    assert delivery.state is State.WARNING


def test_the_fix_for_another_machine_names_it() -> None:
    _, port = network.judge(
        "broker", ReachFacts("hub", 1883, "192.0.2.7", "no answer"), "the broker", "start it"
    )
    assert port.fix is not None
    assert port.fix.startswith("on hub: `start it`")


def test_an_address_with_a_zone_is_understood() -> None:
    _, port = network.judge("broker", ReachFacts("hub", 1883, "fe80::1%eth0", "no answer"), "the broker", "x")
    assert port.state is State.PROBLEM
