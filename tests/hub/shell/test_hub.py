"""The hub's shell: what a running hub answers on the bus, at the kiosks and at the till."""

import asyncio
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from hardware.host.clock import ManualClock
from hub.config import NodeConfig
from hub.permission.decide import Code
from hub.permission.records import How, Level, Purpose, Touchpoint
from hub.permission.service import Grant
from hub.presence.events import State
from hub.wire.codec import encode
from hub.wire.display import (
    Closed,
)
from hub.wire.presence import HubState, NodePresence, SightingsAck
from tests.hub.shell.kit import (
    EPOCH_S,
    PACK,
    TOPICS,
    Member,
    Store,
    join,
    open_data,
    open_store,
    stand_known,
    write_store,
)

# -- batches


async def test_a_batch_is_acknowledged_after_it_was_taken_and_only_known_ids_are_named(
    tmp_path: Path,
) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.advance(1.0)
        batch = await store.hear("n1", a)
        stranger = await store.hear("n1", b"\x01" * 8)
        first, second = store.ear.all(SightingsAck)
        assert (first.node, first.boot_id, first.seqs) == ("n1", batch.boot_id, (batch.seq,))
        assert first.known == (batch.samples[0].id,)
        assert (second.seqs, second.known) == ((stranger.seq,), ())


async def test_a_batch_that_comes_twice_is_taken_once_and_acknowledged_twice(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.advance(1.0)
        batch = await store.hear("n1", a)
        await store.say(TOPICS.node("n1", "sightings"), encode(batch))
        assert store.seen.fresh == store.seen.repeated == [("n1", batch.boot_id, batch.seq)]
        assert store.seen.resolutions == [a.member_id], "it counts once"
        first, again = store.ear.all(SightingsAck)
        assert first == again, "the node may have missed the first answer, so it hears who is known again"


async def test_a_batch_is_taken_once_across_a_restart_of_the_hub(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.advance(1.0)
        batch = await store.hear("n1", a)
    async with open_store(tmp_path) as store:
        await store.say(TOPICS.node("n1", "sightings"), encode(batch))
        assert (store.seen.fresh, len(store.seen.repeated)) == ([], 1)
        assert store.ear.all(SightingsAck)[-1].seqs == (batch.seq,)


async def test_a_node_the_store_does_not_have_is_not_answered(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.hear("n9", a)
        await store.birth("n9")
        assert not store.ear.all(SightingsAck)
        assert not store.seen.fresh
        assert not store.hub.floor.online("n9")


async def test_garbage_is_counted_and_answered_by_nothing(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        batch = store.batch("n1", a)
        for topic, payload in (
            (TOPICS.node("n1", "sightings"), b"\xff\x00"),
            (TOPICS.node("n1", "state"), b"{}"),
            (TOPICS.kiosk("display", "act"), b'{"v":1}'),
            (TOPICS.node("n2", "sightings"), encode(batch)),
        ):
            await store.say(topic, payload)
        assert store.hub.unreadable.total == 4
        assert not store.seen.fresh
        assert b"ack" not in b"".join(d.topic.encode() for d in store.ear.heard)
        await store.advance(1.0)
        await store.hear("n1", a)
        assert len(store.seen.fresh) == 1, "the hub goes on"


# -- nodes


async def test_a_last_will_of_an_old_session_does_not_take_a_node_down(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.birth("n1", "1" * 16)
        await store.birth("n1", "2" * 16)
        await store.birth("n1", "1" * 16, online=False)
        assert store.hub.floor.online("n1")
        await store.birth("n1", "2" * 16, online=False)
        assert not store.hub.floor.online("n1")


def state_of(store: Store, who: Member) -> State:
    return store.hub.floor.zones._tracks[who.member_id].state


async def test_a_node_that_dies_makes_its_zone_unknown_not_empty(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await stand_known(store)
        await store.birth("n1", online=False)
        assert state_of(store, a) is State.UNKNOWN


async def test_a_node_that_stops_beating_is_taken_for_gone(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.birth("n1")
        await store.advance(70.0)
        assert store.hub.floor.online("n1")
        await store.advance(10.0)
        assert not store.hub.floor.online("n1")


async def test_a_deaf_radio_makes_its_zone_unknown_too(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await stand_known(store)
        await store.birth("n1", radio_ok=False)
        assert state_of(store, a) is State.UNKNOWN
        assert store.hub.floor.online("n1"), "the node is there, its radio is not"


# -- the notice


async def test_b7_without_a_notice_the_hub_says_so_and_the_kiosk_tells_staff_why(tmp_path: Path) -> None:
    async with open_store(tmp_path, notice=False) as store:
        assert not store.ear.all(HubState)[-1].notice_ok, "so no node listens"
        for kiosk in ("display", "checkout"):
            shown = store.view(kiosk).content
            assert isinstance(shown, Closed)
            assert shown.reason.fr
            assert shown.reason.en


async def test_b7_without_a_notice_nobody_is_recognised_but_the_till_works(tmp_path: Path) -> None:
    async with open_store(tmp_path, notice=False) as store:
        a = join(store.data)
        await store.advance(1.0)
        await store.hear("n1", a)
        assert store.seen.resolutions == []
        async with store.till() as till:
            answer = await till.put(
                "/v1/baskets/t1-1", json={"till": "t1", "revision": 1, "card": a.card, "lines": [PACK]}
            )
        assert answer.json()["customer"] == "bound"


# -- the hub's own life


async def test_the_hub_says_hello_beats_and_says_goodbye(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        assert [s.presence for s in store.ear.all(HubState)] == [NodePresence.ONLINE]
        await store.advance(16.0)
        assert [s.presence for s in store.ear.all(HubState)] == [NodePresence.ONLINE] * 2
        ear = store.ear
    for _ in range(20):
        await asyncio.sleep(0)
    assert ear.all(HubState)[-1].presence is NodePresence.OFFLINE


async def test_a_hub_whose_cable_is_pulled_is_said_to_be_gone_by_its_will(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.hub._bus.cut()  # type: ignore[attr-defined] # the bus in memory
        await store.settle()
        last = store.ear.all(HubState)[-1]
        assert (last.presence, last.session_id) == (NodePresence.OFFLINE, store.hub.session_id)


async def test_the_till_is_served_while_the_bus_is_away(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.hub._bus.cut()  # type: ignore[attr-defined] # the bus in memory
        async with store.till() as till:
            assert (await till.get("/v1/health")).json()["store"] == "lyon"
        await store.advance(6.0)
        store.hub._bus.mend()  # type: ignore[attr-defined] # the bus in memory
        await store.settle()
        assert store.ear.all(HubState)[-1].presence is NodePresence.ONLINE


async def test_c3_it_is_told_to_it_how_often_an_identifier_was_repeated_and_never_whose(
    tmp_path: Path,
) -> None:
    async with open_store(tmp_path) as store, store.till() as till:
        a = await stand_known(store)
        captured = a.fob.eid_at(store.clock.now_s())
        assert (await till.get("/v1/health")).json()["suspected"] == 0
        await store.stand("n1", a, 100.0)
        await store.hear("n2", captured)
        told = await till.get("/v1/health")
        assert told.json()["suspected"] == 1
        assert a.member_id not in told.text


async def test_the_server_is_closed_when_the_hub_ends(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        port = store.hub.server.port
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://127.0.0.1:{port}/v1/health")


def test_a_node_has_a_whole_place_or_none_yet() -> None:
    assert NodeConfig(zone="a").place_m is None
    assert NodeConfig(zone="a", x_m=0.0, y_m=0.0).place_m == (0.0, 0.0)
    with pytest.raises(ValidationError, match="x_m and y_m: give both, or neither"):
        NodeConfig(zone="a", x_m=1.0)


def test_the_store_of_these_tests_is_a_store(tmp_path: Path) -> None:
    data = open_data(write_store(tmp_path), ManualClock(EPOCH_S))
    assert (data.config.store, len(data.programs)) == ("lyon", 1)
    data.close()


async def test_what_was_allowed_for_this_visit_ends_with_the_visit(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await stand_known(store)
        permissions = store.data.permissions
        grant = Grant(Purpose.SUGGESTION, Touchpoint.KIOSK, Level.ON_REQUEST, How.OWN_DEVICE, "1")
        permissions.grant(a.member_id, grant, store.clock.now_s())
        assert store.hub.floor.visits.visiting(a.member_id)
        for _ in range(13):
            for node in ("n1", "n2"):
                await store.birth(node)
            await store.advance(30.0)
        now_s = store.clock.now_s()
        assert not store.hub.floor.visits.visiting(a.member_id)
        assert permissions.look(a.member_id, "suggestion", "kiosk", now_s).code is Code.EXPIRED
        assert permissions.look(a.member_id, "recognition", "store", now_s).allowed, "what stands, stands"
