"""The walk at a real terminal, a real broker, in a process of its own: interrupted, taken up again, written."""

import asyncio
import os
import pty
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hardware.beacon.identity import Fob
from hardware.host.clock import SystemClock
from hardware.host.config import load_toml
from hub.box.broker import Mosquitto
from hub.calibration.points import Place
from hub.config import StoreConfig
from tests.hub.calibration.shop import Shop, shop_at
from tests.hub.calibration.store import TOML, strength_dbm
from tests.hub.shell.processes import COMPTOIR

KEY = bytes(range(16))
PATIENCE_S = 20.0


@dataclass
class Terminal:
    """A command at a pseudo-terminal."""

    process: "subprocess.Popen[bytes]"
    handle: int
    text: str = ""

    async def until(self, said: str) -> None:
        """Wait for a sentence, and take note of all before it."""
        async with asyncio.timeout(PATIENCE_S):
            while said not in self.text:
                self.text += (await asyncio.to_thread(os.read, self.handle, 4096)).decode(errors="replace")
        self.text = self.text.partition(said)[2]

    def type(self, keys: str) -> None:
        os.write(self.handle, keys.encode())

    async def code(self) -> int:
        return await asyncio.to_thread(self.process.wait, PATIENCE_S)


@contextmanager
def at_a_terminal(*words: str | Path) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen([COMPTOIR, *map(str, words)], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@asynccontextmanager
async def reporting(shop: Shop, place: Place) -> AsyncIterator[None]:
    """All nodes report the tag, twice a second."""
    fob, clock = Fob(KEY), SystemClock()

    async def report() -> None:
        while True:
            for node in ("n1", "n2", "n3", "n4"):
                await shop.sighted(node, fob.eid_at(clock.now_s()), strength_dbm(place, node))
            await clock.sleep(0.5)

    task = asyncio.create_task(report())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_walk_is_interrupted_taken_up_and_written(mosquitto: Mosquitto, tmp_path: Path) -> None:
    store = tmp_path / "store.toml"
    store.write_text(TOML.replace("port = 1883", f"port = {mosquitto.port}"))
    (tmp_path / "tag.key").write_text(KEY.hex())
    (tmp_path / "points").write_text("4 3\n12 3\n15 3\n")
    words: list[str | Path] = [
        "node",
        "calibrate",
        store,
        "--key-file",
        tmp_path / "tag.key",
        "--points",
        tmp_path / "points",
    ]
    words += ["--seconds", "1.5", "--language", "en"]
    async with shop_at(mosquitto.port) as shop, reporting(shop, Place(4, 3)):
        await shop.open("n1", "n2", "n3", "n4")
        with at_a_terminal(*words) as terminal:
            await terminal.until("Point 1 of 3: x = 4.0 m, y = 3.0 m")
            terminal.type("\n")
            await terminal.until("turn around")
            await terminal.until("4 nodes hear")
            await terminal.until("Kept: 4 nodes")
            await terminal.until("Point 2 of 3")
            terminal.process.send_signal(signal.SIGINT)
            await terminal.until("Interrupted: 1 points are kept")
            assert await terminal.code() == 130
        assert "tag.key" not in (tmp_path / "calibration-walk.json").read_text()
        assert (
            Fob(KEY).eid_at(SystemClock().now_s()).hex()
            not in (tmp_path / "calibration-walk.json").read_text()
        )
        with at_a_terminal(*words) as terminal:
            await terminal.until("1 points are kept from before")
            await terminal.until("Point 2 of 3")
            terminal.type("f\n")
            await terminal.until("[y/N]")
            terminal.type("y\n")
            await terminal.until("Restart the hub")
            assert await terminal.code() == 0
    assert load_toml(store, StoreConfig).presence.engine == "rules"
    assert (tmp_path / "store.toml.bak").exists()
