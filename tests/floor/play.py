"""The story as it is played through processes, in real time; `Played` is what was seen, for the tests to judge."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hardware.beacon.build import ibeacon
from hardware.beacon.identity import Fob
from hardware.host.clock import SystemClock
from hardware.host.outbox import PRESENCE, Counts, Outbox
from hub.box.scene import CHECKOUT
from kiosk.texts import Texts
from tests.floor.store import Store, store
from tests.kiosk.terminal import Terminal

LAST_LEG_S = 62.0
"""Where people join the recorded track: through the groceries to the checkout, 22 s."""

REST_S = 60.0
"""Acceptance B5: loyalty frames nobody can resolve are gone everywhere within this."""

CANARY = b"\xca\xa1bystanderCANAR"
"""What a stranger's iBeacon carries for a UUID: 16 bytes."""

STRANGER_KEY = bytes(range(16))
"""Of a loyalty fob of no member of this store."""

OFFERED = "Pas cette fois"
CUT_OFF = "Hors liaison"
PATIENCE_S = 40.0


@dataclass
class Played:
    """What was seen.

    Attributes:
        sent: transmitter → the identifiers that were on the air.
        baskets: member → the basket they paid.
        states: what each node said of itself once everything was up.
        before_touch: every view of the checkout kiosk while A and C stood there and nobody had acted.
        fifth: the hub's answer to the commit of A's fifth pack, after it was killed between hold and commit.
        killed_node: what a node that was killed said, or was said of it, from before to after.
        after_stop: views of any kiosk in the 3 s that began 1 s after A said stop, with her symbol on it.
        frames_after_stop: sightings that came in these 3 s.
        progress: C's screen after her touch.
        by_card: the hub's answer to the sale of B, whom no radio may recognise, by card.
        alone: what the till answered while the hub was away.
        uploaded: and when it was back.
        open_right: D's screen after his card.
        codes: exit codes of a graceful stop.
        last_states: what each node said of itself last.
        counts: what became of every row of every node's outbox.
        traffic: everything that was on the bus.
        files: every file at the end.
        rested: the same one minute after the last loyalty frame.
    """

    folder: Path
    sent: dict[str, set[bytes]] = field(default_factory=dict)
    baskets: dict[str, str] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    before_touch: list[dict[str, Any]] = field(default_factory=list)
    fifth: dict[str, Any] = field(default_factory=dict)
    killed_node: list[str] = field(default_factory=list)
    after_stop: int = -1
    frames_after_stop: int = 0
    progress: str = ""
    by_card: dict[str, Any] = field(default_factory=dict)
    alone: Any = "not tried"
    uploaded: dict[str, Any] = field(default_factory=dict)
    open_right: str = ""
    codes: dict[str, int] = field(default_factory=dict)
    last_states: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)
    traffic: list[tuple[str, bytes]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    rested: dict[str, bytes] = field(default_factory=dict)


async def play(folder: Path) -> Played:
    """Play all of it in an empty folder."""
    played = Played(folder)
    async with store(folder) as shop:
        await _open(shop, played)
        async with _strangers(shop):
            await _two_at_the_checkout(shop, played)
            await _fifth_pack(shop, played)
            await _broker_dies(shop)
            await _node_dies(shop, played)
            await _stop(shop, played)
            await _progress(shop, played)
            await shop.air.leave()
        await _cards(shop, played)
        await _without_hub(shop, played)
        await _rest(shop, played)
        await _close(shop, played)
        played.sent = shop.air.sent
        played.traffic = [(heard.topic, heard.payload) for heard in shop.ear.heard]
    return played


async def _open(shop: Store, played: Played) -> None:
    """Nodes and kiosks first, without a broker; then the broker, the hub last."""
    await asyncio.gather(*(shop.start_edge(node) for node in shop.config.nodes))
    for name in shop.config.kiosks:
        await _stands(await shop.start_kiosk(name), CUT_OFF)
    await shop.broker.restart()
    await shop.start_hub()
    await shop.start_till()
    await _until(lambda: _listening(shop))
    for kiosk in shop.kiosks.values():
        await kiosk.until(lambda text: CUT_OFF not in text, PATIENCE_S)
    played.states = shop.node_states()


@asynccontextmanager
async def _strangers(shop: Store) -> AsyncIterator[None]:
    """Foreign and damaged beacons are on the air, and a loyalty fob that belongs to nobody here."""
    lost = Fob(STRANGER_KEY, 4)

    async def transmit() -> None:
        shop.air.stand("lost fob", lost)
        while True:
            shop.air.shout("stranger", ibeacon(CANARY, 1, 2))
            shop.air.shout("damaged", ibeacon(CANARY, 3, 4)[:-9])
            await asyncio.sleep(0.5)

    task = asyncio.create_task(transmit(), name="strangers")
    try:
        yield
    finally:
        task.cancel()


async def _two_at_the_checkout(shop: Store, played: Played) -> None:
    """A walks in, with B behind her; C stands at the checkout already."""
    who = shop.premises.shoppers
    shop.air.stand("C", who["C"].fob)
    behind = asyncio.create_task(shop.air.walk("B", who["B"].fob, LAST_LEG_S))
    await shop.air.walk("A", who["A"].fob, LAST_LEG_S)
    await behind
    await _stands(shop.kiosks[CHECKOUT], _symbol(shop, "A"), _symbol(shop, "C"))
    played.before_touch = shop.ear.documents(f"{CHECKOUT}/view")


async def _fifth_pack(shop: Store, played: Played) -> None:
    """A touches her symbol alone, and pays; the hub is killed between hold and commit."""
    await shop.air.leave("C", "B")
    await _touch(shop.kiosks[CHECKOUT], _symbol(shop, "A"), OFFERED)
    await _basket(shop, played, "A", card=None)
    quote = await shop.till.do("send")
    assert quote["effects"], quote
    assert await shop.till.do("hold")
    await shop.kill_hub()
    await shop.start_hub()
    played.fifth = await shop.till.do("commit")


async def _broker_dies(shop: Store) -> None:
    """SIGKILL, with nothing remembered; everybody finds the new one, and sightings flow."""
    await shop.broker.kill()
    for kiosk in shop.kiosks.values():
        await _stands(kiosk, CUT_OFF)
    heard = len(shop.ear.documents("/sightings"))
    await shop.broker.restart()
    await _stands(shop.kiosks[CHECKOUT], _symbol(shop, "A"))
    assert len(shop.ear.documents("/sightings")) > heard


async def _node_dies(shop: Store, played: Played) -> None:
    """SIGKILL to a node at the checkout, which its service manager starts again."""
    node = next(name for name, at in shop.config.nodes.items() if at.zone == "caisses")

    async def said(presence: str) -> None:
        await _until(lambda: shop.node_states()[node]["presence"] == presence)
        played.killed_node.append(presence)

    await said("online")
    await shop.edges[node].end(signal.SIGKILL)
    await said("offline")
    await shop.start_edge(node)
    await said("online")


async def _stop(shop: Store, played: Played) -> None:
    """A types her card at the kiosk and says that she is not to be recognised any more; her fob stays on the air."""
    kiosk = shop.kiosks[CHECKOUT]
    kiosk.type(f"{shop.premises.shoppers['A'].card}\r")
    await _touch(kiosk, "Ne plus me", "Oui, arrêter")
    await _touch(kiosk, "Oui, arrêter", "plus reconnu")
    await asyncio.sleep(1.0)
    views, frames = len(shop.ear.documents("/view")), len(shop.ear.documents("/sightings"))
    await asyncio.sleep(3.0)
    symbol = shop.premises.shoppers["A"].symbol
    played.frames_after_stop = len(shop.ear.documents("/sightings")) - frames
    played.after_stop = sum(
        symbol in view["content"].get("symbols", ()) for view in shop.ear.documents("/view")[views:]
    )


async def _progress(shop: Store, played: Played) -> None:
    """C, with two packs so far, touches her symbol."""
    await shop.air.leave("A")
    shop.air.stand("C", shop.premises.shoppers["C"].fob)
    played.progress = await _touch(shop.kiosks[CHECKOUT], _symbol(shop, "C"), "Encore")


async def _cards(shop: Store, played: Played) -> None:
    """B pays with her card."""
    await _basket(shop, played, "B", card=shop.premises.shoppers["B"].card)
    await shop.till.do("send")
    played.by_card = await shop.till.do("pay")


async def _without_hub(shop: Store, played: Played) -> None:
    """D's fifth pack is sold while the hub is dead, and uploaded; his right waits for him."""
    card = shop.premises.shoppers["D"].card
    await shop.kill_hub()
    await _basket(shop, played, "D", card=card)
    await shop.till.do("send")
    played.alone = await shop.till.do("pay")
    await shop.start_hub()
    played.uploaded = await shop.till.do("upload")
    await _stands(shop.kiosks[CHECKOUT], "Bonjour")
    shop.kiosks[CHECKOUT].type(f"{card}\r")
    played.open_right = await _stands(shop.kiosks[CHECKOUT], OFFERED)


async def _rest(shop: Store, played: Played) -> None:
    """A minute after the last loyalty frame of anybody."""
    await asyncio.sleep(REST_S)
    played.rested = shop.files()


async def _close(shop: Store, played: Played) -> None:
    """SIGTERM to everybody."""
    ending = {node: edge.end(signal.SIGTERM) for node, edge in shop.edges.items()} | {
        "hub": shop.hub.end(signal.SIGTERM)
    }
    for name, kiosk in shop.kiosks.items():
        kiosk.signal(signal.SIGTERM)
        ending[name] = kiosk.process.wait()
    played.codes = dict(zip(ending, await asyncio.gather(*ending.values()), strict=True))
    await _until(lambda: all(state["presence"] == "offline" for state in shop.node_states().values()))
    played.last_states = shop.node_states()
    for node in shop.config.nodes:
        outbox = Outbox(shop.folder / f"{node}.db", "0" * 16, SystemClock(), PRESENCE)
        played.counts[node] = outbox.counts()
        outbox.close()
    played.files = shop.files()


# what a person does and sees


async def _basket(shop: Store, played: Played, label: str, card: str | None) -> None:
    answer = await shop.till.do("open", member=label, occasion="fifth", card=card)
    played.baskets[label] = answer["basket_id"]


def _symbol(shop: Store, label: str) -> str:
    return Texts("fr", "EUR")(f"symbol.{shop.premises.shoppers[label].symbol}")


async def _stands(kiosk: Terminal, *words: str) -> str:
    return await kiosk.until(lambda text: all(word in text for word in words), PATIENCE_S)


async def _touch(kiosk: Terminal, target: str, *words: str) -> str:
    """Touch until these words stand, and again when nothing comes of it: the screen may change under the finger."""
    for _ in range(5):
        await _stands(kiosk, target)
        kiosk.touch(target)
        try:
            return await kiosk.until(lambda text: all(word in text for word in words), 5.0)
        except AssertionError:
            continue
    raise AssertionError(f"touching {target!r} never brought {words}; what stands:\n{kiosk.text}")


def _listening(shop: Store) -> bool:
    states = shop.node_states()
    return all(states.get(node, {}).get("radio_ok") for node in shop.config.nodes)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - the condition is about other processes, which set no event
            await asyncio.sleep(0.1)
