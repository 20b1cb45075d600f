"""A bus that keeps itself connected: when to dial, when to wait, what a refusal means. Knows no protocol."""

import asyncio
import math
from collections.abc import Callable
from typing import Final, Protocol

from hub.wire.backoff import CAP_S, delay_s
from hub.wire.base import MAX_MESSAGE_BYTES
from hub.wire.bus import BusError, Handler, Will
from hub.wire.subscriptions import Subscriptions, is_topic

FIRST_ANSWER_S: Final = 1.0
"""How long `start` waits to see a refusal: "at once", yet time for any broker that is there to answer."""


class ConnectionFailedError(Exception):
    """No connection came about, but trying again may help. The message is for people."""


class Connection(Protocol):
    """One connection's life, from dialling to the loss.

    Attributes:
        lost: done, with the reason in words, once the connection ended in whatever way.
    """

    lost: asyncio.Future[str]

    async def open(self) -> None:
        """Connect, log in, subscribe.

        Raises:
            ConnectionFailedError: it did not come about now.
            BusError: it was refused.
        """
        ...

    async def publish(self, topic: str, payload: bytes, *, retain: bool, expiry_s: int | None) -> bool:
        """Send one message, to expire after `expiry_s` wall seconds; True once it is confirmed."""
        ...

    def disconnect(self) -> None:
        """Say goodbye, so that the will is dropped; as far as that goes at once."""
        ...

    def close(self) -> None:
        """Give everything back, without a goodbye. Idempotent."""
        ...


def real_time() -> float:
    """Wall seconds per store second where the two are one, as in every real store."""
    return 1.0


Dial = Callable[[Will | None, Subscriptions], Connection]
"""Makes the next connection, not yet opened. Called inside the running loop."""


class ReconnectingBus:
    """Implements `hub.wire.bus.Bus` over one connection after the other.

    Args:
        dial: makes connections.
        name: of the participant, for the task's name.
        jitter: gives numbers in [0, 1), e.g. `SystemEntropy().uniform`.
        wall_per_store: asked at each message for wall seconds per store second, > 0: `expiry_s` is in store
            seconds, brokers count wall ones, and the clock of a box changes its speed.
        reconnect_cap_s: the longest wait between two attempts, in wall seconds.
    """

    def __init__(
        self,
        dial: Dial,
        name: str,
        *,
        jitter: Callable[[], float],
        wall_per_store: Callable[[], float] = real_time,
        reconnect_cap_s: float = CAP_S,
    ) -> None:
        self._dial = dial
        self._name = name
        self._jitter = jitter
        self._wall_per_store = wall_per_store
        self._reconnect_cap_s = reconnect_cap_s
        self._subscriptions = Subscriptions()
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._starting = True
        self._tried = asyncio.Event()
        self._last_failure: str | None = None

    @property
    def connected(self) -> bool:
        """See `Bus`."""
        return self._connection is not None

    @property
    def last_failure(self) -> str | None:
        """Why the last connection ended or did not come about, for people; None if nothing ever failed."""
        return self._last_failure

    @property
    def in_words(self) -> str:
        """How the connection is, for people: "connected", or why not."""
        if self.connected:
            return "connected"
        return f"no broker ({self._last_failure})" if self._last_failure else "no broker yet"

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """See `Bus`."""
        assert self._task is None, "subscribe before start"
        self._subscriptions.add(pattern, handler)

    def on_connection(self, listener: Callable[[bool], None]) -> None:
        """See `Bus`."""
        assert self._task is None, "listen before start"
        self._subscriptions.add_listener(listener)

    async def start(self, will: Will | None = None) -> None:
        """See `Bus`; waits at most `FIRST_ANSWER_S` for the first attempt's outcome.

        What is refused later does not end the bus: it stays disconnected, says so in `last_failure`, and
        goes on trying, for a running store must come back by itself once IT has put the access right.

        Raises:
            BusError: the first attempt was refused (the login, a subscription, or the address makes no
            sense).
        """
        assert self._task is None, "a bus is started once"
        self._task = asyncio.create_task(self._keep_connected(will), name=f"bus of {self._name}")
        self._task.add_done_callback(_report_crash)
        tried = asyncio.create_task(self._tried.wait())
        await asyncio.wait({tried, self._task}, timeout=FIRST_ANSWER_S, return_when=asyncio.FIRST_COMPLETED)
        tried.cancel()
        self._starting = False
        if self._task.done():
            await self._task

    async def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: float | None = None
    ) -> bool:
        """See `Bus`."""
        assert is_topic(topic), f"not a topic to publish to: {topic!r}"
        assert len(payload) <= MAX_MESSAGE_BYTES, "encode() bounds every message"
        assert expiry_s is None or expiry_s > 0, "what has expired is not published"
        if self._connection is None:
            return False
        return await self._connection.publish(topic, payload, retain=retain, expiry_s=self._wall_s(expiry_s))

    def _wall_s(self, expiry_s: float | None) -> int | None:
        if expiry_s is None:
            return None
        wall_per_store = self._wall_per_store()
        assert wall_per_store > 0, "store time runs forward"
        return max(1, math.ceil(expiry_s * wall_per_store))

    async def stop(self) -> None:
        """See `Bus`."""
        if self._task is None:
            return
        if self._connection is not None:
            self._connection.disconnect()
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _keep_connected(self, will: Will | None) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            dialled_s = loop.time()
            await self._one_connection(self._dial(will, self._subscriptions), loop)
            # What did not stand for long was no success: two of one name would oust each other for ever.
            failures = 1 if loop.time() - dialled_s > self._reconnect_cap_s else failures + 1
            await asyncio.sleep(delay_s(failures, self._jitter(), self._reconnect_cap_s))

    async def _one_connection(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        try:
            await connection.open()
            self._connection = connection
            self._subscriptions.tell(True, loop)
            self._tried.set()
            self._last_failure = await connection.lost
        except ConnectionFailedError as error:
            self._last_failure = str(error)
        except BusError as error:
            self._last_failure = str(error)
            if self._starting:
                raise
        finally:
            connection.close()
            if self._connection is not None:
                self._connection = None
                self._subscriptions.tell(False, loop)
            self._tried.set()


def _report_crash(task: asyncio.Task[None]) -> None:
    # A refusal at the start is raised by `start`; anything else that ends the task is a bug of ours.
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, BusError):
        task.get_loop().call_exception_handler({"message": "the bus crashed", "exception": error})
