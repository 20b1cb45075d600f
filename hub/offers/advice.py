"""What `program check` says about a program: warnings, and whether it recognises or entices."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.offers.program import Program

MAX_CONSUMER_PERCENT: Final = 34
"""The cap of French law (EGalim and the laws after it) on promotions of consumer goods, in percent of the
price.
"""

SHORT_WINDOW_DAYS: Final = 28
"""Nobody buys five of anything they need in four weeks because of their own rhythm; an end that close is
pressure.
"""


class Character(StrEnum):
    """Whether a program rewards what somebody does anyway, or presses them to do more."""

    RECOGNISING = "recognising"
    ENTICING = "enticing"


@dataclass(frozen=True, slots=True)
class Advice:
    """The character of a program and what its owner should look at."""

    character: Character
    warnings: tuple[str, ...]


def advise(program: Program) -> Advice:
    """Judge one program.

    *Enticing* is a program that ends within `SHORT_WINDOW_DAYS` of its beginning, or brings more than
    `MAX_CONSUMER_PERCENT`; every other one is *recognising*: it rewards the group it counts, whenever one
    buys it.
    """
    warnings: list[str] = []
    percent = program.discount.percent
    steep = percent is not None and percent > MAX_CONSUMER_PERCENT
    if steep:
        warnings.append(
            f"discount.percent = {percent}: above {MAX_CONSUMER_PERCENT} % on consumer goods is not lawful"
        )
    if percent is None:
        warnings.append("discount.amount_minor: its share of the price is unknown here; keep it below 34 %")
    if "gratuit" in f"{program.label.fr} {program.group.fr}".lower():
        warnings.append("label: the word « gratuit » is not allowed for food (EGalim)")
    short = (
        program.valid_from is not None
        and program.valid_until is not None
        and (program.valid_until - program.valid_from).days < SHORT_WINDOW_DAYS
    )
    if short:
        warnings.append(
            f"valid_until: within {SHORT_WINDOW_DAYS} days of valid_from, it presses people to buy"
        )
    return Advice(Character.ENTICING if steep or short else Character.RECOGNISING, tuple(warnings))
