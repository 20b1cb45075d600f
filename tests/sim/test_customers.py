"""Who touches what at the kiosks of a simulated store, and whose offer opens."""

from collections.abc import Sequence

from hardware.host.entropy import SeededEntropy
from hub.box.sim.tally import Screen, Spot
from tests.bench.customers import REACTION_S, Acts, Curious, Customers

SCREENS = {"k1": Screen("till1", "t1"), "k2": Screen("till2", "t2"), "aisle": Screen("baby", None)}
MEMBERS = ("ann", "bea", "cat")
PAYS_1, PAYS_2 = Spot("till1", till="t1"), Spot("till2", till="t2")
INCURIOUS, CURIOUS = Curious(0.0, 0), Curious(1.0, 3)


def acted(
    near: dict[str, Sequence[str]],
    spots: dict[str, Spot],
    *,
    curious: Curious = INCURIOUS,
    strangers: Sequence[str] = (),
    for_s: float = 20.0,
    seed: int = 1,
) -> Acts:
    """What comes of a while in which nobody moves."""
    customers = Customers(SCREENS, MEMBERS, curious, SeededEntropy(seed))
    shown = {kiosk: near.get(kiosk, ()) for kiosk in SCREENS}
    for half_seconds in range(round(for_s * 2)):
        customers.look(shown, spots, strangers, half_seconds / 2)
    return customers.acts


def test_who_pays_and_sees_their_own_symbol_opens_their_own_offer_once() -> None:
    assert acted({"k1": ["ann"]}, {"ann": PAYS_1}, for_s=60.0) == Acts(own=1)


def test_nobody_touches_before_they_had_time_to_see() -> None:
    assert acted({"k1": ["ann"]}, {"ann": PAYS_1}, for_s=REACTION_S[0]) == Acts()


def test_a_symbol_shown_at_the_wrong_till_is_no_offer_while_nobody_touches_it() -> None:
    """Design, rule 5: presence alone shows nothing personal."""
    assert acted({"k2": ["ann"]}, {"ann": PAYS_1}) == Acts()


def test_somebody_who_queues_is_shown_and_touches_nothing() -> None:
    assert acted({"k1": ["ann"]}, {"ann": Spot("till1", queue="t1")}) == Acts()


def over_seeds(near: dict[str, Sequence[str]], spots: dict[str, Spot]) -> Acts:
    """Forty times a stranger, Cat without her fob, who tries until the kiosk locks."""
    total = Acts()
    for seed in range(40):
        acts = acted(near, spots, curious=CURIOUS, strangers=["cat"], for_s=60.0, seed=seed)
        total = Acts(**{key: value + acts.document()[key] for key, value in total.document().items()})
    return total


def test_a_stranger_who_hits_the_symbol_of_somebody_elsewhere_opens_an_offer_at_the_wrong_till() -> None:
    acts = over_seeds({"k1": ["ann"]}, {"ann": PAYS_2, "cat": PAYS_1})
    assert 8 <= acts.wrong_till <= 32, "three of six symbols: half of the time"
    assert acts.own == acts.by_another == 0
    assert acts.wrong_touches > 0
    assert acts.locked == 40 - acts.wrong_till, "the third wrong touch locks"


def test_a_stranger_who_hits_the_symbol_of_who_queues_behind_opens_theirs_at_the_right_till() -> None:
    acts = over_seeds({"k1": ["ann"]}, {"ann": Spot("till1", queue="t1"), "cat": PAYS_1})
    assert 8 <= acts.by_another <= 32
    assert acts.wrong_till == 0


def test_who_left_the_store_is_at_no_till() -> None:
    assert over_seeds({"k1": ["ann"]}, {"cat": PAYS_1}).wrong_till > 0


def test_a_wrong_touch_cools_the_kiosk_down_and_the_next_is_refused() -> None:
    acts = over_seeds({"k1": ["ann"]}, {"ann": PAYS_2, "cat": PAYS_1})
    assert acts.curious_touches == acts.wrong_till + acts.wrong_touches + acts.refused


def test_who_pays_next_is_somebody_else() -> None:
    customers = Customers(SCREENS, MEMBERS, INCURIOUS, SeededEntropy(1))
    shown: dict[str, Sequence[str]] = {"k1": ["ann", "bea"], "k2": [], "aisle": []}
    turns: tuple[dict[str, Spot], ...] = ({"ann": PAYS_1}, {}, {"bea": PAYS_1})
    for half_seconds in range(160):
        customers.look(shown, turns[min(half_seconds // 40, 2)], (), half_seconds / 2)
    assert customers.acts == Acts(own=2)
