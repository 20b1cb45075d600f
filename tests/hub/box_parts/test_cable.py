"""The cable, with real sockets and with the real bus through it."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hub.box.broker import Mosquitto
from hub.box.cable import Cable
from hub.wire.mqtt import MqttBus
from tests.hub.wire.harness import Inbox, until

TOPIC = "comptoir/v1/demo/kiosk/k1/act"


@pytest_asyncio.fixture
async def echo_port() -> AsyncIterator[int]:
    """A server that gives back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65_536):
                writer.write(chunk)
                await writer.drain()
        except ConnectionResetError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest_asyncio.fixture
async def cable(echo_port: int) -> AsyncIterator[Cable]:
    made = Cable(echo_port)
    await made.start()
    yield made
    await made.stop()


async def ask(port: int, question: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(question)
        writer.write_eof()
        return await reader.read()
    finally:
        writer.close()
        await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])


async def test_what_goes_in_comes_out_whole_and_the_end_is_passed_on(cable: Cable) -> None:
    question = bytes(n % 251 for n in range(1_000_000))
    assert await ask(cable.port, question) == question


async def test_many_connections_go_through_side_by_side(cable: Cable) -> None:
    questions = [b"%d" % n for n in range(20)]
    assert await asyncio.gather(*(ask(cable.port, question) for question in questions)) == questions


async def test_pulling_breaks_what_is_open_and_plugging_lets_new_ones_through(cable: Cable) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
    writer.write(b"1")
    assert await reader.read(1) == b"1"
    cable.pull()
    cable.pull()
    assert not cable.plugged
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    writer.close()
    with pytest.raises(ConnectionResetError):
        await writer.wait_closed()
    with pytest.raises(ConnectionError):
        await ask(cable.port, b"2")
    cable.plug()
    cable.plug()
    assert await ask(cable.port, b"3") == b"3"


async def test_nobody_at_the_far_end_breaks_the_near_one() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        cable = Cable(probe.getsockname()[1])
        await cable.start()
        with pytest.raises(ConnectionError):
            await ask(cable.port, b"1")
        await cable.stop()


async def test_pulling_in_the_moment_of_the_connect_leaves_nothing_open(cable: Cable) -> None:
    for turns in range(12):
        near = socket.create_connection(("127.0.0.1", cable.port))
        for _ in range(turns):
            await asyncio.sleep(0)
        cable.pull()
        near.setblocking(False)
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(2):
                await asyncio.get_running_loop().sock_recv(near, 1)
        near.close()
        cable.plug()
    assert await ask(cable.port, b"1") == b"1"


async def test_a_stopped_cable_takes_no_connection_and_stops_once(cable: Cable) -> None:
    port = cable.port
    await cable.stop()
    await cable.stop()
    with pytest.raises(ConnectionError):
        await ask(port, b"1")


async def test_a_cable_that_is_not_started_has_no_port_and_is_started_once(cable: Cable) -> None:
    with pytest.raises(AssertionError):
        _ = Cable(1).port
    with pytest.raises(AssertionError):
        await cable.start()


@pytest.mark.real
async def test_the_bus_comes_back_by_itself_and_what_waited_at_the_broker_arrives(
    mosquitto: Mosquitto,
) -> None:
    cable = Cable(mosquitto.port)
    await cable.start()
    inbox = Inbox()
    kiosk = MqttBus("127.0.0.1", cable.port, "k1", jitter=lambda: 0.5, reconnect_cap_s=0.1)
    hub = MqttBus("127.0.0.1", mosquitto.port, "hub", jitter=lambda: 0.5)
    kiosk.subscribe(TOPIC, inbox.deliveries.append)
    kiosk.on_connection(inbox.connection.append)
    await kiosk.start()
    await hub.start()
    await until(lambda: kiosk.connected and hub.connected)
    for round_ in range(3):
        cable.pull()
        await until(lambda: not kiosk.connected)
        assert await hub.publish(TOPIC, b"kept %d" % round_, expiry_s=60)
        assert not await kiosk.publish(TOPIC, b"not taken")
        cable.plug()
        await until(lambda: kiosk.connected)
        assert await kiosk.publish(TOPIC, b"mine %d" % round_)
        await until(lambda r=round_: b"mine %d" % r in inbox.payloads)  # type: ignore[misc] # bound now
    assert [p for p in inbox.payloads if p.startswith(b"kept")] == [b"kept 0", b"kept 1", b"kept 2"]
    assert inbox.connection == [True] + [False, True] * 3
    await kiosk.stop()
    await hub.stop()
    await cable.stop()
