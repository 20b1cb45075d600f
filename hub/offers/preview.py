"""What the kiosk may show of an account's programs before there is a basket. Pure."""

from dataclasses import dataclass

from hub.offers.assurance import Assurance
from hub.offers.counting import tally
from hub.offers.model import AccountFacts, ProgramFacts
from hub.offers.program import Program
from hub.offers.reasons import reasons
from hub.wire.base import LocalText


@dataclass(frozen=True, slots=True)
class LastPaid:
    """The shelf price of the group's product the account bought last."""

    product: str
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class ProgramState:
    """One program as its member may see it.

    Attributes:
        counter: how far the round is, 0 … every − 1.
        open_right: rights reached and not yet taken.
        next_unit_due: whether one more unit (or visit) now would be rewarded, points allowing.
        points: the balance, less what live holds have reserved.
        points_needed: for one rewarded unit.
        product, price_minor, discount_minor: for the product bought last, at the price of then; None if
            none was. needed_to_reveal, needed_to_redeem: the assurances the program asks for.
    """

    program_id: str
    program_version: str
    label: LocalText
    group: LocalText
    every: int
    counter: int
    open_right: int
    next_unit_due: bool
    points: int
    points_needed: int
    product: str | None
    price_minor: int | None
    discount_minor: int | None
    reasons: tuple[LocalText, ...]
    needed_to_reveal: Assurance
    needed_to_redeem: Assurance

    @property
    def affordable(self) -> bool:
        """Whether the points cover one rewarded unit."""
        return self.points >= self.points_needed


def preview(
    facts: AccountFacts,
    last_paid: dict[str, LastPaid],
    programs: tuple[Program, ...],
    currency: str,
    now_s: float,
) -> tuple[ProgramState, ...]:
    """Where the account stands in every program in force, what is nearest to a reward first.

    Args:
        facts: of the account.
        last_paid: program id → the last purchase in its group.
        programs: all of the store.
        currency: of the store.
        now_s: store time.
    """
    states = [
        _state(
            program,
            facts.programs.get(program.id, ProgramFacts()),
            facts.points,
            last_paid.get(program.id),
            currency,
        )
        for program in programs
        if program.open_at(now_s)
    ]
    return tuple(sorted(states, key=lambda s: (not s.next_unit_due, s.every - s.counter, s.program_id)))


def _state(
    program: Program, facts: ProgramFacts, points: int, last: LastPaid | None, currency: str
) -> ProgramState:
    now = tally(program, facts)
    return ProgramState(
        program_id=program.id,
        program_version=program.version,
        label=program.label.local,
        group=program.group.local,
        every=program.every,
        counter=now.counter,
        open_right=now.due(),
        next_unit_due=now.due(1) > 0,
        points=points,
        points_needed=program.points_per_unit,
        product=last.product if last else None,
        price_minor=last.unit_price_minor if last else None,
        discount_minor=program.discount.of(1, last.unit_price_minor, last.unit_price_minor) if last else None,
        reasons=reasons(program, facts, now, points, currency),
        needed_to_reveal=program.needed_to_reveal,
        needed_to_redeem=program.needed_to_redeem,
    )
