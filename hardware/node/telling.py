"""What `comptoir node beacon` says: what is on the air, and what to type at the hub. Never the key."""

import json
import math
import shlex
import struct
import uuid
from typing import Final

import click

from hardware.beacon.frames import NAMESPACE_BYTES, FrameKind, LoyaltyFrame
from hardware.node.identity import Carrier
from hardware.node.rotation import TellOffAir, TellOnAir

_KINDS: Final = {
    Carrier.EDDYSTONE: FrameKind.EDDYSTONE_EID,
    Carrier.APP: FrameKind.APP_EID,
    Carrier.IBEACON: FrameKind.IBEACON_EID,
}


class Teller:
    """Prints to standard output: sentences, or one JSON object a line."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def introduce_fob(self, carrier: Carrier, key_file: str, k: int, clock_s: float | None) -> None:
        """Say who transmits, and what registers this fob at the hub.

        Args:
            carrier: how its identifier travels.
            key_file: where the key is; the hub's machine needs a copy.
            k: rotation exponent.
            clock_s: what was given as its clock; None: the time of day.
        """
        clock = '"$(date +%s)"' if clock_s is None else f"{clock_s:.12g}"
        options = f"--key-file {shlex.quote(key_file)} --k {k} --clock {clock}"
        command = f"comptoir hub member fob MEMBER --config HUB.toml {options}"
        self._say(
            {"event": "fob", "frame": _KINDS[carrier].value, "k": k, "at_the_hub": command},
            f"a fob with {_KINDS[carrier].value} frames, a new identifier every {2**k} s",
            "at the hub, with a copy of the key file"
            + ("" if clock_s is None else ", now")
            + f":\n  {command}",
        )

    def introduce_static(self, frame: LoyaltyFrame) -> None:
        """Say who transmits, and what makes it the reference of a node."""
        reference = _reference(frame)
        self._say(
            {"event": "static", "frame": frame.kind.value, "reference": reference},
            f"a reference beacon with {frame.kind.value} frames",
            f'in the configuration of each node that hears it:\n  [radio]\n  reference = "{reference}"',
        )

    def tell(self, told: TellOnAir | TellOffAir) -> None:
        """Say what is on the air now."""
        if isinstance(told, TellOffAir):
            self._say({"event": "off_air", "reason": told.reason}, f"off the air: {told.reason}; waiting")
            return
        left_s = None if math.isinf(told.left_s) else round(told.left_s, 1)
        identifier = told.on_air.identifier.hex()
        until = "" if left_s is None else f", for {left_s:.0f} s"
        pace = "as often as it likes" if told.interval_ms is None else f"every {told.interval_ms} ms"
        self._say(
            {
                "event": "on_air",
                "adapter": told.adapter,
                "identifier": identifier,
                "left_s": left_s,
                "interval_ms": told.interval_ms,
            },
            f"on the air: {identifier}{until} ({told.adapter}, {pace})",
        )

    def end(self) -> None:
        """Say that it ended as asked."""
        self._say({"event": "ended"}, "ended; nothing is on the air")

    def _say(self, facts: dict[str, object], *sentences: str) -> None:
        for line in [json.dumps(facts)] if self._as_json else sentences:
            click.echo(line)


def _reference(frame: LoyaltyFrame) -> str:
    """As `hardware.radio.settings.parse_reference` reads it."""
    if frame.kind is FrameKind.EDDYSTONE_UID:
        return f"{frame.kind}:{frame.id[:NAMESPACE_BYTES].hex()}/{frame.id[NAMESPACE_BYTES:].hex()}"
    beacon_uuid, major, minor = struct.unpack(">16sHH", frame.id)
    return f"{frame.kind}:{uuid.UUID(bytes=beacon_uuid)}/{major}/{minor}"
