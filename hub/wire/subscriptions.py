"""Which handler gets which topic: the part of a bus that is the same in memory and over MQTT."""

import asyncio
from collections.abc import Callable

from hub.wire.bus import Delivery, Handler


def matches(pattern: str, topic: str) -> bool:
    """Tell whether `topic` falls under the MQTT topic filter `pattern`.

    MQTT 5 section 4.7: `+` stands for exactly one level, a last `#` for the level before it and all below,
    and a leading wildcard never matches a topic that begins with `$`.
    """
    if topic.startswith("$") and pattern[:1] in {"+", "#"}:
        return False
    wanted, levels = pattern.split("/"), topic.split("/")
    for position, want in enumerate(wanted):
        if want == "#":
            return True
        if position >= len(levels) or want not in {"+", levels[position]}:
            return False
    return len(wanted) == len(levels)


def is_pattern(pattern: str) -> bool:
    """Tell whether `pattern` is a well-formed topic filter (MQTT 5 section 4.7.1)."""
    levels = pattern.split("/")
    whole_levels = all(level in {"+", "#"} or not set(level) & set("+#") for level in levels)
    return bool(pattern) and "\0" not in pattern and whole_levels and "#" not in levels[:-1]


def is_topic(topic: str) -> bool:
    """Tell whether one may publish to `topic` (MQTT 5 section 4.7.1: no wildcards)."""
    return bool(topic) and not set(topic) & set("+#\0")


class Subscriptions:
    """The handlers and connection listeners of one participant.

    Each is called by the event loop itself, never from inside `publish`. An exception in one is a bug of
    ours: it goes to the loop's exception handler (where the shell decides to end the process), without the
    payload, and stops neither the bus nor the other handlers.
    """

    def __init__(self) -> None:
        self._handlers: list[tuple[str, Handler]] = []
        self._listeners: list[Callable[[bool], None]] = []

    @property
    def patterns(self) -> tuple[str, ...]:
        """The distinct patterns, in order of subscription."""
        return tuple(dict.fromkeys(pattern for pattern, _ in self._handlers))

    def add(self, pattern: str, handler: Handler) -> None:
        """Remember that `handler` wants what matches `pattern`."""
        assert is_pattern(pattern), f"not an MQTT topic filter: {pattern!r}"
        self._handlers.append((pattern, handler))

    def add_listener(self, listener: Callable[[bool], None]) -> None:
        """Remember that `listener` wants to hear of connects and losses."""
        self._listeners.append(listener)

    def dispatch(self, delivery: Delivery, loop: asyncio.AbstractEventLoop) -> None:
        """Schedule the handlers of one arrived message."""
        for pattern, handler in self._handlers:
            if matches(pattern, delivery.topic):
                loop.call_soon(_call, loop, lambda handler=handler: handler(delivery))

    def tell(self, up: bool, loop: asyncio.AbstractEventLoop) -> None:  # noqa: FBT001 - the Bus contract's own argument
        """Schedule the listeners."""
        for listener in self._listeners:
            loop.call_soon(_call, loop, lambda listener=listener: listener(up))


def _call(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    try:
        callback()
    except Exception as error:  # noqa: BLE001 - reported where all bugs of a loop's callbacks go, minus the arguments
        loop.call_exception_handler({"message": "a handler of the bus failed", "exception": error})
