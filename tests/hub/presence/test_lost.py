"""A fob whose clock began anew is found again, at a cost that no stranger can raise."""

from random import Random

import pytest

from hardware.beacon.identity import Fob
from hub.presence import lost
from hub.presence.keys import EidKey, MemberKeys
from hub.presence.lost import ASKED_PERIODS, MAX_UNKNOWN, MEMBERS_A_SECOND, PERIODS, UNKNOWN_S, LostClocks
from hub.presence.resolver import ClockMoved, Resolution, Resolver
from hub.presence.table import EidTable
from hub.wire.presence import IdScheme

NOW_S = 1_800_000_000.0
K = 4
P = 2**K
IK, OTHER_IK = bytes(range(16)), bytes(range(16, 32))


def store(*iks: bytes, k: int = K) -> Resolver:
    """Members named by their place, registered a year ago."""
    made = Resolver()
    for at, ik in enumerate(iks):
        made.put(MemberKeys(f"m{at}", (EidKey(ik, k, NOW_S - 3e7),)), NOW_S)
    return made


def stand(resolver: Resolver, fob: Fob, from_s: float, for_s: float) -> list[float]:
    """A fob is heard every two seconds, beside a stranger's; gives when it was recognised."""
    recognised = []
    for step in range(int(for_s / 2)):
        now_s = from_s + 2.0 * step
        resolver.refresh(now_s, 500)
        assert resolver.resolve(IdScheme.EID, bytes([step % 256, 1, 2, 3, 4, 5, 6, 7]), now_s) is None
        found = resolver.resolve(IdScheme.EID, fob.eid_at(now_s), now_s)
        if found is not None:
            assert found == Resolution("m1", low_assurance=False)
            recognised.append(now_s)
    return recognised


def test_a_fob_with_a_new_battery_is_recognised_after_one_rotation() -> None:
    resolver, reset = store(OTHER_IK, IK), Fob(IK, K, NOW_S - 3600.0)
    recognised = stand(resolver, reset, NOW_S, 120.0)
    assert recognised[0] <= NOW_S + 2 * P + 2
    assert len(recognised) > 0.7 * 60
    (moved,) = {clock.ik: clock for clock in resolver.take_moved()}.values()
    assert isinstance(moved, ClockMoved)
    assert abs(moved.epoch_s - reset.epoch_s) <= P
    assert resolver.take_moved() == ()


@pytest.mark.parametrize("days", [3, 11])
def test_a_battery_changed_days_ago_takes_as_many_rounds(days: int) -> None:
    resolver = store(OTHER_IK, IK, k=10)
    recognised = stand(resolver, Fob(IK, 10, NOW_S - 86_400.0 * days), NOW_S, 2100.0)
    assert recognised
    assert recognised[0] <= NOW_S + 2 * 1024 + 4


@pytest.mark.parametrize("days", [20, 400])
def test_what_the_search_does_not_reach_is_found_when_the_person_shows_a_card(days: int) -> None:
    resolver, reset = store(OTHER_IK, IK, k=10), Fob(IK, 10, NOW_S - 86_400.0 * days)
    assert stand(resolver, reset, NOW_S, 120.0) == []
    resolver.search_for("m1")
    resolver.search_for("nobody")
    recognised = stand(resolver, reset, NOW_S + 120, 70.0 + 2 * 1024)
    assert recognised
    assert recognised[0] <= NOW_S + 120 + 70 + 1024


def test_c3_one_old_identifier_repeated_for_ever_finds_nobody() -> None:
    resolver = store(OTHER_IK, IK)
    captured = Fob(IK, K, NOW_S - 3600.0).eid_at(NOW_S)
    for second in range(300):
        resolver.refresh(NOW_S + second, 500)
        assert resolver.resolve(IdScheme.EID, captured, NOW_S + second) is None
    assert resolver.take_moved() == ()


def test_two_old_identifiers_at_the_wrong_distance_in_time_find_nobody() -> None:
    resolver, past = store(OTHER_IK, IK), Fob(IK, K, NOW_S - 3600.0)
    for second in range(60):
        # The next but one comes at once, though the one between lasts 16 s.
        eid = past.eid_at(NOW_S + 2 * P * (second >= 3))
        now_s = NOW_S + second / 10
        resolver.refresh(NOW_S + second, 500)
        assert resolver.resolve(IdScheme.EID, eid, now_s) is None


def test_a7_who_withdraws_while_being_searched_for_is_found_by_nothing() -> None:
    resolver, reset = store(OTHER_IK, IK), Fob(IK, K, NOW_S - 3600.0)
    for second in range(4):
        resolver.refresh(NOW_S + second, 500)
        resolver.resolve(IdScheme.EID, reset.eid_at(NOW_S + second), NOW_S + second)
    assert resolver._lost._trials
    resolver.drop("m1")
    assert (resolver._lost._trials, resolver._lost._expected) == ({}, {})
    assert stand(resolver, reset, NOW_S + 4, 60.0) == []


def test_whose_own_clock_is_heard_is_not_searched_for_whatever_is_asked() -> None:
    resolver = store(OTHER_IK, IK)
    fob, repeated = Fob(IK, K, NOW_S - 3e7), Fob(IK, K, NOW_S - 3600.0)
    for second in range(120):
        now_s = NOW_S + second
        resolver.refresh(now_s, 500)
        assert resolver.resolve(IdScheme.EID, fob.eid_at(now_s), now_s) is not None
        resolver.search_for("m1")
        assert resolver.resolve(IdScheme.EID, repeated.eid_at(now_s), now_s) is None


def search(members: int) -> LostClocks:
    table = EidTable()
    for number in range(members):
        table.add(number.to_bytes(16), 10, NOW_S - 3e7, NOW_S)
    return LostClocks(table)


def test_the_cost_does_not_depend_on_how_many_unknown_identifiers_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[int] = []
    real = LostClocks._try

    def counting(self: LostClocks, row: int, period: int) -> None:
        tried.append(row)
        real(self, row, period)

    monkeypatch.setattr(LostClocks, "_try", counting)
    for strangers in (1, 3_000):
        clocks, random = search(1_000), Random(1)
        tried.clear()
        for _ in range(strangers):
            assert clocks.heard(random.getrandbits(64), NOW_S, NOW_S) is None
        clocks.search(NOW_S, MEMBERS_A_SECOND)
        assert tried == list(range(MEMBERS_A_SECOND))
    silent = search(10)
    tried.clear()
    silent.search(NOW_S, MEMBERS_A_SECOND)
    assert tried == [], "with nobody unknown on the air there is nothing to search"


def test_a_faster_rotation_costs_no_more_a_second() -> None:
    table = EidTable()
    for number in range(10):
        table.add(number.to_bytes(16), 4, NOW_S - 3e7, NOW_S)
    clocks = LostClocks(table)
    clocks.heard(1, NOW_S, NOW_S)
    clocks.search(NOW_S, MEMBERS_A_SECOND)
    assert clocks._row == 3, "4,096 windows each are 64 turns"


def test_everybody_has_their_turn_once_a_round_and_every_period_its_round() -> None:
    clocks = search(7)
    clocks._table.remove(3)
    clocks.heard(1, NOW_S, NOW_S)
    seen = []
    for _ in range(PERIODS * 7):
        seen.append((clocks._row, clocks._period))
        clocks.search(NOW_S, 1, skip={5})
    assert sorted(seen) == sorted({(row, period) for row in range(7) for period in range(PERIODS)})
    assert (clocks._row, clocks._period) == (0, 0)


def test_b5_unknown_identifiers_are_few_and_gone_within_a_minute() -> None:
    clocks = search(1)
    for number in range(MAX_UNKNOWN + 10):
        clocks.heard(number, NOW_S - 1, NOW_S)
    assert clocks.unknown == MAX_UNKNOWN
    clocks.heard(7, NOW_S - UNKNOWN_S - 1, NOW_S)
    assert 7 not in clocks._unknown, "too old to be kept another half minute"
    clocks.search(NOW_S + UNKNOWN_S + 0.1, 1)
    assert clocks.unknown == 0


def test_tills_that_ask_all_day_do_not_stop_the_turn_of_the_others() -> None:
    resolver = store(*(number.to_bytes(16) for number in range(1, 9)), k=10)
    reset = Fob((2).to_bytes(16), 10, NOW_S - 3600.0)
    for second in range(1_100):
        now_s = NOW_S + second
        resolver.search_for("m0")
        resolver.refresh(now_s, 500)
        resolver.resolve(IdScheme.EID, reset.eid_at(now_s), now_s)
    assert resolver.resolve(IdScheme.EID, reset.eid_at(NOW_S + 1_100), NOW_S + 1_100) is not None


def test_asking_twice_searches_once_and_a_search_that_finds_nothing_ends() -> None:
    clocks = search(2)
    clocks.ask(1)
    clocks.ask(1)
    assert len(clocks._asked) == 1
    for _ in range(ASKED_PERIODS // (lost.ASKED_WINDOWS // 64) + 1):
        clocks.heard(5, NOW_S, NOW_S)
        clocks.search(NOW_S, 1)
    assert len(clocks._asked) == 0
    clocks.ask(0)
    clocks.ask(1)
    clocks.forget(0)
    assert [asked.row for asked in clocks._asked] == [1]


def test_a_trial_that_shows_nothing_more_is_forgotten() -> None:
    resolver, reset = store(IK), Fob(IK, K, NOW_S - 3600.0)
    resolver.resolve(IdScheme.EID, reset.eid_at(NOW_S), NOW_S)
    resolver.refresh(NOW_S + 1, 500)
    assert resolver._lost._trials
    resolver._lost.search(NOW_S + 1, 500)
    assert len(resolver._lost._trials) == 1
    resolver.refresh(NOW_S + 4 * P, 500)
    assert (resolver._lost._trials, resolver._lost._expected) == ({}, {})
