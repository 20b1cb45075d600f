"""Runs the hub as a process."""

from pathlib import Path

from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hardware.host.service import Service, serve
from hub.app import Hub
from hub.assembly import open_hub_data
from hub.wire.mqtt import MqttBus


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

        def status() -> str:
            online = sum(hub.floor.online(node) for node in data.config.nodes)
            notice = "" if data.config.notice else "; no notice in force, nobody is recognised"
            repeated = hub.floor.suspected
            doubt = f"; {repeated} times somebody repeated a member's identifier" if repeated else ""
            return f"{bus.in_words}; {online} of {len(data.config.nodes)} nodes are there{notice}{doubt}"

        await serve(Service("hub", hub.run, hub.ready, status))
    finally:
        data.close()
