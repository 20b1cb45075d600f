"""One kiosk: every state of its table meets every event."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.display.desk import (
    PERSONAL_TTL_S,
)
from hub.display.events import (
    BasketQuoted,
    BindAct,
    CancelBinding,
    CandidatesChanged,
    CodeUnknown,
    Command,
    Declined,
    Event,
    Left,
    LookUp,
    NoticeMissing,
    OfferReady,
    OfferWithheld,
    PersonIdentified,
    SaleDone,
    Show,
    StopAsked,
    SymbolTouched,
    Tick,
    Withdraw,
    Withdrawn,
)
from hub.wire.display import Level
from tests.hub.display.parts import IN_BASKET, OFFER, THANKS, A, B, Play, here, say, touch

SCREENS = ["idle", "waiting", "offering", "thanking", "noting", "closed"]
MINE = A.member_id
EVENTS: dict[str, Event] = {
    "CandidatesChanged, toucher gone": CandidatesChanged((B,)),
    "SymbolTouched": SymbolTouched(A.symbol, 10**6, A.permission_revision),
    "PersonIdentified": PersonIdentified(B.member_id),
    "CodeUnknown": CodeUnknown(),
    "OfferReady": OfferReady(MINE, OFFER, 3),
    "OfferWithheld": OfferWithheld(MINE, say("noted")),
    "BasketQuoted": BasketQuoted(MINE, IN_BASKET),
    "SaleDone": SaleDone(MINE, THANKS),
    "Declined": Declined(MINE),
    "Left": Left(),
    "StopAsked": StopAsked(MINE),
    "Withdrawn": Withdrawn(MINE),
    "NoticeMissing": NoticeMissing(),
    "Tick": Tick(),
}
# What the commands are, in short: S symbols, N noted, O offer, T thanks, X closed; b bind, l look up, c cancel,
# w withdraw. One column a screen, in the order of SCREENS.
TABLE = {
    "CandidatesChanged, toucher gone": ["S", "cS", "cS", "S", "", ""],
    "SymbolTouched": ["bl", "", "", "", "", ""],
    "PersonIdentified": ["bl", "bl", "Sbl", "Sbl", "bl", ""],
    "CodeUnknown": ["N", "N", "", "", "N", ""],
    "OfferReady": ["", "O", "O", "", "", ""],
    "OfferWithheld": ["", "N", "N", "", "", ""],
    "BasketQuoted": ["", "", "O", "", "", ""],
    "SaleDone": ["", "T", "T", "", "", ""],
    "Declined": ["c", "cN", "cN", "c", "c", "c"],
    "Left": ["", "S", "S", "S", "S", ""],
    "StopAsked": ["wcN", "wcN", "wcN", "wcN", "wcN", "wc"],
    "Withdrawn": ["S", "cS", "cS", "cS", "", ""],
    "NoticeMissing": ["X", "X", "X", "X", "X", ""],
    "Tick": ["", "", "", "", "", ""],
}


def on_screen(name: str) -> Play:
    play = here(A, B)
    if name in {"waiting", "offering", "thanking"}:
        touch(play, A.symbol)
    if name in {"offering", "thanking"}:
        play.tell(OfferReady(MINE, OFFER, 3))
    if name == "thanking":
        play.tell(SaleDone(MINE, THANKS))
    if name == "noting":
        play.tell(CodeUnknown())
    if name == "closed":
        play.tell(NoticeMissing())
    return play


def short(command: Command) -> str:
    if isinstance(command, Show):
        kinds = {"symbols": "S", "attract": "S", "noted": "N", "offer": "O", "thanks": "T", "closed": "X"}
        return kinds[command.content.kind]
    return {BindAct: "b", LookUp: "l", CancelBinding: "c", Withdraw: "w"}[type(command)]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("event", list(EVENTS))
def test_every_screen_meets_every_event(screen: str, event: str) -> None:
    play = on_screen(screen)
    told = play.tell(EVENTS[event])
    assert "".join(map(short, told)) == TABLE[event][SCREENS.index(screen)]


@given(st.lists(st.tuples(st.sampled_from(list(EVENTS.values())), st.floats(0, 40)), max_size=30))
def test_nothing_personal_is_ever_shown_without_an_act_of_that_person(
    history: list[tuple[Event, float]],
) -> None:
    play = here(A, B)
    acted: str | None = None
    for event, after_s in history:
        for command in play.tell(event, after_s=after_s):
            if isinstance(command, BindAct):
                acted = command.member_id
            if isinstance(command, Show) and command.level is Level.L2:
                assert command.about == acted is not None
                assert command.ttl_s <= PERSONAL_TTL_S
            if isinstance(command, Show) and command.level is not Level.L2:
                assert command.about is None
                assert command.content.kind in {"attract", "symbols", "noted", "closed"}
    numbers = [show.n for show in play.shows]
    assert numbers == sorted(set(numbers))
