"""What only a network can do to the bus: absent, refusing, killed, foreign and broken brokers."""

import asyncio
from pathlib import Path
from typing import Final, Self

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from hub.box.broker import Mosquitto, find_mosquitto
from hub.box.cable import Cable
from hub.wire import mqtt, reconnect
from hub.wire.bus import BusError, Delivery, Will
from hub.wire.mqtt import MAX_PACKET_BYTES, MqttBus
from tests.conftest import missing_part
from tests.hub.wire.harness import Inbox, a_moment, until

TOPIC: Final = "comptoir/v1/demo/node/n1/sightings"
CONNACK: Final = bytes.fromhex("20 03 00 00 00")


def bus_to(port: int, name: str = "a", *, keepalive_s: int = 10) -> MqttBus:
    return MqttBus("127.0.0.1", port, name, jitter=lambda: 0.5, keepalive_s=keepalive_s, reconnect_cap_s=0.1)


class FakeBroker:
    """Answers each connection's first bytes with its line of the script, all that follows with `then`."""

    def __init__(self, *answers: bytes, then: bytes = b"") -> None:
        self._answers = list(answers)
        self._then = then
        self.connections = 0
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()
        await self._server.wait_closed()
        for serving in self._serving:
            serving.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: before Python 3.12 nobody waits for asyncio's when the server closes.
        self._serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = self._answers[min(self.connections, len(self._answers) - 1)]
        self.connections += 1
        try:
            await reader.read(1000)
            writer.write(answer)
            while await reader.read(1000):
                writer.write(self._then)
        except ConnectionResetError:
            pass
        finally:
            writer.transport.abort()


@pytest.mark.real
async def test_the_bus_starts_before_the_broker_and_connects_once_it_is_there(tmp_path: Path) -> None:
    if find_mosquitto() is None:
        missing_part("Mosquitto is not installed")
    broker, inbox = Mosquitto(tmp_path), Inbox()
    async with broker:
        port = broker.port
        await broker.kill()
        bus = bus_to(port)
        bus.subscribe(TOPIC, inbox.deliveries.append)
        await bus.start()
        assert not bus.connected
        assert "refused" in (bus.last_failure or "")
        await broker.restart()
        await until(lambda: bus.connected)
        assert await bus.publish(TOPIC, b"1")
        await inbox.holds(b"1")
        await bus.stop()


@pytest.mark.real
async def test_a_killed_brokers_successor_is_found_with_subscriptions_and_will(mosquitto: Mosquitto) -> None:
    watcher, inbox = Inbox(), Inbox()
    cable = Cable(mosquitto.port)
    await cable.start()
    node, hub = bus_to(cable.port, "n1"), bus_to(mosquitto.port, "hub")
    node.subscribe(TOPIC, inbox.deliveries.append)
    hub.subscribe("state", watcher.deliveries.append)
    await node.start(Will("state", b"gone"))
    await hub.start()
    await until(lambda: node.connected and hub.connected)
    await mosquitto.kill()
    await until(lambda: not node.connected and not hub.connected)
    await mosquitto.restart()
    await until(lambda: node.connected and hub.connected)
    assert await hub.publish(TOPIC, b"after")
    await inbox.holds(b"after")
    cable.pull()
    await watcher.holds(b"gone")
    await node.stop()
    await hub.stop()
    await cable.stop()


@pytest.mark.real
async def test_garbage_and_giants_of_a_foreign_client_do_not_hurt(mosquitto: Mosquitto) -> None:
    inbox = Inbox()
    bus = bus_to(mosquitto.port)
    bus.subscribe("#", inbox.deliveries.append)
    await bus.start()
    await until(lambda: bus.connected)
    foreign = Client(CallbackAPIVersion.VERSION2, "foreign", protocol=MQTTProtocolVersion.MQTTv311)
    foreign.connect("127.0.0.1", mosquitto.port)
    foreign.loop_start()
    payloads = (b"\xff\x00garbage", b"g" * (MAX_PACKET_BYTES + 1), "é".encode("latin-1"))
    for payload in payloads:
        info = foreign.publish(TOPIC, payload, qos=1)
        await asyncio.to_thread(info.wait_for_publish, 2.0)
    foreign.disconnect()
    foreign.loop_stop()
    assert await bus.publish(TOPIC, b"last")
    await until(lambda: b"last" in inbox.payloads)
    assert inbox.payloads == [payloads[0], payloads[2], b"last"], "the broker keeps the giant from us"
    assert bus.last_failure is None
    await bus.stop()


@pytest.mark.real
async def test_a_login_that_the_broker_refuses_is_raised_by_start(tmp_path: Path) -> None:
    program = find_mosquitto()
    if program is None:
        missing_part("Mosquitto is not installed")
    # A broker that takes nobody: the box's own configuration with that one line turned round.
    closed = tmp_path / "closed"
    closed.write_text(f'#!/bin/sh\nsed -i "s/anonymous true/anonymous false/" "$2"\nexec {program} "$@"\n')
    closed.chmod(0o700)
    async with Mosquitto(tmp_path, str(closed)) as broker:
        bus = bus_to(broker.port)
        with pytest.raises(BusError, match="refuses the login: Not authorized"):
            await bus.start()
        assert not bus.connected
        await bus.stop()


@pytest.mark.parametrize("host", ["", "a..b", "x" * 70 + ".example"])
async def test_a_host_name_that_is_none_is_raised_by_start(host: str) -> None:
    bus = MqttBus(host, 1883, "a", jitter=lambda: 0.5)
    with pytest.raises(BusError, match="is no address of a broker"):
        await bus.start()
    await bus.stop()


async def test_a_broker_that_says_busy_is_asked_again() -> None:
    busy = bytes.fromhex("20 03 00 89 00")
    async with FakeBroker(busy, busy, CONNACK) as broker:
        bus = bus_to(broker.port)
        await bus.start()
        assert bus.last_failure == "the broker says: Server busy"
        await until(lambda: bus.connected)
        assert broker.connections == 3
        await bus.stop()


async def test_a_subscription_that_the_broker_refuses_is_raised_by_start() -> None:
    not_authorized = bytes.fromhex("90 04 00 01 00 87")
    async with FakeBroker(CONNACK + not_authorized) as broker:
        bus = bus_to(broker.port)
        bus.subscribe(TOPIC, lambda _delivery: None)
        with pytest.raises(BusError, match=f"subscription to {TOPIC}: Not authorized"):
            await bus.start()
        await bus.stop()


async def test_a_publish_that_the_broker_refuses_is_false() -> None:
    async with FakeBroker(CONNACK, then=bytes.fromhex("40 03 00 01 87")) as broker:
        bus = bus_to(broker.port)
        await bus.start()
        await until(lambda: bus.connected)
        assert not await bus.publish(TOPIC, b"1")
        assert bus.connected
        await bus.stop()


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 5, id="http"),
        pytest.param(b"\xff" * 64, id="ff"),
        pytest.param(b"\x00" * 9, id="zeros"),
        pytest.param(bytes.fromhex("30 06 00 03 ff fe fd 00"), id="publish to no text"),
        pytest.param(bytes.fromhex("90 02 00 00"), id="empty suback"),
        pytest.param(bytes.fromhex("e0 02 8e 00"), id="disconnect"),
    ],
)
@pytest.mark.parametrize("after", [b"", CONNACK], ids=["at once", "after the login"])
async def test_what_no_broker_sends_costs_the_connection_and_never_the_bus(
    garbage: bytes, after: bytes
) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context))
    async with FakeBroker(after + garbage, CONNACK) as broker:
        bus = bus_to(broker.port)
        await bus.start()
        await until(lambda: broker.connections >= 2 and bus.connected)
        assert bus.last_failure is not None
        await bus.stop()
    assert reported == []


async def test_a_broker_that_accepts_and_keeps_silent_does_not_hold_up_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt, "HANDSHAKE_TIMEOUT_S", 0.2)
    monkeypatch.setattr(reconnect, "FIRST_ANSWER_S", 0.05)
    async with FakeBroker(b"", CONNACK) as broker:
        bus = bus_to(broker.port)
        await bus.start()
        assert not bus.connected
        await until(lambda: bus.connected)
        assert bus.last_failure == "the broker did not answer within 0.2 s"
        await bus.stop()


async def test_a_publish_nobody_confirms_is_false(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "CONFIRM_TIMEOUT_S", 0.1)
    async with FakeBroker(CONNACK) as broker:
        bus = bus_to(broker.port)
        await bus.start()
        await until(lambda: bus.connected)
        assert not await bus.publish(TOPIC, b"1")
        assert bus.connected
        await bus.stop()


async def test_beyond_the_bound_of_unconfirmed_messages_publish_is_false_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt, "MAX_UNCONFIRMED", 3)
    async with FakeBroker(CONNACK) as broker:
        bus = bus_to(broker.port)
        await bus.start()
        await until(lambda: bus.connected)
        waiting = [asyncio.create_task(bus.publish(TOPIC, b"1")) for _ in range(3)]
        await asyncio.sleep(0)
        assert not await bus.publish(TOPIC, b"1")
        await bus.stop()
        assert await asyncio.gather(*waiting) == [False, False, False]


async def test_a_silent_broker_is_given_up_after_the_keep_alive() -> None:
    async with FakeBroker(CONNACK) as broker:
        bus = bus_to(broker.port, keepalive_s=1)
        await bus.start()
        await until(lambda: bus.connected)
        await until(lambda: broker.connections >= 2)
        await bus.stop()


async def test_stopping_while_the_connect_is_under_way_leaves_no_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconnect, "FIRST_ANSWER_S", 0.0)
    async with FakeBroker(CONNACK) as broker:
        bus = bus_to(broker.port)
        await bus.start()
        await bus.stop()
        assert not bus.connected
        await a_moment()


@pytest.mark.real
async def test_a_message_beyond_the_sockets_buffer_goes_out_in_pieces(mosquitto: Mosquitto) -> None:
    inbox = Inbox()
    bus = bus_to(mosquitto.port)
    bus.subscribe(TOPIC, inbox.deliveries.append)
    await bus.start()
    await until(lambda: bus.connected)
    sent = [b"%03d" % n + b"x" * 16_000 for n in range(100)]
    assert all(await asyncio.gather(*(bus.publish(TOPIC, payload) for payload in sent)))
    await inbox.holds(*sent)
    assert inbox.deliveries[-1] == Delivery(TOPIC, sent[-1], retained=False)
    await bus.stop()
