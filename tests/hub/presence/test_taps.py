"""Whose app made a code shown at a kiosk: found in slices, in time, or not at all."""

import pytest

from hardware.beacon.identity import Fob
from hardware.beacon.tap import WINDOW_S, tap_code
from hub.presence.keys import EidKey, MemberKeys, StaticKey
from hub.presence.resolver import KEYS_A_SLICE, Resolver
from hub.presence.table import EidTable
from hub.presence.taps import Tap, TapAnswered, TapSearch
from hub.wire.presence import IdScheme

EPOCH_S = 1_799_000_000.0
NOW_S = 1_800_000_000.0
LIFE_S = 10.0
KIOSK = "checkout"


def ik(number: int) -> bytes:
    return (number + 1).to_bytes(16)


def keys(number: int, until_s: float | None = None) -> MemberKeys:
    return MemberKeys(f"m{number}", (EidKey(ik(number), 10, EPOCH_S),), until_s)


def store(members: int) -> Resolver:
    made = Resolver()
    for number in range(members):
        made.put(keys(number), NOW_S)
    return made


def code_of(number: int, made_s: float = NOW_S, kiosk: str = KIOSK) -> str:
    return tap_code(ik(number), kiosk, made_s)


def tap(code: str, kiosk: str = KIOSK, shown_s: float = NOW_S) -> Tap:
    return Tap(kiosk, code, "a" * 16, shown_s, shown_s + LIFE_S)


def answer(resolver: Resolver, shown: Tap, now_s: float = NOW_S) -> str | None:
    """Whose it is by one slice."""
    resolver.find_owner(shown, now_s)
    (answered,) = resolver.take_answered()
    assert (answered.kiosk, answered.act_id) == (shown.kiosk, shown.act_id)
    assert resolver.take_answered() == ()
    return answered.member_id


def slices(resolver: Resolver, now_s: float = NOW_S) -> tuple[int, tuple[TapAnswered, ...]]:
    """Work until nothing is due; returns how many slices that took, and what was answered."""
    count = 1
    while resolver.refresh(now_s, 500):
        count += 1
    return count, resolver.take_answered()


@pytest.mark.parametrize("late_s", [-WINDOW_S, 0.0, WINDOW_S])
def test_a_small_store_answers_at_once(late_s: float) -> None:
    assert answer(store(300), tap(code_of(299, NOW_S + late_s))) == "m299"


def test_c3_a_tap_proves_the_key_at_this_kiosk_now() -> None:
    resolver = store(2)
    resolver.put(MemberKeys("s", (StaticKey(IdScheme.IBEACON, bytes(20)),)), NOW_S)
    code = code_of(1)
    assert answer(resolver, tap(code.lower())) == "m1"
    assert answer(resolver, tap(code, "aisle")) is None
    assert answer(resolver, tap(code, shown_s=NOW_S + 90), NOW_S + 90) is None
    late = Tap(KIOSK, code, "a" * 16, NOW_S, NOW_S + 100)
    assert answer(resolver, late, NOW_S + 90) == "m1", "what counts is when it was shown"


@pytest.mark.parametrize(
    "code", ["T-", "T-é", "T-ABCDEFGHJKM", "T-ABCDEFGHJKMNP", "T-ABCDEFGHJKMU", "ABCDEFGHJKMN"]
)
def test_what_is_no_code_is_nobodys_at_once(code: str) -> None:
    assert answer(store(2_000), tap(code)) is None


def test_whoever_was_heard_lately_is_found_at_once_however_many_members_there_are() -> None:
    resolver = store(5_000)
    fob = Fob(ik(4_999), 10, EPOCH_S)
    assert resolver.resolve(IdScheme.EID, fob.eid_at(NOW_S), NOW_S) is not None
    assert answer(resolver, tap(code_of(4_999))) == "m4999"
    assert answer(resolver, tap(code_of(4_999, NOW_S + WINDOW_S))) == "m4999", "a fast clock, too"


@pytest.mark.parametrize(("late_s", "rounds"), [(0.0, 1), (-WINDOW_S, 2), (WINDOW_S, 3)])
def test_all_others_are_tried_a_slice_at_a_time_this_half_minute_first(late_s: float, rounds: int) -> None:
    resolver = store(10_000)
    resolver.refresh(NOW_S, 500)
    resolver.find_owner(tap(code_of(9_999, NOW_S + late_s)), NOW_S)
    assert resolver.take_answered() == ()
    count, (answered,) = slices(resolver)
    assert answered.member_id == "m9999"
    assert count <= rounds * 10_000 / KEYS_A_SLICE


def test_a_code_of_nobody_ends_with_saying_so() -> None:
    resolver = store(1_000)
    resolver.find_owner(tap(code_of(1_000)), NOW_S)
    _, answers = slices(resolver)
    assert answers == (TapAnswered(KIOSK, "a" * 16, None),)


def test_an_answer_that_comes_too_late_is_not_given() -> None:
    resolver = store(2_000)
    resolver.find_owner(tap(code_of(1_999)), NOW_S)
    assert slices(resolver, NOW_S + LIFE_S + 0.1)[1] == ()
    resolver.find_owner(tap(code_of(1)), NOW_S + LIFE_S + 0.1)
    assert resolver.take_answered() == ()


def test_a_newer_act_at_the_kiosk_takes_the_place_of_the_older() -> None:
    resolver = store(2_000)
    resolver.find_owner(tap(code_of(1_999)), NOW_S)
    resolver.find_owner(tap(code_of(1_998)), NOW_S)
    assert [answered.member_id for answered in slices(resolver)[1]] == ["m1998"]
    resolver.find_owner(tap(code_of(1_999)), NOW_S)
    resolver.give_up(KIOSK)
    resolver.give_up("another")
    assert slices(resolver)[1] == ()


def test_two_kiosks_share_the_slices() -> None:
    resolver = store(3_000)
    for kiosk in ("k1", "k2"):
        resolver.find_owner(tap(code_of(2_999, kiosk=kiosk), kiosk), NOW_S)
    count, answers = slices(resolver)
    assert {(answered.kiosk, answered.member_id) for answered in answers} == {
        ("k1", "m2999"),
        ("k2", "m2999"),
    }
    assert count <= 6


def test_a7_a10_who_may_not_be_recognised_any_more_is_nobody() -> None:
    resolver = store(2_000)
    resolver.find_owner(tap(code_of(1_999)), NOW_S)
    resolver.drop("m1999")
    assert [answered.member_id for answered in slices(resolver)[1]] == [None]
    resolver.put(keys(1_998, until_s=NOW_S + 5), NOW_S)
    resolver.find_owner(tap(code_of(1_998)), NOW_S + 5)
    assert [answered.member_id for answered in slices(resolver, NOW_S + 5)[1]] == [None]


def test_the_zeros_left_of_somebody_who_was_dropped_are_nobodys_key() -> None:
    table = EidTable()
    table.remove(table.add(ik(1), 10, EPOCH_S, NOW_S))
    search = TapSearch(table)
    search.ask(tap(tap_code(bytes(16), KIOSK, NOW_S)), heard=())
    assert [row for _, row in search.work(NOW_S, 100)] == [None]
