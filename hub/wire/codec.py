"""Bytes to messages and back. Garbage is answered with `WireError`, whatever the garbage is."""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hub.wire.base import MAX_MESSAGE_BYTES, Message
from hub.wire.topics import parse_topic

M = TypeVar("M", bound=Message)


class WireError(ValueError):
    """These bytes are no message that may come on this topic. Says why, never quotes the content."""


def encode(message: Message) -> bytes:
    """Encode a message as UTF-8 JSON.

    Raises:
        WireError: it came out larger than `MAX_MESSAGE_BYTES` (a fault of ours or an absurd text).
    """
    payload = message.model_dump_json().encode()
    if len(payload) > MAX_MESSAGE_BYTES:
        raise WireError(
            f"{type(message).__name__} of {len(payload)} bytes is over the limit of {MAX_MESSAGE_BYTES}"
        )
    return payload


def decode(topic: str, payload: bytes) -> Message:
    """Decode what arrived on `topic`, and check that the sender named in it is the one the topic names.

    Raises:
        WireError: unknown topic, too large, not JSON, wrong shape or version, or somebody else's name inside.
    """
    address = parse_topic(topic)
    if address is None:
        raise WireError("not one of our topics")
    message = decode_as(address.message_type, payload)
    claimed = getattr(message, address.room, None)
    if claimed is not None and claimed != address.name:
        raise WireError(f"{address.room} named in the message is not the one of the topic")
    return message


def decode_as(message_type: type[M], payload: bytes) -> M:
    """Decode bytes that must be one given message type.

    Raises:
        WireError: see `decode`.
    """
    if len(payload) > MAX_MESSAGE_BYTES:
        raise WireError(f"{len(payload)} bytes are over the limit of {MAX_MESSAGE_BYTES}")
    try:
        return message_type.model_validate_json(payload)
    except ValidationError as error:
        faults = "; ".join(map(_fault, error.errors(include_input=False, include_url=False)[:5]))
        raise WireError(f"not a {message_type.__name__} of this version: {faults}") from None


def _fault(fault: ErrorDetails) -> str:
    # Neither the input nor the name of a field we do not know: both are the sender's, and this goes to a log.
    where = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]
    return f"{'.'.join(map(str, where)) or 'message'}: {fault['type']}"
