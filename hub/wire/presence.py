"""Messages between a node and the hub: what was heard, what arrived, who is alive."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticOmit

from hub.wire.base import AgeMs, Message, Name, Seq, Token, WireModel


class IdScheme(StrEnum):
    """How an identifier on the air is to be resolved, whatever frame carried it."""

    EID = "eid"
    IBEACON = "ibeacon"
    EDDYSTONE_UID = "eddystone_uid"


class SampleState(StrEnum):
    """Why a sample was reported."""

    HEARD = "heard"
    SILENT = "silent"


IdHex = Annotated[str, Field(pattern=r"^([0-9a-f]{2}){8,20}$")]
"""EID: 8 bytes; Eddystone-UID: 16; iBeacon UUID, major, minor: 20."""

MAX_SAMPLES = 32
"""A node reports by exception; 32 people changing in one instant at one antenna is beyond a full checkout."""

MAX_ACKNOWLEDGED = 256
"""More than a node sends in one round trip; the rest comes in the next acknowledgement."""


class Sample(WireModel):
    """One identifier at one node: its smoothed strength and how long ago that was true."""

    scheme: IdScheme
    id: IdHex
    state: SampleState
    rssi_dbm: Annotated[float, Field(ge=-126.0, le=20.0)]
    age_ms: AgeMs


def _or_leave_out(value: object, validate: ValidatorFunctionWrapHandler) -> Sample:
    try:
        sample: Sample = validate(value)
    except ValidationError as error:
        if any(fault["type"] == "enum" for fault in error.errors(include_input=False, include_url=False)):
            raise PydanticOmit from None
        raise
    return sample


Samples = Annotated[
    tuple[Annotated[Sample, WrapValidator(_or_leave_out)], ...], Field(max_length=MAX_SAMPLES)
]
"""Those of a scheme or state that only a newer node knows are left out: none may be left, and that is no fault."""


class Sightings(Message):
    """A batch from one node. `(node, boot_id, seq)` names it once for ever."""

    node: Name
    boot_id: Token
    seq: Seq
    samples: Samples


class SightingsAck(Message):
    """The hub has committed these batches; only now may the node forget them.

    `known` lists the identifiers of those batches that belong to somebody who may be recognised: only these
    may rest in an outbox longer than a minute.
    """

    node: Name
    boot_id: Token
    seqs: Annotated[tuple[Seq, ...], Field(min_length=1, max_length=MAX_ACKNOWLEDGED)]
    known: Annotated[tuple[IdHex, ...], Field(max_length=MAX_SAMPLES * 8)] = ()


class NodePresence(StrEnum):
    """Whether a node is there, as its retained state and its last will say."""

    ONLINE = "online"
    OFFLINE = "offline"


class NodeState(Message):
    """A node's birth, heartbeat and last will. A will only counts for the session it names."""

    node: Name
    session_id: Token
    presence: NodePresence
    radio_ok: bool
    version: Annotated[str, Field(max_length=32)]


class HubState(Message):
    """The hub's birth, heartbeat and last will; tells kiosks and nodes when to resend."""

    session_id: Token
    presence: NodePresence
    notice_ok: bool
    """A privacy notice is configured; without one nodes do not scan (acceptance B7)."""
