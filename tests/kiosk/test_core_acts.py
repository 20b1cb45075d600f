"""What people do at a kiosk, and what becomes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.display import PresentCode, StopRecognition, TouchSymbol
from kiosk.core import ACT_REST_S, ANSWER_S, NOTE_S, STOP_REST_S, TYPED_S, KioskCore
from kiosk.events import (
    CharacterTyped,
    CodePresented,
    CodeSubmitted,
    HubSeen,
    LanguageToggled,
    Left,
    OfferDeclined,
    StopAsked,
    StopConfirmed,
    StopDelivered,
    StopDropped,
    SymbolTouched,
    Tick,
    ViewArrived,
    WhyToggled,
)
from kiosk.samples import OFFER
from kiosk.screen import Kind, Note
from tests.kiosk.history import FIRST, KIOSK, NOTED, SECOND, SUBJECT, SYMBOLS, THANKS, Told, standing, view


def test_an_act_names_the_view_that_was_seen_and_rests_only_seconds() -> None:
    told = standing(Kind.SYMBOLS).happens(SymbolTouched("chat"))
    [send] = told.sends
    assert send.act == TouchSymbol(symbol="chat")
    assert send.seen is not None
    assert send.seen.n == 1
    assert (send.urgent, send.rest_s, send.subject) == (False, ACT_REST_S, None)


def test_an_offer_goes_from_drawn_to_taken() -> None:
    told = standing(Kind.SYMBOLS).happens(SymbolTouched("chat"))
    assert [draw.screen.waiting for draw in told.draws] == [True]
    told.shows(OFFER)
    assert told.kind == Kind.OFFER
    assert not told.screen.waiting
    assert told.draws[-1].revision is not None
    assert told.draws[-1].revision.n == 2


def test_a_second_touch_while_the_first_is_on_its_way_is_none() -> None:
    told = standing(Kind.SYMBOLS).happens(SymbolTouched("chat"), SymbolTouched("lune"))
    assert told.acts == ["touch_symbol"]


def test_a_symbol_that_is_not_on_the_screen_is_none() -> None:
    assert standing(Kind.SYMBOLS).happens(SymbolTouched("velo")).acts == []


def test_symbols_rest_after_a_wrong_one_and_wake_by_themselves() -> None:
    told = Told().shows(SYMBOLS.model_copy(update={"cooling_s": 5.0}))
    assert told.screen.resting
    assert told.happens(SymbolTouched("chat"), after_s=4.9).acts == []
    assert not told.happens(Tick(), after_s=0.2).screen.resting
    assert told.happens(SymbolTouched("chat")).acts == ["touch_symbol"]


def test_locked_symbols_take_no_touch_but_a_card() -> None:
    told = Told().shows(SYMBOLS.model_copy(update={"locked": True})).happens(SymbolTouched("chat"))
    assert told.acts == []
    assert told.happens(CodePresented("9811000000017")).acts == ["present_code"]


def test_characters_then_enter_are_one_code_and_never_reach_the_screen() -> None:
    told = Told().happens(*(CharacterTyped(c) for c in "98-1A!"))
    assert told.screen.typed == 5
    told.happens(CodeSubmitted())
    [send] = told.sends
    assert send.act == PresentCode(code="98-1A")
    assert told.screen.typed == 0
    assert all("98" not in repr(draw) for draw in told.draws)


def test_enter_without_characters_is_nothing() -> None:
    assert standing(Kind.ATTRACT).happens(CodeSubmitted()).commands == []


def test_a_code_left_half_typed_is_forgotten() -> None:
    told = Told().happens(CharacterTyped("4"), CharacterTyped("2")).happens(Tick(), after_s=TYPED_S)
    assert told.screen.typed == 0
    assert told.happens(CodeSubmitted()).acts == []


@pytest.mark.parametrize("code", ["123", "x" * 41, "ab cd", "ab\x1bcd", "é" * 8])
def test_what_is_no_code_is_not_sent_and_said_to_be_unreadable(code: str) -> None:
    told = Told().happens(CodePresented(code))
    assert told.acts == []
    assert told.screen.note is Note.UNREADABLE


def test_a_code_of_forty_thousand_characters_is_bounded_while_it_is_typed() -> None:
    told = Told().happens(*(CharacterTyped("1") for _ in range(40_000)), CodeSubmitted())
    assert max(draw.screen.typed for draw in told.draws) == 41
    assert told.screen.note is Note.UNREADABLE


def test_an_unread_code_ends_nobodys_offer() -> None:
    told = standing(Kind.OFFER).happens(CodePresented("?"))
    assert told.screen.note is Note.UNREADABLE
    assert told.happens(Left()).acts == []
    assert told.kind == Kind.OFFER


def test_no_answer_is_said_and_passes() -> None:
    told = standing(Kind.SYMBOLS).happens(SymbolTouched("chat")).happens(Tick(), after_s=ANSWER_S)
    assert told.screen.note is Note.NO_ANSWER
    assert told.happens(Tick(), after_s=NOTE_S).screen.kind is Kind.SYMBOLS


def test_a_refresh_that_was_on_its_way_is_no_answer() -> None:
    told = standing(Kind.SYMBOLS)
    told.n = 1
    told.happens(SymbolTouched("chat")).shows(SYMBOLS)
    assert told.core._screen(told.now_s).waiting
    assert not told.shows(NOTED).screen.waiting


def test_an_answer_puts_the_kiosks_own_note_away() -> None:
    told = Told().happens(CodePresented("?")).shows(NOTED)
    assert told.kind == Kind.NOTED
    assert told.happens(Left()).acts == ["leave"]
    assert told.kind == Kind.ATTRACT


def test_why_opens_and_closes() -> None:
    told = standing(Kind.OFFER).happens(WhyToggled())
    assert told.screen.why
    assert not told.happens(WhyToggled()).screen.why


def test_a_declined_offer_is_gone_and_the_last_word_is_in_the_persons_language() -> None:
    told = standing(Kind.OFFER).happens(LanguageToggled(), OfferDeclined())
    assert told.acts == ["decline"]
    assert (told.screen.note, told.screen.language) == (Note.DECLINED, "en")
    assert told.happens(Tick(), after_s=NOTE_S).screen.language == "fr"
    assert told.kind == Kind.ATTRACT


def test_a6_a_stop_takes_two_acts_and_the_first_shows_nothing_personal_any_more() -> None:
    told = standing(Kind.OFFER).happens(StopAsked())
    assert told.kind == Kind.CONFIRM
    assert told.screen.content.kind == "attract"
    assert told.acts == []
    told.happens(StopConfirmed())
    [send] = told.sends
    assert send.act == StopRecognition()
    assert (send.urgent, send.rest_s, send.subject, send.permission_revision) == (
        True,
        STOP_REST_S,
        SUBJECT,
        7,
    )
    assert told.screen.note is Note.STOPPED


def test_a_stop_can_be_thought_better_of() -> None:
    told = standing(Kind.THANKS).happens(StopAsked(), StopDropped())
    assert told.kind == Kind.THANKS
    assert told.acts == []


def test_a13_a_stops_question_that_times_out_is_no_yes() -> None:
    told = standing(Kind.OFFER).happens(StopAsked()).happens(Tick(), after_s=30.0)
    assert told.acts == ["leave"]
    assert told.kind == Kind.ATTRACT


def test_a_stop_is_about_whom_it_was_asked_by_also_if_the_view_changed_meanwhile() -> None:
    told = Told().shows(OFFER).happens(StopAsked())
    told.shows(THANKS, subject="somebody-elses-token", permission_revision=9).happens(StopConfirmed())
    assert told.sends[-1].subject == SUBJECT


def test_a8_a_stop_at_a_kiosk_cut_off_blanks_before_it_sends_and_beats_every_older_view() -> None:
    told = Told().shows(OFFER).happens(HubSeen(FIRST, online=False), StopAsked()).forget()
    told.happens(StopConfirmed())
    kinds = [type(command).__name__ for command in told.commands]
    assert kinds.index("Draw") < kinds.index("Send")
    assert told.screen.note is Note.STOPPED_OFFLINE
    told.happens(HubSeen(FIRST, online=True)).shows(OFFER).shows(SYMBOLS).shows(OFFER)
    told.happens(Tick(), after_s=NOTE_S)
    assert all(draw.screen.kind is not Kind.OFFER for draw in told.draws)
    told.happens(StopDelivered()).shows(SYMBOLS).shows(OFFER)
    assert told.kind == Kind.OFFER


def test_a8_a_stop_of_an_earlier_run_still_shields() -> None:
    told = Told(KioskCore(KIOSK, stops_pending=1)).shows(OFFER)
    assert told.kind == Kind.ATTRACT
    assert told.happens(StopDelivered()).shows(OFFER).screen.kind is Kind.OFFER


def test_the_delivery_of_a_stop_is_told_while_its_note_stands() -> None:
    told = standing(Kind.OFFER).happens(HubSeen(FIRST, online=False), StopAsked(), StopConfirmed())
    assert told.happens(StopDelivered()).screen.note is Note.STOPPED


def test_done_wipes_at_once() -> None:
    told = standing(Kind.OFFER).happens(WhyToggled(), LanguageToggled(), Left())
    assert told.acts == ["leave"]
    assert told.wipes == 1
    assert (told.screen.kind, told.screen.language, told.screen.why) == (Kind.ATTRACT, "fr", False)


def test_a_new_act_opens_what_the_shield_held_back() -> None:
    told = Told().shows(OFFER).happens(Left()).shows(OFFER)
    assert told.kind == Kind.ATTRACT
    told.happens(CodePresented("9811000000017")).shows(OFFER)
    assert told.kind == Kind.OFFER


def test_a_view_before_its_hubs_announcement_waits_for_it() -> None:
    told = Told().happens(ViewArrived(view(SYMBOLS, 3, SECOND)))
    assert told.kind == Kind.ATTRACT
    assert told.happens(HubSeen(SECOND, online=True)).screen.kind is Kind.SYMBOLS


def test_a_view_that_waited_longer_than_it_lives_is_not_shown() -> None:
    told = Told().happens(ViewArrived(view(SYMBOLS, 3, SECOND, ttl_s=5.0)))
    assert told.happens(HubSeen(SECOND, online=True), after_s=5.0).screen.kind is Kind.ATTRACT


@given(st.lists(st.characters(), max_size=60))
def test_only_whole_codes_leave_whatever_is_typed(characters: list[str]) -> None:
    told = Told().happens(*(CharacterTyped(c) for c in characters), CodeSubmitted())
    for send in told.sends:
        assert isinstance(send.act, PresentCode)
        assert send.act.code.isascii()
        assert 4 <= len(send.act.code) <= 40
