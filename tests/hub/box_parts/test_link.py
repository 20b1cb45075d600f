"""The bad link: framing that loses no byte, packets repeated and swapped, and MQTT alive on both ends of it."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.host.entropy import SeededEntropy
from hub.box.broker import MAX_PACKET_BYTES, Mosquitto, find_mosquitto
from hub.box.link import Disorder, Framer, FramingError, Link, Temper
from hub.wire.mqtt import MqttBus
from tests.conftest import missing_part
from tests.hub.wire.harness import Inbox, until

PUBLISH_QOS_0, PUBLISH_QOS_1, PUBACK = 0x30, 0x32, 0x40
DUP = 0x08


def packet(first: int, body: bytes) -> bytes:
    """A control packet: first byte, remaining length (MQTT 5, 1.5.5), the rest."""
    length, encoded = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        encoded.append(digit | (0x80 if length else 0))
        if not length:
            return bytes([first]) + bytes(encoded) + body


PACKETS = st.lists(
    st.builds(
        packet,
        st.integers(0x10, 0xFF),
        st.one_of(st.binary(max_size=5), st.binary(min_size=126, max_size=300)),
    )
)


@given(packets=PACKETS, cuts=st.lists(st.integers(1, 40)))
def test_packets_come_out_whole_however_the_stream_is_cut(packets: list[bytes], cuts: list[int]) -> None:
    stream, framer = b"".join(packets), Framer()
    seen: list[bytes] = []
    for size in cuts:
        chunk, stream = stream[:size], stream[size:]
        seen += framer.feed(chunk)
    seen += framer.feed(stream)
    assert seen == packets


@pytest.mark.parametrize("size", [0, 127, 128, 16_383, 16_384, MAX_PACKET_BYTES])
def test_every_length_the_broker_takes_is_framed(size: int) -> None:
    whole = packet(PUBLISH_QOS_1, bytes(size))
    assert Framer().feed(whole + PUBACK.to_bytes(1, "big")) == (whole,)


@pytest.mark.parametrize(
    "start",
    [b"\x30\xff\xff\xff\xff", packet(0x30, bytes(MAX_PACKET_BYTES + 1))[:4]],
    ids=["no length", "too large"],
)
def test_what_is_no_mqtt_breaks_the_link(start: bytes) -> None:
    with pytest.raises(FramingError):
        Framer().feed(start)


def test_a_good_link_changes_nothing() -> None:
    temper = Temper(chance=lambda: 0.0)
    way = Disorder(temper, swaps=True)
    packets = [packet(first, b"x") for first in (PUBLISH_QOS_1, PUBACK, PUBLISH_QOS_0)]
    assert [out for each in packets for out in way.take(each)] == packets
    assert (temper.repeated, temper.reordered) == (0, 0)


def test_a_repeated_message_says_so() -> None:
    temper = Temper(chance=lambda: 0.0, repeat=1.0)
    message = packet(PUBLISH_QOS_1, b"x")
    assert Disorder(temper, swaps=True).take(message) == (message, bytes([PUBLISH_QOS_1 | DUP]) + message[1:])
    assert temper.repeated == 1


def test_a_held_message_is_overtaken_by_the_next_and_by_nothing_else_twice() -> None:
    temper = Temper(chance=lambda: 0.0, swap=1.0)
    way = Disorder(temper, swaps=True)
    first, second = packet(PUBLISH_QOS_1, b"1"), packet(PUBLISH_QOS_1, b"2")
    assert way.take(first) == ()
    assert way.holds
    assert way.take(packet(PUBACK, b"12")) == (packet(PUBACK, b"12"),), "what is no message is not held up"
    assert way.take(second) == (second, first)
    assert way.release() == ()
    assert temper.reordered == 1


def test_a_held_message_without_a_next_one_goes_on() -> None:
    way = Disorder(Temper(chance=lambda: 0.0, swap=1.0), swaps=True)
    message = packet(PUBLISH_QOS_1, b"1")
    assert way.take(message) == ()
    assert way.release() == (message,)
    assert way.release() == ()


def test_nothing_is_swapped_towards_the_broker() -> None:
    way = Disorder(Temper(chance=lambda: 0.0, swap=1.0), swaps=False)
    message = packet(PUBLISH_QOS_1, b"1")
    assert way.take(message) == (message,)


def test_messages_without_a_confirmation_are_let_alone() -> None:
    way = Disorder(Temper(chance=lambda: 0.0, repeat=1.0, swap=1.0), swaps=True)
    message = packet(PUBLISH_QOS_0, b"1")
    assert way.take(message) == (message,)


@pytest.mark.real
async def test_every_message_arrives_at_least_once_over_a_bad_link(tmp_path: Path) -> None:
    if find_mosquitto() is None:
        missing_part("Mosquitto is not installed")
    temper = Temper(SeededEntropy(7).uniform, repeat=0.3, swap=0.3)
    async with Mosquitto(tmp_path) as broker:
        link = Link(broker.port, temper)
        await link.start()
        near, far = (MqttBus("127.0.0.1", link.port, name, jitter=lambda: 0.5) for name in ("near", "far"))
        inbox = Inbox()
        far.subscribe("t", inbox.deliveries.append)
        await far.start()
        await near.start()
        await until(lambda: near.connected and far.connected)
        numbers = [b"%d" % n for n in range(100)]
        confirmed = await asyncio.gather(*(near.publish("t", number) for number in numbers))
        assert all(confirmed)
        await until(lambda: set(inbox.payloads) == set(numbers))
        await asyncio.sleep(0.1)
        assert len(inbox.payloads) > len(numbers)
        assert list(dict.fromkeys(inbox.payloads)) != numbers, "some overtook others"
        assert temper.repeated > 0
        assert temper.reordered > 0
        assert near.connected
        assert far.connected
        await near.stop()
        await far.stop()
        await link.stop()


async def test_a_peer_that_speaks_no_mqtt_is_cut_off() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.wait([asyncio.ensure_future(reader.read())])
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    link = Link(server.sockets[0].getsockname()[1], Temper(chance=lambda: 0.0))
    await link.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(b"\x30\xff\xff\xff\xff")
    with pytest.raises(ConnectionResetError):
        async with asyncio.timeout(5.0):
            await reader.read()
    writer.close()
    await link.stop()
    server.close()
    await server.wait_closed()
