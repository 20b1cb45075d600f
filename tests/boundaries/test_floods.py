"""Garbage on every topic of running processes, and retained before they start: they stay up, and work (C9)."""

import asyncio
from pathlib import Path

import pytest

from hub.box.broker import Mosquitto
from hub.wire.codec import encode
from tests.boundaries.corpus import CANARY, HOSTILE, flood
from tests.boundaries.floor import CARD, KIOSK, NODE, TOPICS, Floor, Peer, open_floor, set_up
from tests.hub.wire import messages

pytestmark = pytest.mark.real

FLOOD = 1_000
"""Payloads on each topic, besides the named ones."""

MAX_LINES = 60
"""Of the three topics a process hears at most, by two peers: log₂(3,000) ≈ 12 lines each, and what it says anyway."""

MAX_GROWTH_KIB = 24_000
"""A process' caches grow by some megabytes; the flood itself is about 3 MB a topic."""

VALID = {topic.replace("/demo/", "/lyon/").replace("/n1/", f"/{NODE}/").replace("/k1/", f"/{KIOSK}/"): encode(message)
         for topic, message in messages.MESSAGES}  # fmt: skip
"""One message of every topic of this store's node and kiosk, to be torn and bent."""

STRANGERS = ("node/zz9/sightings", "node/zz9/state", "kiosk/zz9/act")


async def recognised(floor: Floor) -> None:
    """The node's sightings reach the kiosk as the member's symbol among others."""
    await floor.kiosk.until(lambda text: "Hors liaison" not in text and "lune" in text, 30.0)


async def test_garbage_retained_on_every_topic_and_floods_on_each_change_nothing(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    shop = set_up(tmp_path, mosquitto)
    peer = Peer(mosquitto)
    await peer.start()
    await peer.flood(((topic, HOSTILE["wrong types"]) for topic in VALID), retain=True)
    async with open_floor(shop) as floor:
        await recognised(floor)
        before = floor.resident_kib()
        foreign = [(topic.replace("/lyon/", "/nantes/"), payload) for topic, payload in VALID.items()]
        forged = [(topic, payload) for topic in VALID for other, payload in VALID.items() if other != topic]
        strange = [(f"comptoir/v1/lyon/{leaf}", HOSTILE["bytes"]) for leaf in STRANGERS for _ in range(100)]
        named = [(topic, payload) for topic in VALID for payload in HOSTILE.values()]
        await peer.flood([*foreign, *forged, *strange, *named])
        for seed, (topic, valid) in enumerate(VALID.items()):
            await peer.flood((topic, payload) for payload in flood(FLOOD, seed, valid))
        await still_works(floor, peer)
        for name, log in floor.logs().items():
            assert "Traceback" not in log, name
            assert CANARY not in log, name
            assert "\x1b" not in log, name
            assert "garbage_ignored" in log, name
            assert len(log.splitlines()) <= MAX_LINES, (name, log)
        for name, kib in floor.resident_kib().items():
            assert kib - before[name] < MAX_GROWTH_KIB, (name, before[name], kib)
        assert CANARY.encode() not in floor.kiosk.raw
    await peer.bus.stop()


async def still_works(floor: Floor, peer: Peer) -> None:
    """A card at the kiosk is answered, a sighting acknowledged, the till served; everybody is up."""
    acknowledged = len(peer.of(TOPICS.node(NODE, "ack")))
    floor.kiosk.type(f"{CARD}\r")
    await floor.kiosk.until(lambda text: "Terminé" in text or "D’accord" in text, 10.0)
    async with asyncio.timeout(10):
        while len(peer.of(TOPICS.node(NODE, "ack"))) == acknowledged:  # noqa: ASYNC110 - the bus sets no event
            await asyncio.sleep(0.02)
    assert (await floor.hub.client.get("/v1/health")).status_code == 200
    assert floor.all_up()


async def test_a_megabyte_is_refused_by_the_broker_and_nobody_else_notices(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    """What a broker of looser limits lets through is refused by the participants' own maximum packet size."""
    peer, watcher = Peer(mosquitto), Peer(mosquitto, "watcher")
    await peer.start()
    await watcher.start()
    assert peer.bus._connection is not None
    assert not await peer.bus._connection.publish(TOPICS.hub_state, b" " * 2**20, retain=False, expiry_s=None)
    assert watcher.bus.connected
    assert watcher.heard == []
    await peer.bus.stop()
    await watcher.bus.stop()
