"""What the bus in memory adds to the contract: faults on purpose, and its bounds."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from hardware.host.entropy import SeededEntropy
from hub.wire.bus import Will
from hub.wire.memory import MAX_A_TURN, MAX_QUEUED, NO_FAULTS, Faults, MemoryBroker, MemoryBus
from tests.hub.wire.harness import Inbox, until

TOPIC = "comptoir/v1/demo/node/n1/sightings"


async def a_pair(faults: Faults = NO_FAULTS) -> tuple[MemoryBroker, MemoryBus, MemoryBus, Inbox]:
    broker = MemoryBroker(lambda: 0.0, faults)
    publisher, subscriber, inbox = broker.client("hub"), broker.client("a"), Inbox()
    subscriber.subscribe(TOPIC, inbox.deliveries.append)
    await publisher.start()
    await subscriber.start()
    return broker, publisher, subscriber, inbox


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def always() -> float:
    return 0.0


async def test_a_dropped_message_is_confirmed_and_never_arrives() -> None:
    _, publisher, _, inbox = await a_pair(Faults(always, drop=1.0))
    assert await publisher.publish(TOPIC, b"1")
    await settle()
    assert inbox.payloads == []


async def test_an_unconfirmed_message_arrives_though_the_publisher_is_told_false() -> None:
    _, publisher, _, inbox = await a_pair(Faults(always, unconfirmed=1.0))
    assert not await publisher.publish(TOPIC, b"1")
    await inbox.holds(b"1")


async def test_a_duplicated_message_arrives_twice() -> None:
    _, publisher, _, inbox = await a_pair(Faults(always, duplicate=1.0))
    await publisher.publish(TOPIC, b"1")
    await inbox.holds(b"1", b"1")


async def test_a_reordered_message_overtakes_the_one_before() -> None:
    broker, publisher, subscriber, inbox = await a_pair()
    subscriber.cut()
    await publisher.publish(TOPIC, b"1")
    broker.faults = Faults(always, reorder=1.0)
    await publisher.publish(TOPIC, b"2")
    subscriber.mend()
    await inbox.holds(b"2", b"1")


async def storm(seed: int) -> list[bytes]:
    chance: Callable[[], float] = SeededEntropy(seed).uniform
    _, publisher, _, inbox = await a_pair(
        Faults(chance, drop=0.2, unconfirmed=0.2, duplicate=0.2, reorder=0.2)
    )
    for n in range(300):
        await publisher.publish(TOPIC, b"%d" % n)
    await settle()
    return inbox.payloads


async def test_the_same_seed_makes_the_same_weather() -> None:
    assert await storm(7) == await storm(7)
    assert await storm(7) != await storm(8)


async def test_after_the_storm_messages_are_lost_and_doubled_but_none_is_made_up() -> None:
    arrived = await storm(7)
    assert set(arrived) < {b"%d" % n for n in range(300)}
    assert len(arrived) > len(set(arrived))


async def test_for_somebody_absent_a_bounded_number_waits_and_the_newest_is_lost() -> None:
    _, publisher, subscriber, inbox = await a_pair()
    subscriber.cut()
    for n in range(MAX_QUEUED + 5):
        assert await publisher.publish(TOPIC, b"%d" % n)
    subscriber.mend()
    await until(lambda: len(inbox.deliveries) == MAX_QUEUED)
    await settle()
    assert inbox.payloads[-1] == b"%d" % (MAX_QUEUED - 1)


async def test_a_cut_falls_between_two_messages_and_the_rest_waits() -> None:
    broker, publisher, subscriber, inbox = await a_pair()
    other = broker.client("b")
    other.subscribe(TOPIC, lambda _delivery: subscriber.cut())
    await other.start()
    numbers = [b"%d" % n for n in range(4 * MAX_A_TURN)]
    await asyncio.gather(*(publisher.publish(TOPIC, number) for number in numbers))
    await settle()
    assert len(inbox.deliveries) < len(numbers)
    await other.stop()
    subscriber.mend()
    await inbox.holds(*numbers)


async def test_cutting_and_mending_twice_is_told_once() -> None:
    told: list[bool] = []
    bus = MemoryBroker(lambda: 0.0).client("a")
    bus.on_connection(told.append)
    await bus.start()
    for step in (bus.cut, bus.cut, bus.mend, bus.mend):
        step()
    await settle()
    assert told == [True, False, True]


async def test_mending_what_never_started_is_a_bug_of_ours() -> None:
    with pytest.raises(AssertionError):
        MemoryBroker(lambda: 0.0).client("a").mend()


async def test_stopping_or_cutting_what_never_started_does_nothing() -> None:
    bus = MemoryBroker(lambda: 0.0).client("a")
    await bus.stop()
    bus.cut()
    assert not bus.connected


def test_a_perfect_network_has_no_faults() -> None:
    assert not any(NO_FAULTS.strike(p) for p in (NO_FAULTS.drop, NO_FAULTS.duplicate, NO_FAULTS.reorder))
    assert replace(NO_FAULTS, drop=1.0).strike(1.0)


async def test_faults_that_struck_are_counted() -> None:
    broker, publisher, _, inbox = await a_pair(Faults(always, duplicate=1.0))
    await publisher.publish(TOPIC, b"1")
    await inbox.holds(b"1", b"1")
    assert (broker.repeated, broker.reordered) == (1, 0)


async def test_a_killed_broker_forgets_what_it_kept_and_what_waited_and_sends_no_will() -> None:
    broker, publisher, subscriber, inbox = await a_pair()
    witness, seen = broker.client("witness"), Inbox()
    witness.subscribe("#", seen.deliveries.append)
    witness.on_connection(seen.connection.append)
    await witness.start(Will("will", b"gone"))
    await publisher.publish("kept", b"1", retain=True)
    subscriber.cut()
    await publisher.publish(TOPIC, b"waits")
    await settle()
    broker.kill()
    broker.kill()
    await settle()
    assert not await publisher.publish(TOPIC, b"lost")
    subscriber.mend()
    there = [(broker.running, subscriber.connected)]
    broker.restart()
    there.append((broker.running, subscriber.connected))
    assert there == [(False, False), (True, True)]
    await settle()
    assert inbox.payloads == [], "its queue is gone"
    assert seen.payloads == [b"1", b"waits"]
    assert seen.connection == [True, False, True]
    late, kept = broker.client("late"), Inbox()
    late.subscribe("#", kept.deliveries.append)
    await late.start()
    await settle()
    assert kept.payloads == [], "nothing is retained"


async def test_who_stopped_or_has_no_cable_stays_away_from_a_new_broker() -> None:
    broker, publisher, subscriber, _ = await a_pair()
    await publisher.stop()
    subscriber.cut()
    broker.kill()
    broker.restart()
    there = [publisher.connected, subscriber.connected]
    subscriber.mend()
    there.append(subscriber.connected)
    assert there == [False, False, True]
