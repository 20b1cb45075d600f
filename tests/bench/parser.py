"""What parsing costs: the walk and the frames, against beacontools and bleparser on the same bytes, round by round.

The peers are no dependency of ours. They live in an environment that is thrown away, and COMPTOIR_PEERS names its
Python; it should be of the version that runs the bench:

    python -m venv /tmp/peers && /tmp/peers/bin/pip install beacontools bleparser
    COMPTOIR_PEERS=/tmp/peers/bin/python python -m tests.bench.parser

beacontools takes AD structures, bleparser whole HCI events; each is compared with ours from the same start to the same
end, every field of the frame.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from hardware.beacon.build import app_eid, eddystone_eid, eddystone_uid, ibeacon, ibeacon_eid
from hardware.beacon.formats import beacon_frames
from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.capture.hci import HciReader
from hardware.host.clock import wall_ms
from hardware.radio.ad import MANUFACTURER_DATA, SERVICE_DATA_16, legacy_payload, structure, to_advert
from tests.bench.figures import spread
from tests.hardware.capture.files import legacy_event

REPEATS: Final = 200
ROUNDS: Final = 15
NOT_INSTALLED: Final = "not installed"

_HCI: Final = HciReader()
_OWN: Final = bytes(range(16))
FRAMES: Final = (
    ibeacon(_OWN, 1, 2),
    ibeacon_eid(b"aaaabbbb"),
    eddystone_uid(bytes(10), bytes(6)),
    eddystone_eid(b"aaaabbbb"),
    app_eid(b"aaaabbbb"),
    legacy_payload(structure(SERVICE_DATA_16, b"\xaa\xfe\x10\xf8\x03github\x00citruz")),
    legacy_payload(structure(SERVICE_DATA_16, b"\xaa\xfe\x20\x00\x0b\x18\x13\x00" + bytes(8))),
    legacy_payload(structure(SERVICE_DATA_16, b"\x6f\xfd" + bytes(20))),
    legacy_payload(structure(MANUFACTURER_DATA, b"\x18\x01\xbe\xac" + bytes(22))),
    legacy_payload(structure(MANUFACTURER_DATA, b"\x4c\x00\x10\x05\x0a\x1c\x81\x16\x16")),
    legacy_payload(structure(0x09, b"somebody"), structure(MANUFACTURER_DATA, b"\x75\x00abc")),
)
"""One of each kind, and what phones and headphones say besides."""

EVENTS: Final = tuple(b"\x04" + legacy_event((frame, -60)) for frame in FRAMES)

_FILTER: Final = FrameFilter(frozenset(FrameKind), frozenset({_OWN}), frozenset({bytes(10)}))


def _as_beacontools(frame: bytes) -> object:
    return list(beacon_frames(frame))


def _as_bleparser(event: bytes) -> object:
    return [list(beacon_frames(report.ad)) for report in _HCI.read_h4(event).reports]


def _as_agent(frame: bytes) -> object:
    return _FILTER.frames(to_advert(frame, -60, 0.0))


OURS: Final[dict[str, tuple[Callable[[bytes], object], tuple[bytes, ...]]]] = {
    "beacontools": (_as_beacontools, FRAMES),
    "bleparser": (_as_bleparser, EVENTS),
}


async def parser_cost() -> dict[str, Any]:
    """Microseconds a frame, ours and theirs, and how many times as long theirs take, over the rounds.

    Timed are the frames the peer takes without an exception; `raised` counts the others.
    """
    agent = [_round_us(_as_agent, FRAMES) for _ in range(ROUNDS)]
    figures: dict[str, Any] = {"agent_us": spread(agent, 2).document(), "frames": len(FRAMES)}
    for name, (parse, inputs) in OURS.items():
        with _Peer(name, inputs) as peer:
            ours_us, theirs_us = [], []
            for _ in range(ROUNDS):
                ours_us.append(_round_us(parse, peer.inputs or inputs))
                if peer.inputs:
                    theirs_us.append(peer.round_us())
        ratios = [theirs / ours for theirs, ours in zip(theirs_us, ours_us, strict=False)]
        figures[name] = {
            "ours_us": spread(ours_us, 2).document(),
            "theirs_us": spread(theirs_us, 2).document() if theirs_us else NOT_INSTALLED,
            "ratio": spread(ratios, 1).document() if ratios else None,
            "raised": len(inputs) - len(peer.inputs) if peer.inputs else None,
        }
    return figures


def _round_us(parse: Callable[[bytes], object], inputs: tuple[bytes, ...]) -> float:
    begun_ms = wall_ms()
    for _ in range(REPEATS):
        for one in inputs:
            parse(one)
    return (wall_ms() - begun_ms) * 1000.0 / REPEATS / len(inputs)


class _Peer:
    """A process that parses when asked; `inputs` are those it can, none when it is not installed."""

    def __init__(self, name: str, inputs: tuple[bytes, ...]) -> None:
        python = os.environ.get("COMPTOIR_PEERS", sys.executable)
        self._process = subprocess.Popen(
            # Isolated: this folder's modules must not stand in for the peer's.
            [python, "-I", str(Path(__file__).with_name("parser_peer.py")), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        answer = self._ask(json.dumps([one.hex() for one in inputs]))
        self.inputs = tuple(bytes.fromhex(text) for text in json.loads(answer or "[]"))

    def round_us(self) -> float:
        """A round of its own: microseconds a frame."""
        return float(self._ask(str(REPEATS)))

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        return self._process.stdout.readline()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with suppress(BrokenPipeError):
            self._process.communicate()


if __name__ == "__main__":
    import asyncio

    sys.stdout.write(json.dumps(asyncio.run(parser_cost()), indent=1) + "\n")
