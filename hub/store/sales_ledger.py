"""Posts purchases and returns: facts that are only ever added."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from hub.offers.model import Line
from hub.offers.returning import SoldLine, SoldReward, Undone


@dataclass(frozen=True, slots=True)
class PostedSale:
    """The head of a purchase. `origin` is import, till or late; `total_minor` is before our discount."""

    sale_id: str
    account_id: str
    origin: str
    till: str | None
    sold_at_s: float
    total_minor: int
    discount_minor: int = 0
    points_used: int = 0
    points_earned: int = 0
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A line of a purchase: what was paid for it after all discounts, and the points it earned."""

    line: Line
    paid_minor: int
    points_earned: int
    programs: tuple[str, ...] = ()
    """Ids of the programs in force that count this line."""


@dataclass(frozen=True, slots=True)
class PostedGrant:
    """Rewarded units of a line."""

    line: int
    program_id: str
    program_version: str
    units: int
    discount_minor: int
    points: int
    on_return: str


class Ledger:
    """Purchases, grants and returns. Writes belong inside a transaction of the caller."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def post(self, sale: PostedSale, lines: Sequence[PostedLine], grants: Sequence[PostedGrant]) -> None:
        """Add a purchase whose id the caller found to be new in this transaction."""
        posted = self.post_head(sale)
        assert posted, "posted twice"
        for line in lines:
            self.post_line(sale, line)
        self._connection.executemany(
            "INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    sale.sale_id,
                    g.line,
                    g.program_id,
                    g.program_version,
                    g.units,
                    g.discount_minor,
                    g.points,
                    g.on_return,
                )
                for g in grants
            ],
        )

    def post_head(self, sale: PostedSale) -> bool:
        """Add a purchase without its lines yet; False when its id is known already."""
        return (
            self._connection.execute(
                "INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sale_id) DO NOTHING",
                (
                    sale.sale_id,
                    sale.account_id,
                    sale.origin,
                    sale.till,
                    sale.sold_at_s,
                    sale.total_minor,
                    sale.discount_minor,
                    sale.points_used,
                    sale.points_earned,
                    sale.decision_id,
                ),
            ).rowcount
            == 1
        )

    def post_line(self, sale: PostedSale, posted: PostedLine) -> None:
        """Add one line of a purchase, and what counts it."""
        line = posted.line
        self._connection.execute(
            "INSERT INTO sale_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                sale.sale_id,
                line.line,
                sale.account_id,
                line.product_id,
                line.description,
                line.quantity,
                line.unit_price_minor,
                posted.paid_minor,
                line.till_discount_minor,
                posted.points_earned,
            ),
        )
        self._connection.executemany(
            "INSERT INTO counted_lines VALUES (?, ?, ?, ?)",
            [(sale.account_id, program_id, sale.sale_id, line.line) for program_id in posted.programs],
        )

    def add_to_total(self, sale_id: str, amount_minor: int) -> None:
        """Raise the total of a purchase whose lines arrive one by one (an import)."""
        self._connection.execute(
            "UPDATE sales SET total_minor = total_minor + ? WHERE sale_id = ?", (amount_minor, sale_id)
        )

    def find(self, sale_id: str) -> PostedSale | None:
        """The head of a purchase."""
        row = self._connection.execute(
            "SELECT sale_id, account_id, origin, till, sold_at_s, total_minor, discount_minor, points_used,"
            " points_earned, decision_id FROM sales WHERE sale_id = ?",
            (sale_id,),
        ).fetchone()
        return PostedSale(*row) if row else None

    def sold(self) -> tuple[str, ...]:
        """The ids of all purchases the tills made, at once or late; not the imported ones."""
        rows = self._connection.execute(
            "SELECT sale_id FROM sales WHERE origin != 'import' ORDER BY sold_at_s"
        )
        return tuple(sale_id for (sale_id,) in rows)

    def products(self, sale_id: str) -> frozenset[str]:
        """The products of a purchase."""
        rows = self._connection.execute("SELECT product_id FROM sale_lines WHERE sale_id = ?", (sale_id,))
        return frozenset(product_id for (product_id,) in rows)

    def sold_line(self, sale_id: str, line: int) -> tuple[SoldLine, int] | None:
        """A line as it was sold, and how many units of it came back so far."""
        row = self._connection.execute(
            "SELECT line, quantity, unit_price_minor, till_discount_minor, paid_minor, points_earned"
            " FROM sale_lines WHERE sale_id = ? AND line = ?",
            (sale_id, line),
        ).fetchone()
        if row is None:
            return None
        grants = self._connection.execute(
            "SELECT program_id, units, discount_minor, points, on_return FROM grants"
            " WHERE sale_id = ? AND line = ? ORDER BY program_id",
            (sale_id, line),
        ).fetchall()
        returned = self._connection.execute(
            "SELECT COALESCE(SUM(quantity), 0) FROM return_lines WHERE sale_id = ? AND line = ?",
            (sale_id, line),
        ).fetchone()[0]
        rewards = tuple(SoldReward(*grant) for grant in grants)
        return SoldLine(row[0], row[1], row[2], row[3], row[4], row[5], rewards), returned

    def post_return(
        self, return_id: str, sale_id: str, till: str, undone: Sequence[Undone], now_s: float
    ) -> None:
        """Add what came back of a purchase."""
        self._connection.execute("INSERT INTO returns VALUES (?, ?, ?, ?)", (return_id, sale_id, till, now_s))
        self._connection.executemany(
            "INSERT INTO return_lines VALUES (?, ?, ?, ?, ?, ?)",
            [(return_id, sale_id, u.line, u.quantity, u.refund_minor, u.points_withdrawn) for u in undone],
        )
        self._connection.executemany(
            "INSERT INTO grant_reversals VALUES (?, ?, ?, ?, ?, ?)",
            [
                (return_id, sale_id, u.line, reward.program_id, reward.units, reward.points)
                for u in undone
                for reward in u.rewards
            ],
        )
