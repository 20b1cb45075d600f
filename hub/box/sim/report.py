"""What a run of a scenario came to: one JSON document, and the same in a few lines for people."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from hub.box.sim.figures import Document
from hub.texts import Language, text
from hub.wire.base import LocalText

DIGEST_CHARS: Final = 16
"""64 bits: enough to tell two runs apart."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run. Times are store seconds unless their name says wall.

    Attributes:
        scenario: its name.
        seed: what everything was drawn from.
        people: how many may be recognised.
        store_s: how long the run was.
        wall_s: how long it took.
        recognised: how many of them the hub recognised anywhere.
        figures: see `hub.box.sim.figures`.
        adverts_heard: advertisements that reached an agent, anybody's.
        frames_kept: those that carried a loyalty frame.
        dropped: what antennas' readers were too slow for.
        batches: that the agents reported.
        lost: batches that neither reached the hub nor were let go by a rule.
        suspected: how often the hub took somebody's identifier for a repeated one.
        views: views the hub published, by display level.
        timeline: of every look, who was where and shown where; goes into the digest.
    """

    scenario: str
    seed: int
    people: int
    store_s: float
    wall_s: float
    recognised: int
    figures: Document
    adverts_heard: int
    frames_kept: int
    dropped: int
    batches: int
    lost: int
    suspected: int
    views: dict[str, int]
    timeline: str

    def taking(self, wall_s: float) -> Self:
        """The same run, having taken so long."""
        return replace(self, wall_s=wall_s)

    def document(self) -> dict[str, Any]:
        """As JSON, with a digest that two runs of one seed on virtual time share."""
        same = self._repeatable()
        digest = hashlib.sha256((json.dumps(same, sort_keys=True) + self.timeline).encode()).hexdigest()
        return {
            **same,
            "wall_s": round(self.wall_s, 1),
            "times_real": round(self.store_s / self.wall_s, 1),
            "digest": digest[:DIGEST_CHARS],
        }

    def _repeatable(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "people": self.people,
            "members_recognised": self.recognised,
            **self.figures,
            "air": {
                "adverts_heard": self.adverts_heard,
                "frames_kept": self.frames_kept,
                "foreign": self.adverts_heard - self.frames_kept,
                "dropped": self.dropped,
            },
            "batches": self.batches,
            "lost": self.lost,
            "suspected": self.suspected,
            "views_by_level": self.views,
            "store_s": round(self.store_s, 1),
        }

    def lines(self, language: Language) -> tuple[str, ...]:
        """For people."""
        said = self.document()
        recognition, leave, wipe = (_spread(said[key]) for key in ("recognition_s", "leave_s", "wipe_s"))
        wrong, display = said["wrong_till"], said["wrong_display"]
        minutes, wall = _number(self.store_s / 60.0), _number(self.wall_s)
        foreign = self.adverts_heard - self.frames_kept
        sentences = [
            text("sim.ran", scenario=self.scenario, seed=self.seed, minutes=minutes, wall=wall,
                 times=_number(said["times_real"])),
            text("sim.recognised", recognised=self.recognised, people=self.people, visits=said["visits"]),
            text("sim.at_till", right=said["recognised_at_till"], paid=said["at_a_till"], **recognition),
            text("sim.noticed", **_spread(said["notice_s"])),
            text("sim.left", wipe=wipe["median"], wipe_p95=wipe["p95"], **leave),
            text("sim.zones", share=_percent(said["zone_right"])),
            text("sim.wrong", till=wrong["showings"], till_s=_number(wrong["seconds"]),
                 display=display["showings"], display_s=_number(display["seconds"])),
            text("sim.air", adverts=self.adverts_heard, frames=self.frames_kept, foreign=foreign,
                 suspected=self.suspected),
            text("sim.kept", batches=self.batches, lost=self.lost, digest=said["digest"]),
        ]  # fmt: skip
        return tuple(getattr(sentence, language) for sentence in sentences)


def _spread(values: Document) -> dict[str, object]:
    return {key: _NONE if values[key] is None else _number(values[key]) for key in ("median", "p95")}


_NONE: Final = LocalText(fr="–", en="–")


def _number(value: float) -> LocalText:
    english = f"{value:.1f}".removesuffix(".0")
    return LocalText(fr=english.replace(".", ","), en=english)


def _percent(share: float | None) -> object:
    return _NONE if share is None else f"{share * 100:.0f}"
