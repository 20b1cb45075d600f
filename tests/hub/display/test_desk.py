"""One kiosk: what is shown, when, and when it is wiped."""

from dataclasses import replace

import pytest

from hub.display.desk import (
    COOL_DOWN_S,
    CROWDED_IDLE_S,
    IDLE_S,
    NOTED_S,
    PERSONAL_TTL_S,
    THANKS_S,
    WAITING_S,
)
from hub.display.events import (
    BasketQuoted,
    BindAct,
    CancelBinding,
    CandidatesChanged,
    CodeUnknown,
    Declined,
    Left,
    LookUp,
    NoticeMissing,
    OfferReady,
    OfferWithheld,
    PersonIdentified,
    SaleDone,
    Show,
    StopAsked,
    Tick,
    Withdraw,
    Withdrawn,
)
from hub.offers.assurance import Assurance
from hub.wire.display import MAX_SYMBOLS, Level
from tests.hub.display.parts import (
    IN_BASKET,
    OFFER,
    THANKS,
    A,
    B,
    Play,
    here,
    offered,
    say,
    touch,
    wrong_symbol,
)


def test_presence_alone_shows_ones_symbol_among_decoys_and_nothing_else() -> None:
    play = here(A)
    assert (play.screen.level, play.screen.about, play.kind) == (Level.L1, None, "symbols")
    assert len(set(play.symbols.symbols)) == MAX_SYMBOLS
    assert A.symbol in play.symbols.symbols
    assert [c for c in play.asked if not isinstance(c, Show)] == []
    play.tell(CandidatesChanged(()))
    assert (play.screen.level, play.kind) == (Level.L0, "attract")


def test_a_touch_on_the_own_symbol_binds_and_opens_the_offer() -> None:
    play = here(A)
    assert touch(play, A.symbol) == (
        BindAct(A.member_id, Assurance.TOUCH),
        LookUp(A.member_id, Assurance.TOUCH),
    )
    (shown,) = play.tell(OfferReady(A.member_id, OFFER, 3))
    assert shown == Show(play.screen.n, Level.L2, OFFER, PERSONAL_TTL_S, A.member_id, 3)


def test_a_display_without_a_till_binds_nothing() -> None:
    play = Play(paired=False)
    play.tell(CandidatesChanged((A,)))
    assert touch(play, A.symbol) == (LookUp(A.member_id, Assurance.TOUCH),)


def test_c4_of_two_people_neither_sees_anything_personal_until_one_acts() -> None:
    play = here(A, B)
    assert {A.symbol, B.symbol} <= set(play.symbols.symbols)
    assert play.screen.level is Level.L1
    touch(play, B.symbol)
    play.tell(OfferReady(B.member_id, OFFER, 4))
    assert play.screen.about == B.member_id


def test_with_somebody_else_near_an_offer_stands_ten_seconds_alone_thirty() -> None:
    for people, stands_s in (((A,), IDLE_S), ((A, B), CROWDED_IDLE_S)):
        play = offered(*people)
        play.tell(Tick(), after_s=stands_s - 0.1)
        assert play.screen.level is Level.L2
        play.tell(Tick(), after_s=0.1)
        assert play.kind == "symbols"
    play = offered(A)
    play.tell(CandidatesChanged((A, B)), after_s=5.0)
    assert play.screen.level is Level.L2
    play.tell(Tick(), after_s=5.0)
    assert play.kind == "symbols"


def test_a_symbol_two_share_opens_for_neither() -> None:
    twin = replace(B, symbol=A.symbol)
    play = here(A, twin)
    assert play.symbols.locked, "nobody here can be told by a touch"
    assert touch(play, A.symbol) == ()
    third = here(A, twin, replace(B, member_id="c" * 16))
    assert not third.symbols.locked
    touch(third, A.symbol)
    assert third.symbols.cooling_s == COOL_DOWN_S


def test_a_copyable_identifier_shows_symbols_and_needs_possession() -> None:
    copyable = replace(A, low_assurance=True)
    play = here(copyable)
    assert play.symbols.locked
    assert touch(play, A.symbol) == ()
    assert LookUp(A.member_id, Assurance.POSSESSION) in play.tell(PersonIdentified(A.member_id))
    mixed = here(copyable, B)
    touch(mixed, A.symbol)
    assert mixed.symbols.cooling_s == COOL_DOWN_S, "as wrong as any other: trying tells nothing"


def test_a_wrong_symbol_cools_down() -> None:
    play = here(A)
    touch(play, wrong_symbol(play, A.symbol))
    assert play.symbols.cooling_s == COOL_DOWN_S
    play.now_s += COOL_DOWN_S - 0.1
    assert touch(play, A.symbol) == ()
    play.now_s += 0.1
    assert LookUp(A.member_id, Assurance.TOUCH) in touch(play, A.symbol)


def thrice_wrong() -> Play:
    play = here(A)
    for _ in range(3):
        touch(play, wrong_symbol(play, A.symbol))
        play.now_s += COOL_DOWN_S
    assert play.symbols.locked
    assert touch(play, A.symbol) == ()
    return play


def test_three_wrong_symbols_lock_until_possession() -> None:
    play = thrice_wrong()
    assert LookUp(A.member_id, Assurance.POSSESSION) in play.tell(PersonIdentified(A.member_id))
    play.tell(Left())
    assert not play.symbols.locked


def test_three_wrong_symbols_lock_until_everybody_has_left() -> None:
    play = thrice_wrong()
    play.tell(CandidatesChanged((A, B)))
    assert play.symbols.locked
    play.tell(CandidatesChanged(()))
    play.tell(CandidatesChanged((A,)))
    assert not play.symbols.locked


@pytest.mark.parametrize("seen", [None, 0])
def test_a_touch_on_an_older_view_is_nothing(seen: int | None) -> None:
    play = here(A)
    assert touch(play, A.symbol, seen=seen) == ()
    assert touch(play, "chat" if A.symbol != "chat" else "chien", seen=seen) == ()
    assert not play.symbols.cooling_s


def test_a_touch_under_older_permissions_gives_nothing() -> None:
    play = here(A)
    assert touch(play, A.symbol, permission_revision=A.permission_revision - 1) == ()


def test_a_touch_on_an_earlier_view_of_the_same_symbols_counts() -> None:
    play = here(A)
    seen = play.screen.n
    play.tell(Tick(), after_s=5.0)
    assert play.screen.n > seen
    assert touch(play, A.symbol, seen=seen) != ()


def test_without_permission_to_suggest_the_act_is_noted_and_still_bound() -> None:
    play = here(A)
    touch(play, A.symbol)
    play.tell(OfferWithheld(A.member_id, say("noted")))
    assert (play.screen.level, play.screen.about, play.kind) == (Level.L1, None, "noted")
    assert CancelBinding(A.member_id) not in play.asked
    play.tell(Tick(), after_s=NOTED_S)
    assert play.kind == "symbols"


def test_an_answer_that_does_not_come_is_given_up() -> None:
    play = here(A)
    touch(play, A.symbol)
    play.tell(Tick(), after_s=WAITING_S)
    play.tell(OfferReady(A.member_id, OFFER, 3))
    assert play.kind == "symbols"


def test_the_basket_stands_in_the_offer_and_the_sale_is_thanked_for() -> None:
    play = offered(A)
    play.tell(BasketQuoted(A.member_id, IN_BASKET), after_s=20.0)
    assert play.screen.content == IN_BASKET
    play.tell(Tick(), after_s=IDLE_S - 1)
    assert play.screen.level is Level.L2, "somebody who buys is not idle"
    play.tell(SaleDone(A.member_id, THANKS))
    assert (play.kind, play.screen.about) == ("thanks", A.member_id)
    play.tell(Tick(), after_s=THANKS_S)
    assert play.kind == "symbols"


def test_a_quote_before_the_answer_is_remembered() -> None:
    play = here(A)
    touch(play, A.symbol)
    play.tell(BasketQuoted(A.member_id, IN_BASKET))
    play.tell(OfferReady(A.member_id, OFFER, 3))
    assert CancelBinding(A.member_id) not in play.tell(CandidatesChanged(()))


def test_a_sale_done_before_the_answer_is_thanked_for() -> None:
    play = here(A)
    touch(play, A.symbol)
    play.tell(SaleDone(A.member_id, THANKS))
    assert play.kind == "thanks"


def test_c6_who_walks_away_is_wiped_at_once_and_their_act_reaches_no_basket() -> None:
    play = offered(A)
    assert CancelBinding(A.member_id) in play.tell(CandidatesChanged(()))
    assert play.kind == "attract"


def test_a_weak_fob_takes_no_discount_out_of_an_open_basket() -> None:
    play = offered(A)
    play.tell(BasketQuoted(A.member_id, IN_BASKET))
    assert CancelBinding(A.member_id) not in play.tell(CandidatesChanged(()))
    assert play.kind == "attract"
    play = offered(A)
    play.tell(SaleDone(A.member_id, THANKS))
    assert CancelBinding(A.member_id) not in play.tell(CandidatesChanged(()))


def test_a_card_has_no_presence_so_only_idle_time_ends_its_view() -> None:
    play = Play()
    play.tell(PersonIdentified(A.member_id))
    play.tell(OfferReady(A.member_id, OFFER, 3))
    play.tell(CandidatesChanged(()))
    assert play.screen.level is Level.L2
    play.tell(Tick(), after_s=IDLE_S)
    assert play.kind == "attract"


def test_a_second_person_with_a_card_wipes_the_first_ones_offer_before_anything() -> None:
    play = offered(A)
    wiped, bind, look = play.tell(PersonIdentified(B.member_id))
    assert isinstance(wiped, Show)
    assert wiped.about is None
    assert (bind, look) == (
        BindAct(B.member_id, Assurance.POSSESSION),
        LookUp(B.member_id, Assurance.POSSESSION),
    )
    play.tell(OfferReady(A.member_id, OFFER, 3))
    assert play.screen.about is None, "a late answer about the first is not shown to the second"


def test_the_same_person_with_a_card_becomes_surer_and_keeps_the_basket() -> None:
    play = offered(A)
    play.tell(BasketQuoted(A.member_id, IN_BASKET))
    assert [type(c) for c in play.tell(PersonIdentified(A.member_id))] == [BindAct, LookUp]
    play.tell(OfferReady(A.member_id, OFFER, 3))
    assert play.tell(CandidatesChanged(())) == ()


def test_a17_declining_cancels_and_says_that_the_right_stays() -> None:
    play = offered(A)
    assert CancelBinding(A.member_id) in play.tell(Declined(A.member_id))
    assert play.kind == "noted"


def test_done_wipes_and_leaves_the_act_with_the_till() -> None:
    play = offered(A)
    play.tell(Left())
    assert play.kind == "symbols"
    assert CancelBinding(A.member_id) not in play.asked


def test_a7_stop_withdraws_and_the_offer_is_gone_at_once() -> None:
    play = offered(A)
    commands = play.tell(StopAsked(A.member_id))
    assert commands[:2] == (Withdraw(A.member_id), CancelBinding(A.member_id))
    assert play.kind == "noted"
    play.tell(Tick(), after_s=NOTED_S)
    assert play.kind == "attract"


def test_a_late_act_of_somebody_else_only_takes_away() -> None:
    play = offered(B)
    assert play.tell(StopAsked(A.member_id)) == (Withdraw(A.member_id), CancelBinding(A.member_id))
    assert play.tell(Declined(A.member_id)) == (CancelBinding(A.member_id),)
    assert play.screen.about == B.member_id


def test_a7_a_withdrawal_from_elsewhere_wipes_this_screen() -> None:
    play = offered(A)
    assert CancelBinding(A.member_id) in play.tell(Withdrawn(A.member_id))
    assert play.kind == "attract"
    shown = here(A, B)
    shown.tell(Withdrawn(A.member_id))
    assert shown.screen.permission_revision == B.permission_revision


def test_a_code_nobody_owns_is_said_and_changes_nothing_personal() -> None:
    play = here(A)
    play.tell(CodeUnknown())
    assert play.kind == "noted"
    play = offered(A)
    assert play.tell(CodeUnknown()) == ()


def test_b7_without_a_notice_the_screen_tells_staff_and_nothing_happens_but_stopping() -> None:
    play = here(A)
    play.tell(NoticeMissing())
    assert (play.screen.level, play.kind) == (Level.L0, "closed")
    for event in (
        CandidatesChanged((A,)),
        PersonIdentified(A.member_id),
        Left(),
        CodeUnknown(),
        NoticeMissing(),
    ):
        assert play.tell(event) == ()
    assert play.tell(StopAsked(A.member_id)) == (Withdraw(A.member_id), CancelBinding(A.member_id))
    assert [type(c) for c in play.tell(Tick(), after_s=5.0)] == [Show]


def test_views_are_repeated_before_their_time_to_live_ends() -> None:
    for play in (Play(), here(A), offered(A)):
        play.tell(Tick())
        last_s, ttl_s = play.now_s, 15.0
        for _ in range(28):
            for command in play.tell(Tick(), after_s=1.0):
                assert isinstance(command, Show)
                assert play.now_s - last_s < ttl_s
                last_s, ttl_s = play.now_s, command.ttl_s


def test_the_same_people_told_again_change_nothing() -> None:
    play = here(A, B)
    assert play.tell(CandidatesChanged((B, A))) == ()
