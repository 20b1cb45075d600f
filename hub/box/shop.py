"""A whole store in one process: broker, hub, twelve agents, two kiosks, a till, and the cable between them."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

from hardware.host.clock import ScaledClock
from hardware.host.entropy import Entropy
from hardware.host.failures import LoopFailures
from hardware.host.outbox import PRESENCE, Counts
from hub.app import Hub
from hub.assembly import HubData
from hub.box.broker import find_mosquitto
from hub.box.cable import Cable
from hub.box.floor_plan import RecordedFloor, Walker
from hub.box.hub_life import HubLife
from hub.box.network import BusKind, Network
from hub.box.parts import Parts
from hub.box.probe import Probe
from hub.box.provision import Premises
from hub.box.stacked import Stacked
from hub.box.till import CROWDED_LIMIT_S, Till
from hub.box.traces import Spy
from hub.wire.bus import Bus
from kiosk.client import KioskClient
from kiosk.panel import ANY_CODE, DIGITS, KioskPanel

__all__ = ["HUB", "STRANGER", "BusKind", "Shop"]

PATIENT: Final = replace(PRESENCE, resend_after_s=30.0)
"""The usual 5 s are a third of a second here, when the store's clock runs fifteen times as fast, and a busy machine
takes longer to answer: it would be asked again, and be busier. What a broken connection lost is sent again at once."""

HUB: Final = "hub"
"""The hub's name on the network."""

STRANGER: Final = "?"
"""The walker whose fob is of no store at all."""


class Shop(Stacked):
    """An async context manager: the store runs inside it.

    Args:
        premises: a store set up by `provision`.
        folder: for outboxes and the broker's files; empty.
        clock: the one clock of every part.
        entropy: ids, keys, jitter.
        probe: watches every part.
        bus: "mqtt" needs a Mosquitto on this machine; None takes it when there is one.
        letters_are_keys: the kiosks take digits only as a typed code, letters are keys of the app around them.
    """

    def __init__(
        self,
        premises: Premises,
        folder: Path,
        clock: ScaledClock,
        entropy: Entropy,
        probe: Probe,
        bus: BusKind | None = None,
        *,
        letters_are_keys: bool = False,
    ) -> None:
        super().__init__()
        self.premises, self.clock, self.probe = premises, clock, probe
        self.bus_kind: BusKind = bus or ("mqtt" if find_mosquitto() else "memory")
        self.kiosks: dict[str, KioskClient] = {}
        self.panels: dict[str, KioskPanel] = {}
        self.walkers = {label: Walker(label, who.fob) for label, who in premises.shoppers.items()}
        self.walkers[STRANGER] = Walker(STRANGER, premises.stranger)
        self._folder, self._entropy = folder, entropy
        self._typing = DIGITS if letters_are_keys else ANY_CODE
        self._failures: LoopFailures
        self._life: HubLife
        self._parts: Parts
        self._till_cable: Cable
        self.network: Network
        self.spy: Spy
        self.floor: RecordedFloor
        self.till: Till

    @property
    def hub(self) -> Hub:
        """The hub that runs now, or ran last."""
        return self._life.hub

    @property
    def data(self) -> HubData:
        """What that hub has opened."""
        return self._life.data

    async def _start(self) -> None:
        self._failures = LoopFailures(asyncio.get_running_loop(), lambda: None)
        self.network = Network(self.bus_kind, self._folder, self.clock, self._entropy)
        self._stack.push_async_callback(self.network.stop)
        await self.network.start()
        self._life = HubLife(
            self.premises.config_file, self.clock, self._entropy, self.probe, lambda: self.network.bus(HUB)
        )
        self._stack.push_async_callback(self._life.stop)
        await self._life.start()
        await self._listen_in(await self.network.bus("spy", sound=True))
        self._parts = Parts(
            self.data.config.store, self._folder, self.clock, self._entropy, self.probe, PATIENT, self._stack
        )
        antennas = {
            name: self._parts.agent(name, await self.network.bus(name)) for name in self.data.config.nodes
        }
        self.floor = RecordedFloor(self.clock, antennas)
        for name in self.data.config.kiosks:
            await self._start_kiosk(name)
        self._till_cable = Cable(self.hub.server.port)
        await self._till_cable.start()
        self._stack.push_async_callback(self._till_cable.stop)
        till_url = f"http://127.0.0.1:{self._till_cable.port}"
        self.till = Till("t1", till_url, self._entropy, CROWDED_LIMIT_S)
        self._stack.push_async_callback(self.till.close)

    async def _listen_in(self, bus: Bus) -> None:
        self.spy = Spy(bus, self.data.config.store)
        await bus.start()
        self._stack.push_async_callback(bus.stop)

    async def _start_kiosk(self, name: str) -> None:
        bus = await self.network.bus(_kiosk(name), sound=True)
        self.kiosks[name], self.panels[name] = self._parts.kiosk(
            name, bus, self.premises.kiosk_public_key, self.data.config.currency, self._typing
        )

    def check(self) -> None:
        """Raise what ended a part of the store, if one ended."""
        self._failures.check()
        self._life.check()
        self._parts.check()

    # cables

    @property
    def cable_in(self) -> bool:
        """Whether the hub can be reached from the floor."""
        return self._till_cable.plugged

    def pull_cable(self) -> None:
        """Cut the hub off from every node, kiosk and till."""
        self._till_cable.pull()
        self.network.pull(self._near())

    def plug_cable(self) -> None:
        """Connect it again; everything reconnects by itself."""
        self._till_cable.plug()
        self.network.plug(self._near())

    def pull_node_cable(self, node: str) -> None:
        """Cut off one node."""
        self.network.pull((node,))

    def plug_node_cable(self, node: str) -> None:
        """Connect it again."""
        self.network.plug((node,))

    def _near(self) -> tuple[str, ...]:
        config = self.data.config
        return (*config.nodes, *map(_kiosk, config.kiosks))

    # the hub's end and beginning

    async def kill_hub(self) -> None:
        """SIGKILL: the broker and the till see their connections break; what it had committed lies on the disk."""
        await self._life.kill(self._cut_hub)
        self.network.forget(HUB)

    def _cut_hub(self) -> None:
        self._till_cable.pull()
        self.network.pull((HUB,))

    async def restart_hub(self) -> None:
        """Start a hub on what the killed one left.

        Raises:
            ComptoirError: it could not start.
        """
        self.network.plug((HUB,))
        await self._life.start()
        self._till_cable.lead_to(self.hub.server.port)
        self._till_cable.plug()

    @property
    def works(self) -> bool:
        """Whether everybody is connected, the hub sees every node, and every kiosk the hub."""
        nodes = all(self.hub.floor.online(node) for node in self.data.config.nodes)
        kiosks = all(panel.shown.online for panel in self.panels.values())
        return self.network.connected and self.cable_in and nodes and kiosks

    # what lies where

    def outbox_counts(self) -> tuple[Counts, ...]:
        """What became of everything each agent ever reported."""
        return tuple(outbox.counts() for outbox in self._parts.outboxes.values())

    def waiting_at(self, node: str) -> int:
        """How many batches rest in a node's outbox."""
        return self._parts.outboxes[node].counts().pending


def _kiosk(name: str) -> str:
    """A kiosk's name on the network, where a node may have the same."""
    return f"kiosk-{name}"
