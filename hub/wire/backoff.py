"""How long to wait before connecting again."""

from typing import Final

BASE_S: Final = 0.25
"""The longest first wait: a broker's restart takes a few hundredths of a second on a hub."""

CAP_S: Final = 10.0
"""The longest wait at all: what a kiosk may stay cut off after the cable is back, and the span over which
fifty devices of a store spread their connects once the hub has power again."""


def delay_s(failures: int, chance: float, cap_s: float = CAP_S) -> float:
    """Full jitter: anything between nothing and a bound that doubles with each failure in a row.

    Spreads a herd better than a fixed wait with a little noise (M. Brooker, "Exponential Backoff And Jitter",
    AWS Architecture Blog, 2015).

    Args:
        failures: attempts that failed in a row, ≥ 1.
        chance: a random number in [0, 1).
        cap_s: the bound's own bound, in seconds.

    Returns:
        Wall seconds, in [0, cap_s).
    """
    assert failures >= 1, "who has not failed does not wait"
    # 2 ** 10 times the base is past any sensible cap; beyond it the power would only grow into an overflow.
    return chance * min(cap_s, BASE_S * 2.0 ** min(failures - 1, 10))
