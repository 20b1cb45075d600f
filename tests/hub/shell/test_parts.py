"""The shell's small parts, alone: what goes out, who serves, what a screen says, what the command line prints."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from fastapi import FastAPI

from hardware.host.clock import ManualClock
from hardware.host.errors import UnavailableError
from hub.cli import hub
from hub.display import content
from hub.offers.assurance import Assurance
from hub.offers.model import Effect, Quote, Standing
from hub.offers.preview import ProgramState
from hub.outgoing import MAX_UNDER_WAY, MAX_WAITING, Outgoing
from hub.till.events import SaleCommitted
from hub.till.server import TillServer
from hub.wire.base import LocalText
from hub.wire.display import Offer, Progress
from hub.wire.memory import MemoryBroker, MemoryBus
from hub.wire.presence import HubState, NodePresence
from tests.hub.shell.kit import TOPICS, Ear, write_store

HELLO = HubState(session_id="a" * 16, presence=NodePresence.ONLINE, notice_ok=True)
WORDS = LocalText(fr="Couches", en="Nappies")


# what goes out


class Unconfirming(MemoryBus):
    """Confirms nothing until it is told to; counts what it was given."""

    def __init__(self, broker: MemoryBroker, name: str) -> None:
        super().__init__(broker, name)
        self.given = 0
        self.confirm = asyncio.Event()

    async def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: float | None = None
    ) -> bool:
        self.given += 1
        await self.confirm.wait()
        return await super().publish(topic, payload, retain=retain, expiry_s=expiry_s)


async def test_what_is_put_goes_out_in_order_and_a_cleared_topic_keeps_nothing() -> None:
    broker = MemoryBroker(ManualClock().now_s)
    bus, ear = broker.client("hub"), Ear(broker.client("ear"), "comptoir/#")
    await bus.start()
    await ear.bus.start()
    out = Outgoing(bus)
    out.put(TOPICS.hub_state, HELLO, retain=True)
    out.clear(TOPICS.hub_state)
    task = asyncio.create_task(out.run())
    for _ in range(30):
        await asyncio.sleep(0)
    task.cancel()
    assert [bool(d.payload) for d in ear.heard] == [True, False]
    late = Ear(broker.client("late"), "comptoir/#")
    await late.bus.start()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not late.heard


async def test_one_message_does_not_wait_for_the_confirmation_of_another() -> None:
    broker = MemoryBroker(ManualClock().now_s)
    bus = Unconfirming(broker, "hub")
    out = Outgoing(bus)
    for _ in range(MAX_UNDER_WAY + 5):
        out.put(TOPICS.hub_state, HELLO)
    task = asyncio.create_task(out.run())
    for _ in range(10 * MAX_UNDER_WAY):
        await asyncio.sleep(0)
    assert bus.given == MAX_UNDER_WAY, "and not more of them than the bus takes"
    bus.confirm.set()
    for _ in range(10 * MAX_UNDER_WAY):
        await asyncio.sleep(0)
    assert bus.given == MAX_UNDER_WAY + 5
    task.cancel()


async def test_a_full_queue_drops_the_newest_and_never_waits() -> None:
    bus = Unconfirming(MemoryBroker(ManualClock().now_s), "hub")
    bus.confirm.set()
    out = Outgoing(bus)
    for _ in range(MAX_WAITING + 5):
        out.put(TOPICS.hub_state, HELLO)
    task = asyncio.create_task(out.run())
    async with asyncio.timeout(10.0):
        while bus.given < MAX_WAITING:  # noqa: ASYNC110 - the bus sets no event
            await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    task.cancel()
    assert bus.given == MAX_WAITING


async def test_what_is_said_while_nobody_is_connected_is_dropped_not_kept() -> None:
    broker = MemoryBroker(ManualClock().now_s)
    bus, ear = broker.client("hub"), Ear(broker.client("ear"), "comptoir/#")
    await ear.bus.start()
    await bus.start()
    bus.cut()
    out = Outgoing(bus)
    out.put(TOPICS.hub_state, HELLO)
    task = asyncio.create_task(out.run())
    for _ in range(10):
        await asyncio.sleep(0)
    bus.mend()
    for _ in range(10):
        await asyncio.sleep(0)
    task.cancel()
    assert not ear.heard


# who serves


async def test_a_server_takes_a_free_port_serves_in_the_callers_loop_and_closes() -> None:
    app, loop = FastAPI(), asyncio.get_running_loop()

    @app.get("/")
    async def same_loop() -> bool:
        return asyncio.get_running_loop() is loop

    async with TillServer(app, "127.0.0.1", 0) as server, httpx.AsyncClient(trust_env=False) as client:
        assert server.port > 0
        address = f"http://127.0.0.1:{server.port}/"
        answer = await client.get(address)
        assert answer.json() is True
        assert "server" not in answer.headers
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(address)


async def test_a_taken_port_names_the_key_and_what_to_do() -> None:
    async with TillServer(FastAPI(), "127.0.0.1", 0) as first:
        with pytest.raises(UnavailableError, match="taken by another program") as caught:
            async with TillServer(FastAPI(), "127.0.0.1", first.port):
                pass
    assert caught.value.where == "http.port"
    assert str(first.port) in str(caught.value)
    assert caught.value.fix is not None


async def test_a_port_is_free_again_at_once() -> None:
    async with TillServer(FastAPI(), "127.0.0.1", 0) as first:
        port = first.port
    async with TillServer(FastAPI(), "127.0.0.1", port) as second:
        assert second.port == port


# what a screen says


DUE = ProgramState(
    program_id="couches-5",
    program_version="1",
    label=WORDS,
    group=WORDS,
    every=5,
    counter=4,
    open_right=0,
    next_unit_due=True,
    points=500,
    points_needed=200,
    product="Couches",
    price_minor=799,
    discount_minor=240,
    reasons=(WORDS,) * 8,
    needed_to_reveal=Assurance.TOUCH,
    needed_to_redeem=Assurance.TOUCH,
)


def test_a_due_and_affordable_unit_is_an_offer_with_at_most_six_reasons() -> None:
    shown = content.before_basket((DUE,), Assurance.TOUCH)
    assert isinstance(shown, Offer)
    assert (shown.price_minor, shown.discount_minor, shown.at_till) == (799, 240, False)
    assert len(shown.reasons) == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"next_unit_due": False},
        {"points": 199},
        {"product": None},
        {"price_minor": None},
        {"discount_minor": None},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_is_not_due_or_not_covered_or_has_no_price_yet_is_progress(changes: dict[str, Any]) -> None:
    shown = content.before_basket((replace(DUE, **changes),), Assurance.TOUCH)
    assert isinstance(shown, Progress)
    assert (shown.counter, shown.every) == (4, 5)


def test_a_program_that_asks_for_more_than_a_touch_is_left_out() -> None:
    hidden = replace(DUE, needed_to_reveal=Assurance.POSSESSION, counter=1)
    assert content.before_basket((hidden,), Assurance.TOUCH) is None
    shown = content.before_basket((hidden, replace(DUE, next_unit_due=False, counter=3)), Assurance.TOUCH)
    assert isinstance(shown, Progress)
    assert shown.counter == 3
    assert content.before_basket((), Assurance.POSSESSION) is None


STANDING = Standing("couches-5", "1", WORDS, 5, 4, 0, 0, 0, (WORDS,) * 8)
EFFECT = Effect("couches-5", "1", WORDS, 1, "Couches" * 20, 1, 799, 240, 200, WORDS)
QUOTE = Quote(799, 240, 200, 5, 260, (EFFECT,), (), (), (STANDING,))


def test_a_quote_with_effects_is_an_offer_at_the_till_about_the_largest() -> None:
    small = replace(EFFECT, line=2, discount_minor=100, product="Lingettes")
    shown = content.in_basket(replace(QUOTE, effects=(small, EFFECT)))
    assert isinstance(shown, Offer)
    assert (shown.discount_minor, shown.counter, shown.at_till) == (240, 4, True)
    assert len(shown.product) == 80, "the wire's bound"
    assert len(shown.reasons) == 6


def test_of_two_equal_discounts_the_first_line_is_shown() -> None:
    later = replace(EFFECT, line=2, product="Lingettes")
    shown = content.in_basket(replace(QUOTE, effects=(later, EFFECT)))
    assert isinstance(shown, Offer)
    assert shown.product.startswith("Couches")


def test_a_quote_without_effects_is_progress_and_of_no_program_nothing() -> None:
    shown = content.in_basket(replace(QUOTE, effects=(), standings=(replace(STANDING, counter_after=3),)))
    assert isinstance(shown, Progress)
    assert shown.counter == 3
    assert content.in_basket(replace(QUOTE, effects=(), standings=())) is None


SALE = SaleCommitted("t1", "b", "a" * 16, "1" * 16, 240, 200, 5, 0, 5, None, late=False)


def test_a_sale_says_thanks_with_what_was_saved_and_one_of_no_program_nothing() -> None:
    said = content.thanks(SALE)
    assert said is not None
    assert (said.discount_minor, said.points_used, said.counter, said.every) == (240, 200, 0, 5)
    assert content.thanks(replace(SALE, every=0)) is None


# what the command line prints


def test_init_prints_the_kiosks_key_the_same_again_and_again(tmp_path: Path) -> None:
    config_file = write_store(tmp_path)
    first = CliRunner().invoke(hub, ["init", str(config_file), "--json"])
    again = CliRunner().invoke(hub, ["init", str(config_file), "--json"])
    assert first.exit_code == again.exit_code == 0
    assert first.stdout == again.stdout
    document = json.loads(first.stdout)
    assert len(document["kiosk_public_key"]) == 43
    assert document["programs"] == ["couches-5"]
    spoken = CliRunner().invoke(hub, ["init", str(config_file)])
    assert document["kiosk_public_key"] in spoken.stdout
    assert (tmp_path / "data" / "hub.key").read_text(encoding="ascii").split()[1] not in first.stdout


def test_a_store_without_programs_is_a_store(tmp_path: Path) -> None:
    config_file = write_store(tmp_path)
    (tmp_path / "programs" / "couches.toml").unlink()
    spoken = CliRunner().invoke(hub, ["init", str(config_file)])
    assert spoken.exit_code == 0
    assert "programs: none" in spoken.stdout
