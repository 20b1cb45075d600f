"""What the hub says to people: every sentence in French and English, from the `.po` files of this folder.

`fr.po` and `en.po` hold the till's and the offers' sentences, `display_fr.po` and `display_en.po` the
screens'; all `*fr.po` are one French catalogue and all `*en.po` one English catalogue. They are read by
Babel once, at first use: no build step stands between a translator's edit and the ticket.
"""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from babel.dates import format_date
from babel.messages.pofile import read_po

from hub.wire.base import LocalText

Language = Literal["fr", "en"]

TICKET_CHARS: Final = 40
"""A till prints 40 to 42 characters a line on the usual 80 mm paper; the design promises 40."""

_SHORTENABLE: Final = "label"


@cache
def catalogue(language: Language) -> dict[str, str]:
    """All sentences of one language, by key.

    Raises:
        AssertionError: a key stands in two files, or has no translation (both are bugs of ours).
    """
    sentences: dict[str, str] = {}
    for file in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name == f"{language}.po" or file.name.endswith(f"_{language}.po"):
            with file.open("rb") as stream:
                for message in read_po(stream, locale=language):
                    if message.id:
                        key = str(message.id)
                        assert message.string, f"{file.name}: {key} is not translated"
                        assert key not in sentences, f"{file.name}: {key} stands in another file too"
                        sentences[key] = str(message.string)
    return sentences


def text(key: str, **values: object) -> LocalText:
    """The sentence `key` in every language, its `{named}` places filled.

    Args:
        key: a key of the catalogue.
        **values: what stands in the places; a `LocalText` value is taken in the language of the sentence.

    Raises:
        KeyError: no such sentence, or a place without a value (a bug of ours; a test reads every key).
    """
    return LocalText(fr=_say("fr", key, values), en=_say("en", key, values))


def ticket_line(key: str, **values: object) -> LocalText:
    """Like `text`, at most `TICKET_CHARS` characters: the value named `label` is shortened to fit."""
    return LocalText(fr=_fit("fr", key, values), en=_fit("en", key, values))


def money(amount_minor: int, currency: str) -> LocalText:
    """An amount as people write it: `2,50 €` in French, `€2.50` in English; else with the currency code."""
    whole, cents = divmod(abs(amount_minor), 100)
    sign = "-" if amount_minor < 0 else ""
    if currency == "EUR":
        return LocalText(fr=f"{sign}{whole},{cents:02d} €", en=f"{sign}€{whole}.{cents:02d}")
    return LocalText(fr=f"{sign}{whole},{cents:02d} {currency}", en=f"{sign}{currency} {whole}.{cents:02d}")


def day(at_s: float) -> LocalText:
    """A UTC day as people write it: `12 mars 2026`, `12 March 2026`."""
    moment = datetime.fromtimestamp(at_s, UTC).date()
    return LocalText(
        fr=format_date(moment, "d MMMM y", locale="fr"), en=format_date(moment, "d MMMM y", locale="en")
    )


def _say(language: Language, key: str, values: dict[str, object]) -> str:
    spoken = {
        name: getattr(value, language) if isinstance(value, LocalText) else value
        for name, value in values.items()
    }
    return catalogue(language)[key].format(**spoken)


def _fit(language: Language, key: str, values: dict[str, object]) -> str:
    whole = _say(language, key, values)
    excess = len(whole) - TICKET_CHARS
    if excess <= 0:
        return whole
    label = values.get(_SHORTENABLE, "")
    label = getattr(label, language) if isinstance(label, LocalText) else str(label)
    if len(label) > excess:
        label = label[: len(label) - excess - 1].rstrip() + "…"
        return _say(language, key, {**values, _SHORTENABLE: label})
    return whole[: TICKET_CHARS - 1].rstrip() + "…"
