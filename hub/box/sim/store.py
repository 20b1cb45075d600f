"""A whole store in memory, on any clock: the hub, an agent a node, a kiosk a display, and the bus between them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hardware.host.failures import LoopFailures
from hardware.host.outbox import PRESENCE
from hardware.radio.simulated import SimulatedSource
from hub.box.hub_life import HubLife
from hub.box.parts import Parts
from hub.box.probe import Probe
from hub.box.sim.looking import look_at
from hub.box.sim.site import Site
from hub.box.sim.tally import Look, Screen
from hub.box.stacked import Stacked
from hub.wire.bus import Bus
from hub.wire.memory import MemoryBroker
from kiosk.panel import ANY_CODE, KioskPanel

START_LIMIT_S: Final = 60.0
"""Store seconds; agents are heard of within two."""


class SimulatedStore(Stacked):
    """An async context manager: the store runs inside it.

    Args:
        site: a store set up.
        folder: for the outboxes; exists.
        clock: the one clock of every part.
        entropy: ids, keys, jitter.
        probe: watches every part.
    """

    def __init__(self, site: Site, folder: Path, clock: Clock, entropy: Entropy, probe: Probe) -> None:
        super().__init__()
        self._site, self._folder = site, folder
        self._clock, self._entropy, self._probe = clock, entropy, probe
        self._people = {member_id: person for person, member_id in site.members.items()}
        self._broker = MemoryBroker(clock.now_s)
        self._failures: LoopFailures
        self._parts: Parts
        self.life: HubLife
        self.antennas: dict[str, SimulatedSource] = {}
        self.panels: dict[str, KioskPanel] = {}

    async def _start(self) -> None:
        self._failures = LoopFailures(asyncio.get_running_loop(), lambda: None)
        site = self._site
        self.life = HubLife(site.config_file, self._clock, self._entropy, self._probe, self._hub_bus)
        self._stack.push_async_callback(self.life.stop)
        await self.life.start()
        config = self.life.data.config
        self._parts = Parts(
            config.store, self._folder, self._clock, self._entropy, self._probe, PRESENCE, self._stack
        )
        for node in config.nodes:
            self.antennas[node] = self._parts.agent(node, self._broker.client(f"node-{node}"))
        for name in config.kiosks:
            bus = self._broker.client(f"kiosk-{name}")
            _, self.panels[name] = self._parts.kiosk(
                name, bus, site.kiosk_public_key, config.currency, ANY_CODE
            )
        async with asyncio.timeout(START_LIMIT_S):
            while not all(map(self.life.hub.floor.online, config.nodes)):
                await self._clock.sleep(0.1)
                self.check()

    async def _hub_bus(self) -> Bus:
        return self._broker.client("hub")

    def check(self) -> None:
        """Raise what ended a part of the store, if one ended."""
        self._failures.check()
        self.life.check()
        self._parts.check()

    @property
    def lost(self) -> int:
        """Batches that reached no hub and were not let go by a stated rule; those under way count for lost."""
        return len(self._probe.sent - self._probe.taken - self._probe.let_go)

    @property
    def dropped(self) -> int:
        """Advertisements that the antennas' readers were too slow for."""
        return sum(antenna.dropped for antenna in self.antennas.values())

    def look(self, screens: Mapping[str, Screen]) -> Look:
        """What the hub says now of the scenario's people, at these kiosks."""
        return look_at(self.life.hub.floor.zones, screens, self._people, self._clock.now_s())
