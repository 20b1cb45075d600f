"""The hub's permission time: it never goes back, so that what has expired stays expired (acceptance A10)."""

from typing import Final

SAVE_EVERY_S: Final = 60.0
"""How far a mark in memory may run ahead of the one on disk: one small write a minute.

After a restart with the clock set back the hub is at most this much younger than it was.
"""

STEP_S: Final = 0.001
"""While the clock stands before the mark, each act of a person still gets an instant of its own."""


class NeverBack:
    """High-water mark of time.

    Args:
        mark_s: the latest instant known from before, 0 for none.
    """

    def __init__(self, mark_s: float) -> None:
        self._mark_s = mark_s
        self._saved_s = mark_s

    def at(self, now_s: float) -> float:
        """`now_s`, or the latest instant ever seen when that is later."""
        self._mark_s = max(self._mark_s, now_s)
        return self._mark_s

    def stamp(self, now_s: float) -> float:
        """The instant of an act that happens now.

        Two acts at one reading of a sound clock share the instant and are concurrent; with the clock set
        back they are put one after the other, or nobody could grant anything until the clock had caught up.
        """
        if now_s < self._mark_s:
            self._mark_s += STEP_S
        return self.at(now_s)

    def unsaved_s(self) -> float | None:
        """The mark to write to disk now, or None while the one there is young enough."""
        return self._mark_s if self._mark_s - self._saved_s >= SAVE_EVERY_S else None

    def saved(self, mark_s: float) -> None:
        """The mark on disk is now `mark_s`."""
        self._saved_s = mark_s
