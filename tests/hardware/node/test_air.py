"""Packets on standard input of a stand-in: whatever comes, good lines are taken and bad ones named and passed over."""

import json

from hypothesis import given
from hypothesis import strategies as st

from hardware.node.air import MAX_LINE_BYTES, BadLine, Packet, PacketReader

ADAPTERS = ("hci0", "hci11")


def line(**changed: object) -> bytes:
    packet = {"adapter": "hci0", "transmitter": "a", "rssi_dbm": -61, "payload": "020106"} | changed
    return json.dumps(packet).encode() + b"\n"


def read(*pieces: bytes) -> list[Packet | BadLine]:
    reader = PacketReader(ADAPTERS)
    return [found for piece in pieces for found in reader.feed(piece)] + list(reader.end())


def fault(bad: bytes) -> str:
    (found,) = read(bad)
    assert isinstance(found, BadLine)
    assert found.number == 1
    return found.fault


def test_a_line_is_a_packet() -> None:
    (packet,) = read(line(adapter="hci11", rssi_dbm=-90))
    assert isinstance(packet, Packet)
    assert (packet.adapter, packet.transmitter, packet.rssi_dbm, packet.data) == (
        "hci11",
        "a",
        -90,
        b"\x02\x01\x06",
    )


def test_each_fault_is_named_and_what_was_sent_is_not_repeated() -> None:
    assert "adapter: there is none of that name; there are hci0, hci11" in fault(line(adapter="hci5"))
    assert fault(line(rssi_dbm=21)).startswith("rssi_dbm:")
    assert fault(line(rssi_dbm="-61")).startswith("rssi_dbm:")
    assert fault(line(payload="c0ffee0")).startswith("payload:")
    assert "c0ffee" not in fault(line(payload="c0ffee0"))
    assert fault(line(payload="00" * 1651)).startswith("payload:")
    assert fault(line(transmitter="")).startswith("transmitter:")
    assert fault(line(colour="red")).startswith("colour:")
    assert "JSON" in fault(b"garbage\n")
    assert fault(b"\xff\xfe\n")
    assert fault(b"[]\n")
    assert fault(b"x" * (MAX_LINE_BYTES + 1) + b"\n") == f"longer than {MAX_LINE_BYTES} bytes"


def test_a_bad_line_does_not_cost_the_next_one() -> None:
    found = read(b"nonsense\n" + line() + b"\n" + b"{}\n" + line(transmitter="b").strip())
    assert [type(one) for one in found] == [BadLine, Packet, BadLine, Packet]
    assert [one.number for one in found if isinstance(one, BadLine)] == [1, 4]


def test_a_line_without_an_end_takes_no_memory() -> None:
    reader = PacketReader(ADAPTERS)
    for _ in range(50):
        assert list(reader.feed(b"x" * 5000)) == []
        assert len(reader._rest) <= MAX_LINE_BYTES
    assert next(reader.feed(b"x\n" + line())) == BadLine(1, f"longer than {MAX_LINE_BYTES} bytes")


@given(st.lists(st.integers(1, 400), max_size=12))
def test_it_does_not_matter_how_the_stream_is_cut(cuts: list[int]) -> None:
    stream = line() + b"?\n" + line(transmitter="b") + b"\n" + line(transmitter="c")
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(stream[at : at + cut])
        at += cut
    assert read(*pieces, stream[at:]) == read(stream)


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(garbage: bytes) -> None:
    assert isinstance(read(garbage + b"\n" + line())[-1], Packet)
