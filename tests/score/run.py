"""Plays recordings to engines and judges what they decide."""

from collections.abc import Iterable, Mapping

from tests.score.door_figures import DoorFigures, door_figures
from tests.score.engines import Decision, MakeEngine, Zones
from tests.score.hall import Walk
from tests.score.sal import Passage
from tests.score.zone_figures import ZoneFigures, zone_figures


def walk_figures(walk: Walk, zones: Zones, make: MakeEngine) -> ZoneFigures:
    """Play a walk to a fresh engine, with the scanners of `zones`; it decides once a second."""
    engine, truth = make(zones), walk.seconds()
    waiting = iter(walk.heard)
    sample = next(waiting, None)
    decisions: list[Decision] = []
    for place in truth:
        while sample is not None and sample.at_s <= place.at_s:
            if sample.scanner in zones:
                engine.heard(sample.scanner, sample.rssi_dbm, sample.at_s)
            sample = next(waiting, None)
        decisions.append(engine.decide(place.at_s))
    return zone_figures(truth, walk.crossings(), decisions)


def passage_figures(passage: Passage, make: MakeEngine) -> DoorFigures:
    """Play a passage to a fresh engine; it decides after every frame."""
    engine = make(passage.zones())
    decisions: list[Decision] = []
    for frame in passage.frames:
        for sample in frame.heard:
            engine.heard(sample.scanner, sample.rssi_dbm, sample.at_s)
        decisions.append(engine.decide(frame.at_s))
    return door_figures(passage.frames, passage.crossings(), decisions)


def play_walks(
    walks: Iterable[Walk], zones: Zones, engines: Mapping[str, MakeEngine]
) -> dict[str, dict[str, ZoneFigures]]:
    """Engine → walk → figures."""
    walks = list(walks)
    return {
        name: {walk.name: walk_figures(walk, zones, make) for walk in walks} for name, make in engines.items()
    }


def play_passages(
    passages: Iterable[Passage], engines: Mapping[str, MakeEngine]
) -> dict[str, dict[str, DoorFigures]]:
    """Engine → passage → figures."""
    passages = list(passages)
    return {
        name: {passage.name: passage_figures(passage, make) for passage in passages}
        for name, make in engines.items()
    }
