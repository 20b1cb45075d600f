"""Which basket an act at the kiosk belongs to: one pure state machine a till.

An act (a touch on one's symbol, a card or the app at the kiosk paired with the till) binds once, to the next
basket *opened* at that till within `ACT_LIFE_S`. A basket already open it enters only when the cashier
confirms. A card scanned at the till binds its own basket at once and wins over an act.

| phase | basket | bound | act waiting |
|---|---|---|---|
| IDLE | – | – | – |
| WAITING | – | – | yes |
| OPEN | yes | no | – |
| PENDING | yes | no | yes: the cashier is asked |
| BOUND | yes | yes | – |
| QUEUED | yes | yes | yes: of somebody else, for the next basket |

What each event leads to ("–": nothing happens; "ask": the cashier is asked; S: an act of the same person as
the one bound only makes the binding surer, so the phase stays):

| event | IDLE | WAITING | OPEN | PENDING | BOUND | QUEUED |
|---|---|---|---|---|---|---|
| ActGiven | WAITING | WAITING | PENDING, ask | PENDING, ask | QUEUED or S | QUEUED or S |
| ActWithdrawn (of the act) | – | IDLE | – | OPEN | – | BOUND |
| ActWithdrawn (of the bound) | – | – | – | – | OPEN, if not by card | PENDING, if not by card |
| BasketOpened | OPEN | BOUND | OPEN | BOUND | OPEN | BOUND |
| CardShown | – | – | BOUND | BOUND or QUEUED | BOUND | BOUND or QUEUED |
| CardRemoved | – | – | – | – | OPEN, if by card | PENDING, ask, if by card |
| Confirmed | – | – | – | BOUND | – | – |
| BasketClosed | – | – | IDLE | WAITING | IDLE | WAITING |
| Tick, act too old | – | IDLE | – | OPEN | – | BOUND |

A later act replaces an earlier one, which falls: the person now at the kiosk is the one about to pay, and two
acts waiting for one basket would be a guess.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from hub.offers.assurance import Assurance

ACT_LIFE_S: Final = 90.0
"""From the touch to the first scanned article: queueing time at one till (design, "One advert's way", 8)."""


@dataclass(frozen=True, slots=True)
class ActGiven:
    """Somebody recognised acted at the kiosk paired with this till."""

    till: str
    member_id: str
    account_id: str
    assurance: Assurance
    act_id: str


@dataclass(frozen=True, slots=True)
class ActWithdrawn:
    """Somebody declined, left, or withdrew their permission: their acts have no effect any more."""

    member_id: str


@dataclass(frozen=True, slots=True)
class BasketOpened:
    """The first article of a basket was scanned."""

    till: str
    basket_id: str


@dataclass(frozen=True, slots=True)
class CardShown:
    """A member's card was scanned into the basket."""

    till: str
    basket_id: str
    member_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The card was taken out of the basket again."""

    till: str
    basket_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The cashier says that the waiting act belongs to the open basket."""

    till: str
    basket_id: str


@dataclass(frozen=True, slots=True)
class BasketClosed:
    """The basket was paid or given up."""

    till: str
    basket_id: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


BindingEvent = (
    ActGiven | ActWithdrawn | BasketOpened | CardShown | CardRemoved | Confirmed | BasketClosed | Tick
)


@dataclass(frozen=True, slots=True)
class Bind:
    """From now on the basket is this member's."""

    till: str
    basket_id: str
    member_id: str
    account_id: str
    assurance: Assurance
    by_card: bool


@dataclass(frozen=True, slots=True)
class Unbind:
    """From now on the basket is nobody's."""

    till: str
    basket_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class AskCashier:
    """Ask at the till whether this act belongs to the open basket."""

    till: str
    basket_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class Lapse:
    """An act fell. `reason`: expired, replaced, withdrawn."""

    till: str
    member_id: str
    act_id: str
    reason: str


Command = Bind | Unbind | AskCashier | Lapse


class Phase(Enum):
    """Where one till stands; see the table above."""

    IDLE = "idle"
    WAITING = "waiting"
    OPEN = "open"
    PENDING = "pending"
    BOUND = "bound"
    QUEUED = "queued"


@dataclass(frozen=True, slots=True)
class _Act:
    given: ActGiven
    expires_at_s: float


@dataclass(frozen=True, slots=True)
class TillState:
    """One till: its current basket, whom it is bound to, the act waiting."""

    till: str
    basket_id: str | None = None
    bound: Bind | None = None
    act: _Act | None = None

    @property
    def phase(self) -> Phase:
        """The row of the table."""
        if self.basket_id is None:
            return Phase.WAITING if self.act else Phase.IDLE
        if self.bound:
            return Phase.QUEUED if self.act else Phase.BOUND
        return Phase.PENDING if self.act else Phase.OPEN


Step = tuple[TillState, tuple[Command, ...]]


class Binding:
    """All tills of the store.

    Args:
        tills: their names; an event that names another till is a bug of the caller.
    """

    def __init__(self, tills: tuple[str, ...]) -> None:
        self._states = {till: TillState(till) for till in tills}

    def phase(self, till: str) -> Phase:
        """Where that till stands."""
        return self._states[till].phase

    def pending(self, till: str, basket_id: str) -> bool:
        """Whether the cashier is being asked about this basket."""
        state = self._states[till]
        return state.phase is Phase.PENDING and state.basket_id == basket_id

    def handle(self, event: BindingEvent, now_s: float) -> tuple[Command, ...]:
        """Take one event; returns what is to be done, in order."""
        tills = self._states if isinstance(event, ActWithdrawn | Tick) else (event.till,)
        commands: list[Command] = []
        for till in tills:
            state, fallen = _expire(self._states[till], now_s)
            self._states[till], more = _step(state, event, now_s)
            commands += (*fallen, *more)
        return tuple(commands)


def _step(state: TillState, event: BindingEvent, now_s: float) -> Step:
    match event:
        case ActGiven():
            return _act_given(state, event, now_s)
        case ActWithdrawn():
            return _withdrawn(state, event.member_id)
        case BasketOpened():
            return _opened(state, event.basket_id)
        case CardShown():
            return _card_shown(state, event)
        case CardRemoved():
            return _card_removed(state, event)
        case Confirmed():
            return _confirmed(state, event.basket_id)
        case BasketClosed():
            if state.basket_id != event.basket_id:
                return state, ()
            return replace(state, basket_id=None, bound=None), ()
        case Tick():
            return state, ()


def _expire(state: TillState, now_s: float) -> Step:
    if state.act is None or now_s < state.act.expires_at_s:
        return state, ()
    return replace(state, act=None), (_lapse(state.act, "expired"),)


def _lapse(act: _Act, reason: str) -> Lapse:
    return Lapse(act.given.till, act.given.member_id, act.given.act_id, reason)


def _bind(given: ActGiven, basket_id: str) -> Bind:
    return Bind(given.till, basket_id, given.member_id, given.account_id, given.assurance, by_card=False)


def _act_given(state: TillState, given: ActGiven, now_s: float) -> Step:
    bound = state.bound
    if bound and bound.member_id == given.member_id:
        if given.assurance <= bound.assurance:
            return state, ()
        surer = replace(bound, assurance=given.assurance)
        return replace(state, bound=surer), (surer,)
    fallen = (_lapse(state.act, "replaced"),) if state.act else ()
    ask = (AskCashier(state.till, state.basket_id, given.member_id),) if state.basket_id and not bound else ()
    return replace(state, act=_Act(given, now_s + ACT_LIFE_S)), (*fallen, *ask)


def _withdrawn(state: TillState, member_id: str) -> Step:
    fallen: tuple[Command, ...] = ()
    if state.act and state.act.given.member_id == member_id:
        fallen = (_lapse(state.act, "withdrawn"),)
        state = replace(state, act=None)
    bound = state.bound
    # A card is membership, a contract of its own: stopping recognition takes nothing from it (A17).
    if bound is None or bound.member_id != member_id or bound.by_card:
        return state, fallen
    state, unbound = _unbind(state, bound)
    return state, (*fallen, *unbound)


def _unbind(state: TillState, bound: Bind) -> Step:
    ask = (AskCashier(state.till, bound.basket_id, state.act.given.member_id),) if state.act else ()
    return replace(state, bound=None), (Unbind(state.till, bound.basket_id, bound.member_id), *ask)


def _opened(state: TillState, basket_id: str) -> Step:
    if state.basket_id == basket_id:
        return state, ()
    if state.act is None:
        return replace(state, basket_id=basket_id, bound=None), ()
    bound = _bind(state.act.given, basket_id)
    return TillState(state.till, basket_id, bound), (bound,)


def _card_shown(state: TillState, card: CardShown) -> Step:
    bound = Bind(
        state.till, card.basket_id, card.member_id, card.account_id, Assurance.POSSESSION, by_card=True
    )
    if state.basket_id != card.basket_id:
        # A suspended basket that goes on: its card is its own affair, the acts are for the current one.
        return state, (bound,)
    if bound == state.bound:
        return state, ()
    act = state.act if state.act and state.act.given.member_id != card.member_id else None
    return replace(state, bound=bound, act=act), (bound,)


def _card_removed(state: TillState, card: CardRemoved) -> Step:
    if state.basket_id != card.basket_id:
        return state, (Unbind(state.till, card.basket_id, card.member_id),)
    if state.bound is None or not state.bound.by_card:
        return state, ()
    return _unbind(state, state.bound)


def _confirmed(state: TillState, basket_id: str) -> Step:
    if state.act is None or state.bound or state.basket_id != basket_id:
        return state, ()
    bound = _bind(state.act.given, basket_id)
    return replace(state, bound=bound, act=None), (bound,)
