"""The running parts on a store's floor: agents with a simulated radio each, kiosks, and their outboxes."""

import asyncio
import re
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from edge.app import EdgeAgent
from edge.config import EdgeConfig
from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hardware.host.outbox import ACTS, Outbox, OutboxPolicy
from hardware.radio.simulated import SimulatedSource
from hub.box.probe import Probe
from hub.box.stacked import end
from hub.wire.bus import Bus
from kiosk.client import KioskClient
from kiosk.panel import KioskPanel


@dataclass(slots=True)
class Parts:
    """Starts parts of one store; `stack` ends them.

    Attributes:
        store: its name.
        folder: for the outboxes; exists.
        presence: how an agent's outbox behaves.
        outboxes: node → outbox.
        agents: node → agent.
    """

    store: str
    folder: Path
    clock: Clock
    entropy: Entropy
    probe: Probe
    presence: OutboxPolicy
    stack: AsyncExitStack
    outboxes: dict[str, Outbox] = field(default_factory=dict)
    agents: dict[str, EdgeAgent] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def agent(self, node: str, bus: Bus) -> SimulatedSource:
        """Run a node's agent on a bus not yet started; returns its antenna."""
        config = EdgeConfig(store=self.store, node=node, outbox=self.folder / f"{node}.db")
        boot_id = self.entropy.new_id()
        let_go = partial(self.probe.batch_let_go, node)
        outbox = Outbox(config.outbox, boot_id, self.clock, self.presence, let_go=let_go)
        self.outboxes[node] = outbox
        self.stack.callback(outbox.close)
        source = SimulatedSource(self.clock)
        agent = EdgeAgent(config, source, bus, outbox, boot_id, self.clock, self.probe)
        self.agents[node] = agent
        self._run(agent.run(), f"agent {node}")
        return source

    def kiosk(
        self, name: str, bus: Bus, hub_public_key: str, currency: str, typing: re.Pattern[str]
    ) -> tuple[KioskClient, KioskPanel]:
        """Run a kiosk on a bus not yet started."""
        boot_id = self.entropy.new_id()
        outbox = Outbox(self.folder / f"kiosk-{name}.db", boot_id, self.clock, ACTS)
        self.stack.callback(outbox.close)
        client = KioskClient(
            kiosk=name,
            store=self.store,
            bus=bus,
            outbox=outbox,
            boot_id=boot_id,
            hub_public_key=hub_public_key,
            clock=self.clock,
            entropy=self.entropy,
            observer=self.probe,
        )
        panel = KioskPanel(client.person, currency=currency, typing=typing)
        client.attach(panel)
        self._run(client.run(), f"kiosk {name}")
        return client, panel

    def check(self) -> None:
        """Raise what ended a part, if one ended."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()

    def _run(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.append(task)
        self.stack.push_async_callback(end, task)
