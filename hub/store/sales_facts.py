"""Reads what one account did, as the offers count it."""

import json
import sqlite3

from hub.offers.model import AccountFacts, Counted, ProgramFacts
from hub.offers.preview import LastPaid
from hub.offers.program import Program
from hub.store.sales_points import PointStore

_PURCHASES = """
    WITH mine AS (
        SELECT sale_id, line, 1 AS live FROM counted_lines
        WHERE account_id = :account_id AND program_id = :program_id
        UNION ALL
        SELECT sale_id, line, 0 FROM sale_lines l
        WHERE account_id = :account_id AND product_id IN (SELECT value FROM json_each(:products))
            AND NOT EXISTS (
                SELECT 1 FROM counted_lines c
                WHERE c.account_id = :account_id AND c.program_id = :program_id
                    AND c.sale_id = l.sale_id AND c.line = l.line
            )
    )
    SELECT sale_id, s.sold_at_s,
        SUM(l.quantity - COALESCE((
            SELECT SUM(r.quantity) FROM return_lines r WHERE r.sale_id = l.sale_id AND r.line = l.line
        ), 0)),
        MAX(mine.live)
    FROM mine JOIN sale_lines l USING (sale_id, line) JOIN sales s USING (sale_id)
    GROUP BY sale_id
"""

_GRANTED = """
    SELECT COALESCE(SUM(g.units), 0) - COALESCE(SUM((
        SELECT SUM(r.units) FROM grant_reversals r
        WHERE r.sale_id = g.sale_id AND r.line = g.line AND r.program_id = g.program_id
    )), 0)
    FROM grants g JOIN sales s USING (sale_id)
    WHERE s.account_id = ? AND g.program_id = ?
"""

_HELD = """
    SELECT COALESCE(SUM(g.units), 0) FROM hold_grants g JOIN holds h USING (hold_id)
    WHERE h.account_id = ? AND g.program_id = ? AND h.status = 'held' AND h.expires_at_s > ?
"""

_LAST_PAID = """
    SELECT l.description, l.unit_price_minor FROM sales s JOIN sale_lines l USING (sale_id)
    WHERE s.account_id = ? AND l.quantity > 0 AND l.product_id IN (SELECT value FROM json_each(?))
    ORDER BY s.sold_at_s DESC, s.sale_id DESC, l.line LIMIT 1
"""


class FactStore:
    """What the evaluation may look at.

    A line counts as *live* for a program that was in force when it was sold here (`counted_lines`); every
    other line of the program's group is history. So a program that starts later, or gains a product, opens
    no flood of rights.
    """

    def __init__(self, connection: sqlite3.Connection, points: PointStore) -> None:
        self._connection = connection
        self._points = points

    def facts(self, account_id: str, programs: tuple[Program, ...], now_s: float) -> AccountFacts:
        """Purchases, grants and live holds per program, and the points that are free."""
        return AccountFacts(
            self._points.balance(account_id, now_s),
            {program.id: self._program_facts(account_id, program, now_s) for program in programs},
        )

    def last_paid(self, account_id: str, programs: tuple[Program, ...]) -> dict[str, LastPaid]:
        """Program id → the group's product bought last, and its shelf price of then."""
        found: dict[str, LastPaid] = {}
        for program in programs:
            row = self._connection.execute(_LAST_PAID, (account_id, json.dumps(program.products))).fetchone()
            if row is not None:
                found[program.id] = LastPaid(row[0], row[1])
        return found

    def _program_facts(self, account_id: str, program: Program, now_s: float) -> ProgramFacts:
        rows = self._connection.execute(
            _PURCHASES,
            {
                "program_id": program.id,
                "account_id": account_id,
                "products": json.dumps(program.products),
            },
        )
        purchases = tuple(
            Counted(sale_id, sold_at_s, units, bool(live)) for sale_id, sold_at_s, units, live in rows
        )
        granted = self._connection.execute(_GRANTED, (account_id, program.id)).fetchone()[0]
        held = self._connection.execute(_HELD, (account_id, program.id, now_s)).fetchone()[0]
        return ProgramFacts(purchases, granted, held)
