"""`comptoir hub run` as a process: brokers that come late, garbage, signals, and a kill in the worst moment."""

import asyncio
import signal
import sqlite3
from pathlib import Path

import pytest

from edge.app import EdgeAgent
from edge.config import EdgeConfig
from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hardware.host.outbox import ACTS, PRESENCE, Outbox
from hardware.radio.simulated import SimulatedSource
from hub.box.broker import Mosquitto
from hub.desk_key import kiosk_public_key
from hub.wire.bus import Delivery
from hub.wire.codec import decode, encode
from hub.wire.mqtt import MqttBus
from hub.wire.presence import HubState, NodePresence, NodeState, Sightings
from hub.wire.topics import LEAVES
from kiosk.client import KioskClient
from tests.hub.shell.kit import PACK, TOPICS, join, open_data, write_store
from tests.hub.shell.processes import HubProcess, free_port, hub_process
from tests.hub.wire.harness import until

CANARY = b"canary-9811000000017"


def store_at(folder: Path, mqtt_port: int) -> tuple[Path, int]:
    port = free_port()
    return write_store(folder, http_port=port, mqtt_port=mqtt_port), port


def bus(broker: Mosquitto, name: str) -> MqttBus:
    return MqttBus("127.0.0.1", broker.port, name, jitter=SystemEntropy().uniform, reconnect_cap_s=0.2)


async def hold(hub: HubProcess, card: str) -> str:
    """A basket with a member's card, held; returns the hold."""
    body = {"till": "t1", "revision": 1, "card": card, "lines": [PACK]}
    quote = (await hub.client.put("/v1/baskets/t1-1", json=body)).json()
    held = await hub.client.post("/v1/baskets/t1-1/hold", json={"revision": 1, "quote_id": quote["quote_id"]})
    return str(held.json()["hold_id"])


async def commit(hub: HubProcess, hold_id: str, key: str = "commit-key-1") -> tuple[int, dict[str, object]]:
    answer = await hub.client.post(
        "/v1/baskets/t1-1/commit", json={"hold_id": hold_id}, headers={"Idempotency-Key": key}
    )
    return answer.status_code, answer.json()


def sales_on_disk(folder: Path) -> list[tuple[str, int]]:
    with sqlite3.connect(folder / "data" / "hub.db") as database:
        return database.execute("SELECT sale_id, total_minor FROM sales").fetchall()


async def test_sigterm_ends_the_hub_with_0_and_closes_the_database(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    config_file, port = store_at(tmp_path, mosquitto.port)
    heard: list[Delivery] = []
    watcher = bus(mosquitto, "watcher")
    watcher.subscribe(TOPICS.hub_state, heard.append)
    await watcher.start()
    async with hub_process(config_file, port) as hub:
        await hub.serving()
        await until(lambda: bool(heard))
        assert await hub.end(signal.SIGTERM) == 0
        assert "Traceback" not in hub.log()
        assert "hub_stopped" in hub.log()
    assert not (tmp_path / "data" / "hub.db-wal").exists(), "a closed database has no log beside it"
    await until(lambda: b"offline" in heard[-1].payload)
    await watcher.stop()


async def test_without_a_broker_the_hub_serves_the_till_and_connects_when_one_appears(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    await mosquitto.stop()
    config_file, port = store_at(tmp_path, mosquitto.port)
    async with hub_process(config_file, port) as hub:
        await hub.serving()
        await mosquitto.restart()
        heard: list[Delivery] = []
        watcher = bus(mosquitto, "watcher")
        watcher.subscribe("comptoir/v1/#", heard.append)
        await watcher.start()
        async with asyncio.timeout(30.0):
            while not any(d.topic == TOPICS.hub_state for d in heard):  # noqa: ASYNC110 - nobody tells us but the broker
                await asyncio.sleep(0.02)
        state = decode(TOPICS.hub_state, next(d.payload for d in heard if d.topic == TOPICS.hub_state))
        assert isinstance(state, HubState)
        assert state.presence is NodePresence.ONLINE
        assert (await hub.client.get("/v1/health")).status_code == 200
        await watcher.stop()
        assert await hub.end(signal.SIGINT) == 0


@pytest.mark.parametrize("broker_dies_too", [False, True])
async def test_a_hold_survives_kill_9_and_commits_once(
    tmp_path: Path, mosquitto: Mosquitto, *, broker_dies_too: bool
) -> None:
    config_file, port = store_at(tmp_path, mosquitto.port)
    data = open_data(config_file, SystemClock())
    a = join(data)
    data.close()
    async with hub_process(config_file, port) as hub:
        await hub.serving()
        hold_id = await hold(hub, a.card)
        await hub.end(signal.SIGKILL)
    if broker_dies_too:
        await mosquitto.kill()
    async with hub_process(config_file, port) as hub:
        await hub.serving()
        first = await commit(hub, hold_id)
        again = await commit(hub, hold_id)
        assert first[0] == 200
        assert again == first
        assert (await commit(hub, hold_id, key="another-key"))[0] != 200, "paid is paid"
        assert await hub.end(signal.SIGTERM) == 0
    assert sales_on_disk(tmp_path) == [("t1-1", 1000)]


# garbage


def garbage() -> list[tuple[str, bytes]]:
    """Nonsense of every sort for every topic there is."""
    topics = [TOPICS.hub_state]
    topics += [
        (TOPICS.node("n1", leaf) if room == "node" else TOPICS.kiosk("checkout", leaf))
        for room, leaf in LEAVES
    ]
    other = encode(
        NodeState(node="n2", session_id="d" * 16, presence=NodePresence.ONLINE, radio_ok=True, version="1")
    )
    sorts = [
        b"\x00\xff" + CANARY,
        b'{"v": 1, "' + CANARY + b'": 1}',
        b'["' + CANARY + b'"]',
        b'{"v": 99}',
        CANARY * 700,
        other,
    ]
    return [(topic, sort) for topic in topics for sort in sorts]


async def test_garbage_on_every_topic_leaves_the_hub_up_and_none_of_it_in_the_log(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    config_file, port = store_at(tmp_path, mosquitto.port)
    async with hub_process(config_file, port) as hub:
        await hub.serving()
        heard: list[Delivery] = []
        sender = bus(mosquitto, "sender")
        sender.subscribe(TOPICS.node("n1", "ack"), heard.append)
        await sender.start()
        await until(lambda: sender.connected)
        for topic, payload in garbage():
            assert await sender.publish(topic, payload)
        good = Sightings(node="n1", boot_id="d" * 16, seq=1, samples=())
        assert await sender.publish(TOPICS.node("n1", "sightings"), encode(good))
        await until(lambda: any(b"seqs" in delivery.payload for delivery in heard))
        # Two topics of a node and one of a kiosk the hub listens to; each peer's 1st, 2nd, 4th and 8th fault is told.
        assert hub.log().count("hub_garbage_ignored") == 4 + 3
        assert CANARY.decode() not in hub.log()
        assert "Traceback" not in hub.log()
        assert (await hub.client.get("/v1/health")).status_code == 200
        await sender.stop()
        assert await hub.end(signal.SIGTERM) == 0


async def test_garbage_on_every_topic_leaves_an_agent_and_a_kiosk_up(
    tmp_path: Path, mosquitto: Mosquitto, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, entropy = SystemClock(), SystemEntropy()
    data = open_data(write_store(tmp_path), clock)
    public_key = kiosk_public_key(data.vault)
    data.close()
    boot_id = entropy.new_id()
    config = EdgeConfig(store="lyon", node="n1", outbox=tmp_path / "n1.db")
    boxes = Outbox(config.outbox, boot_id, clock, PRESENCE), Outbox(tmp_path / "k.db", boot_id, clock, ACTS)
    agent = EdgeAgent(config, SimulatedSource(clock), bus(mosquitto, "node-n1"), boxes[0], boot_id, clock)
    kiosk = KioskClient(
        kiosk="checkout",
        store="lyon",
        bus=bus(mosquitto, "kiosk-checkout"),
        outbox=boxes[1],
        boot_id=boot_id,
        hub_public_key=public_key,
        clock=clock,
        entropy=entropy,
    )
    running = [asyncio.create_task(agent.run()), asyncio.create_task(kiosk.run())]
    sender = bus(mosquitto, "sender")
    await sender.start()
    await until(lambda: sender.connected and agent._bus.connected and kiosk._bus.connected)
    for topic, payload in garbage():
        assert await sender.publish(topic, payload)
    await until(lambda: (agent.unreadable.total, kiosk.unreadable.total) == (18, 18))
    hello = HubState(session_id="e" * 16, presence=NodePresence.ONLINE, notice_ok=True)
    await sender.publish(TOPICS.hub_state, encode(hello))
    await asyncio.wait_for(agent.may_listen.wait(), 5.0)
    assert not any(task.done() for task in running)
    printed = capsys.readouterr()
    assert CANARY.decode() not in printed.out + printed.err
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await sender.stop()
    for box in boxes:
        box.close()


ROUTES = (
    ("GET", "/v1/nowhere"),
    ("DELETE", "/v1/baskets/t1-1"),
    ("PUT", "/v1/baskets/t1-1"),
    ("POST", "/v1/baskets/t1-1/hold"),
    ("POST", "/v1/baskets/t1-1/commit"),
    ("POST", "/v1/baskets/t1-1/confirm"),
    ("POST", "/v1/returns"),
    ("POST", "/v1/sales"),
    ("GET", "/v1/decisions/xyz"),
)


async def test_garbage_on_every_route_is_a_problem_that_quotes_nothing(tmp_path: Path) -> None:
    port = free_port()
    async with hub_process(write_store(tmp_path, http_port=port, mqtt_port=free_port()), port) as hub:
        await hub.serving()
        for method, path in ROUTES:
            await send_garbage(hub, method, path)
        assert (await hub.client.get("/v1/health")).status_code == 200
        assert CANARY.decode() not in hub.log()
        assert "Traceback" not in hub.log()


async def send_garbage(hub: HubProcess, method: str, path: str) -> None:
    for content in (
        b"",
        b"\x00\xff" + CANARY,
        b'{"till": "' + CANARY + b'"}',
        b"[" * 10_000,
        CANARY * 100_000,
    ):
        answer = await hub.client.request(
            method, path, content=content, headers={"Idempotency-Key": "a-key-for-garbage"}
        )
        assert 400 <= answer.status_code < 500, (method, path, content[:40], answer.text)
        assert {"status", "code", "detail", "fix"} <= set(answer.json())
        assert CANARY.decode() not in answer.text
