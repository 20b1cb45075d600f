"""A bus inside one process: the embedded default, and in tests the network at its worst.

It carries encoded bytes only, so whatever passes here would pass over MQTT. The behaviours (retained
messages, wills, sessions, expiry) are those of Mosquitto 2, and one contract suite holds both to them
(`tests/hub/wire/test_bus_contract.py`).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hub.wire.base import MAX_MESSAGE_BYTES
from hub.wire.bus import Delivery, Handler, Will
from hub.wire.subscriptions import Subscriptions, is_topic, matches

MAX_QUEUED: Final = 1000
"""Messages waiting for one participant (Mosquitto's `max_queued_messages`); beyond it the newest is lost."""

MAX_A_TURN: Final = 8
"""Messages a participant is handed in one turn of the loop: a hub hears twelve nodes, who all speak in every turn."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How bad the network is: probabilities in [0, 1] for each message, drawn from `chance`.

    These break what a bus promises, on purpose: the rooms have to bear each of them.

    Attributes:
        chance: gives numbers in [0, 1), e.g. `SeededEntropy(7).uniform`.
        drop: confirmed to the publisher, then lost, as by a broker that is killed.
        unconfirmed: delivered, but the publisher is told False, as when a PUBACK is lost.
        duplicate: arrives twice.
        reorder: overtakes the message before it that still waits for the same participant.
    """

    chance: Callable[[], float]
    drop: float = 0.0
    unconfirmed: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0

    def strike(self, probability: float) -> bool:
        """Draw whether a fault of this probability happens now."""
        return self.chance() < probability


NO_FAULTS: Final = Faults(chance=lambda: 0.0)
"""A perfect network: nothing is below a probability of zero."""


@dataclass(frozen=True, slots=True)
class _Stored:
    topic: str
    payload: bytes
    retained: bool
    until_s: float | None

    def alive(self, now_s: float) -> bool:
        return self.until_s is None or now_s < self.until_s


class _Session:
    """What the broker keeps of one participant, connected or not."""

    def __init__(self) -> None:
        self.patterns: tuple[str, ...] = ()
        self.waiting: deque[_Stored] = deque()
        self.bus: MemoryBus | None = None

    def wants(self, topic: str) -> bool:
        return any(matches(pattern, topic) for pattern in self.patterns)


class MemoryBroker:
    """The broker all `MemoryBus` of one process meet at.

    Args:
        now: store time in seconds, e.g. `clock.now_s`; message expiry counts on it.
        faults: how bad the network is. May be changed at any time through the attribute of that name.
    """

    def __init__(self, now: Callable[[], float], faults: Faults = NO_FAULTS) -> None:
        self.faults = faults
        self.repeated = 0
        """Messages that a fault delivered twice."""
        self.reordered = 0
        """Messages that a fault let overtake another one."""
        self._now = now
        self._running = True
        self._clients: list[MemoryBus] = []
        self._sessions: dict[str, _Session] = {}
        self._retained: dict[str, _Stored] = {}

    def client(self, name: str) -> "MemoryBus":
        """Make the bus of one participant. Of two with one name, the later to start ousts the other."""
        bus = MemoryBus(self, name)
        self._clients.append(bus)
        return bus

    @property
    def running(self) -> bool:
        """False between `kill` and `restart`."""
        return self._running

    def kill(self) -> None:
        """End it as SIGKILL ends a process: sessions, queues and what was retained are gone; no will goes out.

        Idempotent. Everybody hears of the loss.
        """
        self._running = False
        for bus in self._clients:
            bus._lose()  # noqa: SLF001 - see _attach
        self._sessions.clear()
        self._retained.clear()

    def restart(self) -> None:
        """Start it again with nothing remembered; everybody whose cable is in connects again. Idempotent."""
        self._running = True
        for bus in self._clients:
            bus._connect()  # noqa: SLF001 - see _attach

    def _attach(self, name: str, bus: "MemoryBus", patterns: tuple[str, ...]) -> None:
        session = self._sessions.setdefault(name, _Session())
        if session.bus is not None:
            session.bus.cut()
        session.bus, session.patterns = bus, patterns
        for pattern in patterns:
            for stored in list(self._retained.values()):
                if matches(pattern, stored.topic):
                    self._enqueue(session, stored)
        bus._wake()  # noqa: SLF001 - the two classes are one mechanism, split for reading

    def _detach(self, name: str) -> None:
        self._sessions[name].bus = None

    def _accept(self, topic: str, payload: bytes, *, retain: bool, expiry_s: float | None) -> bool:
        """Take one message from a publisher; False when the publisher shall not hear a confirmation."""
        faults = self.faults
        if faults.strike(faults.drop):
            return True
        until_s = None if expiry_s is None else self._now() + expiry_s
        if retain and payload:
            self._retained[topic] = _Stored(topic, payload, retained=True, until_s=until_s)
        elif retain:
            self._retained.pop(topic, None)
        for session in self._sessions.values():
            if session.wants(topic):
                self._route(session, _Stored(topic, payload, retained=False, until_s=until_s))
        return not faults.strike(faults.unconfirmed)

    def _route(self, session: _Session, stored: _Stored) -> None:
        faults = self.faults
        self._enqueue(session, stored)
        if len(session.waiting) > 1 and faults.strike(faults.reorder):
            session.waiting[-1], session.waiting[-2] = session.waiting[-2], session.waiting[-1]
            self.reordered += 1
        if faults.strike(faults.duplicate):
            self._enqueue(session, stored)
            self.repeated += 1
        if session.bus is not None:
            session.bus._wake()  # noqa: SLF001 - see _attach

    def _enqueue(self, session: _Session, stored: _Stored) -> None:
        if len(session.waiting) < MAX_QUEUED:
            session.waiting.append(stored)

    def _next(self, name: str) -> Delivery | None:
        waiting = self._sessions[name].waiting
        while waiting:
            stored = waiting.popleft()
            if stored.alive(self._now()):
                return Delivery(stored.topic, stored.payload, stored.retained)
        return None


class MemoryBus:
    """One participant's connection to a `MemoryBroker`; implements `hub.wire.bus.Bus`."""

    def __init__(self, broker: MemoryBroker, name: str) -> None:
        self._broker = broker
        self._name = name
        self._subscriptions = Subscriptions()
        self._will: Will | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._plugged = False
        self._connected = False
        self._awake = False

    @property
    def connected(self) -> bool:
        """See `Bus`."""
        return self._connected

    def subscribe(self, pattern: str, handler: Handler) -> None:
        """See `Bus`."""
        assert self._loop is None, "subscribe before start"
        self._subscriptions.add(pattern, handler)

    def on_connection(self, listener: Callable[[bool], None]) -> None:
        """See `Bus`."""
        assert self._loop is None, "listen before start"
        self._subscriptions.add_listener(listener)

    async def start(self, will: Will | None = None) -> None:
        """See `Bus`."""
        assert self._loop is None, "a bus is started once"
        self._loop = asyncio.get_running_loop()
        self._will = will
        self.mend()

    async def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: float | None = None
    ) -> bool:
        """See `Bus`."""
        assert is_topic(topic), f"not a topic to publish to: {topic!r}"
        assert len(payload) <= MAX_MESSAGE_BYTES, "encode() bounds every message"
        assert expiry_s is None or expiry_s > 0, "what has expired is not published"
        # Lets the loop deliver between two messages of one publisher, as awaiting a PUBACK does.
        await asyncio.sleep(0)
        return self._connected and self._broker._accept(  # noqa: SLF001 - see MemoryBroker._attach
            topic, payload, retain=retain, expiry_s=expiry_s
        )

    async def stop(self) -> None:
        """See `Bus`."""
        self._plugged = False
        self._lose()

    def cut(self) -> None:
        """Pull this participant's cable: its will is published, and it hears of the loss. Idempotent."""
        self._plugged = False
        if self._lose() and self._will is not None:
            self._broker._accept(self._will.topic, self._will.payload, retain=True, expiry_s=None)  # noqa: SLF001

    def mend(self) -> None:
        """Plug the cable in again: what waited for this participant arrives. Idempotent; after `start`."""
        assert self._loop is not None, "mend after start"
        self._plugged = True
        self._connect()

    def _connect(self) -> None:
        if self._connected or not self._plugged or self._loop is None or not self._broker.running:
            return
        self._connected = True
        self._broker._attach(self._name, self, self._subscriptions.patterns)  # noqa: SLF001
        self._subscriptions.tell(True, self._loop)

    def _lose(self) -> bool:
        if not self._connected or self._loop is None:
            return False
        self._connected = False
        self._broker._detach(self._name)  # noqa: SLF001
        self._subscriptions.tell(False, self._loop)
        return True

    def _wake(self) -> None:
        # At most one pump is scheduled; it takes a few messages a turn, so a cut falls between some of them.
        if self._loop is not None and not self._awake:
            self._awake = True
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        self._awake = False
        if not self._connected or self._loop is None:
            return
        for _ in range(MAX_A_TURN):
            delivery = self._broker._next(self._name)  # noqa: SLF001
            if delivery is None:
                return
            self._subscriptions.dispatch(delivery, self._loop)
        self._wake()
