"""Full jitter, over many draws: what spreads a store's devices when its hub has power again."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from hardware.host.entropy import SeededEntropy
from hub.wire.backoff import BASE_S, CAP_S, delay_s
from hub.wire.bus import Will
from hub.wire.reconnect import Connection, ReconnectingBus
from hub.wire.subscriptions import Subscriptions
from tests.hub.wire.test_reconnect import ScriptedConnection, fails

DRAWS = 10_000
DEVICES = 50


@pytest.mark.parametrize("failures", [1, 2, 4, 6, 7, 50])
def test_a_wait_is_drawn_evenly_between_nothing_and_its_bound(failures: int) -> None:
    """AWS, "Exponential Backoff And Jitter": sleep = random_between(0, min(cap, base * 2 ** attempt))."""
    chance = SeededEntropy(failures).uniform
    bound_s = min(CAP_S, BASE_S * 2 ** (failures - 1))
    waits_s = [delay_s(failures, chance()) for _ in range(DRAWS)]
    tenths = Counter(int(wait_s / bound_s * 10) for wait_s in waits_s)
    assert set(tenths) == set(range(10))
    # Each tenth gets a binomial share: five standard deviations, sqrt(10,000 · 0.1 · 0.9) = 30.
    assert all(abs(number - DRAWS / 10) < 150 for number in tenths.values())


def test_a_herd_that_lost_its_broker_together_comes_back_spread() -> None:
    """After a minute of failures fifty devices dial as if they had never known each other."""
    chance = SeededEntropy(7).uniform
    dials_s = []
    for _ in range(DEVICES):
        at_s, failures = 0.0, 0
        while at_s < 120.0:
            failures += 1
            at_s += delay_s(failures, chance())
            dials_s.append(at_s)
    late_s = [at_s for at_s in dials_s if 60.0 <= at_s < 120.0]
    in_a_second = Counter(int(at_s) for at_s in late_s)
    # Fifty devices that wait 5 s on average dial ten times a second; five standard deviations of a Poisson more.
    assert max(in_a_second.values()) <= 10 + 5 * 10**0.5
    assert len(in_a_second) == 60, "no second without one"


async def test_the_bus_waits_as_the_jitter_says_and_ever_longer() -> None:
    loop, dialled_s = asyncio.get_running_loop(), list[float]()

    def dial(_will: Will | None, _subscriptions: Subscriptions) -> Connection:
        dialled_s.append(loop.time())
        return ScriptedConnection(fails)

    bus = ReconnectingBus(dial, "a", jitter=lambda: 0.1, reconnect_cap_s=1.0)
    await bus.start()
    while len(dialled_s) < 5:  # noqa: ASYNC110 - a scripted connection sets no event
        await asyncio.sleep(0.01)
    await bus.stop()
    waits_s = [after - before for before, after in pairwise(dialled_s)]
    for wait_s, expected_s in zip(waits_s, (0.025, 0.05, 0.1, 0.1), strict=False):
        assert expected_s <= wait_s < expected_s + 0.05
