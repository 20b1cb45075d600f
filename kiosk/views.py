"""From a screen to the widgets that show it. Designed for 40 × 12 cells, one thing a screen; larger works too."""

from collections.abc import Callable
from typing import Any, Final

from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Digits

from hub.wire.display import Attract, Closed, Noted, Offer, Progress, Symbols, Thanks
from kiosk.events import (
    LanguageToggled,
    Left,
    OfferDeclined,
    StopAsked,
    StopConfirmed,
    StopDropped,
    SymbolTouched,
    WhyToggled,
)
from kiosk.screen import Kind, Note, Screen
from kiosk.symbols import drawings
from kiosk.text import MAX_NAME, clean
from kiosk.texts import Texts
from kiosk.widgets import Awning, Header, Reasons, Status, SymbolTarget, Target, Words


def build(screen: Screen, texts: Texts) -> list[Widget]:
    """Every widget of one screen, header first."""
    view: Callable[[Any, Screen, Texts], tuple[str, list[Widget]]] = _VIEWS[screen.kind]
    title, body = view(screen.content, screen, texts)
    return [_header(title, screen, texts), *body]


def status(screen: Screen, texts: Texts) -> Status:
    """The one line that matters more than the title now, or nothing."""
    if screen.typed:
        return Status(texts("status.typed", dots="•" * min(screen.typed, MAX_TYPED_DOTS)))
    if screen.waiting:
        return Status(texts("status.waiting"))
    if screen.outdated:
        return Status(texts("status.outdated"), alert=True)
    return Status("") if screen.online else Status(texts("status.offline"), alert=True)


def _header(title: str, screen: Screen, texts: Texts) -> Widget:
    language = Target("language", texts("language.other"), LanguageToggled(), "link")
    return Header(title, status(screen, texts), language)


def _attract(_content: Attract, screen: Screen, texts: Texts) -> tuple[str, list[Widget]]:
    lines = [Words(texts("attract.hello"), classes="hello")]
    if screen.online:
        lines.append(Words(texts("attract.invite"), classes="big"))
        lines.append(Words(texts("attract.quiet"), classes="quiet"))
    else:
        lines.append(Words(texts("attract.offline"), classes="big"))
    return "", [Awning(), Vertical(*lines, classes="middle")]


def _closed(content: Closed, _screen: Screen, texts: Texts) -> tuple[str, list[Widget]]:
    reason = clean(texts.of(content.reason))
    return "", [
        Awning(),
        Vertical(
            Words(texts("closed.title"), classes="hello"),
            Words(f"{texts('closed.staff')} {reason}", classes="big"),
            classes="middle",
        ),
    ]


def _symbols(content: Symbols, screen: Screen, texts: Texts) -> tuple[str, list[Widget]]:
    takes = not (content.locked or screen.resting)
    targets = [_symbol(symbol, texts, takes) for symbol in content.symbols]
    hint = "symbols.locked" if content.locked else "symbols.resting" if screen.resting else "symbols.else"
    return texts("symbols.question"), [
        Grid(*targets, classes="symbols"),
        Words(texts(hint), classes="hint" if takes else "hint alert"),
    ]


def _symbol(symbol: str, texts: Texts, takes: bool) -> Widget:  # noqa: FBT001 - private, one caller
    word = texts(f"symbol.{symbol}") if texts.has(f"symbol.{symbol}") else clean(symbol)
    classes = "card" if takes else "card resting"
    return SymbolTarget(f"symbol-{symbol}", word, drawings().get(symbol), SymbolTouched(symbol), classes)


def _offer(content: Offer, screen: Screen, texts: Texts) -> tuple[str, list[Widget]]:
    title = clean(texts.of(content.group))
    if screen.why:
        return title, _reasons(content, texts)
    why = Target("why", texts("offer.why"), WhyToggled())
    decline = Target("decline", texts("offer.decline"), OfferDeclined(), "second")
    return title, [_price(content, texts), _buttons(why, decline), _leaving(texts)]


def _price(content: Offer, texts: Texts) -> Widget:
    price, discount = texts.money(content.price_minor), texts.money(content.discount_minor)
    paid = texts.money(max(0, content.price_minor - content.discount_minor))
    was = texts("offer.was", price="\0").split("\0")
    points = texts(
        "offer.points" if content.points_used else "offer.nopoints",
        discount=discount,
        points=content.points_used,
    )
    return Vertical(
        Words(clean(content.product, MAX_NAME), classes="product"),
        Horizontal(
            Digits(paid, classes="price"),  # a no-break space is one cell wide in it, a plain one three
            Vertical(
                Words(Content.assemble(was[0], (price, Style(strike=True)), was[-1]), classes="was"),
                Words(texts("offer.ticket" if content.at_till else "offer.next"), classes="when"),
            ),
            classes="prices",
        ),
        Words(points, classes="points"),
        classes="middle offer",
    )


def _reasons(content: Offer | Progress, texts: Texts) -> list[Widget]:
    """Only one row of buttons, so that most reasons fit; the stop is still no further away than its question."""
    reasons = Reasons([f"· {clean(texts.of(reason))}" for reason in content.reasons], texts("offer.more"))
    back = Target("why", texts("offer.unwhy"), WhyToggled(), "way-on")
    return [
        reasons,
        _buttons(Target("stop", texts("offer.stop"), StopAsked(), "stop"), reasons.turning, back),
    ]


def _progress(content: Progress, screen: Screen, texts: Texts) -> tuple[str, list[Widget]]:
    title = clean(texts.of(content.group))
    if screen.why:
        return title, _reasons(content, texts)
    left = max(1, content.every - content.counter)
    to_go = texts("progress.left.one" if left == 1 else "progress.left.many", left=left)
    middle = Vertical(
        Words(texts("offer.counter", counter=content.counter, every=content.every), classes="hello"),
        Words(_dots(content.counter, content.every), classes="dots"),
        Words(to_go, classes="big"),
        classes="middle",
    )
    return title, [middle, _buttons(Target("why", texts("offer.why"), WhyToggled())), _leaving(texts)]


def _dots(counter: int, every: int) -> str:
    """Full and empty marks of a stamp card; nothing when there would be too many to count at a glance."""
    return " ".join("●" * min(counter, every) + "○" * max(0, every - counter)) if every <= MAX_DOTS else ""


def _thanks(content: Thanks, _screen: Screen, texts: Texts) -> tuple[str, list[Widget]]:
    lines: list[Widget] = [Words(texts("thanks.title"), classes="hello")]
    if content.discount_minor:
        lines.append(
            Words(texts("thanks.saved", discount=texts.money(content.discount_minor)), classes="big")
        )
    if content.points_used:
        lines.append(Words(texts("thanks.points", points=content.points_used), classes="quiet"))
    lines.append(
        Words(
            f"{_dots(content.counter, content.every)}  "
            f"{texts('offer.counter', counter=content.counter, every=content.every)}",
            classes="dots",
        )
    )
    return texts("thanks.bought"), [Vertical(*lines, classes="middle"), _leaving(texts)]


def _noted(content: Noted, _screen: Screen, texts: Texts) -> tuple[str, list[Widget]]:
    return "", [
        Vertical(Words(clean(texts.of(content.message)), classes="big"), classes="middle"),
        _buttons(Target("done", texts("noted.done"), Left(), "way-on")),
    ]


def _note(_content: object, screen: Screen, texts: Texts) -> tuple[str, list[Widget]]:
    assert isinstance(screen.note, Note)
    return "", [
        Vertical(Words(texts(f"note.{screen.note}"), classes="big"), classes="middle"),
        _buttons(Target("done", texts("noted.done"), Left(), "way-on")),
    ]


def _confirm(_content: object, _screen: Screen, texts: Texts) -> tuple[str, list[Widget]]:
    # "No" stands where "stop" stood: a finger that comes down twice by mistake stops nothing.
    return "", [
        Vertical(
            Words(texts("confirm.question"), classes="hello"),
            Words(texts("confirm.detail"), classes="big"),
            classes="middle",
        ),
        _buttons(
            Target("stop-no", texts("confirm.no"), StopDropped()),
            Target("stop-yes", texts("confirm.yes"), StopConfirmed(), "second"),
        ),
    ]


def _buttons(*targets: Target) -> Widget:
    return Horizontal(*targets, classes="buttons")


def _leaving(texts: Texts) -> Widget:
    return _buttons(
        Target("stop", texts("offer.stop"), StopAsked(), "stop"),
        Target("done", texts("offer.done"), Left(), "way-on"),
    )


MAX_TYPED_DOTS = 16
"""Fit beside the language on 40 cells; a longer code needs no more to be seen growing."""

MAX_DOTS = 12
"""More marks than this are not counted at a glance, and do not fit 40 cells."""

_VIEWS: Final[dict[Kind, Callable[[Any, Screen, Texts], tuple[str, list[Widget]]]]] = {
    Kind.ATTRACT: _attract,
    Kind.CLOSED: _closed,
    Kind.SYMBOLS: _symbols,
    Kind.OFFER: _offer,
    Kind.PROGRESS: _progress,
    Kind.NOTED: _noted,
    Kind.THANKS: _thanks,
    Kind.NOTE: _note,
    Kind.CONFIRM: _confirm,
}
