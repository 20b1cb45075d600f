"""What a till is answered. Every effect and refusal carries a ticket line of at most 40 characters."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from hub.offers.model import Quote, Refusal
from hub.wire.base import LocalText

CustomerState = Literal["none", "bound", "pending_confirmation"]


class AnswerModel(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True)


class EffectOut(AnswerModel):
    """A discount on one line."""

    program: str
    line: int
    units: int
    discount_minor: int
    points: int
    ticket: LocalText


class RefusalOut(AnswerModel):
    """Why something is not given: what was observed, what was needed (acceptance D23)."""

    code: str
    program: str | None
    observed: int | str
    needed: int | str
    ticket: LocalText


class NearMissOut(AnswerModel):
    """How far the next right is."""

    program: str
    missing: int
    ticket: LocalText


class QuoteOut(AnswerModel):
    """The answer to a basket. The discount in it is what `hold` will settle."""

    basket_id: str
    revision: int
    quote_id: str
    expires_at: datetime
    customer: CustomerState
    total_minor: int
    discount_minor: int
    to_pay_minor: int
    points_used: int
    points_earned: int
    effects: tuple[EffectOut, ...]
    refusals: tuple[RefusalOut, ...]
    near_misses: tuple[NearMissOut, ...]
    ticket: tuple[LocalText, ...]
    decision_id: str | None


class HoldOut(AnswerModel):
    """Settled: a commit under this hold before `expires_at` never refuses."""

    basket_id: str
    hold_id: str
    expires_at: datetime
    discount_minor: int
    to_pay_minor: int
    points_used: int


class ProgramAfter(AnswerModel):
    """Where the account stands in a program once the sale is posted."""

    program: str
    counter: int
    every: int
    open_rights: int
    ticket: LocalText


class CommitOut(AnswerModel):
    """Posted. `status` is `not_a_member` when nobody was bound: then nothing is kept.

    `ticket` says what is left, for the member's own eyes: the balance and the counters are on no screen.
    """

    basket_id: str
    status: Literal["posted", "not_a_member"]
    total_minor: int
    discount_minor: int
    paid_minor: int
    points_used: int
    points_earned: int
    points_balance: int
    programs: tuple[ProgramAfter, ...]
    ticket: tuple[LocalText, ...]
    decision_id: str | None


class VoidOut(AnswerModel):
    """Given up; whatever was held is free."""

    basket_id: str
    status: Literal["voided"] = "voided"


class ReturnOut(AnswerModel):
    """What is to be paid back, and the points given back and taken back."""

    return_id: str
    basket_id: str
    refund_minor: int
    points_returned: int
    points_withdrawn: int
    programs: tuple[ProgramAfter, ...]


class LateOut(AnswerModel):
    """A late sale: posted, known already (then as it stands), or nobody's (then nothing is kept)."""

    basket_id: str
    status: Literal["posted", "already_posted", "not_a_member"]
    late: bool = True
    discount_minor: int
    points_used: int
    points_earned: int
    refusals: tuple[RefusalOut, ...] = ()
    programs: tuple[ProgramAfter, ...] = ()


class DecisionOut(AnswerModel):
    """Why: the facts used, the program versions, the permission record, effects and refusals."""

    decision_id: str
    decided_at: datetime
    permission: str
    content: dict[str, Any]


class HealthOut(AnswerModel):
    """The hub answers."""

    status: Literal["ok"] = "ok"
    store: str
    programs: int
    open_baskets: int
    other_versions: dict[str, str] = {}
    """Nodes and kiosks ("node n1") that speak another version than this hub, and how that shows: to be upgraded."""
    suspected: int = 0
    """How often since its start the hub heard a member's identifier repeated by somebody else; whose is not told."""


def moment(at_s: float) -> datetime:
    """Store time as the interface writes it: UTC, ISO 8601."""
    return datetime.fromtimestamp(at_s, UTC)


def refusals_out(refusals: tuple[Refusal, ...]) -> tuple[RefusalOut, ...]:
    """Refusals as the interface writes them."""
    return tuple(
        RefusalOut(code=r.code, program=r.program_id, observed=r.observed, needed=r.needed, ticket=r.ticket)
        for r in refusals
    )


def quote_out(
    quote: Quote,
    *,
    basket_id: str,
    revision: int,
    quote_id: str,
    expires_at_s: float,
    customer: CustomerState,
    extra_ticket: tuple[LocalText, ...],
    decision_id: str | None,
) -> QuoteOut:
    """A quote as the interface writes it. `extra_ticket` are lines that belong to no program."""
    ticket = (
        *(effect.ticket for effect in quote.effects),
        *(refusal.ticket for refusal in quote.refusals),
        *(near.ticket for near in quote.near_misses),
        *extra_ticket,
    )
    return QuoteOut(
        basket_id=basket_id,
        revision=revision,
        quote_id=quote_id,
        expires_at=moment(expires_at_s),
        customer=customer,
        total_minor=quote.total_minor,
        discount_minor=quote.discount_minor,
        to_pay_minor=quote.to_pay_minor,
        points_used=quote.points_used,
        points_earned=quote.points_earned,
        effects=tuple(
            EffectOut(
                program=e.program_id,
                line=e.line,
                units=e.units,
                discount_minor=e.discount_minor,
                points=e.points,
                ticket=e.ticket,
            )
            for e in quote.effects
        ),
        refusals=refusals_out(quote.refusals),
        near_misses=tuple(
            NearMissOut(program=n.program_id, missing=n.missing, ticket=n.ticket) for n in quote.near_misses
        ),
        ticket=ticket,
        decision_id=decision_id,
    )
