"""The document a map is kept in."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from hardware.host.errors import DataError
from hub.presence.map.radio_map import MAX_CELLS, RadioMap
from tests.hub.presence.map.hall import MAP

Document = dict[str, Any]


def test_a_map_comes_back_from_its_document_as_it_was() -> None:
    assert RadioMap.from_document(json.loads(json.dumps(MAP.to_document()))) == MAP


def drop_node_levels(document: Document) -> None:
    document["nodes"]["nw"]["level_dbm"].pop()


def shorten_a_row(document: Document) -> None:
    document["nodes"]["se"]["level_dbm"][3].pop()


def grow(document: Document) -> None:
    document["grid"] |= {"columns": MAX_CELLS, "rows": 2}


BROKEN: dict[str, Callable[[Document], object]] = {
    "format": lambda d: d.update(format="something else"),
    "version": lambda d: d.update(version=2),
    "grid.cell_m": lambda d: d["grid"].update(cell_m=0.0),
    "grid.rows": lambda d: d["grid"].update(rows=True),
    "grid.x0_m": lambda d: d["grid"].update(x0_m=float("nan")),
    "more than": grow,
    "nodes": lambda d: d.update(nodes={}),
    "nodes.nw.level_dbm is not": drop_node_levels,
    "nodes.se.level_dbm is not": shorten_a_row,
    "nodes.ne.level_dbm.0.1": lambda d: d["nodes"]["ne"]["level_dbm"][0].__setitem__(1, float("inf")),
    "nodes.ne.level_dbm.0.0": lambda d: d["nodes"]["ne"]["level_dbm"][0].__setitem__(0, "-70"),
    "nodes.ne.error_db.0.0": lambda d: d["nodes"]["ne"]["error_db"][0].__setitem__(0, -1.0),
    "nodes.ne.error_db is not": lambda d: d["nodes"]["ne"]["error_db"].pop(),
    "members": lambda d: d.update(members=[]),
}


@pytest.mark.parametrize("named", list(BROKEN))
def test_a_broken_document_is_refused_by_name(named: str) -> None:
    document = copy.deepcopy(MAP.to_document())
    BROKEN[named](document)
    with pytest.raises(DataError, match=named) as refused:
        RadioMap.from_document(document, where="radio-map.json")
    assert "radio-map.json" in str(refused.value)


@pytest.mark.parametrize("document", [None, [], "map", {}, {"format": "comptoir radio map"}])
def test_what_is_no_document_at_all_is_refused(document: object) -> None:
    with pytest.raises(DataError, match="no radio map"):
        RadioMap.from_document(document)
