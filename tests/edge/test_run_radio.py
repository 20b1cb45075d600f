"""What the agent makes of a radio that falls deaf, and of another agent under its name."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from edge.app import EdgeAgent
from hardware.beacon.build import eddystone_eid
from hardware.host.errors import UnavailableError
from hardware.host.outbox import PRESENCE, Outbox
from hardware.radio.ad import to_advert
from hardware.radio.source import RadioDeaf, RadioEvent, RadioHears
from hub.wire.codec import encode
from hub.wire.presence import NodePresence, NodeState, SampleState
from tests.edge.store import BOOT, LATER_BOOT, NODE, TOPICS, Store, open_store

EID = b"aaaaaaaa"


class ToldRadio:
    """A source that tells what a test puts into it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._events: asyncio.Queue[RadioEvent] = asyncio.Queue()

    async def tell(self, event: RadioEvent) -> None:
        self._events.put_nowait(event)
        await self._store.settle()

    async def hear(self, eid: bytes) -> None:
        await self.tell(to_advert(eddystone_eid(eid), -60, self._store.clock.monotonic_s()))

    async def adverts(self) -> AsyncIterator[RadioEvent]:
        while True:
            yield await self._events.get()


@contextlib.asynccontextmanager
async def agent_with(
    store: Store, radio: ToldRadio, boot_id: str = BOOT, name: str = "outbox"
) -> AsyncIterator[tuple[EdgeAgent, asyncio.Task[None]]]:
    outbox = Outbox(store.folder / f"{name}.db", boot_id, store.clock, PRESENCE)
    agent = EdgeAgent(
        store.config, radio, store.broker.client(f"{name} of {NODE}"), outbox, boot_id, store.clock
    )
    running = asyncio.create_task(agent.run())
    await store.settle()
    try:
        yield agent, running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        outbox.close()


async def test_a_deaf_radio_is_told_at_once_and_again_when_it_hears(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        radio = ToldRadio(store)
        async with agent_with(store, radio) as (agent, _):
            assert agent.ready.is_set()
            assert (store.hub.states[-1].radio_ok, agent.in_words) == (True, "radio hears")
            with capture_logs() as logs:
                await radio.tell(RadioDeaf("the adapter is gone"))
            assert (store.hub.states[-1].radio_ok, agent.in_words) == (False, "radio is deaf")
            assert [(line["event"], line["reason"]) for line in logs] == [
                ("edge_radio_deaf", "the adapter is gone")
            ]
            await radio.tell(RadioHears())
            assert (store.hub.states[-1].radio_ok, agent.in_words) == (True, "radio hears")
            assert {state.presence for state in store.hub.states} == {NodePresence.ONLINE}


async def test_nobody_is_told_to_have_left_because_the_radio_is_deaf(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        radio = ToldRadio(store)
        async with agent_with(store, radio):
            await radio.hear(EID)
            await radio.tell(RadioDeaf("silence"))
            await store.pass_time(30)
            assert {sample.state for batch in store.hub.sightings for sample in batch.samples} == {
                SampleState.HEARD
            }
            before = len(store.hub.sightings)
            await radio.tell(RadioHears())
            await radio.hear(EID)
            assert len(store.hub.sightings) == before + 1, "told anew, at once"


async def test_its_words_say_what_it_waits_for(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with agent_with(store, ToldRadio(store)) as (agent, _):
        assert agent.in_words == "does not listen (no hub has spoken yet)"
        await store.hub.bus.start()
        await store.hub.open(notice_ok=False)
        await store.settle()
        assert agent.in_words == "does not listen (no notice is in force)"
        await store.hub.bus.stop()


async def test_of_two_agents_of_one_name_the_one_that_was_there_ends(tmp_path: Path) -> None:
    """Of two places under one name neither says where anybody is; started again, it ends the other in its turn."""
    async with (
        open_store(tmp_path) as store,
        agent_with(store, ToldRadio(store)) as (_, first),
        agent_with(store, ToldRadio(store), LATER_BOOT, "another"),
    ):
        await store.settle()
        with pytest.raises(UnavailableError, match=f"node {NODE}: another agent speaks"):
            await first


async def test_a_last_will_that_comes_late_hides_nobody(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, agent_with(store, ToldRadio(store)) as (_, running):
        await store.settle()
        late = NodeState(
            node=NODE, session_id=LATER_BOOT, presence=NodePresence.OFFLINE, radio_ok=False, version="1"
        )
        await store.hub.bus.publish(TOPICS.node(NODE, "state"), encode(late), retain=True)
        await store.settle()
        assert store.hub.says() is NodePresence.ONLINE
        assert not running.done()


@pytest.mark.parametrize("presence", NodePresence)
async def test_a_predecessors_last_words_end_nobody(tmp_path: Path, presence: NodePresence) -> None:
    async with open_store(tmp_path) as store:
        late = NodeState(node=NODE, session_id=LATER_BOOT, presence=presence, radio_ok=False, version="1")
        await store.hub.bus.publish(TOPICS.node(NODE, "state"), encode(late), retain=True)
        async with agent_with(store, ToldRadio(store)) as (_, running):
            await store.settle()
            assert not running.done()


async def test_a_change_while_the_last_word_is_on_its_way_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(tmp_path) as store:
        radio = ToldRadio(store)
        async with agent_with(store, radio) as (agent, _):
            publish, sent = agent._bus.publish, asyncio.Event()

            async def slowly(topic: str, payload: bytes, **options: Any) -> bool:
                done = await publish(topic, payload, **options)
                await sent.wait()
                return done

            monkeypatch.setattr(agent._bus, "publish", slowly)
            await radio.tell(RadioDeaf("the adapter is gone"))
            await radio.tell(RadioHears())
            sent.set()
            await store.settle()
            assert store.hub.states[-1].radio_ok
