"""How many sightings a second the hub commits and acknowledges, beside a bare subscriber on the same broker."""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hardware.host.clock import wall_ms
from hub.box.broker import Mosquitto
from hub.wire.bus import Delivery
from hub.wire.codec import decode, encode
from hub.wire.presence import IdScheme, Sample, SampleState, Sightings, SightingsAck
from tests.bench.figures import spread
from tests.bench.processes import client, store
from tests.hub.shell.kit import TOPICS

BATCHES = 1_500
SAMPLES = 2
"""Samples in a batch: what the recorded walk's agents report is one or two."""

WINDOW = 100
"""Batches on their way; a node waits for acknowledgements, so the sender here does."""

ROUNDS = 3


async def ingest() -> dict[str, Any]:
    """Batches a second, medians of `ROUNDS` rounds each."""
    with tempfile.TemporaryDirectory() as name:
        async with store(Path(name)) as (broker, hub, _config, _key):
            sender = Sender(broker)
            await sender.start()
            rates: dict[str, list[float]] = {"hub": [], "bare": []}
            for number in range(ROUNDS):
                rates["hub"].append(await sender.rate(f"{number:016x}"))
            # The hub would answer too: it is ended before the bare one takes its place.
            hub.process.kill()
            await hub.process.wait()
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.bare", str(broker.port), stdout=subprocess.PIPE
            )
            assert process.stdout is not None
            await asyncio.wait_for(process.stdout.readline(), 10.0)
            for number in range(ROUNDS):
                rates["bare"].append(await sender.rate(f"{number + 100:016x}"))
            process.kill()
            await process.communicate()
            await sender.stop()
    taken, bare = spread(rates["hub"], 0), spread(rates["bare"], 0)
    return {
        "hub_batches_per_s": taken.document(),
        "bare_batches_per_s": bare.document(),
        "hub_sightings_per_s": taken.median * SAMPLES,
        "ratio": round(taken.median / bare.median, 2),
    }


class Sender:
    """A node that sends as fast as it is acknowledged."""

    def __init__(self, broker: Mosquitto) -> None:
        self._bus = client(broker, "bench-sender")
        self._answered = asyncio.Event()
        self._acked = 0
        self._boot_id = ""
        self._bus.subscribe(TOPICS.node("n1", "ack"), self._on_ack)

    async def start(self) -> None:
        await self._bus.start()
        while not self._bus.connected:  # noqa: ASYNC110 - once, before anything is measured
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        await self._bus.stop()

    def _on_ack(self, delivery: Delivery) -> None:
        message = decode(delivery.topic, delivery.payload)
        assert isinstance(message, SightingsAck)
        if message.boot_id == self._boot_id:
            self._acked += len(message.seqs)
            self._answered.set()

    async def rate(self, boot_id: str) -> float:
        """Send `BATCHES`; returns batches acknowledged a second."""
        self._boot_id, self._acked = boot_id, 0
        payloads = [encode(batch(boot_id, seq)) for seq in range(1, BATCHES + 1)]
        topic = TOPICS.node("n1", "sightings")
        started_ms = wall_ms()
        sent: set[asyncio.Task[bool]] = set()
        for number, payload in enumerate(payloads):
            while number - self._acked >= WINDOW:
                self._answered.clear()
                await asyncio.wait_for(self._answered.wait(), 10.0)
            task = asyncio.create_task(self._bus.publish(topic, payload, expiry_s=60.0))
            sent.add(task)
            task.add_done_callback(sent.discard)
        while self._acked < BATCHES:
            self._answered.clear()
            await asyncio.wait_for(self._answered.wait(), 10.0)
        return BATCHES / ((wall_ms() - started_ms) / 1000.0)


def batch(boot_id: str, seq: int) -> Sightings:
    """A batch of strangers, as nearly all are."""
    samples = tuple(
        Sample(
            scheme=IdScheme.EID,
            id=(seq * SAMPLES + n).to_bytes(8, "big").hex(),
            state=SampleState.HEARD,
            rssi_dbm=-60.5,
            age_ms=12,
        )
        for n in range(SAMPLES)
    )
    return Sightings(node="n1", boot_id=boot_id, seq=seq, samples=samples)
