"""The air of the floor: what people and strangers transmit goes to the stand-in's twelve antennas, in real time."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hardware.beacon.identity import Fob
from hardware.host.clock import SystemClock
from hardware.radio.walk import play_walk
from hardware.samples.tetam import WalkSample, load_static, load_walk


@dataclass(frozen=True, slots=True)
class Antenna:
    """One adapter of the stand-in, as it hears one transmitter."""

    lines: asyncio.StreamWriter
    adapter: str
    transmitter: str

    def push(self, rssi_dbm: int, payload: bytes) -> None:
        """Hear raw AD structures, now."""
        said = {
            "adapter": self.adapter,
            "transmitter": self.transmitter,
            "rssi_dbm": rssi_dbm,
            "payload": payload.hex(),
        }
        self.lines.write(json.dumps(said).encode() + b"\n")


class Air:
    """Everybody who transmits.

    Args:
        lines: the stand-in's standard input.
        adapters: node → the stand-in's adapter it listens with.
    """

    def __init__(self, lines: asyncio.StreamWriter, adapters: Mapping[str, str]) -> None:
        self._lines, self._adapters = lines, adapters
        self._clock = SystemClock()
        self._standing: dict[str, asyncio.Task[None]] = {}
        self.sent: dict[str, set[bytes]] = {}
        """Transmitter → the different payloads that were on the air."""

    async def walk(self, who: str, fob: Fob, from_s: float) -> None:
        """Walk the recorded track from a moment of it on, then stand at the checkout until `leave`."""
        await self._play(
            who, fob, [replace(s, offset_s=s.offset_s - from_s) for s in load_walk() if s.offset_s >= from_s]
        )
        self.stand(who, fob)

    def stand(self, who: str, fob: Fob) -> None:
        """Stand at the checkout, as recorded there, until `leave`."""
        self._standing[who] = asyncio.create_task(self._stand(who, fob), name=f"{who} stands")

    async def _stand(self, who: str, fob: Fob) -> None:
        while True:
            await self._play(who, fob, load_static("checkout"))

    async def leave(self, *gone: str) -> None:
        """Go out of every antenna's reach; without a name, everybody does."""
        tasks = [self._standing.pop(who) for who in gone or tuple(self._standing)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _play(self, who: str, fob: Fob, samples: Sequence[WalkSample]) -> None:
        antennas = {node: self._antenna(adapter, who) for node, adapter in self._adapters.items()}
        sent = self.sent.setdefault(who, set())

        def note(_sample: WalkSample) -> None:
            sent.add(fob.eid_at(self._clock.now_s()))

        await play_walk(samples, fob, self._clock, antennas, note)

    def _antenna(self, adapter: str, transmitter: str) -> Antenna:
        return Antenna(self._lines, adapter, transmitter)

    def shout(self, transmitter: str, payload: bytes, rssi_dbm: int = -60) -> None:
        """Transmit once to every antenna."""
        for adapter in self._adapters.values():
            self._antenna(adapter, transmitter).push(rssi_dbm, payload)
