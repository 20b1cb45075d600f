"""Names from outside are text, whatever they contain.

ESC, OSC, C1 and bidirectional controls would reach a terminal through any renderer (acceptance C5), so they are
taken out twice: where a view enters the kiosk, and where it is drawn.
"""

import unicodedata

from hub.wire.base import LocalText, WireModel
from hub.wire.display import KioskView

MAX_NAME = 80
"""What a shelf label carries; the wire has the same bound."""

MAX_SENTENCE = 200
MAX_MARKS = 2
"""Combining marks on one letter: Vietnamese needs two, more are only for climbing over neighbouring lines."""

_SPACES = {"\u00a0", "\u202f"}  # French puts these before ! ? : € and they must not break there


def clean(text: str, limit: int = MAX_SENTENCE) -> str:
    """Make text from outside safe to draw on one line, and no longer than `limit` characters.

    Takes out control, format (bidi, zero-width), surrogate, private and unassigned characters and variation
    selectors (they change widths); any line or space separator becomes a space; marks pile up to `MAX_MARKS`.
    """
    kept: list[str] = []
    marks = 0
    for character in text[: limit * 8]:
        category = unicodedata.category(character)
        if character.isspace() and character not in _SPACES:
            kept.append(" ")
        elif category.startswith("C") or _selects_variant(character):
            continue
        elif category in ("Mn", "Me"):
            marks += 1
            if marks > MAX_MARKS or not kept:
                continue
            kept.append(character)
            continue
        else:
            kept.append(character)
        marks = 0
    line = "".join(kept).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def clean_view(view: KioskView) -> KioskView:
    """The same view with every text in its content cleaned; the wire has checked everything else by pattern."""
    content = view.content
    updates: dict[str, object] = {}
    for name in type(content).model_fields:
        value = getattr(content, name)
        if name == "product":
            updates[name] = clean(value, MAX_NAME)
        elif isinstance(value, LocalText):
            updates[name] = _clean_local(value)
        elif name == "reasons":
            updates[name] = tuple(_clean_local(reason) for reason in value)
    cleaned: WireModel = content.model_copy(update=updates)
    return view.model_copy(update={"content": cleaned})


def _clean_local(text: LocalText) -> LocalText:
    return LocalText(fr=clean(text.fr), en=clean(text.en))


def _selects_variant(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
