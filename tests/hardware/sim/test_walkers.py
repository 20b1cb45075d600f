import itertools
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.host.entropy import SeededEntropy
from hardware.sim.floor import distance_m
from hardware.sim.samples import sample_path
from hardware.sim.scenario import Scenario, load_scenario
from hardware.sim.walkers import REACTION_S, Journeys, draw_people, plan
from tests.hardware.sim.kit import floor, scenario

SHOPPERS = {"count": 6, "stops": ["gap", "shelf", "fridge"], "away_s": [0, 60]}


def walk(of: Scenario, seed: int = 1) -> Journeys:
    entropy = SeededEntropy(seed)
    return plan(of, draw_people(of, entropy), entropy)


def test_a_visit_goes_by_its_stops_waits_its_turn_pays_and_leaves() -> None:
    journeys = walk(scenario())
    bo, ada = (next(v for v in journeys.visits if v.person == name) for name in ("bo", "ada"))
    # bo entered later and stopped nowhere, so bo is first at the till.
    assert bo.pays_from_s is not None
    assert bo.pays_until_s is not None
    assert ada.pays_from_s is not None
    assert bo.pays_until_s - bo.pays_from_s == 20
    assert bo.pays_until_s + REACTION_S <= ada.pays_from_s <= bo.pays_until_s + REACTION_S + 1.01
    waiting = [
        piece for piece in journeys.pieces["ada"] if piece.queue == "till" and piece.from_m == piece.to_m
    ]
    assert waiting[0].from_m == (1.5, 3.0)
    paying = next(piece for piece in journeys.pieces["ada"] if piece.till == "till")
    assert paying.from_m == (1.5, 2.0)
    assert math.isclose(paying.facing_rad, math.pi)
    assert journeys.piece_at("ada", ada.leaves_s - 0.01) is not None
    assert journeys.piece_at("ada", ada.leaves_s) is None
    assert journeys.piece_at("bo", 3.9) is None


def test_the_third_in_a_line_moves_up_each_time_somebody_is_done() -> None:
    people = [
        {"name": name, "visits": [{"enters_s": i, "till": "till", "pay_s": 30}]}
        for i, name in enumerate(("one", "two", "three"))
    ]
    journeys = walk(scenario(people=people, duration_s=300))
    stands = [piece.from_m for piece in journeys.pieces["three"] if piece.from_m == piece.to_m]
    assert stands == [(1.5, 4), (1.5, 3), (1.5, 2)]


def test_a_visit_without_a_till_is_a_look_around() -> None:
    journeys = walk(
        scenario(
            people=[{"name": "ada", "visits": [{"enters_s": 5, "stops": [{"at": "shelf", "stay_s": 9}]}]}]
        )
    )
    (visit,) = journeys.visits
    assert (visit.till, visit.pays_from_s, visit.pays_until_s) == (None, None, None)
    assert math.isclose(visit.leaves_s, 5 + 9 + 2 * math.sqrt(2))


def test_visits_that_overlap_on_paper_follow_each_other_and_late_ones_are_left_out() -> None:
    visits = [{"enters_s": s, "stops": [{"at": "shelf", "stay_s": 20}]} for s in (0, 1, 500)]
    first, second = walk(scenario(people=[{"name": "ada", "visits": visits}])).visits
    assert second.enters_s == first.leaves_s


def test_a_stop_at_the_door_for_no_time_is_a_visit_all_the_same() -> None:
    of = scenario(
        floor=floor(stops={"gap": [5, 5], "mat": [9, 1]}),
        people=[{"name": "ada", "visits": [{"enters_s": 5, "stops": [{"at": "mat"}]}]}],
    )
    journeys = walk(of)
    assert [(v.enters_s, v.leaves_s) for v in journeys.visits] == [(5, 5)]
    assert journeys.piece_at("ada", 5) is None


def test_drawn_members_have_a_fob_a_pace_and_come_back() -> None:
    of = scenario(people=[], shoppers=SHOPPERS, duration_s=3600)
    people = draw_people(of, SeededEntropy(3))
    assert [person.name for person in people] == [f"member-{i:02d}" for i in range(1, 7)]
    assert len({person.carried for person in people}) > 1
    counts = [sum(v.person == person.name for v in walk(of, 3).visits) for person in people]
    assert min(counts) > 3


def test_a_store_without_tills_is_looked_at() -> None:
    of = scenario(
        floor=floor(tills={}, displays={}),
        people=[],
        shoppers=SHOPPERS | {"stops_a_visit": [0, 0]},
    )
    assert {visit.till for visit in walk(of).visits} == {None}


def test_a_sample_visit_takes_two_to_five_minutes_unless_the_line_is_long() -> None:
    visits = walk(load_scenario(sample_path("tills"))).visits
    lengths = sorted(visit.leaves_s - visit.enters_s for visit in visits)
    assert 120 <= lengths[len(lengths) // 2] <= 300


def test_nobody_stands_on_a_mark() -> None:
    of = scenario(people=[], shoppers=SHOPPERS, duration_s=3600, stand_spread_m=0.25)
    pieces = [piece for own in walk(of).pieces.values() for piece in own if piece.till]
    apart_m = [distance_m(piece.from_m, (1.5, 2.0)) for piece in pieces]
    assert len(set(apart_m)) == len(pieces) > 20
    assert 0.15 < sum(apart_m) / len(apart_m) < 0.19
    assert max(apart_m) <= 0.25


def test_there_is_no_stepping_aside_into_a_wall() -> None:
    """At the door's corner of the floor, behind a shelf at one's back."""
    walls = [{"from_m": [0, 0.1], "to_m": [9.9, 0.1]}, {"from_m": [9.99, 0], "to_m": [9.99, 6]}]
    nook = floor(walls=walls, door_m=[9.95, 0.05], stops={"nook": [9.95, 0.2]}, tills={}, displays={})
    people = [{"name": "ada", "visits": [{"enters_s": i, "stops": [{"at": "nook"}]} for i in range(60)]}]
    of = scenario(floor=nook, people=people, stand_spread_m=0.5)
    assert all(of.floor.is_free(piece.from_m, piece.to_m) for piece in walk(of).pieces["ada"])


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_whoever_walks_walks_on_through_no_wall_and_never_pays_beside_another(seed: int) -> None:
    of = scenario(shoppers=SHOPPERS, duration_s=1200, stand_spread_m=0.4)
    journeys = walk(of, seed)
    for pieces in journeys.pieces.values():
        for piece in pieces:
            assert piece.until_s > piece.from_s
            assert of.floor.is_free(piece.from_m, piece.to_m)
            assert 0 <= piece.to_m[0] <= of.floor.width_m
            assert 0 <= piece.to_m[1] <= of.floor.depth_m
            assert distance_m(piece.from_m, piece.to_m) <= 1.21 * (piece.until_s - piece.from_s)
        for one, other in itertools.pairwise(pieces):
            # Between two visits they are away; else each piece begins where the last one ended.
            assert other.from_s >= one.until_s
            assert one.to_m == other.from_m or one.to_m == of.floor.door_m
    paying = sorted(
        (piece.from_s, piece.until_s) for pieces in journeys.pieces.values() for piece in pieces if piece.till
    )
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(paying))
