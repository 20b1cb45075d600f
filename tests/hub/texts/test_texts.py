"""The hub's sentences: both languages whole, ticket lines short."""

import string

import pytest

from hub.texts import TICKET_CHARS, catalogue, day, money, text, ticket_line


def test_both_languages_have_the_same_sentences_with_the_same_places() -> None:
    french, english = catalogue("fr"), catalogue("en")
    assert french.keys() == english.keys()
    for key, sentence in french.items():
        assert places(sentence) == places(english[key]), key


def places(sentence: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("key", sorted(k for k in catalogue("fr") if k.startswith("ticket.")))
def test_every_ticket_line_fits_whatever_the_label(key: str) -> None:
    values: dict[str, object] = dict.fromkeys(places(catalogue("fr")[key]), 9_999_999)
    values["label"] = "Ô" * 60
    said = ticket_line(key, **values)
    assert len(said.fr) <= TICKET_CHARS
    assert len(said.en) <= TICKET_CHARS
    if "label" in places(catalogue("fr")[key]):
        assert "…" in said.fr


def test_a_line_without_room_for_its_label_is_cut() -> None:
    assert len(ticket_line("ticket.near_units", label="ab", missing="9" * 60).fr) == TICKET_CHARS


def test_a_label_in_two_languages_is_shortened_in_each() -> None:
    label = text("ticket.unknown_card")
    said = ticket_line("ticket.near_units", label=label, missing="9" * 30)
    assert said.fr.startswith("Ca")
    assert said.en.startswith("Un")


def test_money_and_days_are_written_as_people_do() -> None:
    assert (money(250, "EUR").fr, money(250, "EUR").en) == ("2,50 €", "€2.50")
    assert (money(-5, "EUR").fr, money(-5, "CHF").en) == ("-0,05 €", "-CHF 0.05")
    assert (day(0.0).fr, day(0.0).en) == ("1 janvier 1970", "1 January 1970")


def test_an_unknown_sentence_is_a_bug() -> None:
    with pytest.raises(KeyError):
        text("no.such.key")
