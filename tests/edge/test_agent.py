"""The agent's shell on the in-memory bus, with a real outbox: nothing lost, nothing kept too long."""

from pathlib import Path

import pytest

from edge.app import MAX_INBOX
from edge.known import KNOWN_REST_S
from hardware.beacon.build import eddystone_eid, ibeacon
from hardware.host.clock import wall_ms
from hardware.host.entropy import SeededEntropy
from hardware.radio.ad import structure
from hub.wire.bus import Delivery
from hub.wire.codec import encode
from hub.wire.memory import Faults
from hub.wire.presence import NodePresence, SampleState, SightingsAck
from tests.edge.store import BOOT, LATER_BOOT, NODE, TOPICS, open_store

EID = b"aaaaaaaa"


def on_disk(folder: Path, canary: bytes) -> bool:
    return any(canary in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_frame_heard_is_a_sighting_at_the_hub_and_acknowledged(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.agent():
        before_ms = wall_ms()
        await store.hear(EID, -61)
        (sightings,) = store.hub.sightings
        (sample,) = sightings.samples
        assert (sightings.node, sightings.boot_id, sightings.seq) == (NODE, BOOT, 1)
        assert (sample.id, sample.state, sample.rssi_dbm, sample.age_ms) == (
            EID.hex(),
            SampleState.HEARD,
            -61.0,
            0,
        )
        counts = store.outbox.counts()
        assert (counts.put, counts.acknowledged, counts.pending) == (1, 1, 0)
        assert (store.watcher.heard, store.watcher.kept) == (1, 1)
        assert store.watcher.published_keys == [(BOOT, 1)]
        assert before_ms <= store.watcher.reported_ms[BOOT, 1] <= wall_ms()


async def test_who_falls_silent_is_told(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.agent():
        await store.hear(EID)
        await store.pass_time(7)
        (sample,) = store.hub.sightings[-1].samples
        assert (sample.state, sample.age_ms) == (SampleState.SILENT, 6_000)


async def test_foreign_advertisements_leave_no_byte_anywhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """B5: disk, logs, bus."""
    async with open_store(tmp_path) as store, store.agent():
        for payload in (ibeacon(b"CANARY" + bytes(10), 1, 2), structure(0x09, b"CANARY"), b"\xffCANARY"):
            store.source.push(-50, payload)
        await store.pass_time(70)
        assert (store.watcher.heard, store.watcher.kept) == (3, 0)
        assert store.hub.sightings == []
        assert not on_disk(tmp_path, b"CANARY")
        assert not on_disk(tmp_path, b"CANARY".hex().encode())
    shown = capfd.readouterr()
    assert "CANARY" not in shown.out + shown.err


async def test_a_strangers_identifier_is_gone_from_disk_and_broker_within_a_minute(tmp_path: Path) -> None:
    """B5: nobody acknowledged it."""
    async with open_store(tmp_path) as store:
        store.hub.acknowledging = False
        async with store.agent():
            await store.hear(b"CANARY!!")
            store.hub.bus.cut()
            assert on_disk(tmp_path, b"CANARY!!".hex().encode())
            await store.pass_time(59)
            assert not on_disk(tmp_path, b"CANARY!!".hex().encode())
            counts = store.outbox.counts()
            assert (counts.pending, counts.unaccounted) == (0, 0)
            received = len(store.hub.sightings)
            store.hub.bus.mend()
            await store.settle()
            assert len(store.hub.sightings) == received


async def test_a_members_sightings_outlive_an_outage_with_their_true_age(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.hub.known = {EID.hex()}
        async with store.agent():
            await store.hear(EID)
            store.bus.cut()
            await store.pass_time(3)
            await store.hear(EID)
            await store.pass_time(100)
            before = len(store.hub.sightings)
            store.bus.mend()
            await store.pass_time(1)
            late = store.hub.sightings[before:]
            (sample,) = (sample for sightings in late for sample in sightings.samples)
            assert (sample.age_ms, sample.state) == (100_000, SampleState.SILENT)
            counts = store.outbox.counts()
            assert (counts.put, counts.acknowledged, counts.coalesced) == (3, 2, 1)


async def test_presence_is_kept_minutes_even_of_members(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.hub.known = {EID.hex()}
        async with store.agent():
            await store.hear(EID)
            store.bus.cut()
            await store.pass_time(3)
            await store.hear(EID)
            await store.clock.advance(KNOWN_REST_S + 20)
            assert store.outbox.counts().pending == 0


async def test_who_turns_out_to_be_known_rests_longer_from_then_on(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.hub.acknowledging = False
        async with store.agent():
            await store.hear(EID)
            await store.pass_time(2)
            await store.hear(EID)
            store.hub.acknowledging, store.hub.known = True, {EID.hex()}
            await store.hub.say("ack", _ack(BOOT, [1], [EID.hex()]))
            await store.settle()
            store.bus.cut()
            await store.pass_time(60)
            counts = store.outbox.counts()
            assert (counts.expired, counts.coalesced, counts.pending) == (0, 1, 1)


async def test_known_and_unknown_never_share_a_batch(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.hub.known = {EID.hex()}
        async with store.agent():
            await store.hear(EID)
            await store.hear(b"stranger")
            await store.pass_time(7)
            assert all(len({sample.id for sample in batch.samples}) == 1 for batch in store.hub.sightings)
            silent = [batch for batch in store.hub.sightings if batch.samples[0].state is SampleState.SILENT]
            assert len(silent) == 2


async def test_what_is_heard_in_one_turn_shares_a_batch(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.agent():
        for eid in (EID, b"stranger"):
            store.source.push(-60, eddystone_eid(eid))
        await store.settle()
        (batch,) = store.hub.sightings
        assert {sample.id for sample in batch.samples} == {EID.hex(), b"stranger".hex()}


async def test_a_confirmed_but_lost_message_is_sent_again(tmp_path: Path) -> None:
    """A PUBACK is no delivery: the broker loses it, the hub gets it all the same."""
    async with open_store(tmp_path) as store, store.agent():
        store.broker.faults = Faults(chance=lambda: 0.0, drop=0.5)
        await store.hear(EID)
        assert store.hub.sightings == []
        store.broker.faults = Faults(chance=lambda: 0.9)
        await store.pass_time(6)
        assert 1 in store.hub.seqs
        assert store.watcher.published_keys.count((BOOT, 1)) == 2


async def test_an_unconfirmed_message_is_sent_again_at_once_and_no_other_overtakes_it(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.agent():
        store.hub.acknowledging = False
        store.broker.faults = Faults(chance=lambda: 0.0, unconfirmed=0.5)
        await store.hear(EID)
        store.broker.faults = Faults(chance=lambda: 0.9)
        await store.hear(b"bbbbbbbb")
        assert store.hub.seqs == [1, 1, 2]


async def test_a_new_hub_session_gets_what_the_old_one_did_not_acknowledge(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, store.agent():
        store.hub.acknowledging = False
        await store.hear(EID)
        store.hub.acknowledging = True
        await store.hub.open("bbbbbbbbbbbbbbbb")
        await store.settle()
        assert store.hub.seqs == [1, 1]
        await store.hub.open("bbbbbbbbbbbbbbbb")
        await store.settle()
        assert store.hub.seqs == [1, 1]


async def test_a_restarted_agent_delivers_what_the_one_before_could_not(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        async with store.agent():
            store.bus.cut()
            await store.hear(EID)
        async with store.agent(LATER_BOOT):
            await store.hear(b"bbbbbbbb")
            names = [(sightings.boot_id, sightings.seq) for sightings in store.hub.sightings]
            assert names == [(BOOT, 1), (LATER_BOOT, 2)]
            assert store.outbox.counts().pending == 0


async def test_birth_heartbeat_goodbye_and_will_name_the_session(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        async with store.agent():
            await store.settle()
            born = len(store.hub.states)
            assert store.hub.says() is NodePresence.ONLINE
            await store.pass_time(31)
            assert len(store.hub.states) == born + 1
            store.bus.cut()
            await store.settle()
            assert store.hub.says() is NodePresence.OFFLINE
            store.bus.mend()
            await store.settle()
            assert store.hub.says() is NodePresence.ONLINE
        await store.settle()
        assert store.hub.says() is NodePresence.OFFLINE
        assert {state.session_id for state in store.hub.states} == {BOOT}


@pytest.mark.parametrize(
    "payload", [b"", b"\xff\x00", b"{}", b'{"v":1,"node":"other","boot_id":"0123456789abcdef","seqs":[1]}']
)
async def test_garbage_is_counted_and_changes_nothing(
    tmp_path: Path, payload: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """C1, C9: also somebody else's name inside."""
    async with open_store(tmp_path) as store, store.agent() as agent:
        store.hub.acknowledging = False
        await store.hear(EID)
        await store.hub.say("ack", payload)
        await store.settle()
        assert (agent.unreadable.total, store.outbox.counts().pending) == (1, 1)
        await store.hear(b"bbbbbbbb")
        assert store.hub.seqs == [1, 2]


async def test_a_flood_of_messages_is_bounded(tmp_path: Path) -> None:
    """C9."""
    async with open_store(tmp_path) as store, store.agent() as agent:
        for _ in range(MAX_INBOX + 100):
            agent._arrive(Delivery(TOPICS.node(NODE, "ack"), b"garbage", retained=False))
        await store.settle()
        assert agent.unreadable.total == MAX_INBOX


async def test_any_network_however_bad_ends_with_every_batch_at_the_hub(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.hub.known = {bytes([n] * 8).hex() for n in range(1, 200)}
        async with store.agent():
            chance = SeededEntropy(7).uniform
            store.broker.faults = Faults(chance, drop=0.3, unconfirmed=0.2, duplicate=0.2, reorder=0.2)
            for n in range(1, 30):
                await store.hear(bytes([n] * 8))
                await store.pass_time(1)
            store.broker.faults = Faults(chance=lambda: 0.9)
            await store.pass_time(20)
            counts = store.outbox.counts()
            assert (counts.acknowledged, counts.pending, counts.dropped) == (counts.put, 0, 0)
            assert set(store.hub.seqs) == set(range(1, counts.put + 1))


def _ack(boot_id: str, seqs: list[int], known: list[str]) -> bytes:
    return encode(SightingsAck(node=NODE, boot_id=boot_id, seqs=tuple(seqs), known=tuple(known)))
