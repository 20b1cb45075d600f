"""D16: two tills at once, and a hub that is killed: exactly one wins, and nothing is lost or doubled.

`COMPTOIR_RACES=10000 pytest tests/hub/till/test_races.py --timeout=0` runs the acceptance's ten thousand.
"""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from hub.till.problem import TillProblem
from tests.hub.till.kit import ANNA, Shop, packs, program

ROUNDS = int(os.environ.get("COMPTOIR_RACES", "100"))
KILL_AFTER_S = (0.0, 0.013, 0.03, 0.057, 0.11)


def test_d16_of_two_commits_of_the_same_hold_exactly_one_wins(tmp_path: Path) -> None:
    hubs = rivals(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        for n in range(ROUNDS):
            held = hubs[0].hold(hubs[0].put(f"b{n}", packs(5)))
            assert held.discount_minor == 300
            assert race(pool, hubs, lambda hub, n=n, held=held: hub.commit(f"b{n}", held.hold_id)) == 1
    assert_consistent(hubs[0], sales=ROUNDS, rewards=ROUNDS)


def test_d16_of_two_tills_holding_the_same_right_exactly_one_wins(tmp_path: Path) -> None:
    hubs = rivals(tmp_path)
    rounds = ROUNDS // 2
    with ThreadPoolExecutor(2) as pool:
        for n in range(rounds):
            hubs[0].buy(f"four-{n}", packs(4))
            quotes = [hub.put(f"b{n}-{i}", packs(), till=f"t{i + 1}") for i, hub in enumerate(hubs)]
            assert [quote.discount_minor for quote in quotes] == [300, 300]
            won = race(pool, hubs, lambda hub, quotes=quotes: hub.hold(quotes[hubs.index(hub)]))
            assert won == 1
            for i, hub in enumerate(hubs):
                if hub.sales.holds.open_of_basket(f"b{n}-{i}"):
                    hub.commit(f"b{n}-{i}")
                else:
                    hub.service.void(f"b{n}-{i}")
    assert_consistent(hubs[0], sales=2 * rounds, rewards=rounds)


def rivals(folder: Path) -> tuple[Shop, Shop]:
    """Two hubs' worth of connections on one database: harsher than two tills of one hub."""
    first = Shop(folder, points=100 * ROUNDS + 1)
    return first, Shop(folder, seed=2, clock=first.clock, fresh=False)


def race(pool: ThreadPoolExecutor, hubs: tuple[Shop, Shop], act: object) -> int:
    """Let both do `act` at the same moment; returns how many were not refused."""
    start = Barrier(2)

    def one(hub: Shop) -> int:
        start.wait()
        try:
            act(hub)  # type: ignore[operator]  # a lambda with bound defaults has no writable type
        except TillProblem:
            return 0
        return 1

    return sum(pool.map(one, hubs))


def assert_consistent(shop: Shop, sales: int, rewards: int) -> None:
    connection = shop.sales.holds._connection
    posted, earned, used = connection.execute(
        "SELECT COUNT(*), SUM(points_earned), SUM(points_used) FROM sales"
    ).fetchone()
    granted = connection.execute("SELECT SUM(units) FROM grants").fetchone()[0]
    assert (posted, granted, used) == (sales, rewards, 100 * rewards)
    opening = connection.execute("SELECT SUM(points) FROM point_lots WHERE reason = 'opening'").fetchone()[0]
    assert shop.points() == opening + earned - used


CHILD = """
import sys
from pathlib import Path
from hardware.host.clock import ManualClock
from tests.hub.till.kit import EPOCH_S, Shop, packs

folder, seed = Path(sys.argv[1]), int(sys.argv[2])
shop = Shop(folder, seed=seed, clock=ManualClock(EPOCH_S), fresh=False)
for n in range(10_000):
    basket = f"{seed}-{n}"
    held = shop.hold(shop.put(basket, packs(5)))
    print("held", basket, held.hold_id, flush=True)
    shop.commit(basket, held.hold_id, f"key-{basket}")
    print("sold", basket, flush=True)
"""


@pytest.mark.parametrize("seed", range(10, 10 + len(KILL_AFTER_S)))
def test_d16_killed_between_hold_and_commit_or_within_it_nothing_is_lost_or_doubled(
    tmp_path: Path, seed: int
) -> None:
    shop = Shop(tmp_path, points=1_000_000)
    held, sold = run_and_kill(tmp_path, seed, after_s=KILL_AFTER_S[seed - 10])
    assert held
    for basket_id, hold_id in held.items():
        retried = shop.commit(basket_id, hold_id, f"key-{basket_id}")
        assert (retried.discount_minor, retried.points_used) == (300, 100)
    assert set(sold) <= set(held)
    assert_consistent(shop, sales=len(held), rewards=len(held))
    facts = shop.sales.account_facts(ANNA.account_id, (program(),), shop.now_s).programs["couches-5"]
    assert sum(p.units for p in facts.purchases) == 5 * len(held)
    assert (facts.granted, facts.held) == (len(held), 0)


def run_and_kill(folder: Path, seed: int, after_s: float) -> tuple[dict[str, str], list[str]]:
    """Let a hub sell until it has sold something, and kill −9 a moment later."""
    root = Path(__file__).parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(seed)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert child.stdout is not None
    with child:
        first = child.stdout.readline()
        try:
            child.wait(after_s)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
        lines = [first, *child.stdout.read().splitlines()]
    words = [line.split() for line in lines]
    held = {word[1]: word[2] for word in words if len(word) == 3 and len(word[2]) == 16}
    return held, [word[1] for word in words if len(word) == 2 and word[0] == "sold"]
