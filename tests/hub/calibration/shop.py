"""A running shop as a calibrating visitor finds it on a real broker: its hub's word, its nodes, what they report."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hardware.host.entropy import SystemEntropy
from hub.wire.codec import encode
from hub.wire.mqtt import MqttBus
from hub.wire.presence import (
    HubState,
    IdScheme,
    NodePresence,
    NodeState,
    Sample,
    SampleState,
    Sightings,
)
from hub.wire.topics import Topics

STORE = "lyon"
TOPICS = Topics(STORE)
SESSION = "0123456789abcdef"


@dataclass
class Shop:
    """The other end of the broker."""

    bus: MqttBus
    _seqs: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def hub(self, presence: NodePresence = NodePresence.ONLINE, *, notice_ok: bool = True) -> None:
        state = HubState(session_id=SESSION, presence=presence, notice_ok=notice_ok)
        assert await self.bus.publish(TOPICS.hub_state, encode(state), retain=True)

    async def node(
        self, name: str, presence: NodePresence = NodePresence.ONLINE, *, radio_ok: bool = True
    ) -> None:
        state = NodeState(node=name, session_id=SESSION, presence=presence, radio_ok=radio_ok, version="1")
        assert await self.bus.publish(TOPICS.node(name, "state"), encode(state), retain=True)

    async def sighted(
        self, node: str, identifier: bytes, rssi_dbm: float, state: SampleState = SampleState.HEARD
    ) -> None:
        sample = Sample(scheme=IdScheme.EID, id=identifier.hex(), state=state, rssi_dbm=rssi_dbm, age_ms=0)
        batch = Sightings(node=node, boot_id=SESSION, seq=next(self._seqs), samples=(sample,))
        await self.bus.publish(TOPICS.node(node, "sightings"), encode(batch))

    async def open(self, *nodes: str) -> None:
        """Hub and nodes are there."""
        await self.hub()
        for node in nodes:
            await self.node(node)


@asynccontextmanager
async def shop_at(port: int) -> AsyncIterator[Shop]:
    bus = MqttBus("127.0.0.1", port, "shop", jitter=SystemEntropy().uniform)
    connected = asyncio.Event()
    bus.on_connection(lambda up: connected.set() if up else None)
    await bus.start()
    async with asyncio.timeout(5):
        await connected.wait()
    try:
        yield Shop(bus)
    finally:
        await bus.stop()
