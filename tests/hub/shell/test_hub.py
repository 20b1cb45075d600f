"""The hub's shell: what a running hub answers on the bus, at the kiosks and at the till."""

import asyncio
from pathlib import Path

import httpx
import pytest

from hardware.host.clock import ManualClock
from hub.permission.records import How, Purpose
from hub.presence.events import State
from hub.till.requests import BasketIn, CommitIn, HoldIn
from hub.wire.codec import encode
from hub.wire.display import (
    ActAck,
    Attract,
    Closed,
    Decline,
    KioskView,
    Level,
    Noted,
    Offer,
    PresentCode,
    Progress,
    SealedAct,
    StopRecognition,
    Symbols,
    Thanks,
    TouchSymbol,
)
from hub.wire.presence import HubState, NodePresence, SightingsAck
from tests.hub.shell.kit import (
    EPOCH_S,
    PACK,
    TOPICS,
    Ear,
    Member,
    Store,
    join,
    open_data,
    open_store,
    write_store,
)


def buy_four(store: Store, who: Member) -> None:
    """Put the counter one pack before the right, by a sale at the till."""
    service, card = store.hub.tills, who.card
    body = BasketIn.model_validate(
        {"till": "t1", "revision": 1, "card": card, "lines": [PACK | {"quantity": 4}]}
    )
    quote = service.put_basket("t1-history", body)
    held = service.hold("t1-history", HoldIn(revision=1, quote_id=quote.quote_id))
    service.commit("t1-history", CommitIn(hold_id=held.hold_id), "key-history")


# -- batches


async def test_a_batch_is_acknowledged_after_it_was_taken_and_only_known_ids_are_named(
    tmp_path: Path,
) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.advance(1.0)
        batch = await store.hear("n1", a)
        stranger = await store.hear("n1", b"\x01" * 8)
        first, second = store.ear.all(SightingsAck)
        assert (first.node, first.boot_id, first.seqs) == ("n1", batch.boot_id, (batch.seq,))
        assert first.known == (batch.samples[0].id,)
        assert (second.seqs, second.known) == ((stranger.seq,), ())


async def test_a_batch_that_comes_twice_is_taken_once_and_acknowledged_twice(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.advance(1.0)
        batch = await store.hear("n1", a)
        await store.say(TOPICS.node("n1", "sightings"), encode(batch))
        assert store.seen.fresh == store.seen.repeated == [("n1", batch.boot_id, batch.seq)]
        assert store.seen.resolutions == [a.member_id], "it counts once"
        first, again = store.ear.all(SightingsAck)
        assert first == again, "the node may have missed the first answer, so it hears who is known again"


async def test_a_batch_is_taken_once_across_a_restart_of_the_hub(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.advance(1.0)
        batch = await store.hear("n1", a)
    async with open_store(tmp_path) as store:
        await store.say(TOPICS.node("n1", "sightings"), encode(batch))
        assert (store.seen.fresh, len(store.seen.repeated)) == ([], 1)
        assert store.ear.all(SightingsAck)[-1].seqs == (batch.seq,)


async def test_a_node_the_store_does_not_have_is_not_answered(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.hear("n9", a)
        await store.birth("n9")
        assert not store.ear.all(SightingsAck)
        assert not store.seen.fresh
        assert not store.hub.floor.online("n9")


async def test_garbage_is_counted_and_answered_by_nothing(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        batch = store.batch("n1", a)
        for topic, payload in (
            (TOPICS.node("n1", "sightings"), b"\xff\x00"),
            (TOPICS.node("n1", "state"), b"{}"),
            (TOPICS.kiosk("display", "act"), b'{"v":1}'),
            (TOPICS.node("n2", "sightings"), encode(batch)),
        ):
            await store.say(topic, payload)
        assert store.hub.garbage == 4
        assert not store.seen.fresh
        assert b"ack" not in b"".join(d.topic.encode() for d in store.ear.heard)
        await store.advance(1.0)
        await store.hear("n1", a)
        assert len(store.seen.fresh) == 1, "the hub goes on"


# -- nodes


async def test_a_last_will_of_an_old_session_does_not_take_a_node_down(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.birth("n1", "1" * 16)
        await store.birth("n1", "2" * 16)
        await store.birth("n1", "1" * 16, online=False)
        assert store.hub.floor.online("n1")
        await store.birth("n1", "2" * 16, online=False)
        assert not store.hub.floor.online("n1")


async def stand_known(store: Store) -> Member:
    a = join(store.data)
    await store.advance(1.0)
    for node in ("n1", "n2"):
        await store.birth(node)
    await store.stand("n1", a)
    assert store.hub.floor.zones.members_in("aisle") == (a.member_id,)
    return a


def state_of(store: Store, who: Member) -> State:
    return store.hub.floor.zones._tracks[who.member_id].state


async def test_a_node_that_dies_makes_its_zone_unknown_not_empty(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await stand_known(store)
        await store.birth("n1", online=False)
        assert state_of(store, a) is State.UNKNOWN


async def test_a_node_that_stops_beating_is_taken_for_gone(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await stand_known(store)
        await store.advance(70.0)
        assert store.hub.floor.online("n1")
        await store.advance(10.0)
        assert not store.hub.floor.online("n1")


async def test_a_deaf_radio_makes_its_zone_unknown_too(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await stand_known(store)
        await store.birth("n1", radio_ok=False)
        assert state_of(store, a) is State.UNKNOWN
        assert store.hub.floor.online("n1"), "the node is there, its radio is not"


# -- screens


async def test_every_kiosk_attracts_from_the_start_and_after_a_restart(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        for kiosk in ("display", "checkout"):
            assert isinstance(store.view(kiosk).content, Attract)
        first = store.hub.session_id
    async with open_store(tmp_path) as store:
        assert isinstance(store.view("checkout").content, Attract)
        assert store.view("checkout").revision.session_id == store.hub.session_id != first


async def test_presence_shows_a_symbol_among_six_at_the_kiosk_of_that_zone_only(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await stand_known(store)
        shown = store.view("display")
        assert shown.level is Level.L1
        assert isinstance(shown.content, Symbols)
        assert a.symbol in shown.content.symbols
        assert isinstance(store.view("checkout").content, Attract)


async def test_c6_a_screen_is_wiped_within_10_s_of_the_last_strong_sample(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await stand_known(store)
        await store.advance(10.0)
        assert isinstance(store.view("display").content, Attract)


async def offer_shown(store: Store) -> Member:
    a = join(store.data)
    buy_four(store, a)
    await store.advance(1.0)
    await store.stand("n2", a)
    await store.act("checkout", TouchSymbol(symbol=a.symbol), seq=1, seen=store.view("checkout"))
    assert isinstance(store.view("checkout").content, Offer)
    return a


async def test_a_touch_on_her_own_symbol_shows_the_offer_and_binds_the_next_basket(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await offer_shown(store)
        assert store.view("checkout").level is Level.L2
        async with store.till() as till:
            answer = await till.put("/v1/baskets/t1-1", json={"till": "t1", "revision": 1, "lines": [PACK]})
            quote = answer.json()
            assert (quote["customer"], quote["discount_minor"]) == ("bound", 300)
            await store.settle()
            shown = store.view("checkout").content
            assert isinstance(shown, Offer)
            assert shown.at_till
            held = await till.post(
                "/v1/baskets/t1-1/hold", json={"revision": 1, "quote_id": quote["quote_id"]}
            )
            done = await till.post(
                "/v1/baskets/t1-1/commit",
                json={"hold_id": held.json()["hold_id"]},
                headers={"Idempotency-Key": "commit-1"},
            )
            assert done.json()["discount_minor"] == 300
        await store.settle()
        thanks = store.view("checkout").content
        assert isinstance(thanks, Thanks)
        assert (thanks.discount_minor, thanks.counter) == (300, 0)


async def test_an_l2_view_is_never_retained_a_late_subscriber_gets_nothing(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await offer_shown(store)
        late = Ear(store.broker.client("late"), "comptoir/v1/#")
        await late.bus.start()
        await store.settle()
        assert late.all(HubState), "what is retained does arrive"
        assert not late.all(KioskView, "checkout"), "not even what stood there before"
        assert late.all(KioskView, "display")


async def test_below_l2_a_late_kiosk_is_handed_what_stands(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        late = Ear(store.broker.client("late"), TOPICS.kiosk("checkout", "view"))
        await late.bus.start()
        await store.settle()
        assert isinstance(late.all(KioskView)[0].content, Attract)


async def test_a_paired_kiosk_answers_a_card_an_unpaired_one_without_program_says_so(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.act("display", PresentCode(code=a.card), seq=1)
        assert isinstance(store.view("display").content, Progress)
        await store.act("checkout", PresentCode(code="99999"), seq=1)
        assert isinstance(store.view("checkout").content, Noted)
        assert store.view("checkout").level is Level.L1


async def test_without_permission_to_suggest_the_act_is_noted_and_shows_nothing(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        now_s = store.clock.now_s()
        store.data.permissions.withdraw(a.member_id, Purpose.SUGGESTION, how=How.PAPER, now_s=now_s)
        await store.act("checkout", PresentCode(code=a.card), seq=1)
        assert isinstance(store.view("checkout").content, Noted)


async def test_a_decline_wipes_the_offer_and_frees_the_till(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await offer_shown(store)
        await store.act("checkout", Decline(), seq=2, seen=store.view("checkout"))
        assert isinstance(store.view("checkout").content, Noted)
        async with store.till() as till:
            answer = await till.put("/v1/baskets/t1-1", json={"till": "t1", "revision": 1, "lines": [PACK]})
        assert answer.json()["customer"] == "none"


# -- acts, exactly once


async def test_an_act_that_comes_twice_counts_once_and_is_acknowledged_twice(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        sealed = await store.act("checkout", PresentCode(code=a.card), seq=1)
        views = len(store.ear.all(KioskView, "checkout"))
        await store.say(TOPICS.kiosk("checkout", "act"), encode(sealed))
        assert len(store.ear.all(KioskView, "checkout")) == views
        assert [ack.seqs for ack in store.ear.all(ActAck)] == [(1,), (1,)]


async def test_an_act_nobody_can_open_is_acknowledged_and_changes_nothing(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        sealed = await store.act("display", PresentCode(code=a.card), seq=7)
        views = len(store.ear.all(KioskView, "checkout"))
        stolen = SealedAct(kiosk="checkout", boot_id=sealed.boot_id, seq=8, age_ms=0, sealed=sealed.sealed)
        await store.say(TOPICS.kiosk("checkout", "act"), encode(stolen))
        assert store.ear.all(ActAck, "checkout")[-1].seqs == (8,), (
            "it never will open: the kiosk may forget it"
        )
        assert len(store.ear.all(KioskView, "checkout")) == views


async def test_an_act_of_a_kiosk_the_store_does_not_have_is_not_answered(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.act("cellar", PresentCode(code=a.card), seq=1)
        assert not store.ear.all(ActAck)


@pytest.mark.parametrize(("age_s", "answered"), [(9.0, True), (11.0, False)])
async def test_thats_me_is_worthless_after_ten_seconds(tmp_path: Path, age_s: float, answered: bool) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.act("checkout", PresentCode(code=a.card), seq=1, age_s=age_s)
        assert isinstance(store.view("checkout").content, Progress) is answered
        assert store.ear.all(ActAck)[-1].seqs == (1,)


# -- withdrawals


async def test_a7_a_stop_at_the_kiosk_leaves_no_key_and_makes_the_next_frame_unknown(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await offer_shown(store)
        await store.act("checkout", StopRecognition(), seq=2, seen=store.view("checkout"))
        assert a.member_id not in store.hub.floor.resolver.members
        assert isinstance(store.view("checkout").content, Noted)
        before = len(store.seen.resolutions)
        await store.hear("n2", a)
        assert store.ear.all(SightingsAck)[-1].known == ()
        assert len(store.seen.resolutions) == before


async def test_a8_a_stop_delivered_an_hour_late_still_withdraws(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await offer_shown(store)
        shown = store.view("checkout")
        await store.advance(30.0)
        for _ in range(6):
            await store.clock.advance(600.0)
        await store.act("checkout", StopRecognition(), seq=2, seen=shown, age_s=3600.0)
        assert a.member_id not in store.hub.floor.resolver.members
        assert not store.data.permissions.look(
            a.member_id, "recognition", "store", store.clock.now_s()
        ).allowed


async def test_a_stop_with_a_forged_subject_withdraws_nobody(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await offer_shown(store)
        shown = store.view("checkout").model_copy(update={"subject": "A" * 60})
        await store.act("checkout", StopRecognition(), seq=2, seen=shown)
        assert a.member_id in store.hub.floor.resolver.members
        assert store.ear.all(ActAck)[-1].seqs == (2,)


async def test_a7_a_withdrawal_by_another_process_is_noticed_within_a_second(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = await offer_shown(store)
        # The command line's own connection to the same database.
        other = open_data(tmp_path / "store.toml", store.clock)
        other.permissions.withdraw(a.member_id, Purpose.RECOGNITION, how=How.PAPER, now_s=store.clock.now_s())
        other.close()
        await store.advance(1.0)
        assert a.member_id not in store.hub.floor.resolver.members
        assert not isinstance(store.view("checkout").content, Offer), "the shown offer vanishes"
        await store.hear("n2", a)
        assert store.ear.all(SightingsAck)[-1].known == ()


async def test_a_member_who_joins_beside_a_running_hub_is_known_within_a_second(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        other = open_data(tmp_path / "store.toml", store.clock)
        b = join(other, "ancre", "40002")
        other.close()
        await store.advance(1.0)
        await store.hear("n1", b)
        assert store.seen.resolutions == [b.member_id]


# -- the notice


async def test_b7_without_a_notice_the_hub_says_so_and_the_kiosk_tells_staff_why(tmp_path: Path) -> None:
    async with open_store(tmp_path, notice=False) as store:
        assert not store.ear.all(HubState)[-1].notice_ok, "so no node listens"
        for kiosk in ("display", "checkout"):
            shown = store.view(kiosk).content
            assert isinstance(shown, Closed)
            assert shown.reason.fr
            assert shown.reason.en


async def test_b7_without_a_notice_nobody_is_recognised_but_the_till_works(tmp_path: Path) -> None:
    async with open_store(tmp_path, notice=False) as store:
        a = join(store.data)
        await store.advance(1.0)
        await store.hear("n1", a)
        assert store.seen.resolutions == []
        async with store.till() as till:
            answer = await till.put(
                "/v1/baskets/t1-1", json={"till": "t1", "revision": 1, "card": a.card, "lines": [PACK]}
            )
        assert answer.json()["customer"] == "bound"


# -- the hub's own life


async def test_the_hub_says_hello_beats_and_says_goodbye(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        assert [s.presence for s in store.ear.all(HubState)] == [NodePresence.ONLINE]
        await store.advance(16.0)
        assert [s.presence for s in store.ear.all(HubState)] == [NodePresence.ONLINE] * 2
        ear = store.ear
    for _ in range(20):
        await asyncio.sleep(0)
    assert ear.all(HubState)[-1].presence is NodePresence.OFFLINE


async def test_a_hub_whose_cable_is_pulled_is_said_to_be_gone_by_its_will(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.hub._bus.cut()  # type: ignore[attr-defined] # the bus in memory
        await store.settle()
        last = store.ear.all(HubState)[-1]
        assert (last.presence, last.session_id) == (NodePresence.OFFLINE, store.hub.session_id)


async def test_the_till_is_served_while_the_bus_is_away(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        store.hub._bus.cut()  # type: ignore[attr-defined] # the bus in memory
        async with store.till() as till:
            assert (await till.get("/v1/health")).json()["store"] == "lyon"
        await store.advance(6.0)
        store.hub._bus.mend()  # type: ignore[attr-defined] # the bus in memory
        await store.settle()
        assert store.ear.all(HubState)[-1].presence is NodePresence.ONLINE


async def test_the_server_is_closed_when_the_hub_ends(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        port = store.hub.server.port
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://127.0.0.1:{port}/v1/health")


def test_the_store_of_these_tests_is_a_store(tmp_path: Path) -> None:
    data = open_data(write_store(tmp_path), ManualClock(EPOCH_S))
    assert (data.config.store, len(data.programs)) == ("lyon", 1)
    data.close()
