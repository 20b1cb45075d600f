"""What a hub's zones and kiosks say of a scenario's people at one moment. Pure."""

from collections.abc import Mapping

from hub.box.sim.tally import Look, Screen
from hub.display.near import candidates_at
from hub.presence.zones import Zones


def look_at(zones: Zones, screens: Mapping[str, Screen], people: Mapping[str, str], now_s: float) -> Look:
    """Look once.

    Args:
        zones: of the store.
        screens: its kiosks.
        people: member id → person of the scenario.
        now_s: store time.
    """
    near = {
        kiosk: {
            people[found.member_id]
            for found in candidates_at(screen.zone, zones, (), lambda _: ("", 0), now_s)
        }
        for kiosk, screen in screens.items()
    }
    found_in = {person: zones.zone_of(member_id) for member_id, person in people.items()}
    return Look(near, {person: found[0] for person, found in found_in.items() if found is not None})
