"""Runs one kiosk as a process: its screen and its client, side by side."""

import asyncio
import signal
from typing import Final

from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hardware.host.outbox import ACTS, Outbox, machine_boot_id
from hardware.host.service import END_SIGNALS, Service, serve, unavailable_on
from hub.wire.bus import BusError
from hub.wire.mqtt import MqttBus
from kiosk.app import KioskApp
from kiosk.client import KioskClient
from kiosk.config import KioskConfig
from kiosk.panel import KioskPanel

SIGNALS: Final = (*END_SIGNALS, signal.SIGHUP)
"""SIGHUP says that the terminal is gone: a kiosk without one is none."""


async def run_kiosk(config: KioskConfig, clock: Clock, entropy: Entropy) -> int:
    """Run the kiosk on this terminal until SIGTERM, SIGINT or SIGHUP.

    A broker that is not there yet is waited for, and the screen says so.

    Returns:
        The exit code: 0 after a signal, `ExitCode.SOFTWARE` after a crash of the screen.

    Raises:
        StorageError: the outbox cannot be used.
        UnavailableError: the broker refuses us.
    """
    boot_id = entropy.new_id()
    outbox = Outbox(config.outbox, boot_id, clock, ACTS, machine_boot=machine_boot_id())
    try:
        mqtt = config.mqtt
        bus = MqttBus(mqtt.host, mqtt.port, f"comptoir-kiosk-{config.kiosk}", jitter=entropy.uniform)
        client = KioskClient(
            kiosk=config.kiosk,
            store=config.store,
            bus=bus,
            outbox=outbox,
            boot_id=boot_id,
            hub_public_key=config.hub_public_key,
            clock=clock,
            entropy=entropy,
        )
        panel = KioskPanel(client.person, currency=config.currency)
        client.attach(panel)
        app = KioskApp(panel)

        def status() -> str:
            return f"{bus.in_words}; {outbox.counts().pending} acts wait"

        async def work() -> int:
            return await run_beside(app, client)

        with unavailable_on(BusError, where=mqtt.where, fix="correct mqtt in the configuration"):
            return await serve(Service("kiosk", work, app.standing, status, app.leave, SIGNALS))
    finally:
        outbox.close()


async def run_beside(app: KioskApp, client: KioskClient) -> int:
    """Run screen and client until one of them ends, then end the other.

    Returns:
        The screen's exit code.

    Raises:
        Exception: what ended the client, after the terminal is itself again.
    """
    screen = asyncio.create_task(app.run_async(), name="screen")
    work = asyncio.create_task(client.run(), name="client")
    await asyncio.wait((screen, work), return_when=asyncio.FIRST_COMPLETED)
    app.leave()
    await screen
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    if not work.cancelled():
        work.result()
    return app.return_code or 0
