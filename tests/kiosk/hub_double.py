"""The hub as a kiosk meets it on a bus: views and acknowledgements out, acts in."""

import asyncio

from hub.wire.bus import Bus, Delivery
from hub.wire.codec import decode, encode
from hub.wire.display import ActAck, Content, KioskAct, SealedAct
from hub.wire.presence import HubState, NodePresence
from hub.wire.seal import generate_private_key, public_key, unseal
from hub.wire.topics import Topics
from tests.kiosk.history import FIRST, KIOSK, view

STORE = "lyon"
TOPICS = Topics(STORE)


class HubDouble:
    """Unseals every act, keeps it in `acts`, and acknowledges it while `acknowledges`."""

    def __init__(self, bus: Bus) -> None:
        self.private = generate_private_key()
        self.public = public_key(self.private)
        self.acts: list[KioskAct] = []
        self.sealed: list[SealedAct] = []
        self.acknowledges = True
        self.session = FIRST
        self._bus = bus
        self._n = 0
        self._came = asyncio.Event()
        self._tasks: set[asyncio.Task[bool]] = set()
        self._up = asyncio.Event()
        bus.on_connection(lambda connected: self._up.set() if connected else self._up.clear())
        bus.subscribe(TOPICS.kiosk("+", "act"), self._take)

    def _take(self, delivery: Delivery) -> None:
        message = decode(delivery.topic, delivery.payload)
        assert isinstance(message, SealedAct)
        self.sealed.append(message)
        self.acts.append(unseal(message.sealed, self.private, message.kiosk))
        self._came.set()
        if self.acknowledges:
            ack = ActAck(kiosk=message.kiosk, boot_id=message.boot_id, seqs=(message.seq,))
            task = asyncio.create_task(self._bus.publish(TOPICS.kiosk(message.kiosk, "ack"), encode(ack)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def connected(self) -> None:
        """Wait for the connection."""
        async with asyncio.timeout(15):
            await self._up.wait()

    async def comes(self) -> None:
        """Announce this session."""
        await self._announce(NodePresence.ONLINE)

    async def goes(self) -> None:
        """As the last will does."""
        await self._announce(NodePresence.OFFLINE)

    async def _announce(self, presence: NodePresence) -> None:
        state = HubState(session_id=self.session, presence=presence, notice_ok=True)
        assert await self._bus.publish(TOPICS.hub_state, encode(state), retain=True)

    async def show(self, content: Content) -> None:
        """Send the next view."""
        self._n += 1
        payload = encode(view(content, self._n, self.session))
        assert await self._bus.publish(TOPICS.kiosk(KIOSK, "view"), payload)

    async def heard(self, n: int) -> list[KioskAct]:
        """The first `n` acts, once they came."""
        async with asyncio.timeout(15):
            while len(self.acts) < n:
                self._came.clear()
                await self._came.wait()
        return self.acts
