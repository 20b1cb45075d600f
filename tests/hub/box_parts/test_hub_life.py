"""A killed hub leaves what it had committed, and nothing of what its tasks do while they end."""

import asyncio
from pathlib import Path

import pytest

from hardware.host.clock import ScaledClock, SystemClock
from hardware.host.entropy import SystemEntropy
from hub.box.hub_life import HubLife
from hub.box.probe import Probe
from hub.box.provision import provision
from hub.store.presence import TakenStore
from hub.wire.bus import Bus, Delivery
from hub.wire.codec import decode
from hub.wire.memory import MemoryBroker, MemoryBus
from hub.wire.presence import HubState, NodePresence
from hub.wire.topics import Topics


class Life:
    """A hub on a bus in memory, and somebody who listens to what it says of itself."""

    def __init__(self, folder: Path) -> None:
        system, entropy = SystemClock(), SystemEntropy()
        premises = provision(folder, system, entropy)
        self.clock = ScaledClock(system.now_s(), 1.0)
        self.broker = MemoryBroker(self.clock.now_s)
        self.buses: list[MemoryBus] = []
        self.said: list[tuple[str, NodePresence]] = []
        self.probe = Probe()
        self.life = HubLife(premises.config_file, self.clock, entropy, self.probe, self._bus)

    async def _bus(self) -> Bus:
        self.buses.append(self.broker.client("hub"))
        return self.buses[-1]

    async def listen(self) -> None:
        bus = self.broker.client("ear")
        bus.subscribe(Topics("demo").hub_state, self._heard)
        await bus.start()

    def _heard(self, delivery: Delivery) -> None:
        state = decode(delivery.topic, delivery.payload)
        assert isinstance(state, HubState)
        self.said.append((state.session_id, state.presence))

    def taken(self, seq: int) -> bool:
        """Whether the hub that runs now took a batch of this number before; it has by now."""
        return not TakenStore(self.life.data.database).accept("sensor10", "0" * 16, seq, self.clock.now_s())


async def test_the_next_hub_finds_what_was_committed_and_not_what_came_after(tmp_path: Path) -> None:
    store = Life(tmp_path)
    await store.life.start()
    assert not store.taken(1)
    old = store.life.hub

    def cut() -> None:
        store.buses[-1].cut()
        assert not store.taken(2), "a task that still runs writes; no file may show it"

    await store.life.kill(cut)
    await store.life.start()
    assert store.life.hub.session_id != old.session_id
    assert store.taken(1)
    assert not store.taken(2)
    await store.life.stop()


async def test_a_killed_hub_says_no_goodbye_but_its_will_goes_out(tmp_path: Path) -> None:
    store = Life(tmp_path)
    await store.life.start()
    await store.listen()
    await asyncio.sleep(0.05)
    session = store.life.hub.session_id
    store.said.clear()
    await store.life.kill(store.buses[-1].cut)
    await asyncio.sleep(0.05)
    assert store.said == [(session, NodePresence.OFFLINE)], "the will, once"
    await store.life.start()
    await asyncio.sleep(0.05)
    assert store.said[-1] == (store.life.hub.session_id, NodePresence.ONLINE)
    await store.life.stop()


async def test_what_a_dying_hub_does_is_not_watched(tmp_path: Path) -> None:
    store = Life(tmp_path)
    await store.life.start()
    hub = store.life.hub
    await store.life.kill(store.buses[-1].cut)
    hub.floor.observer.batch_taken(("sensor10", "0" * 16, 1), fresh=True)
    hub.floor.observer.resolved("0" * 16)
    assert store.probe.taken == set()
    assert store.probe.recognitions == []


async def test_a_hub_that_ends_by_itself_is_noticed(tmp_path: Path) -> None:
    store = Life(tmp_path)
    await store.life.start()
    store.life.check()
    task = store.life._task
    assert task is not None
    error = RuntimeError("a bug of ours")

    async def breaks() -> None:
        raise error

    store.life._task = asyncio.create_task(breaks())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="a bug of ours"):
        store.life.check()
    store.life._task = task
    await store.life.stop()
