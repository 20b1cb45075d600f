"""Which units of a basket a program rewards: the dearest first, then in the order of the lines."""

from dataclasses import dataclass

from hub.offers.model import Line
from hub.offers.program import Program


@dataclass(slots=True)
class Shelf:
    """What is left of one line for programs to reward: a unit serves one purpose once."""

    line: Line
    free_units: int
    payable_minor: int


@dataclass(frozen=True, slots=True)
class Reward:
    """Some units of one line and what they bring."""

    line: Line
    units: int
    discount_minor: int


def shelves(lines: tuple[Line, ...]) -> tuple[Shelf, ...]:
    """Every line, wholly free."""
    return tuple(Shelf(line, line.quantity, line.payable_minor) for line in lines)


def allocate(program: Program, basket: tuple[Shelf, ...], units: int) -> tuple[Reward, ...]:
    """Choose up to `units` units of the program's group; changes nothing (see `take`).

    A line bears only as many rewarded units as still bring something: no right is spent for nothing.
    The work is per line, whatever the quantities.
    """
    rewards: list[Reward] = []
    group = [shelf for shelf in basket if shelf.line.product_id in program.product_set]
    for shelf in sorted(group, key=lambda s: (-s.line.unit_price_minor, s.line.line)):
        price_minor = shelf.line.unit_price_minor
        bearable = program.discount.most_units(price_minor, shelf.payable_minor)
        chosen = min(units, shelf.free_units, bearable)
        discount_minor = program.discount.of(chosen, price_minor, shelf.payable_minor)
        if discount_minor > 0:
            rewards.append(Reward(shelf.line, chosen, discount_minor))
            units -= chosen
    return tuple(rewards)


def take(basket: tuple[Shelf, ...], rewards: tuple[Reward, ...]) -> None:
    """Mark the rewarded units as used, for the programs that come after."""
    by_line = {shelf.line.line: shelf for shelf in basket}
    for reward in rewards:
        shelf = by_line[reward.line.line]
        shelf.free_units -= reward.units
        shelf.payable_minor -= reward.discount_minor
