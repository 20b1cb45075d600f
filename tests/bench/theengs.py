"""TheengsGateway as a peer of the agent: a Python gateway that takes what bleak hears to an MQTT broker.

It is no dependency of ours. It lives in an environment that is thrown away, and COMPTOIR_THEENGS names its Python; it
should be of the version that runs the bench:

    python -m venv /tmp/theengs && /tmp/theengs/bin/pip install TheengsGateway
    COMPTOIR_THEENGS=/tmp/theengs/bin/python python -m tests.bench.radio

Its job is not ours: it decodes every advertisement, and publishes what it decodes (by default: everything) with QoS 0,
with its sender's address; it smooths nothing and keeps nothing. Here it scans without the pauses it makes by default
(7 s on, 5 s off), in which it would hear nothing.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Final

from hub.box.broker import Mosquitto

NOT_INSTALLED: Final = "not installed"

_VERSIONS: Final = (
    "import json; from importlib.metadata import version;"
    "print(json.dumps({name: version(name) for name in ('TheengsGateway', 'TheengsDecoder', 'bleak', 'dbus-fast')}))"
)


def command(folder: Path, broker: Mosquitto) -> tuple[str, ...] | None:
    """What starts a gateway from this broker's point of view; None when it is not installed."""
    python = os.environ.get("COMPTOIR_THEENGS")
    if python is None:
        return None
    return (
        python, "-I", "-m", "TheengsGateway", "--config", str(folder / "theengs.conf"),
        "--host", "127.0.0.1", "--port", str(broker.port), "--adapter", "hci0", "--discovery", "0",
        "--scanning_mode", "active", "--ble_scan_time", "3600", "--ble_time_between_scans", "1",
    )  # fmt: skip


def versions(python: str) -> dict[str, str]:
    """The releases in the peer's environment."""
    told = subprocess.run([python, "-I", "-c", _VERSIONS], capture_output=True, check=True, text=True)
    releases: dict[str, str] = json.loads(told.stdout)
    return releases
