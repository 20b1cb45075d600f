"""The shell around `hardware.node.rotation`: a clock, a radio, somebody to tell."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from hardware.bluez.advertisement import Advertisement
from hardware.bluez.advertising import Lost as LostCallback
from hardware.bluez.advertising import register
from hardware.host.clock import Clock
from hardware.host.errors import ComptoirError
from hardware.node.rotation import (
    Command,
    End,
    Event,
    Fail,
    Lost,
    Refused,
    Register,
    Registered,
    Rotation,
    Started,
    StopAsked,
    TellOffAir,
    TellOnAir,
    Unregister,
    Unregistered,
    WakeAfter,
    Woke,
)

INTERVAL_MS: Final = 500
"""What loyalty fobs send at: a coin cell lasts a year or two, and a node hears somebody walk by."""

Tell = Callable[[TellOnAir | TellOffAir], None]


class OnTheAir(Protocol):
    """An advertisement that is on the air; see `hardware.bluez.advertising.Registration`."""

    adapter: str
    interval_ms: int | None

    async def withdraw(self) -> None:
        """Take it off the air; never fails."""
        ...


class Radio(Protocol):
    """What puts an advertisement on the air."""

    async def register(self, payload: bytes, lost: LostCallback) -> OnTheAir:
        """Put these AD structures on the air; `lost` is called when they go off by themselves.

        Raises:
            ComptoirError: says what is in the way.
        """
        ...


class BluezRadio:
    """BlueZ, on the system bus.

    Args:
        adapter: "hci0" and the like; None: the first that is on and can advertise.
        interval_ms: between two transmissions.
        bus_address: by default the system bus, or what DBUS_SYSTEM_BUS_ADDRESS names.
    """

    def __init__(
        self, adapter: str | None, *, interval_ms: int = INTERVAL_MS, bus_address: str | None = None
    ) -> None:
        self._adapter, self._interval_ms, self._bus_address = adapter, interval_ms, bus_address

    async def register(self, payload: bytes, lost: LostCallback) -> OnTheAir:
        """See `Radio`."""
        return await register(
            Advertisement.of_payload(payload),
            lost,
            adapter=self._adapter,
            interval_ms=self._interval_ms,
            bus_address=self._bus_address,
        )


class BeaconClock:
    """A fob's own count of seconds.

    Args:
        clock: of this machine.
        shown_s: what the fob's clock shows now. None: the time of day, so that a fob begun again tomorrow still is
            in step with what the hub was told.
    """

    def __init__(self, clock: Clock, shown_s: float | None) -> None:
        self._clock, self._shown_s = clock, shown_s
        self._begun_s = clock.monotonic_s()

    def now_s(self) -> float:
        """What it shows."""
        if self._shown_s is None:
            return self._clock.now_s()
        return self._shown_s + self._clock.monotonic_s() - self._begun_s


@dataclass(frozen=True, slots=True)
class _LossOf:
    """A loss, and of which registration: it may be told when the next one is on the air already."""

    registration: int
    lost: Lost


class Transmitter:
    """Transmits one identity until it is stopped.

    Args:
        rotation: the deciding part.
        radio: see `Radio`.
        clock: for waiting.
        beacon_clock: for the identifier.
        tell: called with what a person should know.
    """

    def __init__(
        self, rotation: Rotation, radio: Radio, clock: Clock, beacon_clock: BeaconClock, tell: Tell
    ) -> None:
        self._rotation, self._radio, self._tell = rotation, radio, tell
        self._clock, self._beacon_clock = clock, beacon_clock
        self._events: asyncio.Queue[Event | _LossOf] = asyncio.Queue()
        self._on_air: OnTheAir | None = None
        self._registrations = 0
        self._timer: asyncio.Task[None] | None = None
        self._ended = False

    def stop(self) -> None:
        """End: what is on the air is taken off first."""
        self._events.put_nowait(StopAsked())

    async def run(self) -> None:
        """Transmit until `stop`.

        Raises:
            ComptoirError: the radio refused at the start; see `Radio.register`.
        """
        try:
            await self._handle(Started())
            while not self._ended:
                event = await self._events.get()
                if not isinstance(event, _LossOf):
                    await self._handle(event)
                elif event.registration == self._registrations:
                    await self._handle(event.lost)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            await self._withdraw()

    async def _handle(self, event: Event) -> None:
        # The answer to a command comes before whatever else happened meanwhile.
        events: deque[Event] = deque([event])
        while events:
            for command in self._rotation.handle(events.popleft(), self._beacon_clock.now_s()):
                answer = await self._do(command)
                if answer is not None:
                    events.append(answer)

    async def _do(self, command: Command) -> Event | None:
        match command:
            case Register(on_air):
                return await self._register(on_air.payload)
            case Unregister():
                await self._withdraw()
                return Unregistered()
            case WakeAfter(delay_s):
                self._wake_after(delay_s)
            case TellOnAir() | TellOffAir():
                self._tell(command)
            case Fail(error):
                raise error
            case End():
                self._ended = True
        return None

    async def _register(self, payload: bytes) -> Event:
        await self._withdraw()
        self._registrations += 1
        try:
            self._on_air = await self._radio.register(payload, partial(self._note_loss, self._registrations))
        except ComptoirError as error:
            return Refused(error)
        return Registered(self._on_air.adapter, self._on_air.interval_ms)

    def _note_loss(self, registration: int, reason: str) -> None:
        self._events.put_nowait(_LossOf(registration, Lost(reason)))

    async def _withdraw(self) -> None:
        on_air, self._on_air = self._on_air, None
        if on_air is not None:
            await on_air.withdraw()

    def _wake_after(self, delay_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.create_task(self._wake(delay_s), name="beacon's next identifier")

    async def _wake(self, delay_s: float) -> None:
        await self._clock.sleep(delay_s)
        self._events.put_nowait(Woke())
