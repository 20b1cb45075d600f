"""Why an offer is made, in words: what was counted since when, the rule, the points, the version."""

from hub.offers.counting import Tally, nth_purchase
from hub.offers.model import ProgramFacts
from hub.offers.program import Program
from hub.texts import day, money, text
from hub.wire.base import LocalText

VERSION_SHOWN = 8
"""Characters of the version's hash that a person is shown; the decision holds all 64."""


def reasons(
    program: Program, facts: ProgramFacts, now: Tally, points: int, currency: str
) -> tuple[LocalText, ...]:
    """The sentences behind "why this?", from the same facts that decided (at most five)."""
    group = program.group.local
    sentences = [_counted(program, facts, now)]
    if now.due() > 0:
        reached = nth_purchase(program, facts.purchases, now.reached_count())
        assert reached is not None, "a right that is open was reached by some purchase"
        sentences.append(text("reason.open", reached=day(reached.sold_at_s)))
    sentences.append(
        text(
            f"reason.rule_{program.counts}",
            every=program.every,
            group=group,
            discount=discount_text(program, currency),
            points=program.points_per_unit,
        )
    )
    if points < program.points_per_unit:
        sentences.append(text("reason.points_short", needed=program.points_per_unit, observed=points))
    sentences.append(
        text("reason.program", label=program.label.local, version=program.version[:VERSION_SHOWN])
    )
    return tuple(sentences)


def discount_text(program: Program, currency: str) -> LocalText:
    """The discount as people write it."""
    percent = program.discount.percent
    if percent is not None:
        return LocalText(fr=f"{percent} %", en=f"{percent}%")
    assert program.discount.amount_minor is not None
    return money(program.discount.amount_minor, currency)


def _counted(program: Program, facts: ProgramFacts, now: Tally) -> LocalText:
    """How many count towards the next right, and since which purchase."""
    group = program.group.local
    if now.counted == 0:
        return text("reason.none_counted", group=group)
    # After a full round (counter 0) the round that was just completed is the one to speak of.
    count = now.counter or now.every
    first = nth_purchase(program, facts.purchases, now.counted - count + 1)
    assert first is not None, "what is counted was bought"
    return text(f"reason.counted_{program.counts}", group=group, count=count, since=day(first.sold_at_s))
