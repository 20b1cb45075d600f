"""`comptoir sim run --broker`: the agents in a process of their own, a real Mosquitto, a real hub."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from hub.box.broker import Mosquitto
from hub.box.sim.site import SAMPLES
from hub.wire.bus import Delivery
from hub.wire.codec import decode
from hub.wire.mqtt import MqttBus
from hub.wire.presence import NodePresence, NodeState, SightingsAck
from hub.wire.topics import Topics
from tests.hub.shell.processes import COMPTOIR, comptoir, free_port, hub_process

pytestmark = pytest.mark.real

PATIENCE_S = 60.0


def short(folder: Path) -> Path:
    """The shipped little scenario, its first five seconds."""
    text = (SAMPLES / "quick.toml").read_text(encoding="utf-8").replace("duration_s = 90", "duration_s = 5")
    file = folder / "short.toml"
    file.write_text(text, encoding="utf-8")
    return file


class Ear:
    """What nodes say of themselves, and which identifiers the hub acknowledges as a member's."""

    def __init__(self, broker: Mosquitto, store: str) -> None:
        topics = Topics(store)
        self.online: dict[str, bool] = {}
        self.known: set[str] = set()
        self.both = asyncio.Event()
        """Two nodes have told how they are."""
        self.bus = MqttBus("127.0.0.1", broker.port, "test-ear", jitter=lambda: 0.5, session_expiry_s=0)
        self.bus.subscribe(topics.node("+", "state"), self._take)
        self.bus.subscribe(topics.node("+", "ack"), self._take)

    def _take(self, delivery: Delivery) -> None:
        match decode(delivery.topic, delivery.payload):
            case NodeState() as state:
                self.online[state.node] = state.presence is NodePresence.ONLINE
                if len(self.online) == 2:
                    self.both.set()
            case SightingsAck() as ack:
                self.known.update(ack.known)
            case _:
                pass


async def test_agents_on_a_real_broker_are_recognised_by_a_real_hub(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    scenario, folder, port = short(tmp_path), tmp_path / "store", free_port()
    broker = f"127.0.0.1:{mosquitto.port}"
    made = comptoir("sim", "store", scenario, folder, "--http-port", str(port), "--broker", broker)
    assert made.code == 0, made
    ear = Ear(mosquitto, "quick")
    await ear.bus.start()
    try:
        async with hub_process(folder / "store.toml", port) as hub:
            await hub.serving()
            agents = await asyncio.create_subprocess_exec(
                COMPTOIR, "sim", "run", scenario, "--broker", broker, "--keys", folder / "keys", "--json",
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            async with asyncio.timeout(PATIENCE_S):
                out, err = await agents.communicate()
            assert agents.returncode == 0, err.decode()
            assert b"Traceback" not in err
            report = json.loads(out)
            assert report["batches"] > 0
            assert report["acknowledged"] + report["pending"] >= report["batches"] * 0.9
            assert report["pending"] == 0, "the hub acknowledged all"
            assert ear.known, "alice came at once, and is a member"
            assert await hub.end(signal.SIGTERM) == 0
        assert ear.online == {"pi-door": False, "pi-till": False}, "they said goodbye"
    finally:
        await ear.bus.stop()


async def test_agents_wait_for_a_hub_and_end_on_a_signal(mosquitto: Mosquitto, tmp_path: Path) -> None:
    agents = await asyncio.create_subprocess_exec(
        COMPTOIR, "sim", "run", short(tmp_path), "--broker", f"127.0.0.1:{mosquitto.port}",
        "--keys", tmp_path / "keys", "--language", "en",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert agents.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        assert b"2 nodes speak to" in await agents.stdout.readline()
        ear = Ear(mosquitto, "quick")
        await ear.bus.start()
        await ear.both.wait()
        await ear.bus.stop()
        agents.send_signal(signal.SIGTERM)
        out, err = await agents.communicate()
    assert agents.returncode == 0, err.decode()
    assert b"0 advertisements heard, 0 batches" in out
    assert sorted(file.name for file in (tmp_path / "keys").iterdir()) == [
        "alice.key", "bilal.key", "chloe.key",
    ]  # fmt: skip


def test_a_key_that_is_there_is_kept_and_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "alice.key").write_text("no key\n", encoding="ascii")
    ended = comptoir("sim", "run", short(tmp_path), "--broker", "127.0.0.1:1", "--keys", keys)
    assert ended.code == 65
    assert "alice.key" in ended.err
    assert "no key" not in ended.err.replace("not a fob's key", ""), "what it holds is not quoted"
