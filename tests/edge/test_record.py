"""`comptoir edge record`: what goes into the file, and what never does."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import edge
from edge.record import keep
from hardware.beacon.build import eddystone_eid, eddystone_uid, ibeacon
from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.bluez.double import BluezDouble
from hardware.bluez.private_bus import PrivateBus
from hardware.host.clock import ManualClock
from hardware.host.entropy import SeededEntropy
from hardware.host.errors import ExitCode
from hardware.radio.ad import to_advert
from hardware.radio.advert import Advert
from hardware.radio.recorder import Recorder
from hardware.radio.recording import read_recording
from hardware.radio.source import RadioDeaf, RadioHears
from hub.box.broker import Mosquitto
from hub.wire.bus import Delivery
from hub.wire.codec import decode, encode
from hub.wire.mqtt import MqttBus
from hub.wire.presence import HubState, NodePresence, Sightings, SightingsAck
from hub.wire.topics import Topics
from tests.edge.test_listen import CANARY, COMPTOIR, CONFIG, EID, FOREIGN, Script, bus, bus_folder, on_air
from tests.hardware.capture.files import advertising, btsnoop, legacy_event, nordic, sniffed

__all__ = ["bus", "bus_folder"]

BEACON = bytes(range(16))
NAMESPACE = bytes(range(10))
OWN_TAG = f"ibeacon:{BEACON.hex()[:8]}-0405-0607-0809-{BEACON.hex()[20:]}/1/2"


def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "edge.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


async def test_strength_and_moment_are_kept_and_the_moments_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "walk.jsonl"
    wanted = FrameFilter(frozenset({FrameKind.EDDYSTONE_EID}))
    for _ in range(2):
        clock = ManualClock()
        start_s = clock.monotonic_s()
        source = Script(
            *(to_advert(payload, -50, start_s) for payload in FOREIGN),
            to_advert(eddystone_eid(EID), -61, start_s + 0.5),
            RadioDeaf("the adapter is gone"),
            RadioHears(),
            to_advert(eddystone_eid(EID), -62, start_s + 1.25),
        )
        with Recorder(path, wanted) as recorder:
            await keep(source, clock, recorder)
    kept = [(one.offset_s, one.rssi_dbm, one.ad) for one in read_recording(path)]
    structure = eddystone_eid(EID)[7:]
    assert [(one[0], one[1]) for one in kept] == [(0.5, -61), (1.25, -62), (1.75, -61), (2.5, -62)]
    assert {one[2] for one in kept} == {structure}
    assert capsys.readouterr().err.splitlines() == ["radio is deaf: the adapter is gone", "radio hears"] * 2


def test_an_advert_that_was_heard_before_the_beginning_comes_at_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "walk.jsonl"
    clock = ManualClock()
    advert: Advert = to_advert(eddystone_eid(EID), -61, clock.monotonic_s() - 5)
    with Recorder(path, FrameFilter(frozenset(FrameKind))) as recorder:
        asyncio.run(keep(Script(advert), clock, recorder))
    assert [one.offset_s for one in read_recording(path)] == [0.0]


@pytest.mark.parametrize("text", ["eid:1", "ibeacon:x/1/2", f"{OWN_TAG}000000"])
def test_a_tag_that_cannot_be_read_is_told_before_anything_is_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "walk.jsonl"
    arguments = ["record", str(config_file(tmp_path)), str(path), "--calibration", text]
    result = CliRunner().invoke(edge, arguments)
    assert result.exit_code == 2
    assert "ibeacon:UUID/major/minor" in result.output
    assert not path.exists()


async def record(
    bus: PrivateBus, folder: Path, *options: str, log_level: str = "warning"
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        COMPTOIR, "--log-level", log_level, "edge", "record", str(config_file(folder)),
        str(folder / "walk.jsonl"), *options,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=bus.address),
    )  # fmt: skip


async def test_it_keeps_loyalty_frames_only_at_debug_too(bus: PrivateBus, tmp_path: Path) -> None:
    """B5, C10: of a foreign device nothing in the file, on the terminal or in a log."""
    async with BluezDouble(bus.address) as double, on_air(double):
        process = await record(bus, tmp_path, "--seconds", "1.5", log_level="debug")
        out, err = await process.communicate()
        address = next(iter(double._devices.values())).properties["Address"].value
    assert process.returncode == 0, err.decode()
    assert b"keeping loyalty frames (app_eid, eddystone_eid, ibeacon_eid)" in out
    records = list(read_recording(tmp_path / "walk.jsonl"))
    assert f"{len(records)} advertisements".encode() in out
    assert {(one.rssi_dbm, one.ad) for one in records} == {(-61, eddystone_eid(EID)[7:])}
    written = (tmp_path / "walk.jsonl").read_bytes()
    for secret in (CANARY, CANARY.hex().encode(), address.encode(), b"transmitter"):
        assert secret not in out + err + written
    assert not double.discovering("hci0")


async def test_calibration_keeps_the_named_tag_and_no_fob(bus: PrivateBus, tmp_path: Path) -> None:
    async with BluezDouble(bus.address) as double, on_air(double):
        process = await record(bus, tmp_path, "--calibration", OWN_TAG)
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 15.0)
        assert line.startswith(b"keeping the 1 named tag: ")
        path = tmp_path / "walk.jsonl"
        async with asyncio.timeout(20.0):
            while not list(read_recording(path)):
                double.transmit("hci0", "own tag", ibeacon(BEACON, 1, 2), -55)
                double.transmit("hci0", "another", ibeacon(BEACON, 1, 3), -55)
                double.transmit("hci0", "third", eddystone_uid(NAMESPACE, bytes(6)), -55)
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = await asyncio.wait_for(process.communicate(), 10.0)
    assert (process.returncode, err) == (0, b"")
    assert {one.ad for one in read_recording(path)} == {ibeacon(BEACON, 1, 2)[3:]}


async def test_without_a_radio_it_says_so_at_once(bus: PrivateBus, tmp_path: Path) -> None:
    process = await record(bus, tmp_path)
    _, err = await process.communicate()
    assert process.returncode == ExitCode.UNAVAILABLE
    assert b"Traceback" not in err
    assert b"systemctl start bluetooth" in err


# Played again


@pytest.mark.real
@pytest.mark.parametrize("kind", ["btsnoop", "pcapng"])
async def test_a_capture_is_played_to_a_hub_like_a_recording(
    tmp_path: Path, mosquitto: Mosquitto, kind: str
) -> None:
    """Issue 4, point 1: bystanders of the capture stay behind, its damaged frames too."""
    capture = tmp_path / "capture"
    foreign, fob = ibeacon(CANARY + bytes(10), 1, 2), eddystone_eid(EID)
    capture.write_bytes(
        btsnoop((3, legacy_event((foreign, -50), (fob, -61))), (3, legacy_event((fob, -62), count=2)))
        if kind == "btsnoop"
        else sniffed(272, [nordic(advertising(one), rssi_dbm=-61) for one in (foreign, fob)] + [b"damaged"])
    )
    config = config_file(tmp_path)
    config.write_text(f"{CONFIG}[mqtt]\nport = {mosquitto.port}\n", encoding="utf-8")
    async with hub(mosquitto) as heard:
        result = await asyncio.to_thread(
            CliRunner().invoke, edge, ["replay", "--json", str(config), str(capture)]
        )
    counts = json.loads(result.output)
    assert (result.exit_code, counts["pending"]) == (0, 0)
    assert counts["acknowledged"] >= 1
    assert {sample.id for sightings in heard for sample in sightings.samples} == {EID.hex()}


@asynccontextmanager
async def hub(broker: Mosquitto) -> AsyncIterator[list[Sightings]]:
    """Has its notice, and acknowledges everything."""
    topics = Topics("lyon")
    client = MqttBus("127.0.0.1", broker.port, "hub", jitter=SeededEntropy(1).uniform)
    tasks: set[asyncio.Task[bool]] = set()
    heard: list[Sightings] = []

    def answer(delivery: Delivery) -> None:
        sightings = decode(delivery.topic, delivery.payload)
        assert isinstance(sightings, Sightings)
        heard.append(sightings)
        ack = SightingsAck(node=sightings.node, boot_id=sightings.boot_id, seqs=(sightings.seq,))
        topic = topics.node(sightings.node, "ack")
        tasks.add(asyncio.get_running_loop().create_task(client.publish(topic, encode(ack))))

    client.subscribe(topics.node("+", "sightings"), answer)
    up = asyncio.Event()
    client.on_connection(lambda connected: up.set() if connected else None)
    await client.start()
    await up.wait()
    state = HubState(session_id="a" * 16, presence=NodePresence.ONLINE, notice_ok=True)
    await client.publish(topics.hub_state, encode(state), retain=True)
    try:
        yield heard
    finally:
        await client.stop()
