"""Where advertisements come from: one protocol for a radio, a recording and a simulation."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from hardware.radio.advert import Advert


@dataclass(frozen=True, slots=True)
class RadioDeaf:
    """The radio hears nothing any more, though there is something to hear; adverts may follow when it is mended.

    Attributes:
        reason: for a log: a cause, never an address or a payload.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class RadioHears:
    """The radio hears again."""


RadioEvent = Advert | RadioDeaf | RadioHears
"""What a source tells, in order. Until it says otherwise, a source that was asked for its stream hears."""


class AdvertSource(Protocol):
    """A stream of advertisements, endless for a radio, finite for a recording."""

    def adverts(self) -> AsyncIterator[RadioEvent]:
        """Yield each advertisement when it is heard, in order of `heard_s`, and what becomes of the radio.

        Raises:
            UnavailableError: the radio or the recording cannot be had.
        """
        ...
