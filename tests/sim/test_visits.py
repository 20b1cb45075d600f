"""The bench of many visits says of the cores what a whole store says of itself."""

from hardware.host.entropy import SeededEntropy
from hardware.sim.scenario import load_scenario
from hardware.sim.simulation import Simulation
from hub.box.sim.figures import figures
from hub.box.sim.run import run_in_memory
from hub.box.sim.site import FOB_CLOCK_S, SAMPLES, new_fobs, screens_of
from tests.bench.visit_cores import Peer
from tests.bench.visits import LOOK_S, STRANGER_EVERY, Strangers, play, visit_figures

QUICK, TILLS = SAMPLES / "quick.toml", SAMPLES / "tills.toml"


def test_the_cores_alone_see_what_the_whole_store_sees() -> None:
    scenario = load_scenario(QUICK)
    cores = figures(play(scenario, 1, ["rules"]).visits["rules"], screens_of(scenario.floor), LOOK_S)
    store = run_in_memory(scenario, 1, None, "rules").figures
    for key in ("visits", "at_a_till", "recognised_at_till"):
        assert cores[key] == store[key]
    assert abs(cores["zone_right"] - store["zone_right"]) < 0.05
    assert abs(cores["recognition_s"]["median"] - store["recognition_s"]["median"]) <= 1.0


def test_as_many_seeds_are_played_as_hold_the_visits() -> None:
    told = visit_figures(QUICK, visits=5, first_seed=3, calibrated=False)
    assert told["seeds"] == [3, 4]
    assert told["rules"]["visits"] == told["peer"]["visits"] == 6
    assert told["rules"]["offers"]["own"] + told["rules"]["offers"]["wrong_touches"] > 0


def test_every_fourth_visit_is_of_somebody_who_is_no_member_and_nobody_recognises() -> None:
    scenario = load_scenario(TILLS).model_copy(update={"duration_s": 200.0})
    played = play(scenario, 1, ["rules", "radio_map"])
    simulation = Simulation(scenario, new_fobs(scenario, FOB_CLOCK_S, SeededEntropy(1)), 1)
    strangers = Strangers.of(simulation)
    visits = len(simulation.visits)
    assert sum(map(len, strangers.visits.values())) == visits // STRANGER_EVERY
    for way in ("rules", "radio_map", "peer"):
        assert len(played.visits[way]) == visits - visits // STRANGER_EVERY
        assert played.acts[way]["offers"].wrong_till == 0


def test_the_peer_shows_whoever_is_loudest_at_once_and_forgets_after_5_s() -> None:
    scenario = load_scenario(QUICK)
    nodes = {name: node.zone for name, node in scenario.floor.nodes.items()}
    peer = Peer(nodes, screens_of(scenario.floor))
    peer.hear("ann", "pi-door", -60, 0.0)
    peer.hear("ann", "pi-till", -59, 0.1)
    assert peer.look(0.1).near == {"kiosk-1": {"ann"}}
    peer.hear("ann", "pi-door", -58, 0.2)
    assert peer.look(0.2).near == {"kiosk-1": set()}
    assert peer.look(5.15).zones == {"ann": "entrance"}
    assert peer.look(5.5).zones == {}
