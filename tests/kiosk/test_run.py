"""`comptoir kiosk run` and its service manager, on a real pseudo-terminal."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from hub.box.broker import Mosquitto
from hub.wire.seal import generate_private_key, public_key
from tests.hardware.manager import listening
from tests.kiosk.terminal import terminal
from tests.kiosk.test_on_a_terminal import config

pytestmark = pytest.mark.real

COMPTOIR = [sys.executable, "-c", "from hardware.host.cli import main; main()"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_it_is_ready_once_its_screen_stands_with_or_without_a_broker(
    mosquitto: Mosquitto, tmp_path: Path, number: signal.Signals
) -> None:
    await mosquitto.stop()
    config_file = config(tmp_path, mosquitto.port, public_key(generate_private_key()))
    with listening(f"@{tmp_path}") as manager:
        argv = [*COMPTOIR, "kiosk", "run", str(config_file)]
        async with terminal(argv, (60, 16), NOTIFY_SOCKET=manager.address) as shown:
            await manager.until(lambda manager: "READY=1" in manager.states)
            await shown.until(lambda text: "Bonjour" in text)
            await manager.until(lambda manager: manager.status.startswith("no broker"))
            await mosquitto.restart()
            await manager.until(lambda manager: manager.status == "connected; 0 acts wait")
            shown.signal(number)
            assert await asyncio.wait_for(shown.process.wait(), 10) == 0
            assert shown.text.strip() == "", "nothing of anybody is left on the terminal"
    assert manager.states == ["READY=1", "STOPPING=1"]
