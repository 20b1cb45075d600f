"""A rolling upgrade, process by process, over a real broker: the table of `hub.wire.base`."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from hardware.host.clock import SystemClock
from hub.box.broker import Mosquitto
from hub.wire.base import Message
from hub.wire.codec import encode
from hub.wire.display import KioskAct, SealedAct, StopRecognition
from hub.wire.presence import IdScheme, NodePresence, NodeState, Sample, SampleState, Sightings
from hub.wire.seal import seal
from kiosk.samples import OFFER
from tests.boundaries.floor import CARD, KIOSK, NEWER, NODE, TODAY, TOPICS, Peer, Shop, open_floor, set_up
from tests.hub.shell.processes import HubProcess, hub_process
from tests.hub.wire.harness import a_moment, until
from tests.kiosk import hub_double
from tests.kiosk.history import view
from tests.kiosk.test_on_a_terminal import running

pytestmark = pytest.mark.real

BOOT: Final = "b" * 16


@pytest.mark.parametrize(
    ("hub", "others"), [(NEWER, TODAY), (TODAY, NEWER)], ids=["the hub first", "node and kiosk first"]
)
async def test_an_upgrade_in_any_order_loses_nothing_and_shows_nothing_wrong(
    tmp_path: Path, mosquitto: Mosquitto, hub: str, others: str
) -> None:
    peer = Peer(mosquitto)
    await peer.start()
    async with open_floor(set_up(tmp_path, mosquitto), hub=hub, node=others, kiosk=others) as floor:
        await floor.kiosk.until(lambda text: "lune" in text, 30.0)
        floor.kiosk.type(f"{CARD}\r")
        await floor.kiosk.until(lambda text: "0 sur 5" in text, 10.0)
        await until(lambda: bool(peer.of(TOPICS.kiosk(KIOSK, "ack"))))
        floor.kiosk.type("\t\t\t\r")  # why, stop, done: the person goes
        await floor.kiosk.until(lambda text: "0 sur 5" not in text)
        sent, acknowledged = (peer.of(TOPICS.node(NODE, leaf)) for leaf in ("sightings", "ack"))
        await until(lambda: _seqs(acknowledged, "seqs") >= _seqs(sent, "seq"))
        said_newer = (b"zz_new" in acknowledged[0], b"zz_new" in sent[0])
        assert said_newer == (hub is NEWER, others is NEWER)
        for name, log in floor.logs().items():
            assert "garbage_ignored" not in log, (name, log)
        assert (await floor.hub.client.get("/v1/health")).json()["other_versions"] == {}
        assert floor.all_up()
    await peer.bus.stop()


def _seqs(payloads: list[bytes], field: str) -> set[int]:
    values = [json.loads(payload)[field] for payload in payloads]
    return {seq for value in values for seq in (value if isinstance(value, list) else [value])}


# one raw peer at a running hub


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A hub, and a peer that says what no program of today would."""

    shop: Shop
    hub: HubProcess
    peer: Peer

    async def acknowledged(self, topic: str, n: int = 1) -> list[dict[str, Any]]:
        await until(lambda: len(self.peer.of(topic)) >= n)
        return [json.loads(payload) for payload in self.peer.of(topic)]

    async def other_versions(self) -> dict[str, str]:
        versions: dict[str, str] = (await self.hub.client.get("/v1/health")).json()["other_versions"]
        return versions


@asynccontextmanager
async def at_a_hub(folder: Path, broker: Mosquitto) -> AsyncIterator[Counterpart]:
    shop, peer = set_up(folder, broker), Peer(broker)
    await peer.start()
    async with hub_process(shop.config_file, shop.http_port) as hub:
        await until(lambda: bool(peer.of(TOPICS.hub_state)))
        yield Counterpart(shop, hub, peer)
    await peer.bus.stop()


def changed(message: Message, **fields: Any) -> bytes:
    return json.dumps(json.loads(encode(message)) | fields).encode()


def batch(seq: int, *identifiers: bytes) -> Sightings:
    samples = tuple(
        Sample(scheme=IdScheme.EID, id=one.hex(), state=SampleState.HEARD, rssi_dbm=-50.0, age_ms=0)
        for one in identifiers
    )
    return Sightings(node=NODE, boot_id=BOOT, seq=seq, samples=samples)


STATE = NodeState(node=NODE, session_id=BOOT, presence=NodePresence.ONLINE, radio_ok=True, version="9.0")
SIGHTINGS, STATES = TOPICS.node(NODE, "sightings"), TOPICS.node(NODE, "state")
NODE_ACKS, KIOSK_ACKS = TOPICS.node(NODE, "ack"), TOPICS.kiosk(KIOSK, "ack")


async def test_a_node_of_another_version_is_named_to_it_and_never_acknowledged(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async with at_a_hub(tmp_path, mosquitto) as c:
        for seq in range(1, 201):
            await c.peer.say(SIGHTINGS, changed(batch(seq, b"12345678"), v=2))
        await until(lambda: "total=128" in c.hub.log())
        await a_moment()
        named = {f"node {NODE}": "Sightings of wire version 2, this program speaks 1"}
        assert await c.other_versions() == named
        assert c.peer.of(NODE_ACKS) == []
        assert c.hub.log().count("of wire version 2") == 8
        await c.peer.say(STATES, encode(STATE))
        await c.peer.say(SIGHTINGS, encode(batch(201, b"12345678")))
        assert [ack["seqs"] for ack in await c.acknowledged(NODE_ACKS)] == [[201]]
        assert await c.other_versions() == {}


async def test_of_a_batch_the_samples_of_an_unknown_scheme_are_left_out_and_the_members_counts(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async with at_a_hub(tmp_path, mosquitto) as c:
        ours = c.shop.member.fob.eid_at(SystemClock().now_s())
        fields = json.loads(encode(batch(1, b"12345678", ours)))
        fields["samples"][0] |= {"scheme": "uwb", "id": "a longer name than any of today", "angle_deg": 12}
        await c.peer.say(SIGHTINGS, json.dumps(fields).encode())
        (ack,) = await c.acknowledged(NODE_ACKS)
        assert (ack["seqs"], ack["known"]) == ([1], [ours.hex()])
        await c.peer.say(
            SIGHTINGS, json.dumps(fields | {"seq": 2, "samples": fields["samples"][:1]}).encode()
        )
        assert (await c.acknowledged(NODE_ACKS, 2))[1]["known"] == []
        assert await c.other_versions() == {}


class NewerAct(KioskAct):
    """An act of a release that knows more kinds."""

    act: Any


def sealed(c: Counterpart, seq: int, act: Any) -> SealedAct:
    newer = NewerAct(act_id=f"{seq:016x}", act=act, seen=None)
    text = seal(newer, c.shop.public_key, KIOSK)
    return SealedAct(kiosk=KIOSK, boot_id=BOOT, seq=seq, age_ms=0, sealed=text)


async def test_an_act_the_hub_does_not_know_yet_stays_with_the_kiosk_for_it_may_be_a_withdrawal(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async with at_a_hub(tmp_path, mosquitto) as c:
        topic = TOPICS.kiosk(KIOSK, "act")
        unknown = sealed(c, 1, {"kind": "stop_suggestions"})
        await c.peer.say(topic, encode(unknown))
        await c.peer.say(topic, encode(sealed(c, 2, StopRecognition().model_dump() | {"reason": "none"})))
        assert [ack["seqs"] for ack in await c.acknowledged(KIOSK_ACKS)] == [[2]]
        await c.peer.say(topic, encode(unknown))
        await until(lambda: c.hub.log().count("KioskAct with a word this program does not know") == 2)
        await a_moment()
        assert set(await c.other_versions()) == {f"kiosk {KIOSK}"}
        assert len(c.peer.of(KIOSK_ACKS)) == 1
        assert "stop_suggestions" not in c.hub.log()


async def test_acts_that_can_never_be_opened_leave_no_row_and_few_lines(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async with at_a_hub(tmp_path, mosquitto) as c:
        acts = [
            SealedAct(kiosk=KIOSK, boot_id=BOOT, seq=n, age_ms=0, sealed="A" * 800) for n in range(1, 301)
        ]
        await c.peer.flood((TOPICS.kiosk(KIOSK, "act"), encode(act)) for act in acts)
        await c.acknowledged(KIOSK_ACKS, 300)
        assert c.hub.log().count("act_not_opened") == 9


# a kiosk and a newer hub


@pytest.mark.parametrize(
    "newer", [{"content": {"kind": "survey", "text": "OK"}}, {"v": 2}], ids=["kind", "version"]
)
async def test_c6_a_view_the_kiosk_does_not_know_blanks_the_older_one_and_asks_staff_for_an_update(
    tmp_path: Path, mosquitto: Mosquitto, newer: dict[str, Any]
) -> None:
    async with running(mosquitto, tmp_path, (40, 12)) as (shown, hub):
        await hub.show(OFFER)
        await shown.until(lambda text: "Pas cette fois" in text)
        payload = changed(view(OFFER, 9, hub.session), **newer)
        assert await hub._bus.publish(hub_double.TOPICS.kiosk("checkout-1", "view"), payload)
        text = await shown.until(lambda text: "mettre à jour" in text and "Bonjour" in text)
        assert "Pas cette fois" not in text
