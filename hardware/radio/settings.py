"""The `[radio]` part of a node's configuration: which adapter, which reference beacon, how long silence may last."""

import re
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from hardware.beacon.frames import FrameKind, LoyaltyFrame
from hardware.bluez.names import ADAPTER_PATTERN
from hardware.host.config import ConfigModel

_IBEACON: Final = re.compile(r"ibeacon:([0-9a-fA-F-]{36})/([0-9]{1,5})/([0-9]{1,5})")
_EDDYSTONE_UID: Final = re.compile(r"eddystone_uid:([0-9a-fA-F]{20})/([0-9a-fA-F]{12})")

Seconds = Annotated[float, Field(gt=0, le=86_400)]
"""A day is as good as never."""


def parse_reference(text: str) -> LoyaltyFrame:
    """Read `ibeacon:UUID/major/minor` or `eddystone_uid:namespace/instance` (20 and 12 hexadecimal digits).

    Raises:
        ValueError: it is neither; says what is expected.
    """
    if match := _IBEACON.fullmatch(text):
        major, minor = int(match[2]), int(match[3])
        if max(major, minor) > 0xFFFF:
            raise ValueError("major and minor are 0 … 65535")
        try:
            prefix = UUID(match[1]).bytes
        except ValueError:
            raise ValueError(f"{match[1]} is no UUID") from None
        return LoyaltyFrame(FrameKind.IBEACON, prefix + major.to_bytes(2, "big") + minor.to_bytes(2, "big"))
    if match := _EDDYSTONE_UID.fullmatch(text):
        return LoyaltyFrame(FrameKind.EDDYSTONE_UID, bytes.fromhex(match[1] + match[2]))
    raise ValueError('write "ibeacon:UUID/major/minor" or "eddystone_uid:namespace/instance"')


class RadioConfig(ConfigModel):
    """A node's radio.

    Attributes:
        adapter: "hci0" and the like; None: the first that can scan.
        reference: a static beacon within earshot that is never switched off, as `parse_reference` reads it: a fixed
            tag, or what the neighbour node transmits (`comptoir node beacon --static`). It tells an empty shop
            from a deaf radio.
        silence_s: with a reference, nothing at all heard for so long: deaf. Thirty packets of a tag that sends one
            a second; TETAM's antennas lost fewer than five in a row.
        rung_s: what was done about it (scan restarted, adapter power-cycled, discovery asked for again) must have
            helped within this: ten packets of that tag, and a slow stick is back after 3 s.
        patience_s: no adapter, no bluetoothd, no scan for so long: the process ends and systemd starts it again. A
            Pi's Bluetooth comes up to a minute after the first services.
        idle_restart_s: without a reference, nothing heard for so long: the scan is begun anew, which costs half a
            second of hearing. In an empty shop it does no harm, and a radio that died is deaf no longer than this.
        reference_silence_s: the reference not heard for so long while others are: its battery is flat, or somebody
            took it away. Long enough for a pallet that stands in between.
    """

    adapter: Annotated[str, Field(pattern=f"^{ADAPTER_PATTERN}$")] | None = None
    reference: str | None = None
    silence_s: Seconds = 30.0
    rung_s: Seconds = 10.0
    patience_s: Seconds = 120.0
    idle_restart_s: Seconds = 300.0
    reference_silence_s: Seconds = 900.0

    @field_validator("reference")
    @classmethod
    def _reference_is_a_static_beacon(cls, text: str | None) -> str | None:
        if text is not None:
            parse_reference(text)
        return text

    @model_validator(mode="after")
    def _limits_are_in_order(self) -> Self:
        if self.reference_silence_s < self.silence_s:
            raise ValueError(
                "reference_silence_s is shorter than silence_s: the ladder would never be climbed"
            )
        return self

    def reference_frame(self) -> LoyaltyFrame | None:
        """What the reference beacon sends."""
        return None if self.reference is None else parse_reference(self.reference)
