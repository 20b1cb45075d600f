"""The recorded floor and who is on it: twelve antennas, fobs, the recorded walk, the recorded stand, bystanders."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from hardware.beacon.identity import Fob
from hardware.host.clock import Clock
from hardware.radio.bystanders import Bystanders
from hardware.radio.simulated import SimulatedSource
from hardware.radio.walk import play_walk
from hardware.samples.tetam import Place, WalkSample, load_static, load_walk
from hub.box.stacked import end

CROWD: Final = 6
"""People on the floor who are nobody's customers yet, each with one gadget that advertises."""

AISLE_AT_S: Final = 53.0
"""When the recorded walk passes the aisle's display, 4 m from where the stand there was recorded."""

CROWD_EVERY_S: Final = 0.5
"""Each of them is heard about twice a second at each antenna, as the recorded beacon is."""


@dataclass(slots=True)
class Walker:
    """Somebody on the floor: a fob, and where the recording says it is (metres; None while away)."""

    label: str
    fob: Fob
    place: tuple[float, float] | None = None
    standing: asyncio.Task[None] | None = field(default=None, repr=False)


class RecordedFloor:
    """Plays recorded strengths as advertisements into the antennas.

    Args:
        clock: whose store seconds the recordings' offsets are.
        antennas: scanner name → the simulated radio of that scanner's agent.
    """

    def __init__(self, clock: Clock, antennas: dict[str, SimulatedSource]) -> None:
        self._clock = clock
        self._antennas = antennas
        self._walk = load_walk()
        self._stands: dict[Place, tuple[WalkSample, ...]] = {
            place: load_static(place) for place in get_args(Place)
        }

    async def walk(self, walker: Walker, from_s: float = 0.0) -> None:
        """Walk the recorded track from a moment of it on, then stand at the checkout until `leave`."""
        await _end_standing(walker)
        await self._play(walker, tuple(_later(self._walk, from_s)))
        self.stand(walker)

    async def walk_to_aisle(self, walker: Walker) -> None:
        """Walk the recorded track to the aisle's display, then stand there until the next `walk`, or `leave`.

        Who only walks past a display is in reach of it for some seconds; whoever looks at it stays.
        """
        await self._play(walker, tuple(sample for sample in self._walk if sample.offset_s < AISLE_AT_S))
        self.stand(walker, "aisle")

    def stand(self, walker: Walker, place: Place = "checkout") -> None:
        """Stand still somewhere, as recorded there, over and over until the next `walk`, or `leave`."""
        if walker.standing is None:
            walker.standing = asyncio.create_task(
                self._stand_still(walker, place), name=f"{walker.label} stands: {place}"
            )

    async def crowd(self, bystanders: Bystanders) -> None:
        """Let bystanders be heard at every antenna, until cancelled."""
        while True:
            for antenna in self._antennas.values():
                for _ in range(CROWD):
                    antenna.push(*bystanders.advertisement())
                await self._clock.sleep(CROWD_EVERY_S / len(self._antennas))

    async def leave(self, walker: Walker) -> None:
        """Go out of every antenna's reach."""
        walker.place = None
        await _end_standing(walker)

    async def _stand_still(self, walker: Walker, place: Place) -> None:
        while True:
            await self._play(walker, self._stands[place])

    async def _play(self, walker: Walker, samples: tuple[WalkSample, ...]) -> None:
        await play_walk(samples, walker.fob, self._clock, self._antennas, _follow(walker))


async def _end_standing(walker: Walker) -> None:
    standing, walker.standing = walker.standing, None
    if standing is not None:
        await end(standing)


def _later(walk: tuple[WalkSample, ...], from_s: float) -> Iterator[WalkSample]:
    for sample in walk:
        if sample.offset_s >= from_s:
            yield replace(sample, offset_s=sample.offset_s - from_s)


def _follow(walker: Walker) -> Callable[[WalkSample], None]:
    def moved(sample: WalkSample) -> None:
        walker.place = (sample.x_m, sample.y_m)

    return moved
