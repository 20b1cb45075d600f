"""What makes an agent stop listening or stop altogether, and the whole recorded walk through twelve of them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.app import EdgeAgent
from edge.config import EdgeConfig
from hardware.beacon.build import eddystone_eid
from hardware.beacon.identity import Fob
from hardware.host.errors import StorageError, UnavailableError
from hardware.host.outbox import PRESENCE, Outbox
from hardware.radio.advert import Advert
from hardware.radio.recording import Record
from hardware.radio.replay import ReplaySource
from hardware.radio.source import AdvertSource
from hardware.radio.walk import walk_records
from hardware.samples.tetam import load_walk
from hub.wire.bus import Delivery
from hub.wire.codec import decode, encode
from hub.wire.presence import HubState, NodePresence, Sightings, SightingsAck
from tests.edge.store import BOOT, HUB_SESSION, NODE, TOPICS, Store, open_store

EID = b"aaaaaaaa"


async def test_without_a_notice_the_node_does_not_listen(tmp_path: Path) -> None:
    """B7."""
    async with open_store(tmp_path, notice_ok=False) as store, store.agent():
        await store.hear(EID)
        assert (store.watcher.heard, store.hub.sightings) == (0, [])
        assert not store.hub.states[-1].radio_ok
        await store.hub.open()
        await store.settle()
        await store.hear(EID)
        assert (store.watcher.heard, len(store.hub.sightings)) == (1, 1)
        assert store.hub.states[-1].radio_ok


async def test_a_notice_withdrawn_stops_the_listening_and_forgets(tmp_path: Path) -> None:
    """B7."""
    async with open_store(tmp_path) as store, store.agent():
        await store.hear(EID)
        await store.hub.open(notice_ok=False)
        await store.settle()
        await store.hear(b"bbbbbbbb")
        await store.pass_time(10)
        assert store.hub.ids == {EID.hex()}
        assert not store.hub.states[-1].radio_ok
        await store.hub.open(notice_ok=False)
        await store.hub.open()
        await store.settle()
        await store.hear(b"cccccccc")
        assert b"cccccccc".hex() in store.hub.ids


async def test_before_any_hub_spoke_the_node_does_not_listen(tmp_path: Path) -> None:
    """B7: no word is no permission."""
    store = Store(tmp_path)
    async with store.agent():
        await store.hear(EID)
        await store.pass_time(5)
        assert store.watcher.heard == 0


async def test_a_hub_that_is_gone_does_not_stop_the_listening(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.agent():
        gone = HubState(session_id=HUB_SESSION, presence=NodePresence.OFFLINE, notice_ok=False)
        await store.hub.bus.publish(TOPICS.hub_state, encode(gone), retain=True)
        await store.settle()
        await store.hear(EID)
        assert store.watcher.heard == 1


async def test_a_recording_played_to_its_end_is_told(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.agent() as agent:
        agent._source = ReplaySource((Record(1.0, -60, eddystone_eid(EID)),), store.clock)
        await store.hub.open(notice_ok=False)
        await store.settle()
        await store.hub.open()
        await store.pass_time(2)
        assert agent.ended.is_set()
        assert store.hub.ids == {EID.hex()}
        assert not store.hub.states[-1].radio_ok


class BrokenRadio:
    def __init__(self, *, broken: bool) -> None:
        self._broken = broken

    async def adverts(self) -> AsyncIterator[Advert]:
        if self._broken:
            raise UnavailableError("the radio is gone")
        yield Advert(-60, 0.0)


async def test_a_radio_that_cannot_be_had_ends_the_agent_with_its_own_error(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        with pytest.raises(UnavailableError, match="radio is gone"):
            await _run_with(store, BrokenRadio(broken=True))
        await store.settle()
        assert store.hub.says() is NodePresence.OFFLINE


async def _run_with(store: Store, source: AdvertSource) -> None:
    outbox = Outbox(store.config.outbox, BOOT, store.clock, PRESENCE)
    try:
        await EdgeAgent(store.config, source, store.broker.client(NODE), outbox, BOOT, store.clock).run()
    finally:
        outbox.close()


async def test_a_damaged_outbox_is_begun_anew_and_said(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"no database" * 500)
    async with open_store(tmp_path) as store:
        with capture_logs() as logs:
            async with store.agent():
                await store.hear(EID)
        assert store.outbox.replaced
        assert store.hub.ids == {EID.hex()}
        assert [line["event"] for line in logs] == ["edge_outbox_replaced"]


async def test_a_disk_that_takes_nothing_more_ends_the_agent(tmp_path: Path) -> None:
    """Never log and go on: systemd restarts it, and the hub sees that it is gone."""
    async with open_store(tmp_path) as store:
        with pytest.raises(StorageError):
            await _hear_on_a_broken_disk(store)
        await store.settle()
        assert store.hub.says() is NodePresence.OFFLINE


async def _hear_on_a_broken_disk(store: Store) -> None:
    async with store.agent():
        store.outbox._database.conn.execute("DROP TABLE message")
        await store.hear(EID)


async def test_twelve_agents_hear_the_recorded_walk_and_nothing_is_lost(tmp_path: Path) -> None:
    """The story's walk, through all of it: 1,935 raw advertisements, twelve outboxes, one hub."""
    store = Store(tmp_path)
    seen: set[tuple[str, int]] = set()

    def take(delivery: Delivery) -> None:
        sightings = decode(delivery.topic, delivery.payload)
        assert isinstance(sightings, Sightings)
        seen.add((sightings.node, sightings.seq))
        ack = SightingsAck(node=sightings.node, boot_id=BOOT, seqs=(sightings.seq,))
        tasks.append(
            asyncio.get_running_loop().create_task(
                hub.publish(TOPICS.node(sightings.node, "ack"), encode(ack))
            )
        )

    tasks: list[asyncio.Task[bool]] = []
    hub = store.broker.client("the hub")
    hub.subscribe(TOPICS.node("+", "sightings"), take)
    await hub.start()
    state = HubState(session_id=HUB_SESSION, presence=NodePresence.ONLINE, notice_ok=True)
    await hub.publish(TOPICS.hub_state, encode(state), retain=True)
    records = walk_records(load_walk(), Fob(bytes(16), k=4), store.clock.now_s())
    outboxes, running = [], []
    for scanner, heard in records.items():
        config = EdgeConfig(store="lyon", node=scanner, outbox=tmp_path / f"{scanner}.db")
        outbox = Outbox(config.outbox, BOOT, store.clock, PRESENCE)
        source, bus = ReplaySource(heard, store.clock), store.broker.client(scanner)
        agent = EdgeAgent(config, source, bus, outbox, BOOT, store.clock, store.watcher)
        outboxes.append(outbox)
        running.append(asyncio.create_task(agent.run()))
    await store.pass_time(95)
    accounts = [outbox.counts() for outbox in outboxes]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for outbox in outboxes:
        outbox.close()
    assert store.watcher.heard == store.watcher.kept == 1_935
    assert sum(account.put for account in accounts) == len(seen)
    assert all(account.acknowledged == account.put for account in accounts)
    assert 0.4 < len(seen) / 1_935 < 0.7
