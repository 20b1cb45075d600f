"""What each rule of our engines buys: the score again with one rule off at a time.

The rules have no switches in the product; here their constants are set so that a rule does nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from edge import reporter
from hardware.host.errors import DataError
from hub.presence import rules
from hub.presence.map.fit import MIN_POINTS
from hub.presence.map.options import MapOptions
from tests.score import sal, table, tetam
from tests.score.engines import MakeEngine, Zones
from tests.score.hall import Hall
from tests.score.maps import map_engine
from tests.score.ours import Store
from tests.score.report import pooled
from tests.score.run import play_passages, play_walks
from tests.score.sal import Passage

HEAD = (
    "engine, without", "12: clear", "zone", "false/min", "place m", "Pis: clear", "zone", "false/min", "place m",
    "door: frames", "found", "false",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Off:
    """One rule off: the constants that make it do nothing."""

    rule: str
    constants: tuple[tuple[ModuleType, str, float], ...] = ()

    @contextmanager
    def applied(self) -> Iterator[None]:
        """While this lasts the rule is off."""
        with ExitStack() as stack:
            for module, name, value in self.constants:
                stack.enter_context(patch.object(module, name, value))
            yield


ALL_ON = Off("nothing")

RULES_OFF = (
    ALL_ON,
    Off("the agent's mean: every packet is told", ((reporter, "REPORT_EVERY_S", 0.0),)),
    Off("the bound on one lead", ((rules, "LEAD_DB", 1e3),)),
    Off("forgetting of the past", ((rules, "MOVES_PER_S", 0.01),)),
    Off("certainty: more than half will do", ((rules, "CERTAIN", 0.5),)),
    Off("summing up: the strongest zone now", ((rules, "EVIDENCE_PER_DBS", 1e3), (rules, "CERTAIN", 0.5))),
)
MAP_OFF = (ALL_ON, RULES_OFF[1])
"""The map's own rules have switches: `MapOptions`."""


def score_ablation(path: Path) -> str:
    """A line a rule, over the walks (all scanners, the Pis alone) and the walks through the door, if they are there.

    Raises:
        DataError: neither is there.
    """
    hall, passages = _read(path)
    rows = []
    for off in RULES_OFF:
        with off.applied():
            cells = (*_walk_cells(hall, lambda _, __: Store), *_door_cells(passages))
        rows.append((f"rules, {off.rule}", *cells))
    if hall is not None and len(hall.points) >= MIN_POINTS:
        rows += [(f"radio_map, {rule}", *cells, "", "", "") for rule, cells in _map_rows(hall)]
    return table.block("What each rule buys", HEAD, rows)


def _map_rows(hall: Hall) -> Iterator[tuple[str, tuple[str, ...]]]:
    for off in MAP_OFF:
        with off.applied():
            cells = _walk_cells(hall, map_engine)
        yield off.rule, cells
    for switch in fields(MapOptions):
        options = replace(MapOptions(), **{switch.name: False})
        yield switch.name, _walk_cells(hall, partial(map_engine, options=options))


def _walk_cells(hall: Hall | None, make: Callable[[Hall, Zones], MakeEngine]) -> tuple[str, ...]:
    if hall is None:
        return ("",) * 8
    cells: list[str] = []
    for pis_only in (False, True):
        zones = hall.zones(pis_only=pis_only)
        if not zones:
            return (*cells, *[""] * 4)
        figures = pooled(play_walks(hall.walks, zones, {"it": make(hall, zones)})["it"])
        row = dict(zip(table.ZONE_HEAD, table.zone_row("it", figures), strict=True))
        cells += (row[column] for column in ("clear", "zone", "false/min", "place m"))
    return tuple(cells)


def _door_cells(passages: Sequence[Passage]) -> tuple[str, ...]:
    if not passages:
        return ("",) * 3
    figures = pooled(play_passages(passages, {"it": Store})["it"])
    row = dict(zip(table.DOOR_HEAD, table.door_row("it", figures), strict=True))
    return tuple(row[column] for column in ("frames", "found", "false"))


def _read(path: Path) -> tuple[Hall | None, tuple[Passage, ...]]:
    hall: Hall | None = None
    passages: tuple[Passage, ...] = ()
    missing: list[str] = []
    try:
        hall = tetam.load(path)
    except DataError as error:
        missing.append(error.what)
    try:
        passages = sal.load(path).passages
    except DataError as error:
        missing.append(error.what)
    if len(missing) == 2:
        raise DataError("; ".join(missing), where=str(path))
    return hall, tuple(passage for passage in passages if passage.kind == "walk")
