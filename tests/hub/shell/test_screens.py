"""What a running hub shows at its kiosks: after presence, after an act, after a withdrawal."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.beacon.tap import tap_code
from hub.permission.records import How, Purpose
from hub.presence.keys import EidKey, MemberKeys
from hub.wire.codec import encode
from hub.wire.display import (
    ActAck,
    Attract,
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
from hub.wire.presence import HubState, SightingsAck
from tests.hub.shell.kit import (
    PACK,
    TOPICS,
    Ear,
    Member,
    Store,
    buy_four,
    join,
    open_data,
    open_store,
    stand_known,
)

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


async def test_a_code_of_the_app_identifies_at_its_kiosk_however_many_members_there_are(
    tmp_path: Path,
) -> None:
    async with open_store(tmp_path) as store:
        others = (
            MemberKeys(f"{number:016x}", (EidKey(number.to_bytes(16), 10, store.clock.now_s() - 1e6),))
            for number in range(1, 2_001)
        )
        for keys in others:
            store.hub.floor.resolver.put(keys, store.clock.now_s())
        a = join(store.data)
        await store.advance(1.0)
        code = tap_code(a.fob.ik, "checkout", store.clock.now_s())
        await store.act("checkout", PresentCode(code=code), seq=1)
        assert isinstance(store.view("checkout").content, Attract), "the others had their turn first"
        for _ in range(2):
            await asyncio.sleep(0.1)
            await store.advance(0.5)
        assert isinstance(store.view("checkout").content, Progress)
        async with store.till() as till:
            answer = await till.put("/v1/baskets/t1-1", json={"till": "t1", "revision": 1, "lines": [PACK]})
        assert answer.json()["customer"] == "bound"


async def test_an_act_after_a_code_overtakes_it(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.advance(1.0)
        code = tap_code(a.fob.ik, "checkout", store.clock.now_s())
        await store.act("checkout", PresentCode(code=code), seq=1, age_s=10.5)
        assert isinstance(store.view("checkout").content, Attract), "an act from longer ago identifies nobody"
        await store.act("display", PresentCode(code=code), seq=1)
        assert isinstance(store.view("display").content, Noted), "a code is for one kiosk"
        await store.act("checkout", PresentCode(code=code), seq=2)
        assert isinstance(store.view("checkout").content, Progress)


async def test_a_card_at_the_till_starts_the_search_for_a_fob_whose_clock_began_anew(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        a = join(store.data)
        await store.advance(1.0)
        began_s = store.clock.now_s() - 20 * 86_400.0  # longer ago than the search for all goes back
        a = replace(a, fob=replace(a.fob, epoch_s=began_s))
        await store.stand("n1", a, 20.0)
        assert store.hub.floor.zones.members_in("aisle") == ()
        async with store.till() as till:
            basket = {"till": "t1", "revision": 1, "card": a.card, "lines": [PACK]}
            assert (await till.put("/v1/baskets/t1-1", json=basket)).json()["customer"] == "bound"
        for node in ("n1", "n2"):
            await store.birth(node)
        await store.stand("n1", a, 60.0)
        assert store.hub.floor.zones.members_in("aisle") == (a.member_id,)


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
