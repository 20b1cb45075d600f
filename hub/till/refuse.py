"""Every problem a till can be told, in one place: status, code, what, and what to do."""

from hub.offers.model import Refusal
from hub.texts import text
from hub.till.problem import TillProblem


def unknown_till(till: str) -> TillProblem:
    """The store has no such till."""
    return TillProblem(
        404, "unknown_till", f"there is no till {till!r}", "add it under [tills] in the hub's file"
    )


def unknown_basket(basket_id: str) -> TillProblem:
    """No such basket is open here (perhaps the hub was restarted)."""
    return TillProblem(404, "unknown_basket", f"no open basket {basket_id!r}", "PUT the whole basket again")


def other_till(basket_id: str) -> TillProblem:
    """A basket belongs to the till that opened it."""
    return TillProblem(
        409, "basket_of_other_till", f"basket {basket_id!r} is another till's", "use ids of your own"
    )


def basket_posted(basket_id: str) -> TillProblem:
    """What is posted changes by returns only."""
    return TillProblem(
        409,
        "already_committed",
        f"basket {basket_id!r} is posted",
        "open a new basket, or return its products",
    )


def stale_revision(got: int, current: int) -> TillProblem:
    """A newer snapshot of this basket is here, or another one under the same number."""
    return TillProblem(
        409,
        "stale_revision",
        f"revision {got}, but {current} is here",
        "raise the revision with every change",
    )


def nothing_to_confirm(basket_id: str) -> TillProblem:
    """Nobody is waiting to enter that basket."""
    return TillProblem(
        409, "nothing_to_confirm", f"no act is waiting for basket {basket_id!r}", "let the customer act again"
    )


def quote_gone(refusals: tuple[Refusal, ...] = ()) -> TillProblem:
    """The quote the till names does not stand any more: it expired, or whose basket it is changed."""
    return TillProblem(
        409,
        "quote_changed",
        "this quote does not stand any more",
        "PUT the basket again and show the new quote before payment",
        ticket=text("ticket.worse"),
        refusals=refusals,
    )


def quote_worse(refusals: tuple[Refusal, ...]) -> TillProblem:
    """What was quoted cannot be given any more; nothing is changed silently (acceptance D18)."""
    return TillProblem(
        409,
        "quote_worse",
        "the discount that was quoted cannot be given any more",
        "PUT the basket again and show the new quote before payment",
        ticket=text("ticket.worse"),
        refusals=refusals,
    )


def customer_gone() -> TillProblem:
    """The person withdrew, or their membership ended, after the quote."""
    return TillProblem(
        409,
        "customer_gone",
        "the customer of this quote withdrew",
        "PUT the basket again and show the new quote before payment",
        ticket=text("ticket.binding_gone"),
    )


def unknown_hold(hold_id: str) -> TillProblem:
    """No such hold for this basket."""
    return TillProblem(
        404, "unknown_hold", f"no hold {hold_id!r} for this basket", "PUT and hold the basket again"
    )


def hold_released() -> TillProblem:
    """The hold was given up: a newer snapshot came, or the basket was voided."""
    return TillProblem(409, "hold_released", "this hold was given up", "PUT and hold the basket again")


def key_missing() -> TillProblem:
    """Posting needs a key, so that a retry has no second effect."""
    return TillProblem(
        400,
        "idempotency_key_missing",
        "the Idempotency-Key header is missing or not 8 to 128 printable characters",
        "send a fresh random key with each request, and the same one with each retry of it",
    )


def key_reused() -> TillProblem:
    """The same key came with another request."""
    return TillProblem(
        422,
        "idempotency_key_reused",
        "this Idempotency-Key was used for another request",
        "take a fresh key for each request",
    )


def unknown_sale(basket_id: str) -> TillProblem:
    """Nothing is known of that basket: perhaps it was nobody's."""
    return TillProblem(
        404, "unknown_sale", f"no posted basket {basket_id!r}", "refund without us: no account is concerned"
    )


def unknown_line(line: int) -> TillProblem:
    """The basket has no such line."""
    return TillProblem(422, "unknown_line", f"the basket has no line {line}", "name lines as they were sold")


def over_returned(line: int, left: int, asked: int) -> TillProblem:
    """More units come back than were sold."""
    return TillProblem(
        409,
        "over_returned",
        f"line {line}: {left} units left to return, {asked} asked",
        "return what is left",
    )


def future_sale() -> TillProblem:
    """A late sale cannot lie ahead."""
    return TillProblem(422, "sold_in_future", "sold_at lies in the future", "set the till's clock")


def unknown_decision(decision_id: str) -> TillProblem:
    """No such decision."""
    return TillProblem(
        404, "unknown_decision", f"no decision {decision_id!r}", "take the id from a quote or commit"
    )
