"""A short visit to the broker, for `comptoir doctor`: looks who is there, and leaves nothing behind.

One message to ourselves proves that the broker delivers: a SUBACK says "granted" even where an access list blocks.
It travels on a topic nobody else listens to, is not retained, and the session ends with the connection.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hub.wire.bus import BusError, Delivery
from hub.wire.codec import WireError, WireVersionError, decode_as
from hub.wire.mqtt import MqttBus
from hub.wire.presence import HubState
from hub.wire.topics import Topics

PATIENCE_S: Final = 3.0
"""For the whole visit, in wall seconds: a broker in a store answers in milliseconds."""

ECHO_EXPIRY_S: Final = 10.0
"""Should the message be stuck somewhere, it dies there."""


@dataclass(frozen=True, slots=True)
class BrokerVisit:
    """What was seen.

    Attributes:
        failure: why the broker did not let us in, in words; None when it did.
        round_trip_ms: how long a message to ourselves took; None when it did not come back.
        hub: what the retained state of the hub says: "online", "offline", "other_version", "unreadable", or
            None when there is none.
        notice_ok: whether the hub says that a privacy notice is in force.
    """

    failure: str | None = None
    round_trip_ms: float | None = None
    hub: str | None = None
    notice_ok: bool = False


async def visit(
    host: str,
    port: int,
    store: str,
    visit_id: str,
    *,
    jitter: Callable[[], float],
    patience_s: float = PATIENCE_S,
) -> BrokerVisit:
    """Connect, send a message to ourselves, read the hub's retained state, leave.

    Args:
        host: the broker's address.
        port: its TCP port.
        store: the store's name.
        visit_id: a `Token` of this visit alone; two of one name would oust each other.
        jitter: see `MqttBus`.
        patience_s: the visit's end, whatever happened, in wall seconds.
    """
    topics = Topics(store)
    bus = MqttBus(host, port, f"doctor-{visit_id}", jitter=jitter, session_expiry_s=0)
    states: list[Delivery] = []
    connected, echoed = asyncio.Event(), asyncio.Event()
    bus.subscribe(topics.hub_state, states.append)
    bus.subscribe(topics.doctor(visit_id), lambda _: echoed.set())
    bus.on_connection(lambda up: connected.set() if up else None)
    round_trip_ms = None
    try:
        async with asyncio.timeout(patience_s):
            await bus.start()
            await connected.wait()
            round_trip_ms = await _round_trip_ms(bus, topics.doctor(visit_id), echoed)
    except BusError as refusal:
        return BrokerVisit(failure=str(refusal))
    except TimeoutError:
        if not connected.is_set():
            return BrokerVisit(failure=bus.last_failure or f"no answer within {patience_s:g} s")
    finally:
        await bus.stop()
    # The broker sends what is retained at the subscription, hence before the message that was sent after it.
    return _seen(round_trip_ms, states)


async def _round_trip_ms(bus: MqttBus, topic: str, echoed: asyncio.Event) -> float:
    loop = asyncio.get_running_loop()
    sent_s = loop.time()
    await bus.publish(topic, b"", expiry_s=ECHO_EXPIRY_S)
    await echoed.wait()
    return (loop.time() - sent_s) * 1000.0


def _seen(round_trip_ms: float | None, states: list[Delivery]) -> BrokerVisit:
    if not states:
        return BrokerVisit(round_trip_ms=round_trip_ms)
    try:
        state = decode_as(HubState, states[-1].payload)
    except WireVersionError:
        return BrokerVisit(round_trip_ms=round_trip_ms, hub="other_version")
    except WireError:
        return BrokerVisit(round_trip_ms=round_trip_ms, hub="unreadable")
    return BrokerVisit(round_trip_ms=round_trip_ms, hub=state.presence.value, notice_ok=state.notice_ok)
