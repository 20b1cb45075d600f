"""The three processes of a store, each started alone by its own command, on one broker."""

import asyncio
import json
import os
import pty
import subprocess
import tempfile
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from hardware.beacon.identity import Fob
from hardware.host.clock import SystemClock
from hardware.host.entropy import SystemEntropy
from hardware.radio.walk import walk_records
from hardware.samples.tetam import load_walk
from hub.box.broker import Mosquitto
from hub.desk_key import kiosk_public_key
from hub.display.symbols import SYMBOLS
from hub.wire.mqtt import MqttBus
from tests.bench.figures import resident_mib
from tests.hub.shell.kit import join, open_data, write_store
from tests.hub.shell.processes import COMPTOIR, HubProcess, free_port, hub_process

WALK_S = 10.0
"""Of the recorded walk, played at its own pace through one agent."""


def client(broker: Mosquitto, name: str) -> MqttBus:
    return MqttBus("127.0.0.1", broker.port, name, jitter=SystemEntropy().uniform)


@asynccontextmanager
async def store(folder: Path, tills: int = 1) -> AsyncIterator[tuple[Mosquitto, HubProcess, Path, str]]:
    """A broker and a hub, each a process, with a member for each till; gives the kiosks' key too."""
    (folder / "broker").mkdir()
    async with Mosquitto(folder / "broker") as broker:
        port = free_port()
        config_file = write_store(folder, http_port=port, mqtt_port=broker.port)
        with config_file.open("a", encoding="utf-8") as file:
            file.writelines(f"[tills.t{number}]\n" for number in range(2, tills + 1))
        data = open_data(config_file, SystemClock())
        for number in range(1, tills + 1):
            join(data, SYMBOLS[number % len(SYMBOLS)], f"4000{number}", points=1_000_000)
        key = kiosk_public_key(data.vault)
        data.close()
        async with hub_process(config_file, port) as hub:
            await hub.serving()
            yield broker, hub, config_file, key


async def memory() -> dict[str, Any]:
    """Resident memory of agent, hub and kiosk after some seconds of work."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with store(folder) as (broker, hub, _config, key):
            agent = await _agent(folder, broker)
            screen = await _kiosk(folder, broker, key)
            return {"agent": agent, "kiosk": screen, "hub": resident_mib(hub.process.pid)}


async def _agent(folder: Path, broker: Mosquitto) -> dict[str, float]:
    walk = [sample for sample in load_walk() if sample.offset_s < WALK_S]
    heard = walk_records(walk, Fob(bytes(16), 4, 0.0), SystemClock().now_s())
    records = sorted((r for one in heard.values() for r in one), key=lambda record: record.offset_s)
    recording = folder / "walk.jsonl"
    lines = [{"comptoir_recording": 1}]
    lines += [{"offset_s": r.offset_s, "rssi_dbm": r.rssi_dbm, "ad": r.ad.hex()} for r in records]  # type: ignore[dict-item]
    recording.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    config = folder / "n1.toml"
    config.write_text(
        f'store = "lyon"\nnode = "n1"\noutbox = "n1.db"\n[mqtt]\nport = {broker.port}\n', encoding="utf-8"
    )
    process = await asyncio.create_subprocess_exec(
        COMPTOIR, "edge", "replay", str(config), str(recording), stdout=subprocess.DEVNULL
    )
    await asyncio.sleep(WALK_S - 1.0)
    found = resident_mib(process.pid)
    assert await asyncio.wait_for(process.wait(), 60.0) == 0
    return found


async def _kiosk(folder: Path, broker: Mosquitto, key: str) -> dict[str, float]:
    config = folder / "checkout.toml"
    config.write_text(
        f'store = "lyon"\nkiosk = "checkout"\noutbox = "checkout.db"\nhub_public_key = "{key}"\n'
        f"[mqtt]\nport = {broker.port}\n",
        encoding="utf-8",
    )
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (20, 60))
    process = await asyncio.create_subprocess_exec(
        COMPTOIR, "kiosk", "run", str(config), stdin=theirs, stdout=theirs, stderr=theirs,
        env=dict(os.environ, TERM="xterm-256color"),
    )  # fmt: skip
    os.close(theirs)
    drawn = 0
    loop = asyncio.get_running_loop()

    def drain() -> None:
        nonlocal drawn
        with suppress(OSError):
            drawn += len(os.read(ours, 65_536))

    loop.add_reader(ours, drain)
    try:
        await asyncio.sleep(3.0)
        for digit in "40001\r":
            os.write(ours, digit.encode())
            await asyncio.sleep(0.1)
        await asyncio.sleep(2.0)
        assert process.returncode is None, "the kiosk ended"
        assert drawn > 1_000, "the kiosk drew nothing"
        return resident_mib(process.pid)
    finally:
        loop.remove_reader(ours)
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        os.close(ours)
