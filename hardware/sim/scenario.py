"""A scenario: a floor, who comes when with which fob, how radio waves fare, and who disturbs. Read from TOML. Pure.

`hardware/sim/samples/` holds two commented examples.
"""

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from hardware.host.config import ConfigModel, load_toml
from hardware.sim.floor import FloorPlan, Name, Point
from hardware.sim.propagation import Propagation

MAX_PEOPLE: Final = 1_000
"""Members in one store at once; the hub is built for a hundred."""

MAX_DURATION_S: Final = 30 * 86_400.0
"""A month of one store: longer runs are several scenarios."""

Seconds = Annotated[float, Field(ge=0.0, le=MAX_DURATION_S)]


class Span(ConfigModel):
    """A least and a most, written `[least, most]`; drawn from evenly."""

    least: Annotated[float, Field(ge=0.0)]
    most: Annotated[float, Field(ge=0.0)]

    @model_validator(mode="before")
    @classmethod
    def _is_a_pair(cls, data: object) -> object:
        if isinstance(data, list | tuple):
            if len(data) != 2:
                raise ValueError("two numbers: [least, most]")
            return {"least": data[0], "most": data[1]}
        return data

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.least > self.most:
            raise ValueError("the least comes first: [least, most]")
        return self

    def at(self, share: float) -> float:
        """The value at a share of the span, 0 to 1."""
        return self.least + share * (self.most - self.least)


class TagModel(ConfigModel):
    """A make of fob.

    The default is the recorded one (TETAM): every 0.45 s, −61.5 dBm at 1 m in the mean of all antennas.
    """

    level_1m_dbm: Annotated[float, Field(ge=-100.0, le=-20.0)] = -61.5
    """Mean strength at 1 m with nobody in between."""
    interval_s: Annotated[float, Field(ge=0.02, le=10.24)] = 0.45
    """Advertising interval (Bluetooth Core 5.4, Vol 6 Part B §4.4.2.2: 20 ms to 10.24 s); 0–10 ms are added."""


class Stop(ConfigModel):
    """Somewhere on the floor, for a while: a named stop of the floor."""

    at: Name
    stay_s: Annotated[float, Field(ge=0.0, le=3600.0)] = 0.0


class Visit(ConfigModel):
    """One time in the store: in at the door, the stops in order, a till if any, out at the door."""

    enters_s: Seconds
    stops: tuple[Stop, ...] = ()
    till: Name | None = None
    pay_s: Annotated[float, Field(ge=0.0, le=3600.0)] = 45.0

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if not self.stops and self.till is None:
            raise ValueError("a visit has a stop or a till")
        return self


Side = Literal["left", "right", "front", "back"]


class Person(ConfigModel):
    """A member with a fob."""

    name: Name
    tag: Name = "default"
    carried: Side = "right"
    """On which side of the body: it is between the fob and whatever is on the other one."""
    speed_m_s: Annotated[float, Field(gt=0.0, le=3.0)] = 1.0
    """Shoppers stroll; the recorded walker went at about 1 m/s."""
    visits: tuple[Visit, ...] = ()


class Shoppers(ConfigModel):
    """Members whose visits are drawn: named `member-01` and so on, each a visit after another."""

    count: Annotated[int, Field(ge=1, le=MAX_PEOPLE)]
    tags: tuple[Name, ...] = ("default",)
    stops: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Where they may stop; once at least in a visit, nowhere twice."""
    stops_a_visit: Span = Span(least=1, most=4)
    stay_s: Span = Span(least=15, most=45)
    pay_s: Span = Span(least=40, most=60)
    speed_m_s: Span = Span(least=0.7, most=1.2)
    away_s: Span = Span(least=60, most=300)
    """Before the first visit, and between two."""


class Replayer(ConfigModel):
    """Somebody who repeats what a member's fob said, elsewhere and later (acceptance C3)."""

    at_m: Point
    victim: Name
    from_s: Seconds
    until_s: Seconds
    delay_s: Annotated[float, Field(ge=0.0, le=86_400.0)] = 5.0
    level_1m_dbm: Annotated[float, Field(ge=-100.0, le=-20.0)] = -50.0
    """A transmitter louder than a fob."""
    interval_s: Annotated[float, Field(ge=0.02, le=10.24)] = 0.1


class Hostile(ConfigModel):
    """What else is on the air."""

    bystanders_a_s: Annotated[float, Field(ge=0.0, le=5_000.0)] = 0.0
    """Foreign and damaged advertisements heard a second, at each antenna."""
    strangers: Annotated[int, Field(ge=0, le=1_000)] = 0
    """Fobs that look like ours and that no store knows, standing about."""
    replayers: tuple[Replayer, ...] = ()


class Scenario(ConfigModel):
    """A store and what happens in it for `duration_s`."""

    name: Name
    seed: int = 1
    duration_s: Annotated[float, Field(gt=0.0, le=MAX_DURATION_S)]
    rotation_exponent: Annotated[int, Field(ge=0, le=15)] = 10
    """The fobs change their identifier every 2^k seconds (Eddystone-EID's K)."""
    stand_spread_m: Annotated[float, Field(ge=0.0, le=1.0)] = 0.25
    """Nobody stands on a mark: each stay is drawn within this around its place."""
    floor: FloorPlan
    tags: Annotated[dict[Name, TagModel], Field(default_factory=dict)]
    people: tuple[Person, ...] = ()
    shoppers: Shoppers | None = None
    propagation: Propagation = Propagation()
    hostile: Hostile = Hostile()

    @property
    def member_names(self) -> tuple[str, ...]:
        """Everybody who carries a known fob: those written out, then the drawn ones."""
        drawn = 0 if self.shoppers is None else self.shoppers.count
        return tuple(person.name for person in self.people) + tuple(
            f"member-{i:02d}" for i in range(1, drawn + 1)
        )

    def tag_model(self, name: str) -> TagModel:
        """A make of fob by its name; "default" is there unless the file says otherwise."""
        return self.tags[name] if name in self.tags else TagModel()

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        names = self.member_names
        if not names:
            raise ValueError("people: nobody comes; write [[people]] or [shoppers]")
        if len(set(names)) != len(names):
            raise ValueError("people: two have one name")
        for person in self.people:
            self._check_tag(f"people.{person.name}", person.tag)
            for visit in person.visits:
                self._check_visit(person.name, visit)
        if self.shoppers is not None:
            for tag in self.shoppers.tags:
                self._check_tag("shoppers.tags", tag)
            for stop in self.shoppers.stops:
                self._check_stop("shoppers.stops", stop)
        for replayer in self.hostile.replayers:
            if replayer.victim not in names:
                raise ValueError(f"hostile.replayers: {replayer.victim!r} is nobody of this scenario")
        return self

    def _check_tag(self, where: str, tag: str) -> None:
        if tag != "default" and tag not in self.tags:
            raise ValueError(f"{where}: {tag!r} is no tag model of this scenario")

    def _check_stop(self, where: str, stop: str) -> None:
        if stop not in self.floor.stops:
            raise ValueError(f"{where}: {stop!r} is no stop of this floor")

    def _check_visit(self, person: str, visit: Visit) -> None:
        for stop in visit.stops:
            self._check_stop(f"people.{person}", stop.at)
        if visit.till is not None and visit.till not in self.floor.tills:
            raise ValueError(f"people.{person}: {visit.till!r} is no till of this floor")


def load_scenario(path: Path) -> Scenario:
    """Read a scenario.

    Raises:
        ConfigError: the file is missing or wrong: names the key, what was found and what is expected.
    """
    return load_toml(path, Scenario)
