"""Bytes to messages and back. Garbage is answered with `WireError`, whatever the garbage is."""

from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hub.wire.base import MAX_MESSAGE_BYTES, PROTOCOL_VERSION, Message
from hub.wire.topics import parse_topic

M = TypeVar("M", bound=Message)


class WireError(ValueError):
    """These bytes are no message that may come on this topic. Says why, never quotes the content."""


class WireVersionError(WireError):
    """A message of a peer that is newer or older than this program: another `v`, or a word this one does not know."""


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
        WireVersionError: of another version, or with a word of a newer one (see `hub.wire.base`).
        WireError: unknown topic, too large, not JSON, wrong shape, or somebody else's name inside.
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
        WireVersionError, WireError: see `decode`.
    """
    if len(payload) > MAX_MESSAGE_BYTES:
        raise WireError(f"{len(payload)} bytes are over the limit of {MAX_MESSAGE_BYTES}")
    try:
        return message_type.model_validate_json(payload)
    except ValidationError as error:
        raise _refusal(message_type.__name__, error.errors(include_url=False)) from None


_UNKNOWN_WORDS: Final = frozenset({"enum", "union_tag_invalid"})


def _refusal(name: str, faults: list[ErrorDetails]) -> WireError:
    theirs = next((fault["input"] for fault in faults if fault["loc"] == ("v",)), None)
    # A bool is an int to Python, and a number of many digits is the sender's content.
    if type(theirs) is int and 0 <= theirs < 1_000:
        return WireVersionError(f"{name} of wire version {theirs}, this program speaks {PROTOCOL_VERSION}")
    said = "; ".join(map(_fault, faults[:5]))
    if any(fault["type"] in _UNKNOWN_WORDS for fault in faults):
        return WireVersionError(f"{name} with a word this program does not know: {said}")
    return WireError(f"not a {name} of this version: {said}")


def _fault(fault: ErrorDetails) -> str:
    # Never the input: it is the sender's, and this goes to a log.
    return f"{'.'.join(map(str, fault['loc'])) or 'message'}: {fault['type']}"
