"""Where advertisements come from: one protocol for a radio, a recording and a simulation."""

from collections.abc import AsyncIterator
from typing import Protocol

from hardware.radio.advert import Advert


class AdvertSource(Protocol):
    """A stream of advertisements, endless for a radio, finite for a recording."""

    def adverts(self) -> AsyncIterator[Advert]:
        """Yield each advertisement when it is heard, in order of `heard_s`.

        Raises:
            UnavailableError: the radio or the recording cannot be had.
        """
        ...
