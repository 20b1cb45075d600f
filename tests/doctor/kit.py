"""A store's three files on real disks, and the doctor run as a person runs it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from hardware.host.clock import SystemClock
from hardware.host.doctor.cli import doctor
from hardware.host.entropy import SystemEntropy
from hub.assembly import open_hub_data
from hub.desk_key import kiosk_public_key
from tests.hub.shell.kit import write_store
from tests.hub.shell.processes import COMPTOIR, PATIENCE_S

EDGE = """
store = "lyon"
node = "n1"
outbox = "node/outbox.db"
[mqtt]
port = {port}
"""

KIOSK = """
store = "lyon"
kiosk = "checkout"
hub_public_key = "{key}"
outbox = "kiosk/outbox.db"
[mqtt]
port = {port}
"""

OFF = "unix:path=/nonexistent/no-bus"
"""No D-Bus: what a test's machine has is not what the test is about."""


@dataclass(frozen=True, slots=True)
class Store:
    """The files of a store that was set up."""

    folder: Path
    store: Path
    edge: Path
    kiosk: Path

    @property
    def files(self) -> tuple[Path, Path, Path]:
        return self.store, self.edge, self.kiosk

    @property
    def database(self) -> Path:
        return self.folder / "data" / "hub.db"

    @property
    def key_file(self) -> Path:
        return self.folder / "data" / "hub.key"


def set_up(folder: Path, *, mqtt_port: int, http_port: int = 0, notice: bool = True) -> Store:
    """A store with its database and key made, and a node's and a kiosk's file that fit."""
    store = write_store(folder, notice=notice, http_port=http_port, mqtt_port=mqtt_port)
    data = open_hub_data(store, SystemClock(), SystemEntropy())
    key = kiosk_public_key(data.vault)
    data.close()
    edge, kiosk = folder / "edge.toml", folder / "kiosk.toml"
    edge.write_text(EDGE.format(port=mqtt_port), encoding="utf-8")
    kiosk.write_text(KIOSK.format(port=mqtt_port, key=key), encoding="utf-8")
    return Store(folder, store, edge, kiosk)


@dataclass(frozen=True, slots=True)
class Said:
    """What the doctor said as a program reads it."""

    code: int
    document: dict[str, Any]

    def of(self, check: str, file: Path | None = None) -> dict[str, Any]:
        about = None if file is None else str(file)
        (row,) = [r for r in self.document["findings"] if (r["check"], r["about"]) == (check, about)]
        found: dict[str, Any] = row
        return found

    def states(self) -> dict[tuple[str, str], str]:
        """(file's name, check) → state."""
        return {(Path(r["about"] or "").name, r["check"]): r["state"] for r in self.document["findings"]}

    def bad(self) -> set[tuple[str, str]]:
        return {name for name, state in self.states().items() if state == "problem"}


def ask(*arguments: str | Path, bus_address: str = OFF) -> Said:
    """`comptoir doctor … --json` in this process, on an event loop of its own."""
    environment = {"DBUS_SYSTEM_BUS_ADDRESS": bus_address}
    done = CliRunner().invoke(
        doctor, [*map(str, arguments), "--json"], env=environment, catch_exceptions=False
    )
    return Said(done.exit_code, json.loads(done.stdout))


def ask_process(*arguments: str | Path, bus_address: str = OFF) -> Said:
    """The same in a process of its own: one that has our files open is another's only so."""
    done = run(*arguments, "--json", bus_address=bus_address)
    assert not done.stderr, done.stderr
    return Said(done.returncode, json.loads(done.stdout))


def run(*arguments: str | Path, bus_address: str = OFF) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMPTOIR, "doctor", *map(str, arguments)],
        capture_output=True, text=True, timeout=PATIENCE_S,
        env=dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=bus_address, PYTHONWARNINGS="error::ResourceWarning"),
    )  # fmt: skip
