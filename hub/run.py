"""Runs the hub as a process: signals, the broker, and an orderly end."""

import asyncio
import signal
from pathlib import Path

import structlog

from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hardware.host.failures import LoopFailures
from hub.app import Hub
from hub.assembly import open_hub_data
from hub.wire.mqtt import MqttBus

log = structlog.get_logger()


async def run_hub(config_file: Path, clock: Clock, entropy: Entropy) -> None:
    """Run the hub of a configuration until SIGINT or SIGTERM.

    A broker that is not there yet is waited for: tills are served meanwhile.

    Raises:
        ConfigError, StorageError, PermissionDeniedError, UnavailableError: see `open_hub_data` and `Hub.run`.
    """
    data = open_hub_data(config_file, clock, entropy)
    try:
        mqtt = data.config.mqtt
        bus = MqttBus(mqtt.host, mqtt.port, f"comptoir-hub-{data.config.store}", jitter=entropy.uniform)
        hub = Hub(data, bus)
        task = asyncio.create_task(hub.run(), name="hub")
        loop = asyncio.get_running_loop()
        failures = LoopFailures(loop, task.cancel)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            await task
        except asyncio.CancelledError:
            failures.check()
            log.info("hub_stopped")
    finally:
        data.close()
