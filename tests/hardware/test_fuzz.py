"""Whatever comes off the air or out of a file: no exception but ours, no more than was there.

A failure prints the example and its seed (`print_blob`, tests/conftest.py): put `@reproduce_failure` above the test.
"""

import io
from collections.abc import Callable

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from hardware.beacon.eddystone import read_eddystone, read_url
from hardware.beacon.formats import beacon_frames, format_of
from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.capture.btsnoop import read_btsnoop
from hardware.capture.entry import Contents
from hardware.capture.hci import MAX_PENDING, HciReader
from hardware.capture.link_layer import read_nordic, read_plain, read_with_header
from hardware.capture.pcapng import read_pcapng
from hardware.capture.reader import read_entries
from hardware.host.errors import DataError
from hardware.radio.ad import (
    MANUFACTURER_DATA,
    SERVICE_DATA_16,
    from_advert,
    structure,
    structures,
    to_advert,
)
from tests.hardware.capture.files import (
    Extended,
    Pcapng,
    advertising,
    btsnoop,
    extended_event,
    legacy_event,
    nordic,
    with_header,
)

A = b"\x02\x01\x06"
PREFIXES = (b"\x4c\x00\x02\x15", b"\x18\x01\xbe\xac")
SERVICES = (b"\xaa\xfe\x00", b"\xaa\xfe\x10", b"\xaa\xfe\x20", b"\xaa\xfe\x30", b"\x6f\xfd")


def near_frames() -> st.SearchStrategy[bytes]:
    """Payloads that begin like a beacon's and go on as they like, cut anywhere."""
    makers = st.tuples(st.sampled_from(PREFIXES), st.binary(max_size=30)).map(
        lambda parts: structure(MANUFACTURER_DATA, b"".join(parts))
    )
    services = st.tuples(st.sampled_from(SERVICES), st.binary(max_size=24)).map(
        lambda parts: structure(SERVICE_DATA_16, b"".join(parts))
    )
    whole = st.lists(st.one_of(makers, services, st.binary(max_size=8)), max_size=4).map(b"".join)
    return st.tuples(whole, st.integers(0, 40)).map(
        lambda parts: parts[0][: len(parts[0]) - parts[1] or None]
    )


def spoilt(good: bytes) -> st.SearchStrategy[bytes]:
    """`good` with some bytes overwritten, then cut or lengthened."""

    def spoil(changes: list[tuple[int, int]], cut: int, tail: bytes) -> bytes:
        content = bytearray(good)
        for at, value in changes:
            content[at % len(content)] = value
        return bytes(content[: len(content) - cut % len(content)]) + tail

    changes = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=6)
    return st.builds(spoil, changes, st.integers(0, 64), st.binary(max_size=32))


@given(near_frames())
def test_the_walk_and_every_frame_parser(payload: bytes) -> None:
    walked = list(structures(payload))
    assert sum(len(data) + 2 for _, data in walked) <= len(payload)
    found = list(beacon_frames(payload))
    assert len(found) <= len(walked)
    for frame in found:
        format_of(frame)
    advert = to_advert(payload, -60, 0.0)
    heard = FrameFilter(frozenset(FrameKind)).frames(advert)
    assert len(heard) <= 3
    again = to_advert(from_advert(advert), -60, 0.0)
    assert again == advert


@given(st.binary(max_size=40))
def test_the_frame_parsers_alone(data: bytes) -> None:
    read_eddystone(data)
    url = read_url(data)
    assert url is None or url.isascii()


@given(
    st.one_of(
        st.binary(max_size=80),
        spoilt(legacy_event((A, -40), (A, -50))),
        spoilt(extended_event(Extended(A), Extended(A, status=1))),
    )
)
def test_hci_events(event: bytes) -> None:
    hci = HciReader()
    for found in (hci.read_event(event), hci.read_h4(b"\x04" + event), hci.read_h4(event)):
        assert sum(len(report.ad) for report in found.reports) <= 3 * len(event)
    assert len(hci.rest()) <= MAX_PENDING


@pytest.mark.parametrize(
    ("read", "good"),
    [
        (read_nordic, nordic(advertising(A))),
        (read_with_header, with_header(advertising(A))),
        (read_plain, advertising(A)),
    ],
    ids=["nordic", "with header", "plain"],
)
def test_sniffed_packets(read: Callable[[bytes], Contents], good: bytes) -> None:
    @given(st.one_of(st.binary(max_size=80), spoilt(good)))
    def fuzz(packet: bytes) -> None:
        found = read(packet)
        assert not (found.damaged and found.event)
        assert sum(len(report.ad) for report in found.reports) <= len(packet)

    fuzz()


SNOOP = btsnoop((3, legacy_event((A, -40))), (3, extended_event(Extended(A, status=1))), (12, b"note"))
NG = (
    Pcapng(">")
    .interface(272)
    .enhanced(nordic(advertising(A)))
    .old(nordic(advertising(A)))
    .simple(b"abcd")
    .bytes()
)


@given(spoilt(SNOOP[16:]))
def test_btsnoop_records(content: bytes) -> None:
    entries = list(read_btsnoop(io.BytesIO(SNOOP[:16] + content), "a file"))
    note(f"{len(entries)} entries")
    assert all(entry.whole for entry in entries[:-2])
    assert len(entries) <= 2 + len(content) // 24


@given(spoilt(NG))
def test_pcapng_blocks(content: bytes) -> None:
    entries = list(read_pcapng(io.BytesIO(content)))
    assert all(entry.whole for entry in entries[:-2])
    assert len(entries) <= 2 + len(content) // 12


LINES = b'{"comptoir_recording": 1}\n' + b'{"offset_s": 1.5, "rssi_dbm": -60, "ad": "020106"}\n' * 2


@given(spoilt(LINES))
def test_lines_of_a_recording(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.jsonl"
    path.write_bytes(content)
    try:
        entries = list(read_entries(path))
    except DataError as error:
        note(str(error))
    else:
        assert len(entries) <= content.count(b"\n") + 1
