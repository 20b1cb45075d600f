"""The network of a box: the same faults on both buses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hardware.host.clock import ScaledClock
from hardware.host.entropy import SeededEntropy
from hub.box.broker import find_mosquitto
from hub.box.network import BusKind, Network
from tests.conftest import missing_part
from tests.hub.wire.harness import a_moment, until

both = pytest.mark.parametrize("kind", ["mqtt", "memory"])


@asynccontextmanager
async def running(folder: Path, kind: BusKind) -> AsyncIterator[Network]:
    if kind == "mqtt" and find_mosquitto() is None:
        missing_part("Mosquitto is not installed")
    network = Network(kind, folder, ScaledClock(0.0, 10.0), SeededEntropy(7))
    await network.start()
    try:
        yield network
    finally:
        await network.stop()


@both
async def test_a_killed_broker_forgets_and_everybody_reconnects(tmp_path: Path, kind: BusKind) -> None:
    async with running(tmp_path, kind) as network:
        a, b = await network.bus("a"), await network.bus("b", sound=True)
        for bus in (a, b):
            await bus.start()
        await until(lambda: network.connected)
        assert await a.publish("kept", b"1", retain=True)
        await network.kill_broker()
        await until(lambda: not a.connected and not b.connected)
        assert not await a.publish("kept", b"2", retain=True)
        await network.restart_broker()
        await until(lambda: network.connected)
        async with network.newcomer("kept") as kept:
            await a_moment()
            assert kept == {}
        assert await b.publish("kept", b"3", retain=True)
        async with network.newcomer("kept") as kept:
            await until(lambda: kept == {"kept": b"3"})
        for bus in (a, b):
            await bus.stop()


@both
async def test_one_cable_is_pulled_and_nobody_elses(tmp_path: Path, kind: BusKind) -> None:
    async with running(tmp_path, kind) as network:
        a, b = await network.bus("a"), await network.bus("b")
        for bus in (a, b):
            await bus.start()
        await until(lambda: network.connected)
        network.pull(("a",))
        await until(lambda: not a.connected)
        assert b.connected
        await network.kill_broker()
        await network.restart_broker()
        await until(lambda: b.connected)
        assert not a.connected, "its cable is still out"
        network.plug(("a",))
        await until(lambda: network.connected)
        for bus in (a, b):
            await bus.stop()


@both
async def test_a_participant_that_is_gone_is_not_waited_for_and_its_cable_serves_the_next(
    tmp_path: Path, kind: BusKind
) -> None:
    async with running(tmp_path, kind) as network:
        first = await network.bus("hub")
        await first.start()
        await until(lambda: network.connected)
        network.pull(("hub",))
        network.forget("hub")
        await first.stop()
        assert network.connected, "nobody is left"
        network.plug(("hub",))
        second = await network.bus("hub")
        await second.start()
        await until(lambda: second.connected)
        assert not first.connected
        await second.stop()


@both
async def test_bad_links_are_counted_and_good_again_when_they_are_mended(
    tmp_path: Path, kind: BusKind
) -> None:
    async with running(tmp_path, kind) as network:
        a, b = await network.bus("a"), await network.bus("b")
        seen: list[bytes] = []
        b.subscribe("t", lambda delivery: seen.append(delivery.payload))
        for bus in (a, b):
            await bus.start()
        await until(lambda: network.connected)
        network.roughen(1.0, 0.0)
        assert await a.publish("t", b"1")
        await until(lambda: len(seen) >= 2)
        await a_moment()
        network.roughen(0.0, 0.0)
        repeated, before = network.repeated, len(seen)
        assert repeated > 0
        assert network.reordered == 0
        assert await a.publish("t", b"2")
        await until(lambda: len(seen) == before + 1)
        assert network.repeated == repeated
        for bus in (a, b):
            await bus.stop()
