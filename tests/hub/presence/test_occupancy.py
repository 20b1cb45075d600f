"""A zone is empty only when all of its nodes say so; while one is away it is unknown."""

import pytest

from hub.presence.zones import Heard, NodeDown, NodeUp, Occupancy, Tick, ZoneNode, Zones

NODES = {"n1": ZoneNode("till"), "n2": ZoneNode("till"), "n3": ZoneNode("aisle")}
STRONG_DBM = -60.0


def store(*up: str) -> Zones:
    zones = Zones(NODES)
    for node in up:
        zones.handle(NodeUp(node), 0.0)
    return zones


def come(zones: Zones, member: str, node: str, from_s: float) -> float:
    """Somebody is heard at a node until they are in its zone; returns when that is."""
    for n in range(5):
        zones.handle(Heard(member, node, STRONG_DBM, from_s + n), from_s + n)
    return from_s + 5.0


def test_a_zone_whose_nodes_all_hear_nobody_is_empty() -> None:
    assert store("n1", "n2", "n3").occupancy("till") is Occupancy.EMPTY


def test_a_zone_of_whose_nodes_one_was_never_heard_of_is_unknown() -> None:
    zones = store("n1", "n3")
    assert zones.occupancy("till") is Occupancy.UNKNOWN
    assert zones.occupancy("aisle") is Occupancy.EMPTY, "its only node is there"


def test_somebody_in_a_zone_makes_it_occupied() -> None:
    zones = store("n1", "n2", "n3")
    come(zones, "a", "n1", 1.0)
    assert zones.occupancy("till") is Occupancy.OCCUPIED
    assert zones.occupancy("aisle") is Occupancy.EMPTY


@pytest.mark.parametrize("somebody_is_there", [True, False])
def test_a_zone_whose_node_goes_away_is_unknown_whoever_is_there(somebody_is_there: bool) -> None:
    zones = store("n1", "n2", "n3")
    now_s = come(zones, "a", "n1", 1.0) if somebody_is_there else 6.0
    zones.handle(NodeDown("n2"), now_s)
    assert zones.occupancy("till") is Occupancy.UNKNOWN


def test_who_cannot_be_told_there_or_gone_keeps_the_zone_unknown_when_its_node_is_back() -> None:
    zones = store("n1", "n2", "n3")
    now_s = come(zones, "a", "n1", 1.0)
    zones.handle(NodeDown("n1"), now_s)
    zones.handle(NodeUp("n1"), now_s + 300.0)
    assert zones.occupancy("till") is Occupancy.UNKNOWN
    for second in range(601, 604):
        zones.handle(Tick(), now_s + second)
    assert zones.occupancy("till") is Occupancy.EMPTY, "ten minutes later they are forgotten"
