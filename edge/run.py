"""Runs one node's agent as a process, on the machine's own radio."""

from edge.app import EdgeAgent
from edge.config import EdgeConfig
from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hardware.host.outbox import PRESENCE, Outbox, machine_boot_id
from hardware.host.service import Service, serve, unavailable_on
from hardware.radio.bluetooth import BluetoothSource
from hub.wire.bus import BusError
from hub.wire.mqtt import MqttBus


async def run_edge(config: EdgeConfig, clock: Clock, entropy: Entropy) -> int:
    """Run the agent until SIGTERM or SIGINT.

    A broker or a hub that is not there yet is waited for; so is, for as long as `BluetoothSource` has patience, a
    radio. Nothing is listened to before a hub said that a privacy notice is in force.

    Returns:
        The exit code, 0.

    Raises:
        StorageError: the outbox cannot be used, or another process has it.
        UnavailableError: the radio cannot be had, the broker refuses us, or another agent has this node's name.
    """
    boot_id = entropy.new_id()
    outbox = Outbox(config.outbox, boot_id, clock, PRESENCE, machine_boot=machine_boot_id())
    try:
        mqtt = config.mqtt
        bus = MqttBus(mqtt.host, mqtt.port, f"comptoir-node-{config.node}", jitter=entropy.uniform)
        source = BluetoothSource(config.radio, clock, config.frame_filter())
        agent = EdgeAgent(config, source, bus, outbox, boot_id, clock)

        def status() -> str:
            return f"{bus.in_words}; {agent.in_words}; {outbox.counts().pending} batches wait"

        with unavailable_on(BusError, where=mqtt.where, fix="correct mqtt in the configuration"):
            return await serve(Service("edge", agent.run, agent.ready, status))
    finally:
        outbox.close()
