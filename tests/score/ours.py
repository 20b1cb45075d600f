"""Our engines as a shop runs them: the agents' own core at each scanner, the hub's zones behind them.

The decision is the engine's word at that second. The hub follows it with the next sample, a twentieth of a second later
with twelve antennas, but for two rules that are not about which zone: somebody is let in only after three samples and
1.5 s, and of whom the engine says nothing any more the hub keeps the last zone until their silence is over.
"""

from collections.abc import Callable, Mapping

from edge.reporter import AdvertHeard, Reading, Report, Reporter, Ticked
from hardware.beacon.frames import FrameKind, LoyaltyFrame
from hub.presence.events import FellSilent, Heard, NodeUp, Tick
from hub.presence.levels import ZoneNode
from hub.presence.locator import Locator
from hub.presence.rules import Rules
from hub.presence.zones import Zones
from tests.score.engines import Decision
from tests.score.engines import Zones as ZoneOf

BEACON = LoyaltyFrame(FrameKind.EDDYSTONE_EID, bytes(8))
MEMBER = "walker"
TICK_S = 1.0
"""Agents and hub let time act once a second."""

MakeLocator = Callable[[Mapping[str, ZoneNode]], Locator]


class Store:
    """Agents and hub of one store, on the recording's own time.

    Args:
        zones: scanner → zone; a node a scanner, with no offset.
        make_locator: the hub's engine.
    """

    def __init__(self, zones: ZoneOf, make_locator: MakeLocator = Rules) -> None:
        nodes = {name: ZoneNode(zone) for name, zone in zones.items()}
        self._locator = make_locator(nodes)
        self._zones = Zones(nodes, self._locator)
        self._agents = {name: Reporter() for name in zones}
        self._tick_s: float | None = None

    def heard(self, scanner: str, rssi_dbm: int, at_s: float) -> None:
        """Let an agent hear an advertisement."""
        self._pass_time(at_s)
        self._tell(scanner, self._agents[scanner].handle(AdvertHeard(BEACON, rssi_dbm, at_s), at_s), at_s)

    def decide(self, now_s: float) -> Decision:
        """The zone the engine says now; where it says nothing, the one the hub has the member in."""
        self._pass_time(now_s)
        estimate = self._locator.estimate(MEMBER, now_s)
        if estimate.zone is None:
            estimate = self._zones.estimate_of(MEMBER) or estimate
        return Decision(estimate.zone, estimate.place_m)

    def _pass_time(self, now_s: float) -> None:
        if self._tick_s is None:
            self._tick_s = now_s
            for node in self._agents:
                self._zones.handle(NodeUp(node), now_s)
        while self._tick_s + TICK_S <= now_s:
            self._tick_s += TICK_S
            for node, agent in self._agents.items():
                self._tell(node, agent.handle(Ticked(), self._tick_s), self._tick_s)
            self._zones.handle(Tick(), self._tick_s)

    def _tell(self, node: str, reports: tuple[Report, ...], now_s: float) -> None:
        for report in reports:
            for reading in report.readings:
                self._zones.handle(_event(node, reading), now_s)


def _event(node: str, reading: Reading) -> Heard | FellSilent:
    if reading.silent:
        return FellSilent(MEMBER, node, reading.heard_s)
    return Heard(MEMBER, node, reading.rssi_dbm, reading.heard_s)
