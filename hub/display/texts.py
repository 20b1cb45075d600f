"""The desk's sentences, from the hub's catalogue (`display_fr.po`, `display_en.po`)."""

from hub.display.desk import DeskTexts
from hub.texts import text
from hub.wire.base import LocalText


def desk_texts() -> DeskTexts:
    """What every desk says."""
    return DeskTexts(
        no_notice=text("screen.no_notice"),
        code_unknown=text("screen.code_unknown"),
        declined=text("screen.declined"),
        stopped=text("screen.stopped"),
    )


def not_suggested(*, paired: bool) -> LocalText:
    """For somebody who acted without having permitted suggestions: nothing was looked at."""
    return text("screen.noted_at_till" if paired else "screen.noted")


def nothing_running() -> LocalText:
    """For somebody who permitted suggestions while no program runs."""
    return text("screen.nothing_running")
