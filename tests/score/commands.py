"""The two scores as the command runs them: read, play, judge; and say it for machines or for people."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.score import sal, table, tetam
from tests.score.baselines import BASELINES
from tests.score.door_figures import DoorFigures
from tests.score.engines import Zones
from tests.score.figures import Json
from tests.score.hall import Hall
from tests.score.maps import hall_engines
from tests.score.ours import Store
from tests.score.report import Scores, better, pooled
from tests.score.run import play_passages, play_walks
from tests.score.targets import Target, beside_targets, door_targets, walk_targets
from tests.score.zone_figures import ZoneFigures


def score_tetam(path: Path, *, as_json: bool) -> str:
    """All walks of a folder laid out like TETAM, with all scanners and with the Raspberry Pis alone.

    Raises:
        DataError: nothing of the kind is there.
    """
    hall = tetam.load(path)
    every = _walk_scores(hall, hall.zones())
    pi_zones = hall.zones(pis_only=True)
    pis = _walk_scores(hall, pi_zones) if pi_zones else None
    if as_json:
        return _document({
            **_walk_document(every, walk_targets(every)),
            **({"pis": _walk_document(pis, beside_targets(pis))} if pis else {}),
            "unusable_lines": hall.unusable.to_json(),
        })  # fmt: skip
    return "\n".join([
        *_walk_blocks("all scanners", every, walk_targets(every)),
        *(_walk_blocks("Pis alone", pis, beside_targets(pis)) if pis else ()),
        *hall.unusable.for_people(),
    ])  # fmt: skip


def _walk_scores(hall: Hall, zones: Zones) -> Scores[ZoneFigures]:
    ours = play_walks(hall.walks, zones, hall_engines(hall, zones))
    return Scores(ours, play_walks(hall.walks, zones, BASELINES), better(ours))


def _walk_document(scores: Scores[ZoneFigures], targets: list[Target]) -> Json:
    recordings = {name: scores.only([name]) for name in scores.ours[scores.best]}
    return {
        **scores.to_json(),
        "targets": [target.to_json() for target in targets],
        "recordings": {
            name: {**one.to_json(), "targets": [target.to_json() for target in beside_targets(one)]}
            for name, one in recordings.items()
        },
    }


def _walk_blocks(label: str, scores: Scores[ZoneFigures], targets: list[Target]) -> Iterator[str]:
    recordings = {name: scores.only([name]) for name in scores.ours[scores.best]}
    for title, part in [*recordings.items(), ("all walks", scores)]:
        rows = [table.zone_row(name, figures) for name, figures in table.rows_of(part)]
        yield table.block(f"{title}, {label}", table.ZONE_HEAD, rows)
    for name, part in recordings.items():
        targets = [*targets, *beside_targets(part, of=f"{name}: ")]
    yield table.targets_block(f"{label}: {scores.best}", targets)


def score_sal(path: Path, *, as_json: bool) -> str:
    """All passages of a folder laid out like SAL-RB.

    Raises:
        DataError: nothing of the kind is there.
    """
    door = sal.load(path)
    ours = play_passages(door.passages, {"rules": Store})
    scores = Scores(ours, play_passages(door.passages, BASELINES), better(ours))
    recordings = {passage.name: scores.only([passage.name]) for passage in door.passages}
    kinds = {
        kind: scores.only(passage.name for passage in door.passages if passage.kind == kind)
        for kind in sorted({passage.kind for passage in door.passages})
    }
    targets = door_targets(pooled(kinds["walk"].ours[scores.best])) if "walk" in kinds else []
    if as_json:
        return _document({
            **scores.to_json(),
            "targets": [target.to_json() for target in targets],
            "kinds": {kind: part.to_json() for kind, part in kinds.items()},
            "recordings": {name: part.to_json() for name, part in recordings.items()},
            "unusable_lines": door.unusable.to_json(),
        })  # fmt: skip
    blocks = [_door_block(title, part) for title, part in recordings.items()]
    blocks += [_door_block(f"all of kind {kind}", part) for kind, part in kinds.items()]
    if targets:
        blocks.append(table.targets_block(f"walking: {scores.best}", targets))
    return "\n".join([*blocks, *door.unusable.for_people()])


def _door_block(title: str, scores: Scores[DoorFigures]) -> str:
    rows = [table.door_row(name, figures) for name, figures in table.rows_of(scores)]
    return table.block(title, table.DOOR_HEAD, rows)


def _document(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False)
