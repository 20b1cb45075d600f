"""The rule over stored acts: uses, expiry, withdrawal, the clock that never goes back."""

import threading
from pathlib import Path

import pytest

from hardware.host.errors import DataError
from hub.permission.clock import NeverBack
from hub.permission.decide import Code
from hub.permission.records import ConsentState, How, Level, Purpose, Scope, Touchpoint
from hub.permission.service import VISIT_S, Grant
from hub.presence.keys import EidKey, MemberKeys
from tests.hub.store_people.store import IK, NOW_S, Store, grant_of, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


@pytest.fixture
def member(store: Store) -> str:
    one = store.people.add_member(now_s=NOW_S)
    store.people.add_fob(one, IK, 4, now_s=NOW_S, beacon_time_s=100.0)
    return one


def keys_in_force(store: Store, now_s: float) -> tuple[MemberKeys, ...]:
    """What the resolver may hold: asked for each who has a fob, as the floor does when it begins."""
    asked = store.permissions.identity_changes(None).member_ids
    found = (store.permissions.identity_keys(member_id, now_s) for member_id in asked)
    return tuple(keys for keys in found if keys is not None)


def test_a1_a_new_member_has_a_membership_and_nothing_else(store: Store, member: str) -> None:
    assert store.permissions.membership_allowed(member, NOW_S) is not None
    for purpose, touchpoint in (
        (Purpose.RECOGNITION, Touchpoint.STORE),
        (Purpose.SUGGESTION, Touchpoint.KIOSK),
    ):
        assert store.permissions.decide(member, purpose, touchpoint, NOW_S).code is Code.NO_PERMISSION
    assert keys_in_force(store, NOW_S) == ()


@pytest.mark.parametrize(
    ("purpose", "touchpoint"), [("profiling", "kiosk"), ("suggestion", "phone"), ("", "")]
)
def test_what_nobody_knows_is_denied(store: Store, member: str, purpose: str, touchpoint: str) -> None:
    assert store.permissions.decide(member, purpose, touchpoint, NOW_S).code is Code.UNKNOWN


def test_a3_of_two_who_use_a_one_time_grant_at_once_exactly_one_succeeds(store: Store, member: str) -> None:
    for round_s in range(20):
        store.permissions.grant(member, grant_of(Purpose.SUGGESTION, level=Level.ONCE), NOW_S + round_s)
        rivals = [open_store(store.folder) for _ in range(2)]
        start = threading.Barrier(2)
        codes: list[Code] = []

        def use(
            rival: Store, at_s: float, start: threading.Barrier = start, codes: list[Code] = codes
        ) -> None:
            start.wait()
            codes.append(rival.permissions.decide(member, "suggestion", "kiosk", at_s).code)

        threads = [threading.Thread(target=use, args=(rival, NOW_S + round_s)) for rival in rivals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(codes) == [Code.ALLOWED, Code.USED_UP]
        assert store.permissions.look(member, "suggestion", "kiosk", NOW_S + round_s).code is Code.USED_UP
        for rival in rivals:
            rival.database.close()


def test_a3_the_loser_of_the_race_is_told_used_up(
    store: Store, member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.permissions.grant(member, grant_of(Purpose.SUGGESTION, level=Level.ONCE), NOW_S)
    looked = store.permissions.look(member, "suggestion", "kiosk", NOW_S)
    assert store.permissions.decide(member, "suggestion", "kiosk", NOW_S).allowed
    monkeypatch.setattr(store.permissions, "look", lambda *_: looked)
    assert store.permissions.decide(member, "suggestion", "kiosk", NOW_S).code is Code.USED_UP


def test_on_request_holds_for_this_visit(store: Store, member: str) -> None:
    grant = grant_of(Purpose.SUGGESTION, level=Level.ON_REQUEST)
    assert store.permissions.grant(member, grant, NOW_S).until_s == NOW_S + VISIT_S
    shorter = grant_of(Purpose.SUGGESTION, level=Level.ON_REQUEST, until_s=NOW_S + 60)
    assert store.permissions.grant(member, shorter, NOW_S + 1).until_s == NOW_S + 60
    assert store.permissions.look(member, "suggestion", "kiosk", NOW_S + 59).allowed
    assert store.permissions.look(member, "suggestion", "kiosk", NOW_S + 60).code is Code.EXPIRED


def test_a_visit_that_ends_ends_what_was_granted_for_it_and_nothing_else(store: Store, member: str) -> None:
    store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S)
    store.permissions.grant(member, grant_of(Purpose.SUGGESTION, level=Level.ON_REQUEST), NOW_S)
    assert store.permissions.visit_ended(member, NOW_S + 10) == 1
    assert store.permissions.look(member, "suggestion", "kiosk", NOW_S + 11).code is Code.EXPIRED
    assert store.permissions.look(member, "recognition", "store", NOW_S + 11).allowed
    assert store.permissions.visit_ended(member, NOW_S + 12) == 0
    store.permissions.grant(member, grant_of(Purpose.SUGGESTION, level=Level.ON_REQUEST), NOW_S + 20)
    assert store.permissions.look(member, "suggestion", "kiosk", NOW_S + 21).allowed, "next visit, asked anew"


def test_a_second_grant_is_a_renewal(store: Store, member: str) -> None:
    first = store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S)
    second = store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S + 1)
    assert (first.state, second.state) == (ConsentState.GIVEN, ConsentState.RENEWED)
    assert [r.record_id for r in store.permissions.records(member)][-2:] == [
        first.record_id,
        second.record_id,
    ]


@pytest.mark.parametrize(
    "grant",
    [
        Grant(Purpose.RECOGNITION, Touchpoint.KIOSK, Level.STANDING, How.KIOSK, "1"),
        Grant(Purpose.RECOGNITION, Touchpoint.STORE, Level.ONCE, How.KIOSK, "1"),
        Grant(Purpose.RECOGNITION, Touchpoint.STORE, Level.STANDING, How.KIOSK, "1", Scope.CHECKOUT),
    ],
)
def test_what_the_catalogue_does_not_have_cannot_be_granted(store: Store, member: str, grant: Grant) -> None:
    with pytest.raises(DataError, match="cannot be granted"):
        store.permissions.grant(member, grant, NOW_S)


def test_a10_expired_stays_expired_when_the_clock_was_set_back_and_the_hub_restarted(
    store: Store, member: str
) -> None:
    end_s = NOW_S + 1000
    store.permissions.grant(member, grant_of(Purpose.RECOGNITION, until_s=end_s), NOW_S)
    assert store.permissions.look(member, "recognition", "store", end_s - 1).allowed
    assert store.permissions.look(member, "recognition", "store", end_s).code is Code.EXPIRED
    assert store.permissions.look(member, "recognition", "store", end_s - 500).code is Code.EXPIRED
    restarted = open_store(store.folder)
    assert restarted.permissions.look(member, "recognition", "store", end_s - 500).code is Code.EXPIRED


def test_with_the_clock_set_back_a_newer_grant_still_counts(store: Store, member: str) -> None:
    store.permissions.withdraw(member, Purpose.RECOGNITION, how=How.KIOSK, now_s=NOW_S)
    store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S - 3600)
    assert store.permissions.look(member, "recognition", "store", NOW_S - 3500).allowed


def test_a_decision_inside_a_sale_writes_nothing_of_its_own(store: Store, member: str) -> None:
    store.database.execute("BEGIN IMMEDIATE")
    assert store.permissions.membership_allowed(member, NOW_S + 9999) is not None
    store.database.execute("COMMIT")
    assert store.people.acts.clock_mark_s() < NOW_S + 9999
    store.permissions.membership_allowed(member, NOW_S + 9999)
    assert store.people.acts.clock_mark_s() == NOW_S + 9999


def test_only_members_whose_recognition_is_in_force_give_keys_to_the_resolver(
    store: Store, member: str
) -> None:
    without_fob = store.people.add_member(now_s=NOW_S)
    for one in (member, without_fob):
        store.permissions.grant(one, grant_of(Purpose.RECOGNITION, until_s=NOW_S + 50), NOW_S)
    (keys,) = keys_in_force(store, NOW_S)
    assert (keys.member_id, keys.until_s) == (member, NOW_S + 50)
    assert keys.keys == (EidKey(IK, 4, NOW_S - 100.0),)
    assert store.permissions.identity_keys(without_fob, NOW_S) is None
    assert keys_in_force(store, NOW_S + 50) == ()


def test_withdrawing_recognition_deletes_the_key_and_a_new_grant_needs_the_fob_again(
    store: Store, member: str
) -> None:
    store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S)
    store.permissions.withdraw(member, Purpose.RECOGNITION, how=How.KIOSK, now_s=NOW_S + 1)
    assert store.people.fobs.keys(member) == ()
    store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S + 2)
    assert keys_in_force(store, NOW_S + 2) == ()
    store.people.add_fob(member, IK, 4, now_s=NOW_S + 3, beacon_time_s=0.0)
    assert len(keys_in_force(store, NOW_S + 3)) == 1


def test_withdrawing_a_suggestion_leaves_the_fob_alone(store: Store, member: str) -> None:
    store.permissions.withdraw(member, Purpose.SUGGESTION, how=How.KIOSK, now_s=NOW_S)
    assert len(store.people.fobs.keys(member)) == 1


def test_a8_a_late_withdrawal_beats_an_older_grant_but_not_a_newer_one(store: Store, member: str) -> None:
    store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S)
    store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S + 100)
    late = {"how": How.KIOSK, "now_s": NOW_S + 110.0}
    store.permissions.withdraw(member, Purpose.RECOGNITION, age_s=60.0, **late)  # type: ignore[arg-type] # mixed dict
    assert store.permissions.look(member, "recognition", "store", NOW_S + 110).allowed
    assert len(store.people.fobs.keys(member)) == 1
    store.permissions.withdraw(member, Purpose.RECOGNITION, age_s=5.0, **late)  # type: ignore[arg-type] # mixed dict
    assert store.permissions.look(member, "recognition", "store", NOW_S + 110).code is Code.WITHDRAWN
    assert store.people.fobs.keys(member) == ()


def test_withdrawing_is_never_refused_even_of_what_was_never_granted(store: Store, member: str) -> None:
    for purpose in Purpose:
        store.permissions.withdraw(member, purpose, how=How.PAPER, now_s=NOW_S)
        store.permissions.withdraw(member, purpose, how=How.PAPER, now_s=NOW_S)
    assert store.permissions.membership_allowed(member, NOW_S) is None


def test_b7_without_a_notice_nobody_is_recognised_but_the_card_still_counts(
    store: Store, member: str
) -> None:
    store.permissions.grant(member, grant_of(Purpose.RECOGNITION), NOW_S)
    closed = open_store(store.folder, notice=None)
    assert closed.permissions.look(member, "recognition", "store", NOW_S).code is Code.NO_NOTICE
    assert keys_in_force(closed, NOW_S) == ()
    assert closed.permissions.membership_allowed(member, NOW_S) is not None


def test_permission_time_never_goes_back() -> None:
    time = NeverBack(100.0)
    assert time.at(50.0) == 100.0
    assert time.stamp(50.0) < time.stamp(50.0)
    assert time.stamp(200.0) == time.stamp(200.0) == 200.0
    assert time.unsaved_s() == 200.0
    time.saved(200.0)
    assert time.unsaved_s() is None
