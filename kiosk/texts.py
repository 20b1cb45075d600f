"""The kiosk's words, French and English, from the room's own catalogue.

The catalogues are ordinary gettext files (`locale/*/LC_MESSAGES/*.po`: `kiosk.po` for shoppers, `split.po` for the
demo's split view), so that translators use their tools.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.pofile import read_po
from babel.numbers import format_currency

from hub.wire.base import LocalText
from kiosk.screen import Language


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every text of one language by its key."""
    folder = files("kiosk") / "locale" / language / "LC_MESSAGES"
    texts: dict[str, str] = {}
    for source in folder.iterdir():
        if source.name.endswith(".po"):
            messages = read_po(BytesIO(source.read_bytes()), locale=language)
            texts.update({str(message.id): str(message.string) for message in messages if message.id})
    return texts


class Texts:
    """One language's texts, and how it writes money.

    Args:
        language: `fr` or `en`.
        currency: ISO 4217 code of the store's prices.
    """

    def __init__(self, language: Language, currency: str) -> None:
        self.language = language
        self._currency = currency
        self._messages = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` with `values` in its places.

        Raises:
            KeyError: no such key, a fault of ours.
        """
        return self._messages[key].format(**values)

    def has(self, key: str) -> bool:
        """Whether the catalogue knows `key`; asked for symbols only, which a newer hub may add to."""
        return key in self._messages

    def of(self, text: LocalText) -> str:
        """The hub's own text in this language."""
        return text.fr if self.language == "fr" else text.en

    def money(self, amount_minor: int) -> str:
        """An amount in minor units (of 1/100) as people write it here."""
        return format_currency(amount_minor / 100, self._currency, locale=self.language)
