"""How often the zone is right on the shipped recorded walk, through the agents' own smoothing."""

from typing import Any

from edge.reporter import AdvertHeard, Reading, Report, Reporter, Ticked
from hardware.beacon.frames import FrameKind, LoyaltyFrame
from hardware.samples.tetam import WalkSample, load_walk, scanners
from hub.presence.events import FellSilent, Heard, NodeUp, Tick
from hub.presence.zones import ZoneNode, Zones

WALKER = LoyaltyFrame(FrameKind.EDDYSTONE_EID, bytes(8))


class Floor:
    """Twelve agents' cores and the hub's zones, on the recording's own time."""

    def __init__(self, first_s: float) -> None:
        self.zones = Zones({s.name: ZoneNode(s.name.removeprefix("sensor")[0]) for s in scanners()})
        self.agents = {s.name: Reporter() for s in scanners()}
        self.readings = 0
        for name in self.agents:
            self.zones.handle(NodeUp(name), first_s)

    def hear(self, sample: WalkSample) -> None:
        at_s = sample.offset_s
        heard = AdvertHeard(WALKER, sample.rssi_dbm, at_s)
        self._report(sample.scanner, self.agents[sample.scanner].handle(heard, at_s), at_s)

    def tick(self, now_s: float) -> None:
        for name, agent in self.agents.items():
            self._report(name, agent.handle(Ticked(), now_s), now_s)
        self.zones.handle(Tick(), now_s)

    def _report(self, node: str, reports: tuple[Report, ...], now_s: float) -> None:
        for reading in (reading for report in reports for reading in report.readings):
            self.readings += 1
            self.zones.handle(_event(node, reading), now_s)


def _event(node: str, reading: Reading) -> Heard | FellSilent:
    if reading.silent:
        return FellSilent("walker", node, reading.heard_s)
    return Heard("walker", node, reading.rssi_dbm, reading.heard_s)


def zone_accuracy() -> dict[str, Any]:
    """Share of seconds in the true quadrant; the walk crosses all four in 84 s."""
    walk = load_walk()
    floor = Floor(walk[0].offset_s)
    right = seconds = moves = 0
    before = None
    for sample in walk:
        floor.hear(sample)
        if sample.offset_s < walk[0].offset_s + 1 + seconds:
            continue
        seconds += 1
        floor.tick(sample.offset_s)
        found = floor.zones.zone_of("walker")
        zone = found[0] if found else None
        moves += zone != before
        before = zone
        right += zone == str(sample.quadrant)
    return {
        "right": round(right / seconds, 3),
        "seconds": seconds,
        "changes_of_zone": moves,
        "adverts": len(walk),
        "reported": floor.readings,
    }
