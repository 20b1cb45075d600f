"""The bus over MQTT 5. The one module that imports paho.

paho runs on the event loop through its external-loop calls (`loop_read`, `loop_write`, `loop_misc`): no
thread per client, so the fifteen clients of a box cost fifteen sockets, and every callback runs where the
handlers run. Only the blocking TCP connect goes to the loop's thread pool.

Each connection gets a paho client of its own. paho keeps unconfirmed messages in memory and sends them again
after a reconnect, hours late if need be; here they end with their connection, as `publish` has answered
False by then and whoever cared has the message in an outbox.
"""

import asyncio
import contextlib
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from hub.wire.backoff import CAP_S
from hub.wire.base import MAX_MESSAGE_BYTES
from hub.wire.bus import BusError, Delivery, Will
from hub.wire.reconnect import ConnectionFailedError, ReconnectingBus, real_time
from hub.wire.subscriptions import Subscriptions

T = TypeVar("T")

CONFIRM_TIMEOUT_S: Final = 5.0
"""The `Bus` contract: how long `publish` waits for its PUBACK."""

HANDSHAKE_TIMEOUT_S: Final = 5.0
"""For the TCP connect, and again from there to the SUBACK. A store's network answers in milliseconds."""

SESSION_EXPIRY_S: Final = 300
"""How long the broker keeps subscriptions and QoS 1 messages for an absent participant: a hub's restart or a
gap in the Wi-Fi. What must outlive more rests in an outbox, and the state of things is retained."""

MAX_UNCONFIRMED: Final = 200
"""Messages on their way to a PUBACK; beyond it `publish` is False at once: a stuck broker costs no memory."""

MAX_PACKET_BYTES: Final = MAX_MESSAGE_BYTES + 1024
"""What the broker may send us: a largest message with its topic and properties. It drops what is larger."""

MAX_READ: Final = 32
"""Packets taken at one go; then it is the turn of everything else on the loop, after some 5 ms."""

_TICK_S: Final = 1.0
"""How often paho looks whether a ping is due; its keep-alive counts whole seconds."""

_MENDABLE: Final = frozenset({0x80, 0x83, 0x88, 0x89, 0x97, 0x9F})
"""CONNACK reasons that pass by themselves (MQTT 5 section 3.2.2.2): unspecified, implementation specific,
server unavailable, busy, quota exceeded, rate exceeded. Any other is a refusal."""


class MqttBus(ReconnectingBus):
    """One participant's connection to an MQTT 5 broker; implements `hub.wire.bus.Bus`.

    The session outlives a loss and a stop by `SESSION_EXPIRY_S` (clean start off), so that QoS 1 messages
    reach a briefly absent participant, unless they expired.

    Args:
        host: the broker's name or address.
        port: its TCP port.
        client_id: names the session; unique in the store. Of two alike, the later ousts the earlier.
        jitter: gives numbers in [0, 1), e.g. `SystemEntropy().uniform`.
        keepalive_s: the will is published at most 1.5 times this after a participant fell silent.
        wall_per_store: see `ReconnectingBus`.
        reconnect_cap_s: the longest wait between two attempts, in wall seconds.
        session_expiry_s: see `SESSION_EXPIRY_S`; 0 for a visitor, who leaves no session behind.
    """

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        *,
        jitter: Callable[[], float],
        keepalive_s: int = 10,
        wall_per_store: Callable[[], float] = real_time,
        reconnect_cap_s: float = CAP_S,
        session_expiry_s: int = SESSION_EXPIRY_S,
    ) -> None:
        options = _Options(host, port, client_id, keepalive_s, session_expiry_s)
        super().__init__(
            lambda will, subscriptions: _Connection(options, will, subscriptions),
            client_id,
            jitter=jitter,
            wall_per_store=wall_per_store,
            reconnect_cap_s=reconnect_cap_s,
        )


@dataclass(frozen=True, slots=True)
class _Options:
    host: str
    port: int
    client_id: str
    keepalive_s: int
    session_expiry_s: int


class _Connection:
    """One TCP connection's life, a paho client driven by the event loop; implements `Connection`."""

    def __init__(self, options: _Options, will: Will | None, subscriptions: Subscriptions) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = loop.create_future()
        self._options = options
        self._subscriptions = subscriptions
        self._connack: asyncio.Future[ReasonCode] = loop.create_future()
        self._suback: asyncio.Future[list[ReasonCode]] = loop.create_future()
        self._pubacks: dict[int, asyncio.Future[bool]] = {}
        self._socket: socket.socket | None = None
        self._readable = select.poll()
        self._ticker: asyncio.TimerHandle | None = None
        self._client = self._make_client(will)

    def _make_client(self, will: Will | None) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._options.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = HANDSHAKE_TIMEOUT_S
        client.max_queued_messages_set(MAX_UNCONFIRMED)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        return client

    async def open(self) -> None:
        """See `Connection`."""
        await self._connect()
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                await self._log_in()
        except TimeoutError:
            raise ConnectionFailedError(
                f"the broker did not answer within {HANDSHAKE_TIMEOUT_S:g} s"
            ) from None

    async def publish(self, topic: str, payload: bytes, *, retain: bool, expiry_s: int | None) -> bool:
        """See `Connection`."""
        properties = _properties(PacketTypes.PUBLISH)
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        # Single-threaded: the PUBACK cannot be read before this function awaits.
        confirmed: asyncio.Future[bool] = self._loop.create_future()
        self._pubacks[info.mid] = confirmed
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                return await confirmed
        except TimeoutError:
            return False
        finally:
            self._pubacks.pop(info.mid, None)

    def disconnect(self) -> None:
        """See `Connection`."""
        self._client.disconnect()
        self._guard(self._client.loop_write)

    def close(self) -> None:
        """See `Connection`."""
        self._end("closed")

    async def _connect(self) -> None:
        connecting = self._loop.run_in_executor(None, self._connect_blocking)
        try:
            opened = await asyncio.shield(connecting)
        except asyncio.CancelledError:
            connecting.add_done_callback(_close_late)
            raise
        except OSError as error:
            raise ConnectionFailedError(f"no connection: {error.strerror or error}") from None
        except ValueError as error:
            raise BusError(
                f"{self._options.host}:{self._options.port} is no address of a broker: {error}"
            ) from None
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # paho leaves Nagle's 40 ms in
        self._socket = opened
        self._client.on_socket_register_write = self._on_register_write
        self._client.on_socket_unregister_write = self._on_unregister_write
        self._client.on_socket_close = self._on_socket_close
        self._readable.register(opened, select.POLLIN)
        self._loop.add_reader(opened, self._guard, self._read)
        if self._client.want_write():
            self._loop.add_writer(opened, self._guard, self._client.loop_write)
        self._tick()

    def _connect_blocking(self) -> socket.socket:
        properties = _properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._options.session_expiry_s
        properties.MaximumPacketSize = MAX_PACKET_BYTES
        self._client.connect(
            self._options.host,
            self._options.port,
            keepalive=self._options.keepalive_s,
            clean_start=False,
            properties=properties,
        )
        opened = self._client.socket()
        if not isinstance(opened, socket.socket):
            raise ConnectionError("closed at once")
        return opened

    async def _log_in(self) -> None:
        reason = await self._unless_lost(self._connack)
        if reason.is_failure and reason.value in _MENDABLE:
            raise ConnectionFailedError(f"the broker says: {reason}")
        if reason.is_failure:
            raise BusError(f"the broker refuses the login: {reason}")
        patterns = self._subscriptions.patterns
        if not patterns:
            return
        self._client.subscribe([(pattern, 1) for pattern in patterns])
        answers = await self._unless_lost(self._suback)
        for pattern, granted in zip(patterns, answers, strict=True):
            if granted.is_failure:
                raise BusError(f"the broker refuses the subscription to {pattern}: {granted}")

    async def _unless_lost(self, answer: asyncio.Future[T]) -> T:
        either: set[asyncio.Future[T] | asyncio.Future[str]] = {answer, self.lost}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ConnectionFailedError(self.lost.result())
        return answer.result()

    def _tick(self) -> None:
        self._ticker = self._loop.call_later(_TICK_S, self._tick)
        self._guard(self._client.loop_misc)

    def _read(self) -> None:
        # One packet a turn is what paho reads. A hub with twelve nodes in its own process would get one of theirs
        # for every twelve they send, and its confirmations would wait behind them.
        for _ in range(MAX_READ):
            self._client.loop_read()
            if self._socket is None or not self._readable.poll(0):
                return

    def _guard(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - what paho chokes on costs this connection only
            self._end(f"the broker sent what paho cannot take: {type(error).__name__}")

    def _end(self, reason: str) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
        if (open_socket := self._detach()) is not None:
            open_socket.close()
        for confirmed in self._pubacks.values():
            _settle(confirmed, False)
        _settle(self.lost, reason)

    def _detach(self) -> socket.socket | None:
        """Take the socket off the event loop and hand it out, if it was on it."""
        detached, self._socket = self._socket, None
        if detached is not None:
            self._loop.remove_reader(detached)
            self._loop.remove_writer(detached)
        return detached

    def _on_register_write(self, _client: Client, _data: object, _ready: object) -> None:
        if self._socket is not None:
            # At once: a socket nearly always takes a packet, and to ask the loop for its turn costs more than to send.
            self._loop.call_soon(self._guard, self._write)

    def _write(self) -> None:
        self._client.loop_write()
        if self._socket is not None and self._client.want_write():
            self._loop.add_writer(self._socket, self._guard, self._client.loop_write)

    def _on_unregister_write(self, _client: Client, _data: object, _done: object) -> None:
        if self._socket is not None:
            self._loop.remove_writer(self._socket)

    def _on_socket_close(self, _client: Client, _data: object, _closing: object) -> None:
        self._detach()

    def _on_connect(
        self,
        _client: Client,
        _data: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _props: Properties | None,
    ) -> None:
        _settle(self._connack, reason)

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, granted: list[ReasonCode], _props: Properties | None
    ) -> None:
        _settle(self._suback, granted)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._subscriptions.dispatch(
            Delivery(message.topic, bytes(message.payload), message.retain), self._loop
        )

    def _on_publish(
        self, _client: Client, _data: object, mid: int, reason: ReasonCode, _props: Properties | None
    ) -> None:
        if (confirmed := self._pubacks.get(mid)) is not None:
            _settle(confirmed, not reason.is_failure)

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        _props: Properties | None,
    ) -> None:
        self._end(
            f"the broker ended it: {reason}" if flags.is_disconnect_packet_from_server else "connection lost"
        )


def _settle(future: asyncio.Future[T], outcome: T) -> None:
    if not future.done():
        future.set_result(outcome)


def _close_late(connecting: asyncio.Future[socket.socket]) -> None:
    # The bus was stopped while a thread of the pool was still connecting.
    with contextlib.suppress(OSError, ValueError, asyncio.CancelledError):
        connecting.result().close()


def _properties(packet_type: int) -> Properties:
    properties: Properties = Properties(packet_type)  # type: ignore[no-untyped-call] # paho's constructor has no types
    return properties
