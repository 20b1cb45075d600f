"""Points: lots that expire, and moves against them. A balance is always derived.

Lots are spent soonest-to-expire first. What is given back after a return goes to the very lot it came from,
what was earned is taken from the very lot it made: that lot may fall below zero when its points were spent
meanwhile, and the account owes the difference until the lot's own expiry.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

from hardware.host.entropy import Entropy

DAY_S: Final = 86_400.0

_LOTS = """
    SELECT lot_id, expires_at_s, points
        + COALESCE((SELECT SUM(points) FROM point_moves m WHERE m.lot_id = l.lot_id), 0)
        - COALESCE((
            SELECT SUM(hl.points) FROM hold_lots hl JOIN holds h USING (hold_id)
            WHERE hl.lot_id = l.lot_id AND h.status = 'held' AND h.expires_at_s > :now_s
        ), 0) AS free
    FROM point_lots l
    WHERE account_id = :account_id AND expires_at_s > :now_s
    ORDER BY expires_at_s, earned_at_s, lot_id
"""


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one lot that are neither spent nor held; below zero when a return took what was spent."""

    lot_id: str
    free: int


class PointStore:
    """The points of all accounts.

    Args:
        connection: the hub's database.
        entropy: where lot ids come from.
        valid_days: how long points last.
    """

    def __init__(self, connection: sqlite3.Connection, entropy: Entropy, valid_days: int) -> None:
        self._connection = connection
        self._entropy = entropy
        self._valid_s = valid_days * DAY_S

    def credit(
        self, account_id: str, points: int, reason: str, now_s: float, sale_id: str | None = None
    ) -> str | None:
        """Add a lot of `points` (≥ 0) that expires in its time; returns its id, None for 0 points."""
        assert points >= 0
        if points == 0:
            return None
        lot_id = self._entropy.new_id()
        self._connection.execute(
            "INSERT INTO point_lots VALUES (?, ?, ?, ?, ?, ?, ?)",
            (lot_id, account_id, points, now_s, now_s + self._valid_s, reason, sale_id),
        )
        return lot_id

    def lots(self, account_id: str, now_s: float) -> tuple[Lot, ...]:
        """Lots that have not expired, soonest first."""
        rows = self._connection.execute(_LOTS, {"account_id": account_id, "now_s": now_s})
        return tuple(Lot(lot_id, free) for lot_id, _expires_at_s, free in rows)

    def balance(self, account_id: str, now_s: float) -> int:
        """Points that can be spent now: not expired, not held; never below zero."""
        return max(0, sum(lot.free for lot in self.lots(account_id, now_s)))

    def draw(self, account_id: str, points: int, now_s: float) -> tuple[tuple[str, int], ...] | None:
        """Choose `points` from the lots that expire soonest; changes nothing.

        Returns:
            (lot id, points) pairs, or None when the balance does not reach.
        """
        lots = self.lots(account_id, now_s)
        if points > max(0, sum(lot.free for lot in lots)):
            return None
        drawn: list[tuple[str, int]] = []
        for lot in lots:
            part = min(max(0, lot.free), points)
            if part:
                drawn.append((lot.lot_id, part))
                points -= part
        assert points == 0
        return tuple(drawn)

    def spend(self, drawn: tuple[tuple[str, int], ...], sale_id: str, now_s: float) -> None:
        """Post what `draw` (or a hold) chose as spent in this sale."""
        for lot_id, points in drawn:
            self._move(lot_id, -points, "spent", sale_id, None, now_s)

    def give_back(self, account_id: str, points: int, sale_id: str, return_id: str, now_s: float) -> None:
        """Undo `points` of what the sale spent, in the lots it was spent from.

        A lot that expired meanwhile cannot take them: they come as a new lot, since a returned product is no
        reason to lose points.
        """
        spent = self._connection.execute(
            """
            SELECT m.lot_id, l.expires_at_s, -SUM(m.points) FROM point_moves m JOIN point_lots l USING
            (lot_id) WHERE m.sale_id = ? AND m.kind IN ('spent', 'spent_reversed') GROUP BY m.lot_id HAVING
            SUM(m.points) < 0 ORDER BY l.expires_at_s DESC, m.lot_id """,
            (sale_id,),
        ).fetchall()
        late = 0
        for lot_id, expires_at_s, open_points in spent:
            part = min(open_points, points)
            if part:
                self._move(lot_id, part, "spent_reversed", sale_id, return_id, now_s)
                points -= part
                late += part if expires_at_s <= now_s else 0
        assert points == 0, "more points given back than were spent"
        self.credit(account_id, late, "returned", now_s)

    def take_back(self, points: int, sale_id: str, return_id: str, now_s: float) -> None:
        """Undo `points` of what the sale earned, in the lot it made."""
        if points == 0:
            return
        row = self._connection.execute(
            "SELECT lot_id FROM point_lots WHERE sale_id = ? AND reason = 'earned'", (sale_id,)
        ).fetchone()
        assert row is not None, "points taken back that were never earned"
        self._move(row[0], -points, "earned_reversed", sale_id, return_id, now_s)

    def _move(
        self, lot_id: str, points: int, kind: str, sale_id: str, return_id: str | None, now_s: float
    ) -> None:
        self._connection.execute(
            "INSERT INTO point_moves (lot_id, points, kind, sale_id, return_id, moved_at_s)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (lot_id, points, kind, sale_id, return_id, now_s),
        )
