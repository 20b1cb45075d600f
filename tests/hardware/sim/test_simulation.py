import hashlib
import itertools
from statistics import mean

import pytest

from hardware.beacon.frames import FrameFilter, FrameKind
from hardware.radio.ad import to_advert
from hardware.sim.air import Heard
from hardware.sim.samples import sample_path
from hardware.sim.scenario import Scenario, load_scenario
from hardware.sim.simulation import Simulation
from tests.hardware.sim.kit import floor, fobs, scenario

FROM_S = 1_000_000.0


def run(of: Scenario, seed: int | None = None) -> list[Heard]:
    return list(Simulation(of, fobs(of), seed).transmissions(FROM_S))


def digest(heard: list[Heard]) -> str:
    return hashlib.sha256(repr(heard).encode()).hexdigest()


def test_a_seed_gives_the_same_packets_twice_and_another_seed_others() -> None:
    quick = load_scenario(sample_path("quick"))
    simulation = Simulation(quick, fobs(quick))
    first = digest(list(simulation.transmissions(FROM_S)))
    assert digest(list(simulation.transmissions(FROM_S))) == first
    assert digest(run(quick)) == first
    assert digest(run(quick, 1)) == first
    assert digest(run(quick, 2)) != first


def test_what_is_heard_comes_by_time_from_nodes_of_the_floor_with_strengths_a_radio_reports() -> None:
    quick = load_scenario(sample_path("quick"))
    heard = run(quick)
    assert all(one.at_s <= other.at_s for one, other in itertools.pairwise(heard))
    assert {one.node for one in heard} == set(quick.floor.nodes)
    assert heard[0].at_s >= 0.0
    assert heard[-1].at_s < quick.duration_s
    assert all(-127 <= one.rssi_dbm <= 127 for one in heard)


def test_a_fob_is_heard_while_its_owner_is_in_the_store_with_the_identifier_of_the_moment() -> None:
    of = scenario()
    simulation, carried = Simulation(of, fobs(of)), fobs(of)
    identifiers = set()
    for one in simulation.transmissions(FROM_S):
        owner = next(
            name for name, fob in carried.items() if fob.advertisement_at(FROM_S + one.at_s) == one.payload
        )
        assert simulation.truth(owner, one.at_s) is not None
        identifiers.add((owner, one.payload))
    # 62 s and 35 s of visits in windows of 32 s.
    assert len(identifiers) >= 4


def test_an_identifier_computed_once_a_window_is_that_of_the_fobs_own_clock() -> None:
    of = scenario()
    carried = dict(fobs(of).items())
    late = {name: type(fob)(fob.ik, fob.k, epoch_s=FROM_S - 1_000_003.7) for name, fob in carried.items()}
    for one in Simulation(of, late).transmissions(FROM_S):
        assert one.payload in {fob.advertisement_at(FROM_S + one.at_s) for fob in late.values()}


def test_the_truth_tells_place_zone_and_what_somebody_does_there() -> None:
    of = scenario()
    simulation = Simulation(of, fobs(of))
    visit = next(visit for visit in simulation.visits if visit.person == "ada")
    assert visit.pays_from_s is not None
    paying = simulation.truth("ada", visit.pays_from_s + 1)
    assert paying is not None
    assert (paying.x_m, paying.y_m, paying.zone, paying.till, paying.queue) == (1.5, 2, "left", "till", None)
    waiting = simulation.truth("ada", visit.pays_from_s - 5)
    assert waiting is not None
    assert (waiting.till, waiting.queue) == (None, "till")
    assert simulation.truth("ada", of.duration_s - 1) is None


def test_a_wall_and_a_weak_battery_make_a_fob_weaker_by_what_they_take() -> None:
    still = {"shadow_sigma_db": 0, "noise_sigma_db": 0, "rician_k": 20, "body_db": 0, "sway_m": 0.1}
    people = [
        {"name": "ada", "tag": "tag", "visits": [{"enters_s": 0, "stops": [{"at": "shelf", "stay_s": 100}]}]}
    ]

    def level(wall_db: float, level_1m_dbm: float) -> float:
        walls = [{"from_m": [5, 0], "to_m": [5, 4], "loss_db": wall_db}]
        of = scenario(
            floor=floor(walls=walls),
            people=people,
            propagation=still,
            tags={"tag": {"level_1m_dbm": level_1m_dbm}},
        )
        return mean(one.rssi_dbm for one in run(of) if one.node == "node-l" and 5 < one.at_s < 100)

    assert level(0, -60) - level(10, -60) == pytest.approx(10, abs=0.3)
    assert level(0, -60) - level(0, -66) == pytest.approx(6, abs=0.3)


def test_the_body_takes_most_where_it_is_between_fob_and_antenna() -> None:
    def level(carried: str) -> float:
        visits = [{"enters_s": 0, "stops": [{"at": "shelf", "stay_s": 0}], "till": "till", "pay_s": 90}]
        people = [{"name": "ada", "carried": carried, "visits": visits}]
        of = scenario(people=people, propagation={"noise_sigma_db": 0, "body_db": 12})
        return mean(one.rssi_dbm for one in run(of) if one.node == "node-r" and 30 < one.at_s < 90)

    # At the till they look to the left, away from node-r: a fob on the back is open to it.
    assert level("back") - level("front") == pytest.approx(12, abs=1.5)
    assert level("back") > level("left") > level("front")


def test_bystanders_are_heard_at_their_rate_and_never_read_as_a_loyalty_frame() -> None:
    of = scenario(people=[{"name": "ada"}], hostile={"bystanders_a_s": 50})
    heard, wanted = run(of), FrameFilter(frozenset(FrameKind))
    assert len(heard) == 50 * 2 * 120
    loyal = [one for one in heard if wanted.frames(to_advert(one.payload, one.rssi_dbm, one.at_s))]
    assert not loyal


def test_strangers_carry_fobs_that_nobody_resolves_all_the_time() -> None:
    of = scenario(people=[{"name": "ada"}], hostile={"strangers": 2})
    heard = run(of)
    known = {fobs(of)["ada"].advertisement_at(FROM_S + s) for s in range(-32, 160, 16)}
    assert heard
    assert not known & {one.payload for one in heard}
    assert heard[-1].at_s > 110


def test_a_replayer_repeats_what_it_can_have_heard_late_and_elsewhere() -> None:
    replayer = {"at_m": [9, 5], "victim": "bo", "from_s": 0, "until_s": 100, "delay_s": 40}
    plain, attacked = scenario(), scenario(hostile={"replayers": [replayer]})
    simulation = Simulation(attacked, fobs(attacked))
    bo = next(visit for visit in simulation.visits if visit.person == "bo")
    carried = fobs(attacked)["bo"]
    replayed = [
        one
        for one in simulation.transmissions(FROM_S)
        if one.at_s > bo.leaves_s and one.payload == carried.advertisement_at(FROM_S + one.at_s - 40)
    ]
    assert replayed
    assert bo.leaves_s < replayed[-1].at_s <= bo.leaves_s + 40
    assert not [one for one in run(plain) if one.at_s > bo.leaves_s and one.payload == replayed[-1].payload]


def test_a_crowded_air_loses_packets() -> None:
    visits = [{"enters_s": 0, "stops": [{"at": "shelf", "stay_s": 110}]}]

    def count(strangers: int) -> int:
        people = [{"name": "ada", "visits": visits}]
        of = scenario(
            people=people,
            duration_s=60,
            hostile={"strangers": strangers},
            propagation={"shadow_sigma_db": 0},
        )
        ada = {fobs(of)["ada"].advertisement_at(FROM_S + s) for s in range(-32, 160, 16)}
        return sum(one.payload in ada for one in run(of))

    # 300 fobs at 2.2 packets/s, 376 µs each: 61 % of all packets meet no other.
    assert count(300) / count(0) == pytest.approx(0.61, abs=0.08)
