"""The cores of one store on virtual time, without a bus: agents, zone engines, kiosks' candidates; and the peer's."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from edge.config import EdgeConfig
from edge.reporter import AdvertHeard, Report, Reporter, Ticked
from hardware.beacon.frames import LoyaltyFrame, is_possible_rssi
from hardware.beacon.identity import Fob
from hardware.radio.ad import to_advert
from hub.box.sim.tally import Look, Screen
from hub.presence.events import FellSilent, Heard, NodeUp
from hub.presence.zones import Zones

PEER_S: Final = 5.0
"""How long the peer holds a strength for new (Home Assistant, mqtt_room's default time-out)."""

SOME_DBM: Final = -60


class Agents:
    """The nodes' agents, reporting to the zones of one or more hubs.

    Args:
        nodes: their names.
        fobs: person → fob.
        hubs: each told of everything.
    """

    def __init__(self, nodes: Iterable[str], fobs: Mapping[str, Fob], hubs: Iterable[Zones]) -> None:
        self._agents = {name: Reporter() for name in nodes}
        self._fobs, self._hubs = fobs, tuple(hubs)
        self._filter = EdgeConfig(store="sim", node="n1", outbox=Path("never")).frame_filter()
        self._frames: dict[bytes, tuple[LoyaltyFrame, ...]] = {}
        self._owners: dict[bytes, str] = {}
        self._senders: dict[bytes, str | None] = {}
        self.heard = self.reported = 0
        for hub in self._hubs:
            for name in self._agents:
                hub.handle(NodeUp(name), 0.0)

    def owner(self, payload: bytes, at_s: float) -> str | None:
        """Whose fob says this."""
        self._read(payload, at_s)
        return self._senders[payload]

    def hear(self, node: str, rssi_dbm: int, payload: bytes, at_s: float) -> None:
        """An antenna hears raw AD structures."""
        self.heard += 1
        for frame in self._read(payload, at_s) if is_possible_rssi(rssi_dbm) else ():
            self._report(node, self._agents[node].handle(AdvertHeard(frame, rssi_dbm, at_s), at_s), at_s)

    def tick(self, now_s: float) -> None:
        """A second has passed at every node."""
        for node, agent in self._agents.items():
            self._report(node, agent.handle(Ticked(), now_s), now_s)

    def _read(self, payload: bytes, at_s: float) -> tuple[LoyaltyFrame, ...]:
        frames = self._frames.get(payload)
        if frames is None:
            frames = self._frames[payload] = self._filter.frames(to_advert(payload, SOME_DBM, at_s))
            for person, fob in self._fobs.items():
                self._owners.setdefault(fob.eid_at(at_s), person)
            self._senders[payload] = next((self._owners.get(frame.id) for frame in frames), None)
        return frames

    def _report(self, node: str, reports: Iterable[Report], now_s: float) -> None:
        for reading in (reading for report in reports for reading in report.readings):
            self.reported += 1
            member = self._owners.get(reading.id)
            if member is None:
                continue
            event: FellSilent | Heard
            if reading.silent:
                event = FellSilent(member, node, reading.heard_s)
            else:
                # As rounded as it travels.
                event = Heard(member, node, round(reading.rssi_dbm, 1), reading.heard_s)
            for hub in self._hubs:
                hub.handle(event, now_s)


class Peer:
    """The strongest node wins at once.

    Args:
        nodes: node → zone.
        screens: the kiosks.
    """

    def __init__(self, nodes: Mapping[str, str], screens: Mapping[str, Screen]) -> None:
        self._nodes, self._screens = nodes, screens
        self._last: dict[str, dict[str, tuple[int, float]]] = {}

    def hear(self, person: str, node: str, rssi_dbm: int, at_s: float) -> None:
        """A node heard somebody."""
        self._last.setdefault(person, {})[node] = (rssi_dbm, at_s)

    def look(self, now_s: float) -> Look:
        """Who is shown where."""
        zones = {}
        for person, nodes in self._last.items():
            fresh = {node: rssi for node, (rssi, at_s) in nodes.items() if now_s - at_s <= PEER_S}
            if fresh:
                zones[person] = self._nodes[max(fresh, key=lambda node: (fresh[node], node))]
        near = {
            kiosk: {person for person, zone in zones.items() if zone == screen.zone}
            for kiosk, screen in self._screens.items()
        }
        return Look(near, zones)
