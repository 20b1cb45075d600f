"""The machine's own Bluetooth as a source of advertisements: bleak on BlueZ. The one module that imports bleak.

The sender's address and name, which bleak hands over too, are left where they are: no object of ours has a place for
them. bleak and dbus-fast log payloads at DEBUG; `hardware.host.journal` keeps them above it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final

import structlog
from bleak import BleakScanner
from bleak.backends.bluezdbus.manager import BlueZManager, get_global_bluez_manager
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback
from bleak.exc import BleakDBusError, BleakError
from dbus_fast import Message
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusFastError

from hardware.beacon.frames import FrameFilter, TagFilter, is_possible_rssi, may_be_loyalty
from hardware.bluez.client import Bluez, choose_adapter
from hardware.bluez.names import ACCESS_DENIED, ADAPTER, BLUEZ, IN_PROGRESS, NOT_READY, adapter_path
from hardware.host.clock import Clock
from hardware.host.errors import UnavailableError
from hardware.radio.advert import Advert
from hardware.radio.crowd import Crowd
from hardware.radio.mailbox import Mailbox
from hardware.radio.settings import RadioConfig
from hardware.radio.source import RadioDeaf, RadioEvent, RadioHears
from hardware.radio.watchdog import (
    AdvertHeard,
    Command,
    Event,
    GiveUp,
    PowerCycle,
    RadioLost,
    RestartScan,
    ScanRefused,
    ScanStarted,
    TellDeaf,
    TellHears,
    Ticked,
    WarnReferenceSilent,
    Watchdog,
)

log = structlog.get_logger()

TICK_S: Final = 1.0
"""A lost adapter is noticed within two of these: D-Bus is asked (0.2 ms) when nothing was heard since the last look."""

GATHER_S: Final = 0.2
"""Pause after each hand-over: the first packet after a quiet moment goes at once, a crowd's go together.

Waking the reader, a disk write, a message and two answers cost 2 ms of CPU: five times a second, not once for each
change of each fob. A fifth of a second is a step of somebody who walks, and half of it is lost on average; each
advertisement keeps its own time.
"""

START_TIMEOUT_S: Final = 10.0
"""BlueZ begins a scan within 0.2 s; a controller that has just got its firmware takes a few seconds."""

STOP_TIMEOUT_S: Final = 3.0
"""BlueZ ends a scan within 0.1 s; who waits longer holds up the end of the process."""

_BUS_FAULTS: Final = (BleakError, DBusFastError, OSError, EOFError, TimeoutError)
"""What bleak lets out when BlueZ refuses, the bus breaks, or nobody answers."""


class BluetoothSource:
    """An `AdvertSource`: one long-lived active scan, watched, mended, and begun anew when BlueZ was.

    Without Bluetooth it says `RadioDeaf` and waits; `hardware.radio.watchdog` says how long, and what it tries.

    Args:
        config: adapter, reference beacon, limits.
        clock: stamps and timers.
        wanted: only an advertisement that carries such a frame is handed over; the others are a sign of life, and
            gone when bleak's callback returns. None: all are handed over.
        tick_s: how often it looks whether the radio is still there, and whether silence lasts too long.
    """

    def __init__(
        self, config: RadioConfig, clock: Clock, wanted: FrameFilter | None = None, *, tick_s: float = TICK_S
    ) -> None:
        self._config, self._clock, self._wanted, self._tick_s = config, clock, wanted, tick_s
        self._reading = False
        self._mailbox = Mailbox()

    @property
    def dropped(self) -> int:
        """Advertisements the reader was too slow for since the stream began."""
        return self._mailbox.dropped

    async def adverts(self) -> AsyncIterator[RadioEvent]:
        """See `AdvertSource`. One reader at a time; the scan begins with the first step and ends with the stream.

        Raises:
            UnavailableError: the radio cannot be had, or stays deaf whatever was tried.
        """
        assert not self._reading, "a radio has one reader"
        self._reading = True
        mailbox = self._mailbox = Mailbox()
        keeper = _Keeper(self._config, self._clock, self._wanted, mailbox)
        keeping = asyncio.create_task(keeper.keep(self._tick_s), name="bluetooth")
        keeping.add_done_callback(lambda _: mailbox.wake())
        try:
            while True:
                while (event := mailbox.take()) is not None:
                    yield event
                if keeping.done():
                    keeping.result()
                await self._clock.sleep(GATHER_S)
                await mailbox.wait()
        finally:
            keeping.cancel()
            await asyncio.wait({keeping})
            self._reading = False


class _Keeper:
    """Keeps one radio scanning: carries out what its watchdog says, and tells it what came of it."""

    def __init__(
        self, config: RadioConfig, clock: Clock, wanted: FrameFilter | None, mailbox: Mailbox
    ) -> None:
        self._config, self._clock, self._wanted, self._mailbox = config, clock, wanted, mailbox
        self._watchdog = Watchdog(config, clock.monotonic_s())
        reference = config.reference_frame()
        self._reference = None if reference is None else TagFilter(frozenset({reference}))
        self._bluez: Bluez | None = None
        self._adapter: str | None = None
        self._scan: _Scan | None = None
        self._fault: Exception | None = None
        self._heard = False
        """Something came since the last look: the scan runs. The watchdog is told with the look."""

    async def keep(self, tick_s: float) -> None:
        """Work until cancelled.

        Raises:
            UnavailableError: the watchdog gave up.
        """
        try:
            await self._take(await self._begin())
            while True:
                await self._clock.sleep(tick_s)
                if self._fault is not None:
                    raise self._fault
                await self._look()
                await self._take(Ticked())
                self._mailbox.log_drops(self._clock.monotonic_s())
        finally:
            await self._end()
            await self._disconnect()

    async def _look(self) -> None:
        """See whether what ran still runs, and begin what does not."""
        if self._bluez is None or self._scan is None or not self._scan.running:
            await self._take(await self._begin())
            return
        if self._heard:
            self._heard = False
            await self._take(AdvertHeard(reference=False))
            return
        assert self._adapter is not None, "a scan has an adapter"
        try:
            if not await self._bluez.discovering(self._adapter):
                await self._end()
                await self._take(ScanRefused("BlueZ ended the scan"))
        except UnavailableError as error:
            await self._end()
            await self._disconnect()
            await self._take(RadioLost(error.what))

    async def _take(self, event: Event) -> None:
        for command in self._watchdog.handle(event, self._clock.monotonic_s()):
            await self._carry_out(command)

    async def _carry_out(self, command: Command) -> None:
        match command:
            case RestartScan():
                log.info("radio_scan_restarted")
                await self._end()
                await self._take(await self._begin())
            case PowerCycle():
                log.warning("radio_power_cycled")
                await self._end()
                await self._take(await self._power_cycle())
            case GiveUp(reason):
                raise UnavailableError(
                    f"the radio is deaf: {reason}",
                    where=self._adapter or "Bluetooth",
                    fix="see what `comptoir doctor` says about Bluetooth",
                )
            case _:
                self._tell(command)

    def _tell(self, command: Command) -> None:
        match command:
            case TellDeaf(reason):
                self._mailbox.put(RadioDeaf(reason))
            case TellHears():
                self._mailbox.put(RadioHears())
            case WarnReferenceSilent():
                log.warning("radio_reference_silent", fix="look after the reference beacon's battery")
            case _:
                raise AssertionError(f"{command} cannot be told")

    def _on_packet(self, _device: BLEDevice, data: AdvertisementData) -> None:
        try:
            self._hear(data)
        except Exception as error:  # noqa: BLE001 - dbus-fast would log it and go on; the stream ends with it instead
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._fault = self._fault or error

    def _hear(self, data: AdvertisementData) -> None:
        manufacturer_data, service_data = data.manufacturer_data, data.service_data
        # A phantom (BlueZ forgets a device) has no strength; what has no payload is no sign of life either.
        if not (manufacturer_data or service_data) or not is_possible_rssi(data.rssi):
            return
        self._heard = True
        # Four of five packets in a shop end here: what is done for them costs more than all that is done for ours.
        if self._wanted is None or may_be_loyalty(manufacturer_data, service_data):
            self._take_advert(Advert(data.rssi, self._clock.monotonic_s(), manufacturer_data, service_data))

    def _take_advert(self, advert: Advert) -> None:
        reference = self._is_reference(advert)
        if reference or self._watchdog.deaf:
            for command in self._watchdog.handle(AdvertHeard(reference), advert.heard_s):
                self._tell(command)
        if self._is_wanted(advert):
            self._mailbox.put(advert)

    def _is_wanted(self, advert: Advert) -> bool:
        return self._wanted is None or bool(self._wanted.frames(advert))

    def _is_ours(self, advert: Advert) -> bool:
        return self._is_wanted(advert) or self._is_reference(advert)

    def _is_reference(self, advert: Advert) -> bool:
        return self._reference is not None and bool(self._reference.frames(advert))

    # BlueZ

    async def _begin(self) -> Event:
        """Begin a scan, from whatever is there; what came of it."""
        try:
            self._bluez = self._bluez or await Bluez().open()
            self._adapter = choose_adapter(await self._bluez.adapters(), self._config.adapter)
        except UnavailableError as error:
            await self._disconnect()
            return RadioLost(error.what)
        await self._end()
        self._heard = False
        self._scan = _Scan(self._adapter, self._on_packet, self._is_ours, self._failed)
        try:
            await self._scan.start()
        except _BUS_FAULTS as error:
            return ScanRefused(_in_words(error))
        return ScanStarted()

    async def _power_cycle(self) -> Event:
        if self._bluez is None or self._adapter is None:
            return RadioLost("there is no adapter to switch")
        try:
            await self._bluez.set_powered(self._adapter, on=False)
            await self._bluez.set_powered(self._adapter, on=True)
        except UnavailableError as error:
            return ScanRefused(error.what)
        return await self._begin()

    async def _end(self) -> None:
        if self._scan is not None and await self._scan.stop():
            self._scan = None

    async def _disconnect(self) -> None:
        if self._bluez is not None:
            await self._bluez.close()
            self._bluez = None


class _Scan:
    """One bleak scan on one adapter."""

    def __init__(
        self,
        adapter: str,
        heard: AdvertisementDataCallback,
        is_ours: Callable[[Advert], bool],
        failed: Callable[[Exception], None],
    ) -> None:
        self._adapter, self._is_ours, self._failed = adapter, is_ours, failed
        self._unwatch: Callable[[], None] | None = None
        self.running = False
        """It began, and was not asked to end."""
        # RSSI and DuplicateData: without them BlueZ keeps a fob's small changes and repeated packets to itself.
        self._scanner = BleakScanner(
            heard,
            scanning_mode="active",
            bluez={"adapter": adapter, "filters": {"RSSI": -127, "DuplicateData": True}},
        )

    async def start(self) -> None:
        """Begin it; raises one of `_BUS_FAULTS`."""
        async with asyncio.timeout(START_TIMEOUT_S):
            try:
                await self._scanner.start()
            except BleakDBusError as error:
                if error.dbus_error != IN_PROGRESS:
                    raise
                # BlueZ still has a discovery of this process, one whose end it never heard of.
                await _stop_discovery(self._adapter)
                await self._scanner.start()
            self._unwatch = await self._watch_crowd()
        self.running = True

    async def stop(self) -> bool:
        """End it; False when the bus is broken, and bleak must be asked again once there is one."""
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                # On a broken bus bleak would wait for ever; this connects it anew, or fails.
                await get_global_bluez_manager()
        except _BUS_FAULTS:
            return False
        # That there is nothing left to stop (no adapter, another bluetoothd) is what was asked for.
        with contextlib.suppress(*_BUS_FAULTS):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                if self.running:
                    await self._scanner.stop()
                else:
                    # Nobody waited for BlueZ's answer: what it began all the same, bleak does not know.
                    await _stop_discovery(self._adapter)
        if self._unwatch is not None:
            self._unwatch()
        self.running = False
        return True

    async def _watch_crowd(self) -> Callable[[], None]:
        """Bound what bleak remembers, until what this returns is called; a bus that broke has forgotten us itself."""
        manager = await get_global_bluez_manager()
        bus = _connection(manager)
        crowd = Crowd(manager, adapter_path(self._adapter), self._is_ours)

        def take(message: Message) -> None:
            try:
                crowd.take(message)
            except Exception as error:  # noqa: BLE001 - as in `_Keeper._on_packet`
                self._failed(error)

        bus.add_message_handler(take)
        return lambda: bus.remove_message_handler(take)


async def _stop_discovery(adapter: str) -> None:
    """End the discovery of bleak's own connection: BlueZ lets nobody end another client's."""
    await _connection(await get_global_bluez_manager()).call(
        Message(destination=BLUEZ, path=adapter_path(adapter), interface=ADAPTER, member="StopDiscovery")
    )


def _connection(manager: BlueZManager) -> MessageBus:
    """The connection of bleak itself; it has no public way to it."""
    bus = manager._bus  # noqa: SLF001 - see above
    assert bus is not None, "the manager is connected"
    return bus


def _in_words(error: BaseException) -> str:
    """Why a scan does not begin: for a log, without what else bleak may have put into its message."""
    if isinstance(error, BleakDBusError):
        reasons = {
            ACCESS_DENIED: "the right to scan is missing: add the user to the group bluetooth",
            IN_PROGRESS: "another discovery is in progress",
            NOT_READY: "the adapter is switched off",
        }
        return reasons.get(error.dbus_error, f"BlueZ refuses to scan ({error.dbus_error})")
    return f"BlueZ does not scan ({type(error).__name__})"
