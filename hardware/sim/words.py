"""The words a drawn floor needs, given by whoever has a catalogue; and the shades both drawings share. Pure."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, Literal

from hardware.sim.floor import Zone

LEVELS_DBM: Final = (-85.0, -80.0, -76.0, -72.0, -68.0, -64.0, -60.0)
"""Where one shade ends and a stronger one begins: the lowest is the hub's enter level; above, 4 dB are a shade."""

COLOURS: Final = (
    (68, 1, 84),
    (70, 50, 126),
    (54, 92, 141),
    (39, 127, 142),
    (31, 161, 135),
    (74, 193, 109),
    (160, 218, 57),
    (253, 231, 37),
)
"""Weak to strong, one more than there are limits: viridis, which the colour-blind and a grey print keep apart."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a drawing says, in one language.

    Attributes:
        language: whose zone labels are drawn.
        level: legend of the shades: the strength expected of the best node.
        contested: legend of the dots: another zone's node is heard almost as well.
        right: of the share of the floor where the strongest node is of the own zone.
        node: legend of a node.
        display: legend of a display.
        till: legend of a till.
        door: legend of the door.
        wall: legend of a wall or shelf.
    """

    language: Literal["fr", "en"]
    level: str
    contested: str
    right: str
    node: str
    display: str
    till: str
    door: str
    wall: str


def shade(level_dbm: float) -> int:
    """The index into `COLOURS` of a strength."""
    return bisect_right(LEVELS_DBM, level_dbm)


def limits_text(index: int) -> str:
    """What a shade stands for: `≥ −64`, the lowest `< −85`, in dBm."""
    if index == 0:
        return f"< {_minus(LEVELS_DBM[0])}"
    return f"≥ {_minus(LEVELS_DBM[index - 1])}"


def _minus(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")


def percent(share: float) -> str:
    """A share for people: whole per cents, a no-break space before the sign as in French."""
    return f"{100.0 * share:.0f}\N{NO-BREAK SPACE}%"


def zone_label(name: str, zone: Zone, language: str) -> str:
    """A zone's label in a language, its name where it has none; only what can be printed."""
    label = zone.label_fr if language == "fr" else zone.label_en
    return "".join(letter for letter in label if letter.isprintable()) or name
