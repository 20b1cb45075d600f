"""C5, C0, C1 and format characters never come through `clean`."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.base import LocalText
from hub.wire.display import Closed, Noted, Progress
from kiosk.samples import OFFER
from kiosk.screen import NOBODY
from kiosk.text import MAX_MARKS, clean, clean_view
from tests.kiosk.history import SYMBOLS, view
from tests.kiosk.hostile import CORPUS

EVIL = "\x1b[2J\u202eLait"


@given(st.text(st.characters(codec=None, exclude_categories=[])))
def test_c5_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    line = clean(text)
    assert not any(unicodedata.category(c).startswith("C") for c in line)
    assert not set(line) & set("\u2028\u2029\ufe0f")
    assert len(line) <= 200
    assert clean(line) == line


@pytest.mark.parametrize("name", CORPUS)
def test_c5_what_can_be_read_stays_whole(name: str) -> None:
    words = [w for w in CORPUS[name].replace("\x00", "").split() if w.isascii() and w.isprintable()]
    assert all(word in clean(CORPUS[name]) for word in words)


def test_too_long_text_ends_in_an_ellipsis() -> None:
    assert clean("a" * 81, 80) == "a" * 79 + "…"
    assert clean("a" * 80, 80) == "a" * 80
    assert len(clean("a" * 10_000)) == 200


def test_marks_pile_up_to_a_bound_and_stand_on_a_letter() -> None:
    assert clean("e" + "\u0301" * 9 + "a\u0301") == "e" + "\u0301" * MAX_MARKS + "a\u0301"
    assert clean("\u0301a") == "a"


def test_french_spaces_that_must_not_break_are_kept() -> None:
    assert clean("5\u00a0€ \u202f! \u2003x") == "5\u00a0€ \u202f!  x"


def test_every_text_of_a_view_is_cleaned() -> None:
    evil = LocalText(fr=EVIL, en=EVIL)
    offer = OFFER.model_copy(update={"product": EVIL, "group": evil, "reasons": (evil, evil)})
    progress = Progress(group=evil, counter=1, every=5, reasons=(evil,))
    for content in (offer, progress, Closed(reason=evil), Noted(message=evil)):
        shown = clean_view(view(content)).model_dump_json()
        assert "Lait" in shown
        assert "u001b" not in shown
        assert "\u202e" not in shown


def test_a_view_without_texts_stays_as_it_is() -> None:
    for content in (NOBODY, SYMBOLS):
        assert clean_view(view(content)) == view(content)
