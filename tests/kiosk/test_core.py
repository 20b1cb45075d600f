"""The core's table, walked: every screen × every event."""

import re
from typing import Any, get_args

import pytest

from kiosk import core
from kiosk.core import TAKES, KioskCore
from kiosk.events import (
    BusLost,
    CharacterTyped,
    CodePresented,
    CodeSubmitted,
    Event,
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
    ViewNotUnderstood,
    WhyToggled,
)
from kiosk.screen import Draw, Kind
from tests.kiosk.history import CONTENTS, FIRST, KIOSK, SECOND, Told, standing, view

EVENTS: dict[type[Any], Event] = {
    ViewArrived: ViewArrived(view(CONTENTS[Kind.SYMBOLS], 99)),
    ViewNotUnderstood: ViewNotUnderstood(),
    HubSeen: HubSeen(SECOND, online=True),
    BusLost: BusLost(),
    StopDelivered: StopDelivered(),
    Tick: Tick(),
    SymbolTouched: SymbolTouched("chat"),
    CharacterTyped: CharacterTyped("4"),
    CodeSubmitted: CodeSubmitted(),
    CodePresented: CodePresented("T-ABCDEFGHJKMN"),
    WhyToggled: WhyToggled(),
    LanguageToggled: LanguageToggled(),
    OfferDeclined: OfferDeclined(),
    StopAsked: StopAsked(),
    StopConfirmed: StopConfirmed(),
    StopDropped: StopDropped(),
    Left: Left(),
}

SENDS = {
    SymbolTouched: "touch_symbol",
    CodePresented: "present_code",
    OfferDeclined: "decline",
    StopConfirmed: "stop_recognition",
    Left: "leave",
}
"""What a taken event sends; `Left` on the kiosk's own note sends nothing."""


def test_every_event_has_a_handler_and_a_place_in_this_walk() -> None:
    assert set(EVENTS) == set(get_args(Event))
    assert set(KioskCore(KIOSK)._handlers) == set(EVENTS)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("event_type", EVENTS, ids=lambda t: t.__name__)
def test_every_screen_takes_what_the_table_says_and_nothing_else(kind: Kind, event_type: type[Any]) -> None:
    told = standing(kind)
    before = told.core._screen(told.now_s)
    told.happens(EVENTS[event_type])
    if event_type in TAKES and kind not in TAKES[event_type]:
        assert told.commands == []
        assert told.core._screen(told.now_s) == before
        return
    expected = [SENDS[event_type]] if event_type in SENDS else []
    if (event_type, kind) == (Left, Kind.NOTE):
        expected = []
    assert told.acts == expected


def test_the_docstrings_table_is_the_table_in_the_code() -> None:
    columns = [SymbolTouched, CodePresented, WhyToggled, OfferDeclined, StopAsked, StopConfirmed, Left]
    rows = re.findall(r"^\| (\w+)[^|]*\|(.*)\|$", core.__doc__ or "", re.MULTILINE)
    table = {
        name: [cell.strip() == "✓" for cell in cells.split("|")] for name, cells in rows if name != "screen"
    }
    assert set(table) == {kind.value for kind in Kind}
    for name, cells in table.items():
        assert cells == [Kind(name) in TAKES[event] for event in columns], name
    assert TAKES[CharacterTyped] == TAKES[CodeSubmitted] == TAKES[CodePresented]
    assert TAKES[StopConfirmed] == TAKES[StopDropped]
    assert TAKES[LanguageToggled] == frozenset(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_a_tick_that_changes_nothing_commands_nothing(kind: Kind) -> None:
    told = standing(kind).happens(Tick()).forget()
    assert told.happens(Tick(), after_s=0.5).commands == []


def test_the_first_event_draws() -> None:
    [draw] = Told(online=False).happens(Tick()).commands
    assert isinstance(draw, Draw)
    assert draw.revision is None
    assert not draw.screen.online


def test_a_hub_that_leaves_and_a_lost_bus_are_shown() -> None:
    told = Told()
    assert told.screen.online
    assert not told.happens(HubSeen(FIRST, online=False)).screen.online
    assert told.happens(HubSeen(FIRST, online=True)).screen.online
    assert not told.happens(BusLost()).screen.online


def test_the_late_will_of_an_old_session_does_not_mask_the_new_hub() -> None:
    told = Told().happens(HubSeen(SECOND, online=True), HubSeen(FIRST, online=False))
    assert told.screen.online
    assert told.happens(HubSeen(FIRST, online=True), HubSeen(SECOND, online=False)).screen.online is False


def test_a_view_for_another_kiosk_changes_nothing() -> None:
    told = Told().forget()
    assert told.shows(CONTENTS[Kind.OFFER], kiosk="aisle-9").commands == []
