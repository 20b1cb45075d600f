"""Advertising reports out of HCI events."""

import pytest

from hardware.capture.entry import DAMAGED, NOTHING, Contents, EventKind, Report
from hardware.capture.hci import MAX_PENDING, HciReader
from hardware.radio.ad import MAX_AD_BYTES
from tests.hardware.capture.files import Extended, extended_event, legacy_event, meta_event

A, B = b"\x02\x01\x06", b"\x03\xff\x4c\x00"
OTHER = bytes.fromhex("c0ffee000002")


def test_several_reports_in_one_event_are_one_event_and_each_an_advertisement() -> None:
    found = HciReader().read_event(legacy_event((A, -40), (b"", 127), (B, -90)))
    assert found == Contents(EventKind.LEGACY, reports=(Report(-40, A), Report(127, b""), Report(-90, B)))
    found = HciReader().read_event(extended_event(Extended(A, -41), Extended(B, -91, legacy=True)))
    assert found == Contents(EventKind.EXTENDED, reports=(Report(-41, A), Report(-91, B)))


def test_a_directed_report_brings_nothing() -> None:
    assert HciReader().read_event(meta_event(b"\x0b\x01" + bytes(16))) == NOTHING


@pytest.mark.parametrize("event", [b"\x0e\x04\x01\x03\x0c\x00", meta_event(b"\x01" + bytes(18))])
def test_other_events_bring_nothing(event: bytes) -> None:
    assert HciReader().read_event(event) == NOTHING
    assert HciReader().read_event(event[:-1]) == DAMAGED


@pytest.mark.parametrize("event", [b"", b"\x3e", b"\x3e\x00"])
def test_an_event_without_its_header_is_damaged(event: bytes) -> None:
    assert HciReader().read_event(event) == DAMAGED


@pytest.mark.parametrize("make", [legacy_event, extended_event], ids=["legacy", "extended"])
def test_an_event_that_claims_more_than_it_has_is_damaged_and_keeps_what_was_good(make: object) -> None:
    event = (
        legacy_event((A, -40), (B, -50), count=3)
        if make is legacy_event
        else extended_event(Extended(A, -40), Extended(B, -50), count=3)
    )
    found = HciReader().read_event(event)
    assert (found.damaged, [report.ad for report in found.reports]) == (True, [A, B])
    found = HciReader().read_event(event[:-1])
    assert (found.damaged, [report.ad for report in found.reports]) == (True, [A])


@pytest.mark.parametrize("subevent", [b"\x02", b"\x0d"])
def test_an_event_without_a_count_is_damaged(subevent: bytes) -> None:
    found = HciReader().read_event(meta_event(subevent))
    assert (found.damaged, found.reports) == (True, ())


def test_a_legacy_report_longer_than_an_advertisement_is_damaged() -> None:
    assert HciReader().read_event(legacy_event((bytes(32), -40))).damaged


def test_fragments_are_joined_by_sender_and_adapter() -> None:
    hci = HciReader()
    first = hci.read_event(extended_event(Extended(A, status=1), Extended(B, status=1, address=OTHER)), 0)
    assert (first.event, first.reports) == (EventKind.EXTENDED, ())
    assert hci.read_event(extended_event(Extended(b"x")), 1).reports == (Report(-60, b"x"),)
    last = hci.read_event(
        extended_event(Extended(b"!", -50), Extended(b"?", -70, status=2, address=OTHER)), 0
    )
    assert last.reports == (Report(-50, A + b"!"), Report(-70, B + b"?"))
    assert hci.rest() == ()


def test_fragments_whose_rest_never_comes_are_told_at_the_end_and_bounded() -> None:
    hci = HciReader()
    found = 0
    for sender in range(MAX_PENDING + 10):
        event = extended_event(Extended(A, status=1, address=sender.to_bytes(6, "big")))
        found += len(hci.read_event(event).reports)
    assert found == 10
    assert hci.rest() == (Report(-60, A),) * MAX_PENDING
    assert hci.rest() == ()


def test_an_endless_advertisement_is_cut() -> None:
    hci = HciReader()
    for _ in range(20):
        hci.read_event(extended_event(Extended(bytes(229), status=1)))
    assert hci.rest() == (Report(-60, bytes(MAX_AD_BYTES)),)


def test_h4_says_what_a_packet_is() -> None:
    hci = HciReader()
    assert hci.read_h4(b"\x04" + legacy_event((A, -40))).event is EventKind.LEGACY
    for packet in (b"\x01\x03\x0c\x00", b"\x02" + bytes(8), b"\x05" + bytes(8)):
        assert hci.read_h4(packet) == NOTHING
    assert hci.read_h4(b"") == hci.read_h4(b"\x77") == DAMAGED
