"""Sets the demo's store up as a shop would: through the public commands, on a configuration file of its own."""

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hardware.beacon.identity import Fob
from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hardware.radio.bystanders import Bystanders, draw_canaries
from hub.cli import hub

SAMPLES: Final = Path(__file__).with_name("samples")
"""Shipped extracts and the example configuration; see NOTICE."""

ROTATION_K: Final = 4
"""The fobs' identifiers change every 16 s, so that they do so several times during the recorded walk."""

FOB_CLOCK_S: Final = 10_000.0
"""What the fobs' clocks show when they are registered."""

CARDS: Final = {
    "A": "9811000000017",
    "B": "9811000000031",
    "C": "9811000000048",
    "D": "9811000000024",
}
"""The invented card numbers of the sample purchases."""

OPENING_POINTS: Final = {"A": 260, "B": 230, "C": 40, "D": 240}
SYMBOLS: Final = {"A": "lune", "B": "montagne", "C": "cerise", "D": "ancre"}

RECOGNISED: Final = frozenset("ACD")
"""Who allowed recognition and suggestions. B did not: the store keeps her fob's key, and may not use it."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """A member of the demo's store."""

    label: str
    member_id: str
    symbol: str
    card: str
    fob: Fob


@dataclass(frozen=True, slots=True)
class Premises:
    """A store set up: its configuration file, its kiosks' key, and who is a member; and who else is on its floor.

    Attributes:
        stranger: a fob that speaks a loyalty frame, but is of no store at all.
        bystanders: everybody else with a radio.
    """

    config_file: Path
    kiosk_public_key: str
    imported_sales: int
    shoppers: dict[str, Shopper]
    stranger: Fob
    bystanders: Bystanders

    @property
    def folder(self) -> Path:
        """Below it lies everything of this store."""
        return self.config_file.parent


def comptoir_hub(*arguments: str) -> dict[str, Any]:
    """Run a public command, `comptoir hub …`, with `--json` in this process and return the document it prints.

    Below the command root, which would set up the logging of this process anew.

    Raises:
        ComptoirError: as the command does.
    """
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        hub.main([*arguments, "--json"], standalone_mode=False)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def provision(folder: Path, clock: Clock, entropy: Entropy) -> Premises:
    """Set up the demo's store in an empty folder.

    Args:
        folder: where its configuration, key and database go.
        clock: the system's; the commands stamp with it.
        entropy: makes the fobs' keys.

    Raises:
        ComptoirError: a command failed.
    """
    shutil.copytree(SAMPLES / "programs", folder / "programs")
    text = (SAMPLES / "store.toml").read_text(encoding="utf-8")
    config_file = folder / "store.toml"
    config_file.write_text(text.replace("port = 8080", "port = 0"), encoding="utf-8")
    key = comptoir_hub("init", str(config_file))["kiosk_public_key"]
    shoppers = {label: _join(label, folder, config_file, clock, entropy) for label in CARDS}
    report = comptoir_hub("import", "sales", str(SAMPLES / "history.csv"), "--config", str(config_file))
    stranger, bystanders = _new_fob(clock, entropy), Bystanders(entropy, draw_canaries(entropy))
    return Premises(config_file, key, int(report["sales"]), shoppers, stranger, bystanders)


def _new_fob(clock: Clock, entropy: Entropy) -> Fob:
    return Fob(entropy.token(16), ROTATION_K, clock.now_s() - FOB_CLOCK_S)


def _join(label: str, folder: Path, config_file: Path, clock: Clock, entropy: Entropy) -> Shopper:
    fob = _new_fob(clock, entropy)
    key_file = folder / f"fob-{label.lower()}.key"
    key_file.write_text(fob.ik.hex(), encoding="ascii")
    key_file.chmod(0o600)
    config = ("--config", str(config_file))
    document = comptoir_hub(
        "member", "add", *config,
        "--symbol", SYMBOLS[label],
        "--card", CARDS[label],
        "--fob-key-file", str(key_file),
        "--fob-k", str(ROTATION_K),
        "--fob-clock", str(FOB_CLOCK_S),
        "--opening-points", str(OPENING_POINTS[label]),
    )  # fmt: skip
    member_id = str(document["member"])
    key_file.unlink()
    for purpose in ("recognition", "suggestion") if label in RECOGNISED else ():
        comptoir_hub(
            "permission", "grant", member_id, *config,
            "--purpose", purpose, "--how", "own-device", "--notice", "2017-09",
        )  # fmt: skip
    return Shopper(label, member_id, SYMBOLS[label], CARDS[label], fob)
