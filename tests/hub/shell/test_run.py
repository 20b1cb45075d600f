"""`comptoir hub run` and its service manager."""

import signal
from pathlib import Path

import pytest

from hub.box.broker import Mosquitto
from tests.hardware.manager import listening
from tests.hub.shell.kit import write_store
from tests.hub.shell.processes import free_port, hub_process

pytestmark = pytest.mark.real


async def test_it_is_ready_once_tills_are_served_and_says_who_is_there(
    tmp_path: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    await mosquitto.stop()
    port = free_port()
    with listening(f"@{tmp_path}") as manager:
        monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
        async with hub_process(write_store(tmp_path, http_port=port, mqtt_port=mosquitto.port), port) as hub:
            monkeypatch.delenv("NOTIFY_SOCKET")  # Mosquitto speaks to it too
            await manager.until(lambda manager: "READY=1" in manager.states)
            assert (await hub.client.get("/v1/health")).status_code == 200
            await manager.until(lambda manager: manager.status.startswith("no broker"))
            await mosquitto.restart()
            await manager.until(lambda manager: manager.status == "connected; 0 of 2 nodes are there")
            assert await hub.end(signal.SIGTERM) == 0
    assert manager.states == ["READY=1", "STOPPING=1"]
