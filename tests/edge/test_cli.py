"""The `comptoir edge` commands, as a person calls them."""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge.cli import edge
from hardware.beacon.build import eddystone_eid
from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.host.entropy import SeededEntropy
from hardware.host.errors import ConfigError, DataError
from hardware.radio.recording import Record
from hub.box.broker import Mosquitto
from hub.wire.bus import Delivery
from hub.wire.codec import decode, encode
from hub.wire.mqtt import MqttBus
from hub.wire.presence import HubState, NodePresence, Sightings, SightingsAck
from hub.wire.topics import Topics
from tests.hardware.recorded import write_recording

CONFIG = 'store = "lyon"\nnode = "aisle-1"\noutbox = "outbox.db"\n'
TOPICS = Topics("lyon")


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(edge, [str(argument) for argument in arguments])


def config_file(tmp_path: Path, more: str = "") -> Path:
    path = tmp_path / "edge.toml"
    path.write_text(CONFIG + more)
    return path


def test_check_says_what_would_be_listened_to(tmp_path: Path) -> None:
    result = call("check", config_file(tmp_path))
    assert result.exit_code == 0
    assert "node: aisle-1" in result.output
    assert "frames: app_eid, eddystone_eid, ibeacon_eid" in result.output


def test_check_speaks_json(tmp_path: Path) -> None:
    facts = json.loads(call("check", "--json", config_file(tmp_path)).output)
    assert facts["broker"] == "127.0.0.1:1883"
    assert facts["frames"] == ["app_eid", "eddystone_eid", "ibeacon_eid"]
    assert not (tmp_path / "outbox.db").exists()


def test_a_faulty_config_is_one_error_of_ours(tmp_path: Path) -> None:
    result = call("check", config_file(tmp_path, "[mqtt]\nport = 0\n"))
    assert isinstance(result.exception, ConfigError)
    assert "mqtt.port = 0" in str(result.exception)


def test_a_faulty_recording_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    recording = tmp_path / "walk.jsonl"
    recording.write_text('{"comptoir_recording": 1}\ngarbage\n')
    result = call("replay", config_file(tmp_path), recording)
    assert isinstance(result.exception, DataError)
    assert "walk.jsonl:2" in str(result.exception)
    assert not (tmp_path / "outbox.db").exists()


@pytest.mark.real
@pytest.mark.parametrize("hub_answers", [True, False])
async def test_replay_plays_through_a_real_broker_to_a_hub(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, *, hub_answers: bool
) -> None:
    monkeypatch.setattr("edge.cli.HUB_TIMEOUT_S", 10.0 if hub_answers else 1.0)
    config = config_file(tmp_path, f"[mqtt]\nport = {mosquitto.port}\n")
    recording = tmp_path / "walk.jsonl"
    heard = [Record(n / 10, -60 - n, eddystone_eid(b"aaaaaaaa")) for n in range(3)]
    write_recording(recording, heard, FrameFilter(frozenset(FrameKind)))
    bus = MqttBus("127.0.0.1", mosquitto.port, "hub", jitter=SeededEntropy(1).uniform)
    tasks: set[asyncio.Task[bool]] = set()

    def answer(delivery: Delivery) -> None:
        sightings = decode(delivery.topic, delivery.payload)
        assert isinstance(sightings, Sightings)
        ack = SightingsAck(node=sightings.node, boot_id=sightings.boot_id, seqs=(sightings.seq,))
        if hub_answers:
            topic = TOPICS.node(sightings.node, "ack")
            tasks.add(asyncio.get_running_loop().create_task(bus.publish(topic, encode(ack))))

    bus.subscribe(TOPICS.node("+", "sightings"), answer)
    up = asyncio.Event()
    bus.on_connection(lambda connected: up.set() if connected else None)
    await bus.start()
    await up.wait()
    state = HubState(session_id="a" * 16, presence=NodePresence.ONLINE, notice_ok=True)
    assert await bus.publish(TOPICS.hub_state, encode(state), retain=True)
    result = await asyncio.to_thread(call, "replay", *(["--json"] if hub_answers else []), config, recording)
    await bus.stop()
    said = result.output.splitlines()[0]
    counts = json.loads(said) if hub_answers else {way: int(n) for n, way in map(str.split, said.split(", "))}
    assert counts["put"] == counts["acknowledged"] + counts["pending"] >= 1
    assert (result.exit_code == 0, bool(counts["pending"])) == (hub_answers, not hub_answers)


@pytest.mark.real
async def test_replay_without_a_hub_says_so(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.cli.HUB_TIMEOUT_S", 0.5)
    recording = tmp_path / "walk.jsonl"
    write_recording(recording, [], FrameFilter(frozenset(FrameKind)))
    config = config_file(tmp_path, f"[mqtt]\nport = {mosquitto.port}\n")
    result = await asyncio.to_thread(call, "replay", config, recording)
    assert "no hub said" in str(result.exception)


def test_the_agent_loads_only_what_it_needs() -> None:
    """A Pi node has neither the memory nor the need: no screen, web server, cipher or store."""
    code = (
        "import sys, edge.cli, edge.app, hub.wire.mqtt;"
        "heavy = ('textual', 'fastapi', 'uvicorn', 'starlette', 'httpx', 'kiosk', 'hub.store', 'cryptography');"
        "print([name for name in heavy if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_its_help_names_the_commands() -> None:
    with contextlib.suppress(SystemExit):
        output = call("--help").output
    assert "check" in output
    assert "replay" in output
