"""The floor of a simulated store: walls, zones, nodes, displays, tills, and the places people go to.

Metres throughout; x to the right, y up, the corner at the origin. Pure.
"""

import itertools
import math
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from hardware.host.config import ConfigModel

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
"""The names a store's own configuration allows, so that one can be made of a scenario."""

MAX_SIDE_M: Final = 500.0
"""No shop is larger; a floor drawn in centimetres is."""

QUEUE_SPACING_M: Final = 1.0
"""From one person in a line to the next."""

Metres = Annotated[float, Field(ge=0.0, le=MAX_SIDE_M)]
Point = tuple[Metres, Metres]
"""x, y in metres."""


class Wall(ConfigModel):
    """What nobody walks through, and what a radio wave passes with a loss: a wall, a shelf, a counter.

    An antenna that hangs on it hears through it on both sides: put it a hand's breadth in front.
    """

    from_m: Point
    to_m: Point
    loss_db: Annotated[float, Field(ge=0.0, le=40.0)] = 3.0
    """Shelf 2–3, plasterboard 3, brick 8, concrete 15: 2.4 GHz, ITU-R P.2040-3 §3 and what installers reckon with."""


class Rectangle(ConfigModel):
    """A part of a zone, parallel to the axes."""

    x0_m: Metres
    y0_m: Metres
    x1_m: Metres
    y1_m: Metres

    @model_validator(mode="after")
    def _is_not_inside_out(self) -> Self:
        if self.x0_m >= self.x1_m or self.y0_m >= self.y1_m:
            raise ValueError("an area is [x0, y0, x1, y1] with x0 < x1 and y0 < y1")
        return self

    def holds(self, x_m: float, y_m: float) -> bool:
        """Whether a place lies in it; of two that touch, the border belongs to the upper or right one."""
        return self.x0_m <= x_m < self.x1_m and self.y0_m <= y_m < self.y1_m


class Zone(ConfigModel):
    """A zone of the store: rectangles written `areas = [[x0, y0, x1, y1], …]`."""

    areas: tuple[Rectangle, ...]
    label_fr: str = ""
    label_en: str = ""

    @model_validator(mode="before")
    @classmethod
    def _areas_are_four_numbers(cls, data: object) -> object:
        if not isinstance(data, dict) or not isinstance(data.get("areas"), list | tuple):
            return data
        return data | {"areas": tuple(_rectangle(area) for area in data["areas"])}


def _rectangle(area: object) -> object:
    if not isinstance(area, list | tuple):
        return area
    if len(area) != 4:
        raise ValueError("an area is four numbers: [x0, y0, x1, y1]")
    return dict(zip(("x0_m", "y0_m", "x1_m", "y1_m"), area, strict=True))


class Node(ConfigModel):
    """A Pi with an antenna."""

    at_m: Point
    zone: Name
    height_m: Annotated[float, Field(ge=0.0, le=20.0)] = 2.0
    """Above the floor; the recorded scanners hung at 1.2 and 2.3 m."""
    gain_db: Annotated[float, Field(ge=-30.0, le=30.0)] = 0.0
    """How much louder this antenna truly hears than the others: what a calibration has to find."""


class Display(ConfigModel):
    """A kiosk screen."""

    at_m: Point
    zone: Name
    till: Name | None = None


class Till(ConfigModel):
    """A till: the counter, where its customer stands, and the line people wait in."""

    at_m: Point
    pay_at_m: Point
    queue: Annotated[tuple[Point, ...], Field(min_length=1)]
    """Where the line runs: from the customer's place through these points, a person a metre."""


class FloorPlan(ConfigModel):
    """A store's floor, checked as a whole."""

    width_m: Annotated[float, Field(gt=0.0, le=MAX_SIDE_M)]
    depth_m: Annotated[float, Field(gt=0.0, le=MAX_SIDE_M)]
    door_m: Point
    """Where people come in and go out."""
    walls: tuple[Wall, ...] = ()
    zones: dict[Name, Zone]
    nodes: Annotated[dict[Name, Node], Field(min_length=1)]
    displays: Annotated[dict[Name, Display], Field(default_factory=dict)]
    tills: Annotated[dict[Name, Till], Field(default_factory=dict)]
    stops: Annotated[dict[Name, Point], Field(default_factory=dict)]
    """Places people stop at, and corners they turn at: whoever walks goes straight from one to another."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for kind, named in (("nodes", self.nodes), ("displays", self.displays)):
            for name, item in named.items():
                if item.zone not in self.zones:
                    raise ValueError(f"{kind}.{name}.zone = {item.zone!r} is no zone of this floor")
        for name, display in self.displays.items():
            if display.till is not None and display.till not in self.tills:
                raise ValueError(f"displays.{name}.till = {display.till!r} is no till of this floor")
        for name, (x_m, y_m) in self._places():
            if x_m > self.width_m or y_m > self.depth_m:
                raise ValueError(
                    f"{name} at ({x_m}, {y_m}) is outside the {self.width_m} × {self.depth_m} m floor"
                )
        self._check_ways()
        return self

    def _check_ways(self) -> None:
        for name, till in self.tills.items():
            line = (till.pay_at_m, *till.queue)
            for one, other in itertools.pairwise(line):
                if one == other or not self.is_free(one, other):
                    raise ValueError(
                        f"tills.{name}: its line from {one} to {other} meets a wall or has no length"
                    )
        reached, to_do = {self.door_m}, [self.door_m]
        while to_do:
            here = to_do.pop()
            for corner in self.corners() - reached:
                if self.is_free(here, corner):
                    reached.add(corner)
                    to_do.append(corner)
        named = [(f"stops.{name}", place) for name, place in self.stops.items()]
        named += [(f"tills.{name}", till.pay_at_m) for name, till in self.tills.items()]
        for name, place in named:
            if place not in reached:
                raise ValueError(
                    f"{name} at {place} cannot be reached from the door: people walk straight from stop to stop, "
                    "so add a stop at each corner"
                )

    def corners(self) -> frozenset[Point]:
        """Every place people walk to or turn at: the door, the stops, the tills' places and lines."""
        lines = [point for till in self.tills.values() for point in (till.pay_at_m, *till.queue)]
        return frozenset((self.door_m, *self.stops.values(), *lines))

    def _places(self) -> list[tuple[str, Point]]:
        places = [("door", self.door_m)]
        for i, wall in enumerate(self.walls):
            places += [(f"walls.{i}", wall.from_m), (f"walls.{i}", wall.to_m)]
        for zone_name, zone in self.zones.items():
            places += [(f"zones.{zone_name}", (area.x1_m, area.y1_m)) for area in zone.areas]
        places += [(f"nodes.{name}", node.at_m) for name, node in self.nodes.items()]
        places += [(f"displays.{name}", display.at_m) for name, display in self.displays.items()]
        for name, till in self.tills.items():
            places += [(f"tills.{name}", point) for point in (till.at_m, till.pay_at_m, *till.queue)]
        return places + [(f"stops.{name}", point) for name, point in self.stops.items()]

    def zone_at(self, x_m: float, y_m: float) -> str | None:
        """The zone a place lies in: the first of the file that holds it; None between zones."""
        for name, zone in self.zones.items():
            if any(area.holds(x_m, y_m) for area in zone.areas):
                return name
        return None

    def wall_loss_db(self, one: Point, other: Point) -> float:
        """What the walls between two places take from a signal."""
        return sum(wall.loss_db for wall in self.walls if crosses(one, other, wall.from_m, wall.to_m))

    def is_free(self, one: Point, other: Point) -> bool:
        """Whether somebody can walk straight from one place to the other."""
        return not any(crosses(one, other, wall.from_m, wall.to_m) for wall in self.walls)


def crosses(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the segment a–b meets the segment c–d; a touching end counts, a parallel one does not."""
    ab_x, ab_y, cd_x, cd_y = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    cross = ab_x * cd_y - ab_y * cd_x
    if cross == 0.0:
        return False
    ac_x, ac_y = c[0] - a[0], c[1] - a[1]
    along_ab, along_cd = (ac_x * cd_y - ac_y * cd_x) / cross, (ac_x * ab_y - ac_y * ab_x) / cross
    return 0.0 <= along_ab <= 1.0 and 0.0 <= along_cd <= 1.0


def distance_m(one: Point, other: Point) -> float:
    """How far apart two places are."""
    return math.hypot(one[0] - other[0], one[1] - other[1])


def place_in_line(till: Till, n: int) -> Point:
    """Where the `n`-th of a line stands, the payer being 0: a metre apart, the last ones together at its end."""
    way_m = n * QUEUE_SPACING_M
    here = till.pay_at_m
    for corner in till.queue:
        leg_m = distance_m(here, corner)
        if way_m <= leg_m:
            share = way_m / leg_m
            return (here[0] + share * (corner[0] - here[0]), here[1] + share * (corner[1] - here[1]))
        way_m -= leg_m
        here = corner
    return here
