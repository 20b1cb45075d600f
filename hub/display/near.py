"""Who counts as near a kiosk: from zones to candidates."""

from collections.abc import Callable, Collection
from typing import Final

from hub.display.events import Candidate
from hub.presence.zones import Zones

STRONG_S: Final = 8.0
"""Near means at the kiosk of one's zone with a strong sample there this lately: with a tick a second and
the way to the screen a view is wiped within 10 s of the last one (C6). Nodes report every 0.5 s."""


def candidates_at(
    zone: str,
    zones: Zones,
    low_assurance: Collection[str],
    describe: Callable[[str], tuple[str, int]],
    now_s: float,
) -> tuple[Candidate, ...]:
    """Everybody near a kiosk, by member id.

    Who is between two kiosks is at neither (`hub.presence.closeness`). Two people within 6 dB of each other at one
    kiosk are simply both candidates: nobody is ever picked by strength, so nothing personal shows until one of them
    acts.

    Args:
        zone: the kiosk's zone.
        zones: the zones of the store.
        low_assurance: members last heard by an identifier anybody can copy.
        describe: member id → their symbol and the revision of their permissions.
        now_s: store time now.
    """
    near = []
    for member_id in zones.members_in(zone):
        strong_s = zones.strong_at_s(member_id)
        if zones.stands(member_id) and strong_s is not None and now_s - strong_s <= STRONG_S:
            symbol, revision = describe(member_id)
            near.append(Candidate(member_id, symbol, member_id in low_assurance, revision))
    return tuple(near)
