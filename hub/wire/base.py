"""Types every message of the wire shares: strict, frozen, bounded; and what programs of two releases owe each other.

Nodes, kiosks and the hub are upgraded one after the other, in any order. So that nothing is lost and nothing wrong
is shown meanwhile, a version of this protocol only grows, by fields that may be left out and by words (of an enum,
of a `kind`). Whoever does not know them yet does this:

| not known yet | to | what happens |
|---|---|---|
| a field, anywhere | all | it is ignored: not kept, not stored, not sent on |
| a sample's scheme or state | hub | that sample is left out, the others count, the batch is acknowledged |
| an act's kind | hub | not acknowledged: it rests at the kiosk for its own time (a touch 10 s, a stop 30 days) |
| a view's level or kind | kiosk | blank, for what stands is older than what was said; staff are asked for an update |
| another word | all | the message is refused; the next beat or resend speaks for itself |
| another `v` | all | refused, never acknowledged: it expires by its own rest |

The last four are a `WireVersionError` (`hub.wire.codec`); the hub names the peer in `GET /v1/health` and in its log.

Known fields stay strict, and the bounds, names and meanings of a version stay as they are. What cannot be said by
growing is a new version, with topics of its own (`hub.wire.topics.ROOT`): the hub goes first, and speaks both for
one release.
"""

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
    """Base of every part of a message. A field it does not know is a newer peer's: ignored, and not kept."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", ser_json_inf_nan="null")


class Message(WireModel):
    """Base of every message: carries the protocol version it was written for."""

    v: Literal[1] = PROTOCOL_VERSION


class LocalText(WireModel):
    """One text for people in every language the store speaks."""

    fr: Annotated[str, Field(max_length=200)]
    en: Annotated[str, Field(max_length=200)]
