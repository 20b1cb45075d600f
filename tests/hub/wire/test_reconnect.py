"""When the bus dials again, with a scripted connection in place of a network."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.backoff import BASE_S, CAP_S, delay_s
from hub.wire.bus import BusError, Will
from hub.wire.reconnect import Connection, ConnectionFailedError, ReconnectingBus
from hub.wire.subscriptions import Subscriptions
from tests.hub.wire.harness import until

Opening = Callable[[], None]


def stands() -> None:
    """An opening that succeeds."""


def fails() -> None:
    raise ConnectionFailedError("nobody there")


def is_refused() -> None:
    raise BusError("not you")


def has_a_bug() -> None:
    raise RuntimeError("a bug of ours")


class ScriptedConnection:
    def __init__(self, opening: Opening) -> None:
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.closed = False
        self.said_goodbye = False
        self.expiries: list[int | None] = []
        self._opening = opening

    async def open(self) -> None:
        await asyncio.sleep(0)
        self._opening()

    async def publish(self, topic: str, payload: bytes, *, retain: bool, expiry_s: int | None) -> bool:
        del topic, payload, retain
        self.expiries.append(expiry_s)
        return True

    def disconnect(self) -> None:
        self.said_goodbye = True

    def close(self) -> None:
        self.closed = True


class Network:
    """Hands out one scripted connection after the other; the last opening repeats."""

    def __init__(self, *openings: Opening) -> None:
        self._openings = list(openings)
        self.dialled: list[ScriptedConnection] = []
        self.pace = 1.0
        """Wall seconds per store second."""

    def dial(self, _will: Will | None, _subscriptions: Subscriptions) -> Connection:
        opening = self._openings.pop(0) if len(self._openings) > 1 else self._openings[0]
        self.dialled.append(ScriptedConnection(opening))
        return self.dialled[-1]

    def bus(self) -> ReconnectingBus:
        return ReconnectingBus(
            self.dial, "a", jitter=lambda: 0.01, wall_per_store=lambda: self.pace, reconnect_cap_s=0.5
        )


async def test_start_does_not_wait_for_a_broker_that_is_absent() -> None:
    network = Network(fails, fails, stands)
    bus = network.bus()
    await bus.start()
    assert not bus.connected
    assert bus.last_failure == "nobody there"
    await until(lambda: bus.connected)
    assert [connection.closed for connection in network.dialled] == [True, True, False]
    await bus.stop()
    assert network.dialled[-1].said_goodbye
    assert network.dialled[-1].closed


async def test_a_refusal_at_the_start_is_raised_and_ends_the_attempts() -> None:
    network = Network(is_refused)
    bus = network.bus()
    with pytest.raises(BusError, match="not you"):
        await bus.start()
    await asyncio.sleep(0.05)
    assert len(network.dialled) == 1
    await bus.stop()


async def test_a_refusal_later_is_told_and_tried_again() -> None:
    network = Network(stands, is_refused, stands)
    bus = network.bus()
    await bus.start()
    network.dialled[0].lost.set_result("the cable")
    await until(lambda: len(network.dialled) == 3 and bus.connected)
    assert bus.last_failure == "not you"
    await bus.stop()


async def test_a_bug_ends_the_attempts_and_is_reported_to_the_loop() -> None:
    reported: list[BaseException] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: reported.append(context["exception"])
    )
    network = Network(stands, has_a_bug)
    bus = network.bus()
    await bus.start()
    network.dialled[0].lost.set_result("the cable")
    await until(lambda: bool(reported))
    assert str(reported[0]) == "a bug of ours"
    assert all(connection.closed for connection in network.dialled)
    await bus.stop()


@pytest.mark.parametrize(
    ("expiry_s", "wall_per_store", "expected"),
    [(None, 1.0, None), (60.0, 1.0, 60), (0.2, 1.0, 1), (60.0, 0.05, 3), (61.0, 0.05, 4), (10.0, 2.0, 20)],
)
async def test_expiry_counts_wall_seconds_rounded_up_and_one_at_least(
    expiry_s: float | None, wall_per_store: float, expected: int | None
) -> None:
    network = Network(stands)
    bus = network.bus()
    await bus.start()
    network.pace = wall_per_store  # a box's clock changes its speed while the bus runs
    await bus.publish("t", b"1", expiry_s=expiry_s)
    assert network.dialled[0].expiries == [expected]
    await bus.stop()


async def test_stopping_what_never_started_does_nothing() -> None:
    await Network(stands).bus().stop()


async def test_store_time_that_stands_still_is_a_bug_of_ours() -> None:
    network = Network(stands)
    bus = network.bus()
    await bus.start()
    network.pace = 0.0
    with pytest.raises(AssertionError):
        await bus.publish("t", b"1", expiry_s=1.0)
    await bus.stop()


@given(failures=st.integers(1, 10**6), chance=st.floats(0, 1, exclude_max=True), cap_s=st.floats(0.01, 3600))
def test_a_wait_is_below_its_bound_and_the_bound_below_the_cap(
    failures: int, chance: float, cap_s: float
) -> None:
    wait_s = delay_s(failures, chance, cap_s)
    assert 0 <= wait_s <= cap_s
    assert wait_s <= BASE_S * 2.0 ** min(failures - 1, 60)


def test_the_bound_doubles_with_each_failure_up_to_the_cap() -> None:
    bounds_s = [delay_s(failures, 0.5) * 2 for failures in range(1, 9)]
    assert bounds_s == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, CAP_S, CAP_S]


def test_who_has_not_failed_does_not_wait() -> None:
    with pytest.raises(AssertionError):
        delay_s(0, 0.5)
