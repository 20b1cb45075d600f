"""A store's radio map: how strong each node hears a tag at each place. Pure; read and written as one JSON document.

The document, version 1 (`RadioMap.to_document`), small enough to be read by a person::

    {"format": "comptoir radio map", "version": 1,
     "grid": {"x0_m": 0.0, "y0_m": 0.0, "cell_m": 0.5, "columns": 42, "rows": 36},
     "nodes": {"till-1": {"level_dbm": [[-61.2, …], …], "error_db": [[2.1, …], …]}}}

`level_dbm` and `error_db` hold a list per row of cells, each with a value per column; `x0_m`, `y0_m` is the centre of
the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware.host.errors import DataError

FORMAT: Final = "comptoir radio map"

MAX_CELLS: Final = 4096
"""A hall of 1,000 m² in cells of half a metre; a larger one gets larger cells. What a member costs is in proportion."""

MAX_NODES: Final = 256
"""More antennas than any one store has; a bound for what a file may claim."""

_Metres = Annotated[float, Field(ge=-10_000.0, le=10_000.0, allow_inf_nan=False)]
_Level = Annotated[float, Field(ge=-250.0, le=50.0, allow_inf_nan=False)]
"""Wide: beyond what a radio measures a map may still go on. A level of kilometres or of 1e300 is a broken file."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _GridDocument(_Strict):
    x0_m: _Metres
    y0_m: _Metres
    cell_m: Annotated[float, Field(ge=0.05, le=10.0, allow_inf_nan=False)]
    columns: Annotated[int, Field(ge=1, le=MAX_CELLS)]
    rows: Annotated[int, Field(ge=1, le=MAX_CELLS)]


_Error = Annotated[float, Field(ge=0.0, le=100.0, allow_inf_nan=False)]


class _NodeDocument(_Strict):
    level_dbm: list[list[_Level]]
    error_db: list[list[_Error]]


class _Document(_Strict):
    format: Literal["comptoir radio map"]
    version: Literal[1]
    grid: _GridDocument
    nodes: Annotated[dict[str, _NodeDocument], Field(min_length=1, max_length=MAX_NODES)]


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells along the axes; `x0_m`, `y0_m` is the centre of the first."""

    x0_m: float
    y0_m: float
    cell_m: float
    columns: int
    rows: int

    @property
    def centres_x_m(self) -> tuple[float, ...]:
        """Of the columns."""
        return tuple(self.x0_m + self.cell_m * column for column in range(self.columns))

    @property
    def centres_y_m(self) -> tuple[float, ...]:
        """Of the rows."""
        return tuple(self.y0_m + self.cell_m * row for row in range(self.rows))


Rows = tuple[tuple[float, ...], ...]
"""A value per cell: a tuple per row, from low y to high, each with a value per column."""


@dataclass(frozen=True, slots=True)
class NodeLevels:
    """What a node hears.

    Attributes:
        level_dbm: mean strength in each cell.
        error_db: standard deviation of that: small near a calibration point, larger far from any.
    """

    level_dbm: Rows
    error_db: Rows


@dataclass(frozen=True, slots=True)
class RadioMap:
    """The map of a store: its cells and what each node hears in them."""

    grid: Grid
    nodes: Mapping[str, NodeLevels]

    def to_document(self) -> dict[str, object]:
        """Write it as what `json.dumps` takes."""
        grid = self.grid
        return {
            "format": FORMAT,
            "version": 1,
            "grid": {
                "x0_m": grid.x0_m,
                "y0_m": grid.y0_m,
                "cell_m": grid.cell_m,
                "columns": grid.columns,
                "rows": grid.rows,
            },
            "nodes": {
                name: {
                    "level_dbm": list(map(list, node.level_dbm)),
                    "error_db": list(map(list, node.error_db)),
                }
                for name, node in self.nodes.items()
            },
        }

    @classmethod
    def from_document(cls, document: object, where: str = "radio map") -> "RadioMap":
        """Read it from what `json.loads` gave.

        Args:
            document: anything.
            where: named in the error, such as the file.

        Raises:
            DataError: it is no radio map; the error names the first thing wrong and its place in the document.
        """
        try:
            read = _Document.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise DataError(
                f"is no radio map: {place + ': ' if place else ''}{first['msg']}", where=where, fix=_FIX
            ) from None
        grid = Grid(**read.grid.model_dump())
        if grid.columns * grid.rows > MAX_CELLS:
            raise DataError(f"has more than {MAX_CELLS} cells", where=where, fix=_FIX)
        for name, node in read.nodes.items():
            for key, rows in (("level_dbm", node.level_dbm), ("error_db", node.error_db)):
                if len(rows) != grid.rows or any(len(row) != grid.columns for row in rows):
                    what = f"nodes.{name}.{key} is not {grid.rows} rows of {grid.columns} values"
                    raise DataError(what, where=where, fix=_FIX)
        nodes = {
            name: NodeLevels(tuple(map(tuple, node.level_dbm)), tuple(map(tuple, node.error_db)))
            for name, node in read.nodes.items()
        }
        return cls(grid, nodes)


_FIX: Final = "fit it anew with `comptoir node calibrate`"
