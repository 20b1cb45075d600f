"""A hub in a test: a small store set up on real files, on the bus in memory and a clock moved by hand."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from hardware.beacon.identity import Fob
from hardware.host.clock import Clock, ManualClock
from hardware.host.entropy import SeededEntropy
from hub.app import Hub
from hub.assembly import HubData, open_hub_data
from hub.desk_key import kiosk_public_key
from hub.observer import BatchName, HubObserver
from hub.permission.records import How, Level, Purpose, Touchpoint
from hub.permission.service import Grant
from hub.presence.closeness import CLEAR_FOR_S
from hub.till.requests import BasketIn, CommitIn, HoldIn
from hub.wire.base import Message
from hub.wire.bus import Delivery
from hub.wire.codec import decode, encode
from hub.wire.display import Act, KioskAct, KioskView, SealedAct
from hub.wire.memory import MemoryBroker, MemoryBus
from hub.wire.presence import (
    IdScheme,
    NodePresence,
    NodeState,
    Sample,
    SampleState,
    Sightings,
)
from hub.wire.seal import seal
from hub.wire.topics import Topics

M = TypeVar("M", bound=Message)

EPOCH_S = 1_700_000_000.0
K = 4
NOTICE = '[notice]\nversion = "1"\n'
TOPICS = Topics("lyon")
STANDS_S = CLEAR_FOR_S + 2.0
"""Until somebody counts as being at a kiosk, and time for their symbol to come there."""

STORE = """
store = "lyon"
database = "data/hub.db"
key_file = "data/hub.key"
programs = "programs"
{notice}
[http]
port = {http_port}
[mqtt]
port = {mqtt_port}
[zones.aisle]
label_fr = "Rayon"
label_en = "Aisle"
[zones.tills]
label_fr = "Caisses"
label_en = "Tills"
[nodes.n1]
zone = "aisle"
[nodes.n2]
zone = "tills"
[kiosks.display]
zone = "aisle"
[kiosks.checkout]
zone = "tills"
till = "t1"
[tills.t1]
"""

PROGRAM = """
id = "couches-5"
kind = "every_nth"
every = 5
points_per_unit = 100
products = ["p1"]
[label]
fr = "5e paquet"
en = "5th pack"
[group]
fr = "Couches"
en = "Nappies"
[discount]
percent = 30
"""

_SEEDS = itertools.count(1)
"""Each opening draws other numbers: two hubs of one store must not give the same ids."""

PACK = {"line": 1, "product_id": "p1", "description": "Couches", "quantity": 1, "unit_price_minor": 1000}


def write_store(folder: Path, *, notice: bool = True, http_port: int = 0, mqtt_port: int = 1883) -> Path:
    """A small store's configuration file, with its program beside it."""
    (folder / "programs").mkdir(parents=True, exist_ok=True)
    (folder / "programs" / "couches.toml").write_text(PROGRAM, encoding="utf-8")
    config_file = folder / "store.toml"
    config_file.write_text(
        STORE.format(notice=NOTICE if notice else "", http_port=http_port, mqtt_port=mqtt_port),
        encoding="utf-8",
    )
    return config_file


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may be recognised."""

    member_id: str
    symbol: str
    card: str
    fob: Fob


def join(
    data: HubData, symbol: str = "lune", card: str = "40001", *, points: int = 1000, packs: int = 0
) -> Member:
    """Add a member who allowed recognition and suggestions."""
    now_s = data.clock.now_s()
    fob = Fob(data.entropy.token(16), K, now_s - 1000.0)
    member_id = data.people.add_member(now_s=now_s, symbol=symbol)
    data.people.add_card(member_id, card)
    data.people.add_fob(member_id, fob.ik, K, now_s=now_s, beacon_time_s=1000.0)
    account_id = data.people.person(member_id).account_id
    data.sales.credit_points(account_id, points, "opening", now_s)
    for purpose, place in (
        (Purpose.RECOGNITION, Touchpoint.STORE),
        (Purpose.SUGGESTION, Touchpoint.KIOSK),
    ):
        data.permissions.grant(member_id, Grant(purpose, place, Level.STANDING, How.OWN_DEVICE, "1"), now_s)
    return Member(member_id, symbol, card, fob)


class Counted(HubObserver):
    """Counts what the hub lets be observed."""

    def __init__(self) -> None:
        self.fresh: list[BatchName] = []
        self.repeated: list[BatchName] = []
        self.resolutions: list[str] = []

    def batch_taken(self, batch: BatchName, *, fresh: bool) -> None:
        (self.fresh if fresh else self.repeated).append(batch)

    def resolved(self, member_id: str) -> None:
        self.resolutions.append(member_id)


class Ear:
    """Everything a participant hears on the bus, by kind."""

    def __init__(self, bus: MemoryBus, *patterns: str) -> None:
        self.bus = bus
        self.heard: list[Delivery] = []
        for pattern in patterns:
            bus.subscribe(pattern, self.heard.append)

    def all(self, kind: type[M], name: str | None = None) -> list[M]:
        """Messages of a kind, in order; `name` of the node or kiosk they are of."""
        messages = (decode(d.topic, d.payload) for d in self.heard if d.payload)
        return [
            m
            for m in messages
            if isinstance(m, kind)
            and (name is None or name in (getattr(m, "kiosk", None), getattr(m, "node", None)))
        ]


class Store:
    """A running hub, and a store around it that speaks by hand."""

    def __init__(self, hub: Hub, broker: MemoryBroker, clock: ManualClock, ear: Ear, seen: Counted) -> None:
        self.hub, self.broker, self.clock, self.ear, self.seen = hub, broker, clock, ear, seen
        self.data = hub.data
        self._seqs: dict[str, int] = {}

    async def settle(self) -> None:
        """Let everything that was set off come to its end, the commit that gathers batches included."""
        for _ in range(2):
            for _ in range(200):
                await asyncio.sleep(0)
            while self.hub.gathering:  # noqa: ASYNC110 - it is over within milliseconds, and sets no event
                await asyncio.sleep(0.001)

    async def advance(self, by_s: float) -> None:
        """Move the store's time on in steps the hub's timers see, with the buses in between."""
        while by_s > 0:
            await self.clock.advance(min(0.5, by_s))
            await self.settle()
            by_s -= 0.5

    async def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        await self.ear.bus.publish(topic, payload, retain=retain)
        await self.settle()

    async def birth(
        self, node: str, session: str = "a" * 16, *, online: bool = True, radio_ok: bool = True
    ) -> None:
        presence = NodePresence.ONLINE if online else NodePresence.OFFLINE
        state = NodeState(node=node, session_id=session, presence=presence, radio_ok=radio_ok, version="1")
        await self.say(TOPICS.node(node, "state"), encode(state), retain=True)

    def batch(
        self, node: str, who: Member | bytes, *, rssi_dbm: float = -50.0, age_s: float = 0.0
    ) -> Sightings:
        """One node heard somebody's present identifier (or given bytes)."""
        eid = who if isinstance(who, bytes) else who.fob.eid_at(self.clock.now_s() - age_s)
        sample = Sample(
            scheme=IdScheme.EID,
            id=eid.hex(),
            state=SampleState.HEARD,
            rssi_dbm=rssi_dbm,
            age_ms=round(age_s * 1000),
        )
        self._seqs[node] = self._seqs.get(node, 0) + 1
        return Sightings(node=node, boot_id="b" * 16, seq=self._seqs[node], samples=(sample,))

    async def hear(self, node: str, who: Member | bytes, **options: Any) -> Sightings:
        batch = self.batch(node, who, **options)
        await self.say(TOPICS.node(node, "sightings"), encode(batch))
        return batch

    async def stand(self, node: str, who: Member, seconds: float = STANDS_S) -> None:
        """Somebody stands in front of a node for a while."""
        until_s = self.clock.now_s() + seconds
        while self.clock.now_s() < until_s:
            await self.hear(node, who)
            await self.advance(0.5)

    async def act(
        self,
        kiosk: str,
        act: Act,
        *,
        seq: int,
        age_s: float = 0.0,
        seen: KioskView | None = None,
        boot_id: str = "c" * 16,
    ) -> SealedAct:
        """Somebody acts at a kiosk; `seen` is the view they act on."""
        message = KioskAct(
            act_id=f"{seq:016x}",
            act=act,
            seen=seen.revision if seen else None,
            permission_revision=seen.permission_revision if seen else 0,
            subject=seen.subject if seen else None,
        )
        sealed = SealedAct(
            kiosk=kiosk,
            boot_id=boot_id,
            seq=seq,
            age_ms=round(age_s * 1000),
            sealed=seal(message, kiosk_public_key(self.data.vault), kiosk),
        )
        await self.say(TOPICS.kiosk(kiosk, "act"), encode(sealed))
        return sealed

    def view(self, kiosk: str) -> KioskView:
        """The last view a kiosk was sent."""
        return self.ear.all(KioskView, kiosk)[-1]

    def till(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.hub.server.port}", trust_env=False)


@asynccontextmanager
async def running(
    data: HubData, clock: ManualClock, broker: MemoryBroker | None = None
) -> AsyncIterator[Store]:
    """Run a hub on opened data until the block ends."""
    broker = broker or MemoryBroker(clock.now_s)
    seen = Counted()
    ear = Ear(broker.client("ear"), "comptoir/v1/#")
    await ear.bus.start()
    hub = Hub(data, broker.client("hub"), seen)
    task = asyncio.create_task(hub.run(), name="hub")
    ready = asyncio.create_task(hub.ready.wait())
    await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if task.done():
        task.result()
    store = Store(hub, broker, clock, ear, seen)
    await store.settle()
    try:
        yield store
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def open_store(
    folder: Path, *, notice: bool = True, prepare: Callable[[HubData], None] = lambda _data: None
) -> AsyncIterator[Store]:
    """Set a store up in a folder (again, if it stands there already) and run its hub."""
    config_file = folder / "store.toml"
    if not config_file.exists():
        config_file = write_store(folder, notice=notice)
    clock = ManualClock(EPOCH_S)
    data = open_data(config_file, clock)
    try:
        prepare(data)
        async with running(data, clock) as store:
            yield store
    finally:
        data.close()


def open_data(config_file: Path, clock: Clock) -> HubData:
    """Open a store's data with chance that repeats."""
    return open_hub_data(config_file, clock, SeededEntropy(next(_SEEDS)))


def buy_four(store: Store, who: Member) -> None:
    """Put the counter one pack before the right, by a sale at the till."""
    service, card = store.hub.tills, who.card
    body = BasketIn.model_validate(
        {"till": "t1", "revision": 1, "card": card, "lines": [PACK | {"quantity": 4}]}
    )
    quote = service.put_basket("t1-history", body)
    held = service.hold("t1-history", HoldIn(revision=1, quote_id=quote.quote_id))
    service.commit("t1-history", CommitIn(hold_id=held.hold_id), "key-history")


async def stand_known(store: Store) -> Member:
    """A member who is known at the aisle, with both nodes there."""
    a = join(store.data)
    await store.advance(1.0)
    for node in ("n1", "n2"):
        await store.birth(node)
    await store.stand("n1", a)
    assert store.hub.floor.zones.members_in("aisle") == (a.member_id,)
    return a
