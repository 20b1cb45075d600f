"""Whether somebody is at a place of their zone where it matters which: at this kiosk and at no other. Pure.

An offer at the wrong till is worse than none, so this asks more than the zone does:

| | to stand there | to go on standing there |
|---|---|---|
| samples of the zone's own nodes | ≥ 3 over ≥ 1.5 s, after a hand-over too | – |
| level there | the zone's enter level, for ≥ 4 s | – |
| level there, where it was measured at the kiosk | the measured one, for ≥ 4 s | ≥ 6 dB below |
| above the level of every rival zone | ≥ 9 dB, ≥ 6 dB where measured, for ≥ 4 s | ≥ 2 dB |
| the engine's confidence | ≥ 0.5, for ≥ 4 s | – |

Levels are means over some seconds. Somebody between two kiosks stands at neither, unless they do at one already;
whoever moves to another zone stands nowhere until all is true there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.presence.levels import Levels

CLOSE_S: Final = 2.0
"""Time constant of the levels compared: a body that turns for a second or one reflection decides nothing."""

CLEAR_DB: Final = 9.0
MEASURED_CLEAR_DB: Final = 6.0
"""Two antennas hear one place with deviations of 4 dB each that stay while somebody stands (shadowing and fades, as
recorded), and a body makes 8 dB. At simulated tills 2 m apart, their nodes at the card terminals and calibrated, the
design's 6 dB for 4 s alone recognise 88 % of those who pay and show one visit in six at a till that is not theirs, most
of them on their way past; 9 dB 73 % and one in fourteen. With a level that was measured at the kiosk too, 6 dB are
enough: 77 %, and one visit in thirty. Longer time constants, or a margin over all zones, buy less."""

KEEP_DB: Final = 2.0
SINK_DB: Final = 6.0
"""Whoever is there stays until another till is as near, or they are clearly off: a body makes 8 dB, and one that turns
around at the till shall not end its own view. 0 dB instead of 3 shows a fifth more visits at the wrong till."""

CLEAR_FOR_S: Final = 4.0
"""Somebody who walks past a till at 0.7 m/s is nearer to it than to the next, 2 m away, for three seconds."""

CONFIDENT: Final = 0.5
"""There rather than anywhere else. The rules stand for no zone with less for long; of the map, whose zones overlap at
two metres, 0.8 would leave 20 % recognised instead of 66 %, with one visit in a hundred wrong or none."""


@dataclass(slots=True)
class Closeness:
    """What is known of one member, for one zone at a time."""

    levels: Levels = field(default_factory=lambda: Levels(CLOSE_S))
    stands: bool = False
    _zone: str | None = None
    _clear_s: float | None = None
    """Since when all was true."""

    def follow(
        self,
        zone: str,
        margin_db: float,
        above_db: float | None,
        *,
        sure: bool,
        settled: bool,
        at_s: float,
    ) -> None:
        """Take note of a sample by which the engine stands for a zone.

        Args:
            zone: that zone.
            margin_db: see `margin`.
            above_db: the zone's level over the one measured at its kiosk; None where none was.
            sure: level and confidence are what is asked.
            settled: so are the samples.
            at_s: when.
        """
        if zone != self._zone:
            self.leave()
            self._zone = zone
        clear_db, reached = (CLEAR_DB, True) if above_db is None else (MEASURED_CLEAR_DB, above_db >= 0.0)
        if not sure or not reached or margin_db < clear_db:
            self._clear_s = None
        elif self._clear_s is None:
            self._clear_s = at_s
        if self.stands:
            self.stands = margin_db >= KEEP_DB and (above_db is None or above_db >= -SINK_DB)
        else:
            self.stands = settled and self._clear_s is not None and at_s - self._clear_s >= CLEAR_FOR_S

    def leave(self) -> None:
        """They stand nowhere."""
        self.stands, self._zone, self._clear_s = False, None, None


def margin(zone: str, levels: Mapping[str, float], rivals: Collection[str]) -> float:
    """How far a zone's level is above the best of its rivals', in dB.

    Returns:
        Infinite when no rival hears them, minus infinite when the zone itself does not.
    """
    others = [levels[rival] for rival in rivals if rival != zone and rival in levels]
    own_dbm = levels.get(zone, float("-inf"))
    return own_dbm - max(others) if others else (float("inf") if zone in levels else own_dbm)
