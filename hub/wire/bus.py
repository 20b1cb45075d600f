"""What the rooms need of a message bus. Two implementations pass one contract suite: memory and MQTT 5."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """Encoded bytes that arrived on a topic."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Will:
    """What the bus publishes for us, retained, if we vanish without `stop`."""

    topic: str
    payload: bytes


Handler = Callable[[Delivery], None]
"""Called in the event loop's thread, in order of arrival. Must not block."""


class Bus(Protocol):
    """One participant's connection. Carries encoded bytes, at least once, in order per topic while connected.

    A `True` from `publish` means the bus has the message, **not** that anybody received it: a killed broker
    loses it. What must not be lost rests in an outbox until its receiver acknowledges it by a message.
    """

    @property
    def connected(self) -> bool:
        """Whether the connection is up now."""
        ...

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """Deliver what matches `pattern` (MQTT syntax: `+`, a trailing `#`), now and after every reconnect.

        Call it before `start`.
        """
        ...

    def on_connection(self, listener: Callable[[bool], None]) -> None:
        """Call `listener(True)` after each (re)connect, `listener(False)` after each loss and after `stop`.

        Subscriptions stand when it is told True. Call it before `start`.
        """
        ...

    async def start(self, will: Will | None = None) -> None:
        """Connect and keep connected (with jittered back-off) until `stop`; does not wait for the connection.

        Raises:
            BusError: what retrying cannot mend (a wrong host name, a refused login), if it shows at once.
        """
        ...

    async def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: float | None = None
    ) -> bool:
        """Hand over one message at QoS 1; an empty retained payload clears the topic.

        Returns:
            True when the bus confirmed it; False when there is no connection or no confirmation within 5 s.
        """
        ...

    async def stop(self) -> None:
        """Disconnect cleanly: the will is not published."""
        ...


class BusError(Exception):
    """The bus cannot be used as asked, and retrying will not help."""
