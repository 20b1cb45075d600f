"""`comptoir edge run` as a process: any order, signals, kills, a radio that dies, two of one name."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hardware.bluez.double import BluezDouble
from hardware.bluez.double_adapter import Cure
from hardware.bluez.private_bus import PrivateBus, find_dbus_daemon
from hardware.host.clock import SystemClock
from hardware.host.errors import ExitCode
from hub.box.broker import Mosquitto
from hub.wire.presence import NodePresence
from tests.conftest import missing_part
from tests.edge.run_kit import advertising, edge_process, hub_by_hand, until, write_node
from tests.hub.shell.kit import join, open_data, write_store
from tests.hub.shell.processes import free_port, hub_process

pytestmark = pytest.mark.real

EID = b"aaaaaaaa"


@pytest_asyncio.fixture
async def dbus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrivateBus]:
    if find_dbus_daemon() is None:
        missing_part("dbus-daemon is not installed")
    async with PrivateBus(tmp_path_factory.mktemp("dbus")) as bus:
        yield bus


@pytest_asyncio.fixture
async def bluez(dbus: PrivateBus) -> AsyncIterator[BluezDouble]:
    async with BluezDouble(dbus.address) as double:
        yield double


async def test_edge_first_then_the_broker_then_the_hub_and_a_sighting_is_acknowledged(
    tmp_path: Path, mosquitto: Mosquitto, dbus: PrivateBus, bluez: BluezDouble
) -> None:
    await mosquitto.stop()
    http_port = free_port()
    store = write_store(tmp_path, http_port=http_port, mqtt_port=mosquitto.port)
    data = open_data(store, SystemClock())
    member = join(data)
    data.close()
    async with edge_process(write_node(tmp_path, mosquitto.port), dbus.address) as edge:
        await edge.manager.until(lambda manager: "READY=1" in manager.states)
        await edge.manager.until(lambda manager: manager.status.startswith("no broker"))
        await mosquitto.restart()
        await edge.says("connected; does not listen (no hub has spoken yet); 0 batches wait")
        assert not bluez.discovering("hci0"), "B7: no word of a notice, no listening"
        async with hub_by_hand(mosquitto.port) as ear, hub_process(store, http_port):
            ear.acknowledging = False  # the real hub does
            await edge.manager.until(lambda manager: "radio hears" in manager.status)
            with advertising(bluez, lambda: member.fob.eid_at(SystemClock().now_s())):
                await until(
                    lambda: any(ack.known for ack in ear.acks), "an acknowledgement that names the member"
                )
            await until(lambda: ear.node_is == (NodePresence.ONLINE, True), "the node's state")
            assert await edge.end(signal.SIGTERM) == ExitCode.OK
            await until(lambda: ear.node_is == (NodePresence.OFFLINE, False), "the node's goodbye")
    assert edge.manager.states == ["READY=1", "STOPPING=1"]
    assert not bluez.discovering("hci0")
    assert "Traceback" not in edge.log()


async def test_killed_the_broker_tells_and_the_next_run_sends_what_was_not_acknowledged(
    tmp_path: Path, mosquitto: Mosquitto, dbus: PrivateBus, bluez: BluezDouble
) -> None:
    config_file = write_node(tmp_path, mosquitto.port)
    async with hub_by_hand(mosquitto.port) as hub:
        hub.acknowledging = False
        await hub.speak()
        async with edge_process(config_file, dbus.address) as edge:
            await until(lambda: bluez.discovering("hci0"), "scanning")
            with advertising(bluez, lambda: EID):
                await until(lambda: bool(hub.sightings), "a sighting")
            await edge.end(signal.SIGKILL)
        await until(lambda: hub.node_is == (NodePresence.OFFLINE, False), "the will")
        first = hub.sightings[0]
        hub.sightings.clear()
        hub.acknowledging = True
        async with edge_process(config_file, dbus.address) as edge:
            await until(
                lambda: (first.boot_id, first.seq) in {(s.boot_id, s.seq) for s in hub.sightings},
                "the resend",
            )
            await edge.says("connected; radio hears; 0 batches wait")
            assert await edge.end(signal.SIGINT) == ExitCode.OK


async def test_b7_a_hub_restarted_without_a_notice_stops_the_scan_itself(
    tmp_path: Path, mosquitto: Mosquitto, dbus: PrivateBus, bluez: BluezDouble
) -> None:
    port = free_port()
    store = write_store(tmp_path, http_port=port, mqtt_port=mosquitto.port)
    async with edge_process(write_node(tmp_path, mosquitto.port), dbus.address) as edge:
        async with hub_process(store, port) as hub:
            await until(lambda: bluez.discovering("hci0"), "scanning")
            await hub.end(signal.SIGTERM)
        assert bluez.discovering("hci0"), "a hub that is gone changes nothing"
        write_store(tmp_path, notice=False, http_port=port, mqtt_port=mosquitto.port)
        async with hub_process(store, port):
            await until(lambda: not bluez.discovering("hci0"), "the end of the scan")
            await edge.says("connected; does not listen (no notice is in force); 0 batches wait")
        assert await edge.end(signal.SIGTERM) == ExitCode.OK


async def test_of_two_agents_of_one_name_the_one_that_was_there_ends_and_says_why(
    tmp_path: Path, mosquitto: Mosquitto, dbus: PrivateBus, bluez: BluezDouble
) -> None:
    files = [write_node(tmp_path, mosquitto.port, name=name) for name in ("here", "there")]
    async with hub_by_hand(mosquitto.port) as hub, edge_process(files[0], dbus.address) as here:
        await hub.speak()
        await until(lambda: hub.node_is == (NodePresence.ONLINE, True), "a radio that hears")
        async with edge_process(files[1], dbus.address) as there:
            assert await here.ended() == ExitCode.UNAVAILABLE
            assert "node n1: another agent speaks under this node's name" in here.log()
            assert "Traceback" not in here.log()
            await until(
                lambda: hub.node_is == (NodePresence.ONLINE, True), "the other one's word, after the will"
            )
            assert there.process.returncode is None


async def test_a_second_agent_on_the_same_outbox_is_refused_and_the_first_goes_on(
    tmp_path: Path, mosquitto: Mosquitto, dbus: PrivateBus, bluez: BluezDouble
) -> None:
    config_file = write_node(tmp_path, mosquitto.port)
    async with hub_by_hand(mosquitto.port) as hub, edge_process(config_file, dbus.address) as first:
        await hub.speak()
        await until(lambda: hub.node_is == (NodePresence.ONLINE, True), "a radio that hears")
        async with edge_process(config_file, dbus.address) as second:
            assert await second.ended() == ExitCode.IO
        assert first.process.returncode is None
        assert hub.node_is == (NodePresence.ONLINE, True)


async def test_a_broker_that_comes_back_finds_the_agent(
    tmp_path: Path, mosquitto: Mosquitto, dbus: PrivateBus, bluez: BluezDouble
) -> None:
    async with (
        hub_by_hand(mosquitto.port) as hub,
        edge_process(write_node(tmp_path, mosquitto.port), dbus.address) as edge,
    ):
        await hub.speak()
        await until(lambda: hub.node_is == (NodePresence.ONLINE, True), "a radio that hears")
        await mosquitto.kill()
        hub.states.clear()
        await mosquitto.restart()
        await until(lambda: hub.node_is == (NodePresence.ONLINE, True), "its birth, with its radio")
        assert await edge.end(signal.SIGTERM) == ExitCode.OK


REFERENCE = b"reference" + bytes(7)
SHORT_LADDER = (
    f'[radio]\nreference = "eddystone_uid:{REFERENCE[:10].hex()}/{REFERENCE[10:].hex()}"\n'
    "silence_s = 1\nrung_s = 0.5\npatience_s = 1\n"
)


async def test_a_radio_that_stays_dead_ends_the_agent_after_the_ladder_and_the_next_run_hears(
    tmp_path: Path, mosquitto: Mosquitto, dbus: PrivateBus, bluez: BluezDouble
) -> None:
    config_file = write_node(tmp_path, mosquitto.port, more=SHORT_LADDER)
    async with hub_by_hand(mosquitto.port) as hub:
        await hub.speak()
        async with edge_process(config_file, dbus.address) as edge:
            await until(lambda: hub.node_is == (NodePresence.ONLINE, True), "a radio that hears")
            bluez.fall_silent("hci0", Cure.NOTHING)
            await until(lambda: hub.node_is == (NodePresence.ONLINE, False), "a radio known to be deaf")
            assert await edge.ended() == ExitCode.UNAVAILABLE
        await until(lambda: hub.node_is == (NodePresence.OFFLINE, False), "its goodbye")
        assert bluez.power_cycles("hci0") == 1
        assert "the radio is deaf" in edge.log()
        assert "Traceback" not in edge.log()
        bluez.hear_again("hci0")
        async with edge_process(config_file, dbus.address) as edge:
            await until(lambda: hub.node_is == (NodePresence.ONLINE, True), "a radio that hears")
            assert await edge.end(signal.SIGTERM) == ExitCode.OK


async def test_bluetooth_that_comes_later_is_waited_for_and_one_unplugged_is_told(
    tmp_path: Path, mosquitto: Mosquitto, dbus: PrivateBus
) -> None:
    config_file = write_node(tmp_path, mosquitto.port)
    async with hub_by_hand(mosquitto.port) as hub, edge_process(config_file, dbus.address) as edge:
        await hub.speak()
        await until(lambda: hub.node_is == (NodePresence.ONLINE, False), "a node without a radio")
        async with BluezDouble(dbus.address) as bluez:
            await until(lambda: hub.node_is == (NodePresence.ONLINE, True), "a radio that hears")
            bluez.remove_adapter("hci0")
            await until(lambda: hub.node_is == (NodePresence.ONLINE, False), "a radio known to be gone")
            bluez.add_adapter("hci0")
            with advertising(bluez, lambda: EID):
                await until(lambda: bool(hub.sightings), "a sighting")
            assert await edge.end(signal.SIGTERM) == ExitCode.OK
