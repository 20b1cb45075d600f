"""A walk as it is kept in a file: points, seconds, strengths a node. No identifier, no key, no time of day."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware.host.config import explain
from hardware.host.errors import DataError
from hub.calibration.points import MAX_POINTS, Place
from hub.config import Metres
from hub.wire.base import Name

MAX_SECONDS: Final = 3_600.0
"""An hour at one point: nobody stands longer."""

MAX_STRENGTHS: Final = 10_000
"""At ten reports a second, a quarter of an hour at a point."""

MAX_WALK_BYTES: Final = 50_000_000
"""A walk of `MAX_POINTS`, each heard by forty nodes at two reports a second for a minute."""

SAME_PLACE_M: Final = 0.25
"""Nobody stands more exactly than that: what is measured there anew replaces what was."""

Strength = Annotated[float, Field(ge=-126, le=20)]


class Point(BaseModel):
    """What was heard at a place: node → each strength, as the node reported it, before any offset."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    x_m: Metres
    y_m: Metres
    seconds: Annotated[float, Field(gt=0, le=MAX_SECONDS)]
    heard_dbm: dict[Name, Annotated[tuple[Strength, ...], Field(min_length=1, max_length=MAX_STRENGTHS)]]

    def near(self, place: Place) -> bool:
        """Whether it was measured at a place."""
        return abs(self.x_m - place.x_m) <= SAME_PLACE_M and abs(self.y_m - place.y_m) <= SAME_PLACE_M


class Walk(BaseModel):
    """A walk through one store, finished or not.

    Attributes:
        tag_model: of the tag that was carried; a name of the configuration's `tag_models`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal["comptoir calibration walk 1"] = "comptoir calibration walk 1"
    store: Name
    tag_model: Name | None = None
    points: Annotated[tuple[Point, ...], Field(max_length=MAX_POINTS)] = ()

    def with_point(self, point: Point) -> "Walk":
        """The walk and one more point, instead of one at the same place."""
        others = tuple(one for one in self.points if not one.near(Place(point.x_m, point.y_m)))
        return self.model_copy(update={"points": (*others, point)})

    def without_last(self) -> "Walk":
        """The walk before its last point; an empty one stays empty."""
        return self.model_copy(update={"points": self.points[:-1]})

    def has(self, place: Place) -> bool:
        """Whether a place was measured."""
        return any(point.near(place) for point in self.points)


def read_walk(text: str, where: str) -> Walk:
    """Read a walk's file.

    Raises:
        DataError: names what is wrong in it.
    """
    try:
        return Walk.model_validate_json(text)
    except ValidationError as error:
        raise DataError(explain(error), where=where, fix="is this a walk that calibrate saved?") from None
