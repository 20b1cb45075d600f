"""What the antennas of a floor can be expected to tell, before anybody hangs one: a level and a margin a cell. Pure.

Expected means without shadowing and fading: what a plan knows. Both move a level by some decibels either way, so a
place whose margin is small is one where a mistake is likely.
"""

import math
from dataclasses import dataclass
from typing import Final

from hardware.sim.propagation import StaticField
from hardware.sim.scenario import Scenario

CELL_M: Final = 0.5
"""About what a person takes up."""

MAX_CELLS_A_SIDE: Final = 120
"""A large floor gets larger cells: a drawing of more is not read, and takes seconds."""

CONTESTED_DB: Final = 6.0
"""Two zones' best nodes closer than this cannot be told apart: static residual 4.0 dB each (`propagation`)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the floor, and what a fob there is expected to be heard like.

    Attributes:
        x_m: its middle.
        y_m: its middle.
        zone: the zone it lies in; None between zones.
        node: the node that hears it best.
        decided: the zone that node stands in, which the strongest-node rule would decide.
        level_dbm: of that node.
        margin_db: over the best node of any other zone; infinite where there is none.
    """

    x_m: float
    y_m: float
    zone: str | None
    node: str
    decided: str
    level_dbm: float
    margin_db: float

    @property
    def is_contested(self) -> bool:
        """Whether another zone's node hears it almost as well."""
        return self.margin_db < CONTESTED_DB


@dataclass(frozen=True, slots=True)
class Coverage:
    """A floor in cells, row by row from y = 0.

    Attributes:
        cell_m: their side.
        columns: a row's cells.
        cells: all rows.
    """

    cell_m: float
    columns: int
    cells: tuple[Cell, ...]

    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The cells by row, y rising."""
        return tuple(self.cells[i : i + self.columns] for i in range(0, len(self.cells), self.columns))

    @property
    def right_share(self) -> float | None:
        """Share of the zones' cells whose strongest node stands in their own zone; None for a floor of no zones."""
        zoned = [cell for cell in self.cells if cell.zone is not None]
        return sum(cell.decided == cell.zone for cell in zoned) / len(zoned) if zoned else None

    @property
    def contested_share(self) -> float:
        """Share of all cells that are contested."""
        return sum(cell.is_contested for cell in self.cells) / len(self.cells)


def cover(scenario: Scenario, tag: str = "default") -> Coverage:
    """Work out the coverage for one make of fob."""
    floor = scenario.floor
    cell_m = max(CELL_M, floor.width_m / MAX_CELLS_A_SIDE, floor.depth_m / MAX_CELLS_A_SIDE)
    columns, rows = math.ceil(floor.width_m / cell_m), math.ceil(floor.depth_m / cell_m)
    field = StaticField(floor, scenario.propagation, None)
    level_1m_dbm = scenario.tag_model(tag).level_1m_dbm
    return Coverage(
        cell_m,
        columns,
        tuple(
            _cell(scenario, field, level_1m_dbm, (column + 0.5) * cell_m, (row + 0.5) * cell_m)
            for row in range(rows)
            for column in range(columns)
        ),
    )


def _cell(scenario: Scenario, field: StaticField, level_1m_dbm: float, x_m: float, y_m: float) -> Cell:
    floor = scenario.floor
    levels = {name: level_1m_dbm + field.gain_db(name, x_m, y_m) for name in floor.nodes}
    # Of two alike the first in the file, as everywhere.
    best = max(levels, key=lambda name: levels[name])
    decided = floor.nodes[best].zone
    others = [level for name, level in levels.items() if floor.nodes[name].zone != decided]
    margin_db = levels[best] - max(others) if others else math.inf
    return Cell(x_m, y_m, floor.zone_at(x_m, y_m), best, decided, levels[best], margin_db)
