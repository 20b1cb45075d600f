"""What the two kinds of recording share in their figures."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Crossing:
    """The beacon truly went into `zone` at `at_s`."""

    at_s: float
    zone: str


DIGITS = 4


def share(part: int, whole: int) -> float | None:
    """A part of a whole; None of nothing."""
    return round(part / whole, DIGITS) if whole else None


def quantile(values: Sequence[float], q: float) -> float | None:
    """The value below which the share `q` of all lies, between the two around it; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    at = q * (len(ordered) - 1)
    low, high = ordered[math.floor(at)], ordered[math.ceil(at)]
    return round(low + (high - low) * (at - math.floor(at)), DIGITS)


def median_and(values: Sequence[float], name: str, q: float) -> Json:
    """A median and one quantile more, by its name."""
    return {"median": quantile(values, 0.5), name: quantile(values, q)}


def switches(decided: Iterable[tuple[float, str | None]]) -> Iterator[tuple[float, str]]:
    """The moments at which another zone is named than was named last; naming none is no switch."""
    named: str | None = None
    for at_s, zone in decided:
        if zone is not None and zone != named:
            if named is not None:
                yield at_s, zone
            named = zone
