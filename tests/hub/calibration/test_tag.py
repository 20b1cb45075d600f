"""Whose identifier it is."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.beacon.frames import FrameKind, LoyaltyFrame
from hardware.beacon.identity import Fob
from hub.calibration.tag import OwnTag
from hub.wire.presence import IdScheme

FOB = Fob(bytes(range(16)), 4, 1_000_000.3)
OTHER = Fob(bytes(16), 4, 1_000_000.3)


@given(st.floats(1_000_100.0, 1_900_000_000.0))
def test_ones_own_rotating_tag_is_known_at_any_time_and_nobody_elses(at_s: float) -> None:
    tag = OwnTag(FOB)
    assert tag.sent(IdScheme.EID, FOB.eid_at(at_s).hex(), at_s)
    assert not tag.sent(IdScheme.EID, OTHER.eid_at(at_s).hex(), at_s)


def test_a_clock_one_window_off_is_tolerated_two_are_not() -> None:
    tag = OwnTag(FOB)
    at_s = 1_500_000.0
    verdicts = [tag.sent(IdScheme.EID, FOB.eid_at(at_s + 16 * by).hex(), at_s) for by in (-2, -1, 0, 1, 2)]
    assert verdicts == [False, True, True, True, False]


def test_before_its_clock_began_and_after_it_ends_a_tag_sends_nothing() -> None:
    tag = OwnTag(FOB)
    assert not tag.sent(IdScheme.EID, "00" * 8, 900_000.0)
    assert not tag.sent(IdScheme.EID, "00" * 8, 1e10)


def test_only_a_few_windows_are_remembered() -> None:
    tag = OwnTag(FOB)
    for window in range(100):
        assert tag.sent(IdScheme.EID, FOB.eid_at(1_500_000.0 + 16 * window).hex(), 1_500_000.0 + 16 * window)
    assert len(tag._eids) <= 8


def test_a_static_tag_is_known_by_scheme_and_identifier() -> None:
    tag = OwnTag(LoyaltyFrame(FrameKind.IBEACON, bytes(20)))
    assert tag.sent(IdScheme.IBEACON, "00" * 20, 0.0)
    assert not tag.sent(IdScheme.IBEACON, "01" * 20, 0.0)
    assert not tag.sent(IdScheme.EDDYSTONE_UID, "00" * 20, 0.0)
    assert not OwnTag(FOB).sent(IdScheme.IBEACON, "00" * 20, 1_500_000.0)
