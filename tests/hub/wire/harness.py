"""Both buses behind one face, so that one suite holds them to one contract."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hub.box.broker import Mosquitto
from hub.box.cable import Cable
from hub.wire.bus import Bus, Delivery
from hub.wire.memory import MemoryBroker, MemoryBus
from hub.wire.mqtt import MqttBus

WAIT_S = 5.0


async def until(condition: Callable[[], bool]) -> None:
    """Wait for the world to get there; the test's patience is one constant."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - the condition is about the world, which sets no event
            await asyncio.sleep(0.005)


async def a_moment() -> None:
    """Long enough for what must not happen to have happened, over loopback."""
    await asyncio.sleep(0.15)


@dataclass
class Inbox:
    """Everything one subscriber saw."""

    deliveries: list[Delivery] = field(default_factory=list)
    connection: list[bool] = field(default_factory=list)

    @property
    def payloads(self) -> list[bytes]:
        return [delivery.payload for delivery in self.deliveries]

    async def holds(self, *payloads: bytes) -> None:
        await until(lambda: len(self.deliveries) >= len(payloads))
        assert self.payloads == list(payloads)


class Net(Protocol):
    """A broker and its participants."""

    async def bus(self, name: str) -> Bus: ...

    async def cut(self, name: str) -> None: ...

    async def mend(self, name: str) -> None: ...

    async def pass_time(self, wall_s: float) -> None: ...

    async def close(self) -> None: ...


class MemoryNet:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.broker = MemoryBroker(lambda: self.now_s)
        self._buses: dict[str, MemoryBus] = {}

    async def bus(self, name: str) -> MemoryBus:
        self._buses[name] = self.broker.client(name)
        return self._buses[name]

    async def cut(self, name: str) -> None:
        self._buses[name].cut()

    async def mend(self, name: str) -> None:
        self._buses[name].mend()

    async def pass_time(self, wall_s: float) -> None:
        self.now_s += wall_s

    async def close(self) -> None:
        for bus in self._buses.values():
            await bus.stop()


class MqttNet:
    """Every participant has a cable of its own to a real Mosquitto."""

    def __init__(self, folder: Path) -> None:
        self.broker = Mosquitto(folder)
        self._stack = AsyncExitStack()
        self._cables: dict[str, Cable] = {}
        self._buses: list[MqttBus] = []

    async def open(self) -> None:
        await self._stack.enter_async_context(self.broker)

    async def bus(self, name: str) -> MqttBus:
        cable = self._cables[name] = Cable(self.broker.port)
        await cable.start()
        self._stack.push_async_callback(cable.stop)
        bus = MqttBus("127.0.0.1", cable.port, name, jitter=lambda: 0.9, reconnect_cap_s=0.25)
        self._buses.append(bus)
        return bus

    async def cut(self, name: str) -> None:
        self._cables[name].pull()

    async def mend(self, name: str) -> None:
        self._cables[name].plug()

    async def pass_time(self, wall_s: float) -> None:
        await asyncio.sleep(wall_s)

    async def close(self) -> None:
        for bus in self._buses:
            await bus.stop()
        await self._stack.aclose()


async def listen(net: Net, name: str, *patterns: str) -> Inbox:
    """Start a subscriber and wait until its subscriptions stand."""
    inbox = Inbox()
    bus = await net.bus(name)
    for pattern in patterns:
        bus.subscribe(pattern, inbox.deliveries.append)
    bus.on_connection(inbox.connection.append)
    await bus.start()
    await until(lambda: inbox.connection[-1:] == [True])
    return inbox


async def speak(net: Net, name: str) -> Bus:
    """Start a publisher and wait until it is connected."""
    bus = await net.bus(name)
    await bus.start()
    await until(lambda: bus.connected)
    return bus
