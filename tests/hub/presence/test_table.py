"""The table of identifiers: whatever came and went, what should be found is found, and nothing else."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.beacon.eid import MAX_BEACON_CLOCK_S, compute_eid, temporary_key
from hub.presence.slot_index import SlotIndex
from hub.presence.table import MAX_EVIDENCE_AGE_S, EidTable, ring_length

IK, OTHER_IK = bytes(range(16)), bytes(range(16, 32))
EPOCH_S = 1_000_000.0
NOW_S = EPOCH_S + 100_000.0


def eid_number(ik: bytes, k: int, beacon_s: int) -> int:
    return int.from_bytes(compute_eid(ik, k, beacon_s))


CROWDED = st.builds(lambda top, low: top << 62 | low, st.integers(0, 1), st.integers(0, 12))
"""Identifiers of two shards whose homes lie side by side: AES output never does this, so the test does."""


@given(st.lists(st.tuples(st.integers(0, 39), CROWDED), max_size=120))
def test_the_index_finds_what_a_dictionary_would(history: list[tuple[int, int]]) -> None:
    """Each step fills an empty slot or empties a full one."""
    eids = array("Q", [0] * 40)
    index, model = SlotIndex(eids), dict[int, int]()
    for slot, eid in history:
        if slot in model:
            index.discard(slot)
            del model[slot]
        else:
            eids[slot] = model[slot] = eid
            index.add(slot)
        for wanted in {eid for _, eid in history}:
            assert sorted(index.find(wanted)) == [s for s in sorted(model) if model[s] == wanted]
    assert len(index) == len(model)


@pytest.mark.parametrize("k", range(16))
def test_the_windows_of_the_last_two_minutes_and_one_on_each_side_are_found(k: int) -> None:
    table = EidTable()
    row = table.add(IK, k, EPOCH_S, NOW_S)
    now, oldest = 100_000 >> k, int(100_000 - MAX_EVIDENCE_AGE_S) >> k
    for window in range(oldest - 1, now + 2):
        assert table.find(eid_number(IK, k, window << k)) == [(row, window)]
    assert table.find(eid_number(IK, k, (now + 2) << k)) == []
    assert table.findable <= ring_length(k)


def test_a_slice_computes_no_more_than_its_budget_and_the_rest_is_found_meanwhile() -> None:
    table = EidTable()
    iks = [bytes([number]) * 16 for number in range(100)]
    rows = [table.add(ik, 10, EPOCH_S, NOW_S) for ik in iks]
    later_s = NOW_S + 1024
    slices = 0
    while table.refresh(later_s, 7):
        slices += 1
        # Whose turn has not come yet is found all the same: the next window was computed a window ago.
        for row, ik in zip(rows, iks, strict=True):
            assert table.find(eid_number(ik, 10, 101_024)) == [(row, 101_024 >> 10)]
    assert slices == 100 // 7
    for ik in iks:
        assert table.find(eid_number(ik, 10, 102_048))
        assert len(table.find(eid_number(ik, 10, 98_000 - 1024))) == 0


def test_a7_who_is_removed_from_a_table_half_refreshed_leaves_nothing() -> None:
    table = EidTable()
    rows = {ik: table.add(ik, 10, EPOCH_S, NOW_S) for ik in (IK, OTHER_IK)}
    tk = temporary_key(IK, 100_000)
    assert tk in bytes(table._tks)
    assert table.refresh(NOW_S + 1024, 1)
    table.remove(rows[IK])
    assert not table.in_use(rows[IK])
    assert (len(table), table.rows) == (1, 2)
    assert IK not in bytes(table._iks)
    assert tk not in bytes(table._tks)
    table.refresh(NOW_S + 1024, 100)
    kept = {eid for eid in table._eids if eid}
    assert kept == {eid_number(OTHER_IK, 10, 100_000 + step * 1024) for step in (-1, 0, 1, 2)}
    assert table.findable == len(kept)


def test_a_row_and_its_slots_serve_the_next_fob() -> None:
    table = EidTable()
    row = table.add(IK, 10, EPOCH_S, NOW_S)
    table.remove(row)
    assert table.add(OTHER_IK, 10, EPOCH_S + 7, NOW_S) == row
    assert table.key(row) == (OTHER_IK, 10, EPOCH_S + 7)
    assert len(table._eids) == ring_length(10)
    assert table.find(eid_number(IK, 10, 100_000)) == []
    # Both entries of the calendar lead to the one row; it is computed once.
    assert not table.refresh(NOW_S + 2048, 10)
    assert sum(len(rows) for rows in table._calendar.values()) == 1


def test_a_clock_set_back_by_days_is_followed() -> None:
    table = EidTable()
    row = table.add(IK, 10, EPOCH_S, NOW_S)
    table.set_epoch(row, NOW_S - 5.0, NOW_S)
    assert table.find(eid_number(IK, 10, 5)) == [(row, 0)]
    assert table.find(eid_number(IK, 10, 100_000)) == []
    assert table.findable == 2


def test_a_clock_at_its_end_has_no_next_window() -> None:
    table = EidTable()
    table.add(IK, 10, NOW_S - MAX_BEACON_CLOCK_S, NOW_S)
    table.refresh(NOW_S + 10_000, 10)
    assert table.find(eid_number(IK, 10, MAX_BEACON_CLOCK_S)) != []


@settings(max_examples=60)
@given(st.integers(0, 15), st.integers(70_000, 200_000), st.lists(st.integers(1, 40_000), max_size=8))
def test_whenever_it_is_refreshed_the_current_window_is_found(
    k: int, beacon_s: int, steps: list[int]
) -> None:
    table = EidTable()
    now_s = EPOCH_S + beacon_s
    row = table.add(IK, k, EPOCH_S, now_s)
    for step in steps:
        now_s += step
        while table.refresh(now_s, 1):
            pass
        current = int(now_s - EPOCH_S) >> k
        assert (row, current) in table.find(eid_number(IK, k, current << k))
        assert table.findable <= ring_length(k)
