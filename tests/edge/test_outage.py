"""A day without the hub, people coming and going all the while: bounded meanwhile, and afterwards only what counts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.app import EdgeAgent
from edge.config import EdgeConfig
from edge.known import KNOWN_REST_S
from hardware.beacon.build import eddystone_eid
from hardware.host.clock import ManualClock
from hardware.host.outbox import PRESENCE, Outbox
from hardware.radio.simulated import SimulatedSource
from hub.presence.resolver import MAX_EVIDENCE_AGE_S
from hub.presence.zones import LATE_S, State
from hub.wire.memory import MemoryBroker
from hub.wire.presence import Sightings
from tests.hub.shell import kit

NODE = "n1"
DAY_H, QUARTER_H = 24, 6
VISIT_EVERY_S = 450.0
VISIT_S = 75.0
ADVERTISED_EVERY_S = 1.5
MAX_FILE_BYTES = 400_000
"""A few dozen rows, and a WAL of at most 10 s of writes."""

MAX_PENDING = 100
"""Two minutes of one visitor: come, last seen, gone; and what was on its way when it was superseded."""


class Node:
    """The agent of one node, and what its antenna hears."""

    def __init__(self, folder: Path, broker: MemoryBroker, clock: ManualClock) -> None:
        folder.mkdir()
        self.clock, self.folder = clock, folder
        self.source, self.bus = SimulatedSource(clock), broker.client(f"node-{NODE}")
        config = EdgeConfig(store="lyon", node=NODE, outbox=folder / "outbox.db")
        self.outbox = Outbox(config.outbox, "e" * 16, clock, PRESENCE, machine_boot="machine")
        self.agent = EdgeAgent(config, self.source, self.bus, self.outbox, "e" * 16, clock)

    async def visit(self, who: kit.Member | bytes, stays_s: float) -> None:
        """Somebody stands in front of the node."""
        until_s = self.clock.now_s() + stays_s
        while self.clock.now_s() < until_s:
            now_s = self.clock.now_s()
            eid = who if isinstance(who, bytes) else who.fob.eid_at(now_s)
            self.source.push(-50 - round(now_s) % 7, eddystone_eid(eid))
            await self.clock.sleep(ADVERTISED_EVERY_S)

    def is_bounded(self) -> None:
        assert sum(path.stat().st_size for path in self.folder.glob("outbox.db*")) <= MAX_FILE_BYTES
        counts = self.outbox.counts()
        assert counts.unaccounted == 0
        assert counts.pending <= MAX_PENDING
        assert len(self.agent._last_states) <= MAX_PENDING
        assert len(self.agent._known._waiting) <= 2 * MAX_PENDING
        assert len(self.outbox._offered_s) <= MAX_PENDING
        assert self.source.dropped == 0


@contextlib.asynccontextmanager
async def listening(folder: Path, broker: MemoryBroker, clock: ManualClock) -> AsyncIterator[Node]:
    node = Node(folder, broker, clock)
    running = asyncio.create_task(node.agent.run())
    try:
        yield node
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        node.outbox.close()


async def hours_pass(node: Node, hours: int, people: list[kit.Member]) -> None:
    """A visit every few minutes, by turns of a member and of a stranger."""

    async def visits() -> None:
        for number in range(int(hours * 3600 / VISIT_EVERY_S)):
            who = people[number // 2 % len(people)] if number % 2 else number.to_bytes(8, "big")
            await node.visit(who, VISIT_S)
            await node.clock.sleep(VISIT_EVERY_S - VISIT_S)

    coming = asyncio.create_task(visits())
    for _ in range(3 * hours):
        await node.clock.advance(1200.0)
        node.is_bounded()
    await coming


@pytest.mark.parametrize(("away", "hours"), [("the hub", DAY_H), ("the broker", QUARTER_H)])
async def test_after_a_day_only_what_still_means_something_arrives_once_and_nothing_wrong_is_shown(
    tmp_path: Path, away: str, hours: int
) -> None:
    clock = ManualClock(kit.EPOCH_S)
    data = kit.open_data(kit.write_store(tmp_path), clock)
    broker = MemoryBroker(clock.now_s)
    staying, just_left, long_gone = (
        kit.join(data, symbol, card)
        for symbol, card in (("lune", "40001"), ("soleil", "40002"), ("etoile", "40003"))
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(data.close)
        async with kit.running(data, clock, broker) as store:
            node = await stack.enter_async_context(listening(tmp_path / "node", broker, clock))
            await store.advance(1.0)
            arriving = asyncio.create_task(node.visit(staying, 6.0))
            await store.advance(7.0)
            assert store.hub.floor.zones.members_in("aisle") == (staying.member_id,)
            await arriving
        if away == "the broker":
            node.bus.cut()
        await hours_pass(node, hours, [staying, long_gone])

        leaving = asyncio.create_task(node.visit(just_left, 30.0))
        await clock.advance(31.0)
        await leaving
        standing = asyncio.create_task(node.visit(staying, 40.0))
        await clock.advance(30.0)
        node.is_bounded()
        assert node.outbox.counts().coalesced > 1_000, "most reports were superfluous"

        if away == "the broker":
            node.bus.mend()
        async with kit.running(data, clock, broker) as store:
            for _ in range(16):
                await store.advance(0.5)
                shown = {m: store.hub.floor.zones.zone_of(m.member_id) for m in (just_left, long_gone)}
                assert State.PRESENT not in {found[1] for found in shown.values() if found is not None}
            assert store.hub.floor.zones.members_in("aisle") == (staying.member_id,)
            arrived = store.ear.all(Sightings)
            ages_s = [sample.age_ms / 1000.0 for batch in arrived for sample in batch.samples]
            assert max(ages_s) < KNOWN_REST_S
            assert len({(batch.boot_id, batch.seq) for batch in arrived}) == len(set(store.seen.fresh))
            assert len(set(store.seen.fresh)) == len(store.seen.fresh), "nobody is doubled"
            counts = node.outbox.counts()
            assert (counts.unaccounted, counts.dropped, counts.pending) == (0, 0, 0)
            standing.cancel()


def test_what_the_hub_has_no_use_for_does_not_rest() -> None:
    """The edge cannot import the hub's limits; they are one."""
    assert KNOWN_REST_S == LATE_S == MAX_EVIDENCE_AGE_S
