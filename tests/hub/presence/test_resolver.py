"""Identifiers on the air to members."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.eid import compute_eid, temporary_key
from hub.presence.keys import EidKey, MemberKeys, StaticKey
from hub.presence.member_rows import MemberRows
from hub.presence.resolver import MAX_EVIDENCE_AGE_S, Resolution, Resolver
from hub.wire.presence import IdScheme

IK, OTHER_IK = bytes(range(16)), bytes(range(16, 32))
EPOCH_S = 1_000_000.0
NOW_S = EPOCH_S + 100_000.0
STATIC = StaticKey(IdScheme.IBEACON, bytes(20))


def keys(member: str = "m", ik: bytes = IK, k: int = 4, until_s: float | None = None) -> MemberKeys:
    return MemberKeys(member, (EidKey(ik, k, EPOCH_S),), until_s)


def eid(at_s: float, ik: bytes = IK, k: int = 4) -> bytes:
    return compute_eid(ik, k, int(at_s - EPOCH_S))


def resolver(*everybody: MemberKeys, now_s: float = NOW_S) -> Resolver:
    made = Resolver()
    replace(made, everybody, now_s)
    return made


def replace(table: Resolver, everybody: Iterable[MemberKeys], now_s: float) -> frozenset[str]:
    """Let it hold exactly these; returns who was let go."""
    wanted = {one.member_id: one for one in everybody}
    gone = table.members - wanted.keys()
    for member_id in gone:
        table.drop(member_id)
    for one in wanted.values():
        table.put(one, now_s)
    return gone


def resolve(
    table: Resolver, at_s: float, *, now_s: float = NOW_S, age_s: float = 0.0, k: int = 4
) -> str | None:
    found = table.resolve(IdScheme.EID, eid(at_s, k=k), now_s, age_s)
    return None if found is None else found.member_id


@pytest.mark.parametrize(("off_s", "known"), [(0, True), (-16, True), (16, True), (-48, False), (48, False)])
def test_a_beacon_clock_may_be_one_window_off(off_s: float, known: bool) -> None:
    assert (resolve(resolver(keys()), NOW_S + off_s) == "m") is known


def test_the_table_rolls_on_for_a_day_of_windows() -> None:
    table = resolver(keys(), keys("n", OTHER_IK, k=10))
    for step in range(0, 86_400, 7):
        now_s = NOW_S + step
        assert resolve(table, now_s, now_s=now_s) == "m"
        found = table.resolve(IdScheme.EID, eid(now_s, OTHER_IK, 10), now_s)
        assert found == Resolution("n", low_assurance=False)
    assert resolve(table, NOW_S, now_s=NOW_S + 86_400) is None


def test_the_table_stays_small() -> None:
    table = resolver(keys())
    for step in range(0, 10_000, 16):
        resolve(table, NOW_S + step, now_s=NOW_S + step)
    assert table._table.findable <= MAX_EVIDENCE_AGE_S / 16 + 4


def test_late_evidence_counts_for_the_moment_it_was_heard() -> None:
    table = resolver(keys())
    assert resolve(table, NOW_S - 100, age_s=100.0) == "m"
    assert resolve(table, NOW_S - 100, age_s=0.0) is None
    assert resolve(table, NOW_S - 121, age_s=121.0) is None


def test_c3_a_captured_identifier_is_worthless_after_its_window() -> None:
    table = resolver(keys())
    captured = eid(NOW_S)
    assert table.resolve(IdScheme.EID, captured, NOW_S + 10) is not None
    assert table.resolve(IdScheme.EID, captured, NOW_S + 60) is None


def test_c3_an_identifier_of_another_store_is_a_strangers() -> None:
    assert resolver(keys("m", OTHER_IK)).resolve(IdScheme.EID, eid(NOW_S), NOW_S) is None


def test_a7_a_dropped_member_is_unknown_at_the_next_frame_and_nothing_is_left() -> None:
    table = resolver(MemberKeys("m", (EidKey(IK, 4, EPOCH_S), STATIC)), keys("n", OTHER_IK))
    table.drop("m")
    assert resolve(table, NOW_S) is None
    assert table.resolve(IdScheme.IBEACON, bytes(20), NOW_S) is None
    assert table.members == {"n"}
    assert len(table._table) == 1
    assert table._table.findable == resolver(keys("n", OTHER_IK))._table.findable
    assert IK not in bytes(table._table._iks)
    assert temporary_key(IK, 100_000) not in bytes(table._table._tks)
    assert table._by_static == {}
    table.drop("m")


def test_replacing_everybody_says_who_is_gone_and_keeps_the_rest() -> None:
    table = resolver(keys(), keys("n", OTHER_IK))
    (kept,) = table._rows.get("n") or ()
    assert replace(table, [keys("n", OTHER_IK)], NOW_S) == {"m"}
    assert table._rows.get("n") == (kept,)
    assert table._table.identity_key(kept) == OTHER_IK
    assert table.resolve(IdScheme.EID, eid(NOW_S, OTHER_IK), NOW_S) is not None
    assert replace(table, [keys("n", OTHER_IK, until_s=NOW_S)], NOW_S) == set()
    assert table.resolve(IdScheme.EID, eid(NOW_S, OTHER_IK), NOW_S) is None
    assert replace(table, [keys("n", OTHER_IK)], NOW_S) == set()
    assert table.resolve(IdScheme.EID, eid(NOW_S, OTHER_IK), NOW_S) is not None


def test_a10_a_permission_that_ended_is_not_resolved_any_more() -> None:
    table = resolver(keys(until_s=NOW_S + 5))
    assert resolve(table, NOW_S + 4, now_s=NOW_S + 4) == "m"
    assert resolve(table, NOW_S + 5, now_s=NOW_S + 5) is None


def test_a_static_identifier_is_of_low_assurance() -> None:
    table = resolver(MemberKeys("m", (STATIC,)))
    assert table.resolve(IdScheme.IBEACON, bytes(20), NOW_S) == Resolution("m", low_assurance=True)
    assert table.resolve(IdScheme.EDDYSTONE_UID, bytes(16), NOW_S) is None


def test_an_identifier_two_members_could_have_sent_is_nobodys() -> None:
    table = resolver(keys("m"), keys("n"))
    assert resolve(table, NOW_S) is None
    table.drop("n")
    assert resolve(table, NOW_S) == "m"


def test_an_identifier_of_two_members_is_the_ones_whose_permission_still_holds() -> None:
    table = resolver(keys("m", until_s=NOW_S), keys("n"))
    assert resolve(table, NOW_S) == "n"


def test_a_static_identifier_two_members_carry_is_nobodys_until_one_is_dropped() -> None:
    table = resolver(MemberKeys("m", (STATIC,)), MemberKeys("n", (STATIC,)))
    assert table.resolve(IdScheme.IBEACON, bytes(20), NOW_S) is None
    table.drop("m")
    assert table.resolve(IdScheme.IBEACON, bytes(20), NOW_S) == Resolution("n", low_assurance=True)


def test_a_fob_whose_clock_has_not_begun_or_has_run_out_is_simply_unknown() -> None:
    future = MemberKeys("m", (EidKey(IK, 4, NOW_S + 10_000),))
    assert replace(Resolver(), [future], NOW_S) == set()
    old = MemberKeys("n", (EidKey(IK, 4, NOW_S - 2.0**33),))
    table = resolver(future, old)
    for beacon_s in (0, 16, 2**32 - 1):
        assert table.resolve(IdScheme.EID, compute_eid(IK, 4, beacon_s), NOW_S) is None
    table.drop("m")


def test_a_window_that_begins_now_by_rounding_does_not_stop_the_hub() -> None:
    epoch_s, beacon_s = 3965747.8052941286, 625421
    now_s = epoch_s + beacon_s
    assert int(now_s - epoch_s) == beacon_s - 1, "the rounding this is about"
    table = resolver(MemberKeys("m", (EidKey(IK, 0, epoch_s),)), now_s=now_s)
    assert table.resolve(IdScheme.EID, compute_eid(IK, 0, beacon_s), now_s) is not None


def test_after_a_long_sleep_the_table_catches_up_at_once() -> None:
    table = resolver(keys())
    later_s = NOW_S + 1_000_000
    assert resolve(table, later_s, now_s=later_s) == "m"


def test_no_member_list_grows_in_one_piece() -> None:
    """A dictionary copies itself whole to grow: with many small ones the event loop waits for one of them."""
    rows = MemberRows()
    for number in range(20_000):
        rows[f"{number:016x}"] = (number,)
    assert set(rows) == {f"{number:016x}" for number in range(20_000)}
    assert max(map(len, rows._shards)) < 200
    values = {type(value) for shard in rows._shards for value in shard.values()}
    assert values == {int}, "nothing for the garbage collector to walk through"
    rows["two fobs"] = (1, 2)
    assert rows.get("two fobs") == (1, 2)
    assert (rows.get(f"{7:016x}"), rows.get("nobody")) == ((7,), None)
    assert rows.pop(f"{7:016x}") == (7,)
    assert f"{7:016x}" not in rows


@given(st.binary(max_size=24), st.sampled_from(IdScheme), st.floats(-10, 200))
def test_strangers_resolve_to_nobody(identifier: bytes, scheme: IdScheme, age_s: float) -> None:
    assert resolver(keys()).resolve(scheme, identifier, NOW_S, age_s) is None


@given(st.integers(0, 15), st.floats(0, 4e9), st.floats(0, MAX_EVIDENCE_AGE_S), st.integers(0, 2**31))
def test_whatever_the_rotation_the_members_own_identifier_resolves(
    k: int, epoch_s: float, age_s: float, beacon_s: int
) -> None:
    now_s = epoch_s + beacon_s + MAX_EVIDENCE_AGE_S + 1
    table = resolver(MemberKeys("m", (EidKey(IK, k, epoch_s),)), now_s=now_s)
    heard = compute_eid(IK, k, int(now_s - age_s - epoch_s))
    assert table.resolve(IdScheme.EID, heard, now_s, age_s) is not None


def test_c3_what_is_repeated_after_its_window_names_who_it_was_taken_from_to_nobody_but_the_floor() -> None:
    table = resolver(keys(k=10))
    captured = eid(NOW_S, k=10)
    assert resolve(table, NOW_S, k=10) == "m"
    later_s = NOW_S + 1024
    assert resolve(table, later_s, now_s=later_s, k=10) == "m"
    assert table.resolve(IdScheme.EID, captured, later_s + 30) is None
    assert table.take_replayed() == frozenset(), "it may have been delivered late"
    assert table.resolve(IdScheme.EID, captured, later_s + 900) is None
    assert table.take_replayed() == {"m"}
    assert table.take_replayed() == frozenset()


def test_late_reports_of_the_old_identifier_are_no_replay() -> None:
    table = resolver(keys())
    old = eid(NOW_S)
    assert resolve(table, NOW_S + 17, now_s=NOW_S + 17) == "m"
    for age_s in (2.0, 10.0, 16.0):
        assert table.resolve(IdScheme.EID, old, NOW_S + 17, age_s) is not None
    assert table.take_replayed() == frozenset()


def test_a_drifting_clock_is_followed_and_written_down_after_a_rotation() -> None:
    """40 ppm, a visit of twenty minutes every week for two years."""
    table, error, written = resolver(keys(k=10)), 40e-6, []
    for week in range(104):
        begun_s = NOW_S + week * 604_800.0
        for second in range(0, 1_200, 5):
            now_s = begun_s + second
            while table.refresh(now_s, 500):
                pass
            heard = compute_eid(IK, 10, int((now_s - EPOCH_S) * (1 - error)))
            assert table.resolve(IdScheme.EID, heard, now_s) is not None
        for clock in table.take_moved():
            written.append(clock)
            table.put(MemberKeys("m", (EidKey(IK, 10, clock.epoch_s),)), begun_s + 1_200)
    assert table.take_replayed() == frozenset()
    assert 4 <= len(written) <= 12, "some times a year, not at every visit"
    assert abs(written[-1].epoch_s - EPOCH_S - 104 * 604_800 * error) < 600
    assert repr(written[0]).count("ik") == 0


def test_a_clock_registered_anew_replaces_the_one_that_was_followed() -> None:
    table = resolver(keys(k=10))
    table.put(MemberKeys("m", (EidKey(IK, 10, NOW_S - 5.0),)), NOW_S)
    assert table.resolve(IdScheme.EID, compute_eid(IK, 10, 5), NOW_S) is not None
    assert table.resolve(IdScheme.EID, eid(NOW_S, k=10), NOW_S) is None


def test_a_fixed_identifier_has_an_end_of_its_own() -> None:
    limited = StaticKey(IdScheme.IBEACON, bytes(20), until_s=NOW_S + 5)
    table = resolver(MemberKeys("m", (EidKey(IK, 4, EPOCH_S), limited)))
    assert table.resolve(IdScheme.IBEACON, bytes(20), NOW_S + 4) is not None
    assert table.resolve(IdScheme.IBEACON, bytes(20), NOW_S + 5) is None
    assert resolve(table, NOW_S + 5, now_s=NOW_S + 5) == "m"


def test_a_member_may_carry_two_rotating_fobs() -> None:
    table = resolver(MemberKeys("m", (EidKey(IK, 4, EPOCH_S), EidKey(OTHER_IK, 10, EPOCH_S))))
    assert resolve(table, NOW_S) == "m"
    assert table.resolve(IdScheme.EID, eid(NOW_S, OTHER_IK, 10), NOW_S) == Resolution(
        "m", low_assurance=False
    )
    # The same two, of which one changes its rotation, are other fobs.
    table.put(MemberKeys("m", (EidKey(IK, 4, EPOCH_S), EidKey(OTHER_IK, 9, EPOCH_S))), NOW_S)
    assert table.resolve(IdScheme.EID, eid(NOW_S, OTHER_IK, 10), NOW_S) is None
    assert "m" in table
    assert "n" not in table


def test_c3_an_identifier_two_members_could_have_sent_moves_no_clock() -> None:
    table = resolver(keys("m"), keys("n"))
    assert resolve(table, NOW_S + 14, now_s=NOW_S) is None
    assert len(table._drift) == 0


@pytest.mark.parametrize("length", [0, 7, 9, 16])
def test_an_identifier_of_another_length_is_nobodys(length: int) -> None:
    assert resolver(keys()).resolve(IdScheme.EID, bytes(length), NOW_S) is None
