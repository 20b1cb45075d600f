"""C6: what is personal stands no longer than it may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.display import Level
from kiosk.core import IDLE_S
from kiosk.events import (
    CodePresented,
    HubSeen,
    LanguageToggled,
    SymbolTouched,
    Tick,
    ViewArrived,
    WhyToggled,
)
from kiosk.samples import OFFER
from kiosk.screen import NOBODY, Kind
from tests.kiosk.history import CONTENTS, FIRST, NOTED, PERSONAL, SYMBOLS, THANKS, Told, standing, view


@pytest.mark.parametrize("kind", PERSONAL)
def test_c6_personal_screens_are_wiped_when_their_time_is_over(kind: Kind) -> None:
    told = Told().shows(CONTENTS[kind], ttl_s=8.0)
    assert told.happens(Tick(), after_s=7.9).screen.kind is kind
    assert told.happens(Tick(), after_s=0.1).screen.kind is Kind.ATTRACT
    assert told.wipes == 1


@pytest.mark.parametrize("kind", PERSONAL)
def test_c6_personal_screens_are_wiped_within_30_s_of_the_last_act_however_often_the_hub_refreshes(
    kind: Kind,
) -> None:
    told = Told().shows(CONTENTS[kind])
    for _ in range(60):
        told.shows(CONTENTS[kind], after_s=0.5)
    assert told.screen.kind is Kind.ATTRACT
    assert told.acts == ["leave"]


def test_c6_the_hubs_level_makes_any_content_personal() -> None:
    told = Told().shows(NOTED, level=Level.L2).happens(Tick(), after_s=IDLE_S)
    assert told.screen.kind is Kind.ATTRACT


def test_an_act_and_a_change_of_the_basket_prolong_it() -> None:
    told = standing(Kind.OFFER).happens(WhyToggled(), after_s=20.0)
    told.n = 1
    told.shows(THANKS, after_s=20.0)
    assert told.happens(Tick(), after_s=20.0).screen.kind is Kind.THANKS


def test_what_everybody_may_see_stands_until_its_time_is_over_only() -> None:
    told = Told().shows(SYMBOLS, ttl_s=60.0)
    assert told.happens(Tick(), after_s=59.0).screen.kind is Kind.SYMBOLS
    assert told.happens(Tick(), after_s=1.0).screen.kind is Kind.ATTRACT
    assert told.wipes == 0


def test_the_hub_showing_something_else_ends_a_persons_time() -> None:
    told = standing(Kind.OFFER).happens(LanguageToggled())
    told.n = 1
    told.shows(NOBODY)
    assert (told.screen.kind, told.screen.language, told.wipes) == (Kind.ATTRACT, "fr", 1)


def test_the_language_goes_home_when_nobody_acts() -> None:
    told = Told().happens(LanguageToggled())
    assert told.screen.language == "en"
    assert told.happens(Tick(), after_s=IDLE_S).screen.language == "fr"


def test_a_screen_cut_off_from_the_hub_is_still_wiped() -> None:
    told = Told().shows(OFFER, ttl_s=20.0).happens(HubSeen(FIRST, online=False))
    assert told.screen.kind is Kind.OFFER
    assert told.happens(Tick(), after_s=20.0).screen.kind is Kind.ATTRACT


SAFE = st.sampled_from(
    [SymbolTouched("chat"), CodePresented("98110017"), WhyToggled(), LanguageToggled(), Tick()]
)
STEPS = st.one_of(
    SAFE.map(lambda event: ("event", event)),
    st.sampled_from(list(CONTENTS.values())).map(lambda content: ("view", content)),
    st.floats(0.0, 40.0).map(lambda seconds: ("wait", seconds)),
)


@given(st.lists(STEPS, max_size=40))
def test_c6_nothing_personal_stands_30_s_after_the_last_event_whatever_happened(
    steps: list[tuple[str, object]],
) -> None:
    told = Told()
    for n, (what, thing) in enumerate(steps, start=1):
        if what == "wait":
            assert isinstance(thing, float)
            told.happens(Tick(), after_s=thing)
        elif what == "view":
            told.happens(ViewArrived(view(thing, n)))  # type: ignore[arg-type]  # a wire content, see STEPS
        else:
            told.happens(thing)  # type: ignore[arg-type]  # an event, see STEPS
    told.happens(Tick(), after_s=30.0)
    screen = told.core._screen(told.now_s)
    assert screen.kind not in PERSONAL
    assert screen.language == "fr" or screen.note is not None
