"""The paper of the demo's till: lines of 40 characters, in every language the store speaks. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.texts import TICKET_CHARS, money, text
from hub.wire.base import LocalText

CURRENCY: Final = "EUR"


@dataclass(frozen=True, slots=True)
class Item:
    """One line a cashier scans; `amount_minor` is for the whole line."""

    product_id: str
    description: str
    quantity: int
    amount_minor: int


def sale_ticket(
    till: str,
    items: Sequence[Item],
    quote: Mapping[str, Any] | None,
    *,
    offline: bool,
    paid: Mapping[str, Any] | bool = False,
) -> tuple[LocalText, ...]:
    """What is printed for a basket.

    Args:
        till: its name.
        items: as scanned.
        quote: the hub's answer (`hub.till.answers.QuoteOut` as JSON), or None without one.
        offline: the hub could not be reached: points come later.
        paid: the hub's answer to the commit, which says what is left; True for a sale done without the hub.
    """
    effects = quote["effects"] if quote else ()
    due_minor = sum(i.amount_minor for i in items) - sum(e["discount_minor"] for e in effects)
    lines = [text("till.head", till=till.upper())]
    lines += [_row(_same(f"{i.quantity} × {i.description}"), i.amount_minor) for i in items]
    lines += [_row(LocalText(**e["ticket"]), -e["discount_minor"]) for e in effects]
    lines += [LocalText(**r["ticket"]) for r in (quote["refusals"] if quote else ())]
    lines.append(_row(text("till.total"), due_minor))
    if offline:
        lines.append(text("till.offline"))
    if paid:
        lines.append(_row(text("till.paid"), due_minor))
        lines += [LocalText(**line) for line in (paid["ticket"] if isinstance(paid, Mapping) else ())]
    return tuple(lines)


def return_ticket(till: str, item: Item, quantity: int, refund_minor: int) -> tuple[LocalText, ...]:
    """What is printed for units that came back."""
    return (
        text("till.return", till=till.upper()),
        _same(f"{quantity} × {item.description}"),
        _row(text("till.refunded"), -refund_minor),
    )


def _same(words: str) -> LocalText:
    return LocalText(fr=words, en=words)


def _row(left: LocalText, amount_minor: int) -> LocalText:
    right = money(amount_minor, CURRENCY)
    return LocalText(fr=_fit(left.fr, right.fr), en=_fit(left.en, right.en))


def _fit(left: str, right: str) -> str:
    room = TICKET_CHARS - len(right) - 1
    return f"{left[:room]:<{room}} {right}"
