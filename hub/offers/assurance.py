"""How sure we are that the person who acts is the person we think."""

from enum import IntEnum


class Assurance(IntEnum):
    """Presence is a hint; a touch on one's own symbol is an act; a card, a code or the app is possession."""

    PRESENCE = 0
    TOUCH = 1
    POSSESSION = 2
