"""The binding of acts to baskets: every state × event, and the story each row tells."""

import pytest

from hub.offers.assurance import Assurance
from hub.till.binding import (
    ACT_LIFE_S,
    ActGiven,
    ActWithdrawn,
    AskCashier,
    BasketClosed,
    BasketOpened,
    Bind,
    Binding,
    BindingEvent,
    CardRemoved,
    CardShown,
    Command,
    Confirmed,
    Lapse,
    Phase,
    Tick,
    Unbind,
)


def act(who: str = "a", act_id: str = "1", assurance: Assurance = Assurance.TOUCH) -> ActGiven:
    return ActGiven("t1", who, f"account-{who}", assurance, act_id)


def opened(basket: str = "x") -> BasketOpened:
    return BasketOpened("t1", basket)


def card(who: str, basket: str = "x") -> CardShown:
    return CardShown("t1", basket, who, f"account-{who}")


def bind(
    who: str, basket: str = "x", assurance: Assurance = Assurance.TOUCH, *, by_card: bool = False
) -> Bind:
    return Bind("t1", basket, who, f"account-{who}", assurance, by_card)


def by_card(who: str, basket: str = "x") -> Bind:
    return bind(who, basket, Assurance.POSSESSION, by_card=True)


WAYS: dict[Phase, tuple[BindingEvent, ...]] = {
    Phase.IDLE: (),
    Phase.WAITING: (act(),),
    Phase.OPEN: (opened(),),
    Phase.PENDING: (opened(), act()),
    Phase.BOUND: (act(), opened()),
    Phase.QUEUED: (act(), opened(), act("b", "2")),
}
"""How to get into each phase: A acts (and is bound), B queues."""

OTHER = act("c", "3")

TABLE: list[tuple[Phase, BindingEvent, Phase, tuple[Command, ...]]] = [
    # an act of somebody else
    (Phase.IDLE, OTHER, Phase.WAITING, ()),
    (Phase.WAITING, OTHER, Phase.WAITING, (Lapse("t1", "a", "1", "replaced"),)),
    (Phase.OPEN, OTHER, Phase.PENDING, (AskCashier("t1", "x", "c"),)),
    (
        Phase.PENDING,
        OTHER,
        Phase.PENDING,
        (Lapse("t1", "a", "1", "replaced"), AskCashier("t1", "x", "c")),
    ),
    (Phase.BOUND, OTHER, Phase.QUEUED, ()),
    (Phase.QUEUED, OTHER, Phase.QUEUED, (Lapse("t1", "b", "2", "replaced"),)),
    # a surer, and a weaker, act of A
    (
        Phase.BOUND,
        act("a", "4", Assurance.POSSESSION),
        Phase.BOUND,
        (bind("a", assurance=Assurance.POSSESSION),),
    ),
    (
        Phase.QUEUED,
        act("a", "4", Assurance.POSSESSION),
        Phase.QUEUED,
        (bind("a", assurance=Assurance.POSSESSION),),
    ),
    (Phase.BOUND, act("a", "4"), Phase.BOUND, ()),
    # A withdraws
    (Phase.IDLE, ActWithdrawn("a"), Phase.IDLE, ()),
    (Phase.WAITING, ActWithdrawn("a"), Phase.IDLE, (Lapse("t1", "a", "1", "withdrawn"),)),
    (Phase.OPEN, ActWithdrawn("a"), Phase.OPEN, ()),
    (Phase.PENDING, ActWithdrawn("a"), Phase.OPEN, (Lapse("t1", "a", "1", "withdrawn"),)),
    (Phase.BOUND, ActWithdrawn("a"), Phase.OPEN, (Unbind("t1", "x", "a"),)),
    (Phase.QUEUED, ActWithdrawn("a"), Phase.PENDING, (Unbind("t1", "x", "a"), AskCashier("t1", "x", "b"))),
    (Phase.QUEUED, ActWithdrawn("b"), Phase.BOUND, (Lapse("t1", "b", "2", "withdrawn"),)),
    # a next basket
    (Phase.IDLE, opened("y"), Phase.OPEN, ()),
    (Phase.WAITING, opened("y"), Phase.BOUND, (bind("a", "y"),)),
    (Phase.OPEN, opened("y"), Phase.OPEN, ()),
    (Phase.PENDING, opened("y"), Phase.BOUND, (bind("a", "y"),)),
    (Phase.BOUND, opened("y"), Phase.OPEN, ()),
    (Phase.QUEUED, opened("y"), Phase.BOUND, (bind("b", "y"),)),
    (Phase.PENDING, opened("x"), Phase.PENDING, ()),
    # a card
    (Phase.IDLE, card("c"), Phase.IDLE, (by_card("c"),)),
    (Phase.WAITING, card("c"), Phase.WAITING, (by_card("c"),)),
    (Phase.OPEN, card("c"), Phase.BOUND, (by_card("c"),)),
    (Phase.PENDING, card("c"), Phase.QUEUED, (by_card("c"),)),
    (Phase.PENDING, card("a"), Phase.BOUND, (by_card("a"),)),
    (Phase.BOUND, card("c"), Phase.BOUND, (by_card("c"),)),
    (Phase.QUEUED, card("c"), Phase.QUEUED, (by_card("c"),)),
    (Phase.QUEUED, card("b"), Phase.BOUND, (by_card("b"),)),
    (Phase.OPEN, card("c", "suspended"), Phase.OPEN, (by_card("c", "suspended"),)),
    # a card taken out again (none is in these baskets but that of a suspended one)
    *(
        (phase, CardRemoved("t1", "x", "a"), phase, ())
        for phase in (Phase.OPEN, Phase.PENDING, Phase.BOUND, Phase.QUEUED)
    ),
    *((phase, CardRemoved("t1", "s", "a"), phase, (Unbind("t1", "s", "a"),)) for phase in Phase),
    # the cashier says yes
    *(
        (phase, Confirmed("t1", "x"), phase, ())
        for phase in (Phase.IDLE, Phase.WAITING, Phase.OPEN, Phase.BOUND, Phase.QUEUED)
    ),
    (Phase.PENDING, Confirmed("t1", "x"), Phase.BOUND, (bind("a"),)),
    (Phase.PENDING, Confirmed("t1", "y"), Phase.PENDING, ()),
    # the basket is paid or given up
    (Phase.IDLE, BasketClosed("t1", "x"), Phase.IDLE, ()),
    (Phase.WAITING, BasketClosed("t1", "x"), Phase.WAITING, ()),
    (Phase.OPEN, BasketClosed("t1", "x"), Phase.IDLE, ()),
    (Phase.PENDING, BasketClosed("t1", "x"), Phase.WAITING, ()),
    (Phase.BOUND, BasketClosed("t1", "x"), Phase.IDLE, ()),
    (Phase.QUEUED, BasketClosed("t1", "x"), Phase.WAITING, ()),
    (Phase.BOUND, BasketClosed("t1", "suspended"), Phase.BOUND, ()),
    # time
    *((phase, Tick(), phase, ()) for phase in Phase),
]


def machine(phase: Phase) -> Binding:
    binding = Binding(("t1", "t2"))
    for event in WAYS[phase]:
        binding.handle(event, 0.0)
    assert binding.phase("t1") is phase
    return binding


@pytest.mark.parametrize(("phase", "event", "after", "commands"), TABLE)
def test_every_state_and_event(
    phase: Phase, event: BindingEvent, after: Phase, commands: tuple[Command, ...]
) -> None:
    binding = machine(phase)
    assert binding.handle(event, 1.0) == commands
    assert binding.phase("t1") is after
    assert binding.phase("t2") is Phase.IDLE


def test_the_table_walks_every_state_and_event() -> None:
    walked = {(phase, type(event)) for phase, event, _after, _commands in TABLE}
    kinds = {ActGiven, ActWithdrawn, BasketOpened, CardShown, CardRemoved, Confirmed, BasketClosed, Tick}
    assert walked == {(phase, kind) for phase in Phase for kind in kinds}


@pytest.mark.parametrize(
    ("phase", "who", "after"),
    [(Phase.WAITING, "a", Phase.IDLE), (Phase.PENDING, "a", Phase.OPEN), (Phase.QUEUED, "b", Phase.BOUND)],
)
def test_an_act_expires_after_90_s_and_not_a_second_before(phase: Phase, who: str, after: Phase) -> None:
    binding = machine(phase)
    assert binding.handle(Tick(), ACT_LIFE_S - 0.1) == ()
    assert [c.reason for c in binding.handle(Tick(), ACT_LIFE_S) if isinstance(c, Lapse)] == ["expired"]
    assert binding.phase("t1") is after


def test_an_expired_act_binds_nothing_even_before_a_tick() -> None:
    binding = machine(Phase.WAITING)
    assert [type(c) for c in binding.handle(opened("y"), ACT_LIFE_S)] == [Lapse]
    assert binding.phase("t1") is Phase.OPEN


def test_an_act_binds_once() -> None:
    binding = machine(Phase.BOUND)
    binding.handle(BasketClosed("t1", "x"), 1.0)
    assert binding.handle(opened("y"), 2.0) == ()


def test_a_card_outlives_the_end_of_recognition() -> None:
    """A17: stopping recognition takes nothing from the card."""
    binding = machine(Phase.OPEN)
    binding.handle(card("a"), 1.0)
    assert binding.handle(ActWithdrawn("a"), 2.0) == ()
    assert binding.handle(card("a"), 2.0) == ()
    assert binding.phase("t1") is Phase.BOUND


def test_a_card_taken_out_frees_the_basket_for_the_act_that_waits() -> None:
    binding = machine(Phase.PENDING)
    binding.handle(card("c"), 1.0)
    assert binding.handle(CardRemoved("t1", "x", "c"), 2.0) == (
        Unbind("t1", "x", "c"),
        AskCashier("t1", "x", "a"),
    )
    assert binding.pending("t1", "x")
