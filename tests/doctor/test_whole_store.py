"""A whole store, real and running, is well; each fault planted in it turns its check and no other."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from hardware.bluez.client import Bluez
from hardware.bluez.double import BluezDouble
from hardware.bluez.private_bus import PrivateBus, find_dbus_daemon
from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hardware.host.outbox import ACTS, Outbox
from hub.box.broker import Mosquitto
from hub.wire.visit import visit
from tests.conftest import missing_part
from tests.doctor.kit import Said, Store, ask, ask_process, set_up
from tests.hub.shell.processes import COMPTOIR, HubProcess, free_port, hub_process
from tests.hub.wire.harness import until

MACHINE = {"clock.synchronised", "clock.battery", "bluetooth.cache", "bluetooth.switch", "disk.durable"}
"""What depends on the machine the tests run on."""

Bad = set[tuple[str, str]]


@pytest_asyncio.fixture
async def bus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    if find_dbus_daemon() is None:
        missing_part("dbus-daemon is not installed")
    async with PrivateBus(tmp_path_factory.mktemp("bus")) as private:
        yield private.address


async def hub_state(mqtt_port: int) -> str | None:
    entropy = SystemEntropy()
    return (await visit("127.0.0.1", mqtt_port, "lyon", entropy.new_id(), jitter=entropy.uniform)).hub


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@contextlib.asynccontextmanager
async def running(store: Store, mqtt_port: int, http_port: int) -> AsyncIterator[HubProcess]:
    """The hub, serving the till and known to the broker."""
    async with hub_process(store.store, http_port) as hub:
        await hub.serving()
        while await hub_state(mqtt_port) != "online":  # noqa: ASYNC110 - nobody tells us but the broker
            await asyncio.sleep(0.02)
        yield hub


@contextlib.asynccontextmanager
async def listening(store: Store, bus: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The node's agent."""
    agent = await asyncio.create_subprocess_exec(
        COMPTOIR, "edge", "run", store.edge, env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=bus)
    )
    try:
        yield agent
    finally:
        if agent.returncode is None:
            agent.kill()
            await agent.wait()


async def asked(store: Store, bus: str) -> Said:
    # The double of BlueZ answers from this event loop.
    return await asyncio.to_thread(ask, *store.files, bus_address=bus)


@contextlib.contextmanager
def rewritten(file: Path, change: Callable[[str], str]) -> Iterator[None]:
    before = file.read_text(encoding="utf-8")
    file.write_text(change(before), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(before, encoding="utf-8")


@contextlib.contextmanager
def mode(file: Path, bits: int) -> Iterator[None]:
    before = file.stat().st_mode
    file.chmod(bits)
    try:
        yield
    finally:
        file.chmod(before)


@contextlib.contextmanager
def damaged_outbox(folder: Path) -> Iterator[None]:
    (folder / "kiosk").mkdir()
    (folder / "kiosk" / "outbox.db").write_bytes(b"not a database at all" * 100)
    try:
        yield
    finally:
        (folder / "kiosk" / "outbox.db").unlink()
        (folder / "kiosk").rmdir()


@contextlib.contextmanager
def a_file_for_a_folder(path: Path) -> Iterator[None]:
    path.write_text("")
    try:
        yield
    finally:
        path.unlink()


def other_key(text: str) -> str:
    key = text.split('hub_public_key = "')[1][:43]
    return text.replace(key, ("A" if key[0] != "A" else "B") + key[1:])


def planted(store: Store) -> Iterator[tuple[contextlib.AbstractContextManager[None], Bad]]:
    """Faults in files, beside a running hub, and what each turns."""
    folder = store.folder
    yield rewritten(store.edge, lambda text: text.replace('"n1"', '"n9"')), {("edge.toml", "names")}
    yield rewritten(store.edge, lambda text: text + "prot = 3\n"), {("edge.toml", "config")}
    yield rewritten(store.edge, lambda text: text.replace("node =", "frames =")), {("edge.toml", "config")}
    yield (
        rewritten(store.kiosk, lambda text: text.replace('"checkout"', '"nowhere"')),
        {("kiosk.toml", "names")},
    )
    yield rewritten(store.kiosk, other_key), {("kiosk.toml", "key.kiosk")}
    yield mode(store.key_file, 0o644), {("store.toml", "key.file")}
    yield damaged_outbox(folder), {("kiosk.toml", "outbox.file")}
    yield a_file_for_a_folder(folder / "node"), {("edge.toml", "disk.folder")}
    yield (
        rewritten(folder / "programs" / "couches.toml", lambda text: text + "evry = 1\n"),
        {("store.toml", "programs")},
    )


@pytest.mark.real
async def test_a_healthy_store_has_no_problem_and_is_not_disturbed(
    tmp_path: Path, mosquitto: Mosquitto, bus: str
) -> None:
    http_port = free_port()
    store = set_up(tmp_path, mqtt_port=mosquitto.port, http_port=http_port)
    (tmp_path / "kiosk").mkdir()
    box = Outbox(tmp_path / "kiosk" / "outbox.db", "0" * 16, SystemClock(), ACTS)
    async with (
        BluezDouble(bus) as double,
        running(store, mosquitto.port, http_port) as hub,
        listening(store, bus) as agent,
    ):
        await until(lambda: double.discovering("hci0"))
        before = files_of(tmp_path)
        said = await asyncio.to_thread(ask_process, *store.files, bus_address=bus)
        assert files_of(tmp_path) == before
        assert "garbage" not in hub.log()
        assert (await hub.client.get("/v1/health")).status_code == 200
        agent.terminate()
        assert await agent.wait() == 0
    box.close()
    assert said.of("bluetooth.scanning", store.edge)["observed"] == "hci0 is scanning, and our agent runs"
    assert "in use" in said.of("outbox.file", store.edge)["observed"]
    assert (said.code, said.document["problems"]) == (0, 0)
    odd = {
        name: state
        for name, state in said.states().items()
        if state not in {"ok", "skipped"} and name[1] not in MACHINE
    }
    assert odd == {}
    key = store.kiosk.read_text().split('hub_public_key = "')[1][:43]
    assert key not in str(said.document), "no key is ever shown"


@pytest.mark.real
async def test_each_fault_planted_in_a_file_turns_its_check_and_no_other(
    tmp_path: Path, mosquitto: Mosquitto, bus: str
) -> None:
    http_port = free_port()
    store = set_up(tmp_path, mqtt_port=mosquitto.port, http_port=http_port)
    async with BluezDouble(bus), running(store, mosquitto.port, http_port):
        for fault, expected in planted(store):
            with fault:
                said = await asked(store, bus)
            assert said.bad() == expected
            assert said.code != 0
        assert (await asked(store, bus)).bad() == set()


@pytest.mark.real
async def test_each_service_that_fails_turns_its_check_and_no_other(
    tmp_path: Path, mosquitto: Mosquitto, bus: str
) -> None:
    http_port = free_port()
    store = set_up(tmp_path, mqtt_port=mosquitto.port, http_port=http_port)
    async with BluezDouble(bus), Bluez(bus) as bluez:
        async with running(store, mosquitto.port, http_port) as hub:
            await bluez.set_powered("hci0", False)
            assert (await asked(store, bus)).bad() == {("edge.toml", "bluetooth.powered")}
            await bluez.set_powered("hci0", True)

            await mosquitto.stop()
            assert (await asked(store, bus)).bad() == {(file.name, "broker.port") for file in store.files}
            await mosquitto.restart()
            await hub.end(signal.SIGTERM)

        said = await asked(store, bus)
        assert said.bad() == {("edge.toml", "hub.state"), ("kiosk.toml", "hub.state")}
        assert said.of("hub.state", store.store)["state"] == "warning"
        with socket.create_server(("127.0.0.1", http_port)):
            assert ("store.toml", "port.http") in (await asked(store, bus)).bad()
        with store.database.open("r+b") as raw:
            raw.seek(4096)
            raw.write(b"\xff" * 8192)
        assert ("store.toml", "database.file") in (await asked(store, bus)).bad()


@pytest.mark.real
async def test_a_store_without_a_notice_is_told_so_at_every_place_b7(
    tmp_path: Path, mosquitto: Mosquitto, bus: str
) -> None:
    http_port = free_port()
    store = set_up(tmp_path, mqtt_port=mosquitto.port, http_port=http_port, notice=False)
    async with BluezDouble(bus), running(store, mosquitto.port, http_port):
        assert (await asked(store, bus)).bad() == {(file.name, "hub.notice") for file in store.files}
