"""Every Nth, derived: counter, rights reached and rights open, from append-only facts and nothing else.

With c units counted, h of them history (imported, or sold before the program), g granted and N the step::

    open = max(0, floor(c / N) − floor(h / N) − g − held)

The order in which facts became known does not enter, so replaying, importing twice, or uploading late
changes nothing (acceptance D17, D20, D21). History moves the counter and opens no right: floor(h / N) is
what it reached by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.offers.model import Counted, ProgramFacts
from hub.offers.program import Program


@dataclass(frozen=True, slots=True)
class Tally:
    """The facts of one account under one program, added up; in visits if the program counts those."""

    every: int
    counted: int
    history: int
    granted: int
    held: int

    @property
    def counter(self) -> int:
        """How far the current round is: 0 … every − 1."""
        return self.counted % self.every

    def due(self, more: int = 0) -> int:
        """Rights open once `more` are counted too, without those that other baskets hold."""
        return max(0, self._reached(more) - self.held)

    def due_but_held(self, more: int = 0) -> bool:
        """Whether a right is only missing because another basket holds it."""
        return self.due(more) == 0 and self._reached(more) > 0

    def missing(self, more: int = 0) -> int:
        """How many after `more` until the next right is reached: 1 … every."""
        return self.every - (self.counted + more) % self.every

    def reached_count(self) -> int:
        """The count at which the oldest right still open was reached."""
        return (self.history // self.every + self.granted + 1) * self.every

    def _reached(self, more: int) -> int:
        return (self.counted + more) // self.every - self.history // self.every - self.granted


def measure(program: Program, units: int) -> int:
    """What `units` bought in one basket are worth to the counter: themselves, or one visit."""
    return units if program.counts == "units" else int(units > 0)


def _worth(program: Program, purchase: Counted) -> int:
    """History counts only from the program's window; what is live was sold inside it."""
    if not purchase.live and not program.open_at(purchase.sold_at_s):
        return 0
    return measure(program, purchase.units)


def tally(program: Program, facts: ProgramFacts) -> Tally:
    """Add up the facts of one account under `program`."""
    counted = history = 0
    for purchase in facts.purchases:
        worth = _worth(program, purchase)
        counted += worth
        history += 0 if purchase.live else worth
    return Tally(program.every, counted, history, facts.granted, facts.held)


def nth_purchase(program: Program, purchases: Iterable[Counted], n: int) -> Counted | None:
    """The purchase at which the running count first reaches `n` (≥ 1), in order of time, then of basket id.

    With `counts = "visits"` and n = 5 this is the first fifth visit of acceptance D20.
    """
    running = 0
    for purchase in sorted(purchases, key=lambda p: (p.sold_at_s, p.sale_id)):
        running += _worth(program, purchase)
        if running >= n:
            return purchase
    return None
