"""Types every message of the wire shares: strict, frozen, bounded."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL_VERSION: Final = 1

MAX_MESSAGE_BYTES = 16_384
"""Largest encoded message. A full sightings batch is about 6 kB, a full view about 8 kB; twice is a fault."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
"""A store, node, kiosk, till or zone name: safe as one MQTT topic level."""

Token = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
"""A boot, session or act identifier: 64 random bits in lower-case hexadecimal."""

MAX_AGE_MS = 7 * 86_400_000
"""A week: it bounds what a lying node can claim, and nothing older means anything but "old"."""

AgeMs = Annotated[int, Field(ge=0, le=MAX_AGE_MS)]
"""Milliseconds between the event and this (re)send, by the sender's own clock."""

Seq = Annotated[int, Field(ge=1, le=2**53)]
Minor = Annotated[int, Field(ge=0, le=10**9)]
"""An amount in minor units (cents)."""

Points = Annotated[int, Field(ge=0, le=10**9)]


class WireModel(BaseModel):
    """Base of every part of a message."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", ser_json_inf_nan="null")


class Message(WireModel):
    """Base of every message: carries the protocol version it was written for."""

    v: Literal[1] = PROTOCOL_VERSION


class LocalText(WireModel):
    """One text for people in every language the store speaks."""

    fr: Annotated[str, Field(max_length=200)]
    en: Annotated[str, Field(max_length=200)]
