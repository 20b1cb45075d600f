"""Runs one kiosk as a process: its screen, its client, signals, and an orderly end."""

import asyncio
import signal

from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hardware.host.errors import UnavailableError
from hardware.host.failures import LoopFailures
from hardware.host.outbox import ACTS, Outbox, machine_boot_id
from hub.wire.bus import BusError
from hub.wire.mqtt import MqttBus
from kiosk.app import KioskApp
from kiosk.client import KioskClient
from kiosk.config import KioskConfig
from kiosk.panel import KioskPanel


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
        client = KioskClient(
            kiosk=config.kiosk,
            store=config.store,
            bus=MqttBus(
                config.mqtt.host, config.mqtt.port, f"comptoir-kiosk-{config.kiosk}", jitter=entropy.uniform
            ),
            outbox=outbox,
            boot_id=boot_id,
            hub_public_key=config.hub_public_key,
            clock=clock,
            entropy=entropy,
        )
        panel = KioskPanel(client.person, currency=config.currency)
        client.attach(panel)
        return await run_beside(KioskApp(panel), client)
    except BusError as error:
        raise UnavailableError(
            str(error),
            where=f"{config.mqtt.host}:{config.mqtt.port}",
            fix="correct mqtt in the configuration",
        ) from None
    finally:
        outbox.close()


async def run_beside(app: KioskApp, client: KioskClient) -> int:
    """Run screen and client until one of them ends, then end the other.

    Raises:
        Exception: what ended the client, after the terminal is itself again.
    """
    loop = asyncio.get_running_loop()
    failures = LoopFailures(loop, app.leave)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, app.leave)
    screen = asyncio.create_task(app.run_async(), name="screen")
    work = asyncio.create_task(client.run(), name="client")
    await asyncio.wait((screen, work), return_when=asyncio.FIRST_COMPLETED)
    app.leave()
    await screen
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    if not work.cancelled():
        work.result()
    failures.check()
    return app.return_code or 0
