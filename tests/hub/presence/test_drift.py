"""Clocks of fobs: followed when they drift, never believed when somebody repeats what he caught."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.eid import MAX_CLOCK_ERROR
from hub.presence.drift import DOUBT_S, KEEP_S, SLACK_S, Drift, Judged, Verdict

ROW, K, P = 3, 10, 1024.0
EPOCH_S = 1_000_000.0


class Clock:
    """One fob as the table has it."""

    def __init__(self) -> None:
        self.drift = Drift()
        self.epoch_s = EPOCH_S

    def hear(self, window: int, heard_s: float) -> Verdict:
        judged: Judged = self.drift.judge(ROW, K, self.epoch_s, window, heard_s)
        self.epoch_s = judged.epoch_s
        return judged.verdict


@pytest.mark.parametrize(
    ("off_s", "verdict"),
    [
        (0.0, Verdict.FITS),
        (P - 1, Verdict.FITS),
        (2 * P - 1, Verdict.FITS),
        (1 - P, Verdict.FITS),
        (2 * P + 1, Verdict.OUT_OF_TIME),
        (-2 * P, Verdict.OUT_OF_TIME),
    ],
)
def test_until_a_clock_is_known_one_window_more_or_less_is_tolerated(off_s: float, verdict: Verdict) -> None:
    """Heard `off_s` after the beginning of its window, as the registration has it."""
    assert Clock().hear(50, EPOCH_S + 50 * P + off_s) is verdict


@given(st.floats(-MAX_CLOCK_ERROR, MAX_CLOCK_ERROR), st.floats(-900, 900), st.integers(1, 400))
def test_a_clock_within_the_specification_is_followed_over_visits(
    error: float, off_s: float, gap_windows: int
) -> None:
    """Any error up to 150 ppm, any wrong setting at registration; a visit of three windows, again and again."""
    fob = Clock()
    at_s = EPOCH_S + 100 * P
    for _ in range(20):
        for _ in range(60):
            at_s += 50.0
            beacon_s = (at_s - EPOCH_S - 100 * P) * (1 + error) + 100 * P + off_s
            assert fob.hear(int(beacon_s // P), at_s) is Verdict.FITS
            if fob.drift.worth_keeping(ROW, K, fob.epoch_s):
                fob.drift.kept(ROW)
        fob.drift.prune(at_s + KEEP_S + 1)
        at_s += min(gap_windows * P, 0.2 * P / MAX_CLOCK_ERROR)


def test_c3_what_is_heard_after_its_window_is_a_replay_once_the_clock_is_known() -> None:
    fob = Clock()
    start_s = EPOCH_S + 50 * P
    assert fob.hear(50, start_s + 1) is Verdict.FITS
    assert fob.hear(51, start_s + P + 1) is Verdict.FITS
    assert fob.hear(50, start_s + P + SLACK_S) is Verdict.FITS, "a late report of the old one"
    assert fob.hear(50, start_s + P + SLACK_S + 10) is Verdict.OUT_OF_TIME, "or a delivery that was late"
    assert fob.hear(50, start_s + P + SLACK_S + 10 + DOUBT_S) is Verdict.REPLAYED
    assert fob.hear(51, start_s + P + SLACK_S + 10) is Verdict.FITS, "the fob itself is still believed"


@given(st.lists(st.floats(0.1, 3000), min_size=1, max_size=60))
def test_c3_however_often_it_is_repeated_an_identifier_never_lives_longer_than_a_window_more(
    pauses_s: list[float],
) -> None:
    fob = Clock()
    at_s = EPOCH_S + 50 * P + 1
    assert fob.hear(50, at_s) is Verdict.FITS
    for pause_s in pauses_s:
        at_s += pause_s
        verdict = fob.hear(50, at_s)
        fob.drift.prune(at_s)
        if at_s > EPOCH_S + 52 * P:
            assert verdict is not Verdict.FITS
    assert abs(fob.epoch_s - EPOCH_S) <= P


def test_a_clock_is_worth_writing_down_only_when_it_moved_far_and_a_rotation_was_heard() -> None:
    fob = Clock()
    late_s = 0.6 * P
    assert fob.hear(50, EPOCH_S + 51 * P + late_s - 1) is Verdict.FITS
    assert fob.epoch_s > EPOCH_S + 0.5 * P
    assert not fob.drift.worth_keeping(ROW, K, fob.epoch_s)
    assert fob.hear(51, EPOCH_S + 51 * P + late_s) is Verdict.FITS
    assert fob.drift.worth_keeping(ROW, K, fob.epoch_s)
    fob.drift.kept(ROW)
    assert not fob.drift.worth_keeping(ROW, K, fob.epoch_s)


def test_what_was_learned_is_forgotten_after_the_visit() -> None:
    fob = Clock()
    fob.hear(50, EPOCH_S + 50 * P)
    assert (ROW in fob.drift, len(fob.drift)) == (True, 1)
    fob.drift.prune(EPOCH_S + 50 * P + KEEP_S)
    assert len(fob.drift) == 1
    fob.drift.prune(EPOCH_S + 50 * P + KEEP_S + 1)
    assert len(fob.drift) == 0
    fob.hear(50, EPOCH_S + 50 * P)
    fob.drift.forget(ROW)
    assert ROW not in fob.drift
