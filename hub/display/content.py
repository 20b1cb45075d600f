"""What the offers say, as the contents of a screen. Pure."""

from hub.offers.assurance import Assurance
from hub.offers.model import Quote
from hub.offers.preview import ProgramState
from hub.till.events import SaleCommitted
from hub.wire.display import Offer, Progress, Thanks

MAX_REASONS = 6
"""The wire takes no more (`hub.wire.display.Offer.reasons`), and nobody reads more at a till."""


def before_basket(states: tuple[ProgramState, ...], assurance: Assurance) -> Offer | Progress | None:
    """What somebody who acted may see before the till has a basket of theirs.

    Args:
        states: where they stand in every program in force, nearest to a reward first.
        assurance: how sure we are who they are; programs that ask for more are left out.

    Returns:
        An offer when the next unit is rewarded and the points cover it, else how far it is; None when no
        program is left to speak of.
    """
    for state in states:
        if state.needed_to_reveal <= assurance:
            return _of_state(state)
    return None


def _of_state(state: ProgramState) -> Offer | Progress:
    reasons = state.reasons[:MAX_REASONS]
    if (
        state.next_unit_due
        and state.affordable
        and state.product is not None
        and state.price_minor is not None
        and state.discount_minor is not None
    ):
        return Offer(
            group=state.group,
            product=state.product,
            price_minor=state.price_minor,
            discount_minor=state.discount_minor,
            points_used=state.points_needed,
            counter=state.counter,
            every=state.every,
            at_till=False,
            reasons=reasons,
        )
    return Progress(group=state.group, counter=state.counter, every=state.every, reasons=reasons)


def in_basket(quote: Quote) -> Offer | Progress | None:
    """What the quote of a member's basket says: its largest discount, else how far its program is now.

    Returns:
        None when the basket touches no program.
    """
    standings = {standing.program_id: standing for standing in quote.standings}
    if quote.effects:
        effect = max(quote.effects, key=lambda e: (e.discount_minor, -e.line))
        standing = standings[effect.program_id]
        return Offer(
            group=effect.group,
            product=effect.product[:80],
            price_minor=effect.unit_price_minor,
            discount_minor=effect.discount_minor,
            points_used=effect.points,
            counter=standing.counter_before,
            every=standing.every,
            at_till=True,
            reasons=standing.reasons[:MAX_REASONS],
        )
    for standing in quote.standings:
        return Progress(
            group=standing.group,
            counter=standing.counter_after,
            every=standing.every,
            reasons=standing.reasons[:MAX_REASONS],
        )
    return None


def thanks(sale: SaleCommitted) -> Thanks | None:
    """What a committed sale says; None when it touched no program."""
    if sale.every == 0:
        return None
    return Thanks(
        discount_minor=sale.discount_minor,
        points_used=sale.points_used,
        counter=sale.counter,
        every=sale.every,
    )
