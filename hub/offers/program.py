"""A program as its TOML file states it: every Nth of a product group, discounted, paid from points."""

import hashlib
import json
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from hardware.host.config import ConfigModel, load_toml
from hardware.host.errors import ConfigError
from hub.offers.assurance import Assurance
from hub.offers.money import half_up
from hub.wire.base import LocalText, Name

MAX_PROGRAMS = 64
"""Every basket is held against every program; a store runs a handful, and 64 still answer in milliseconds."""

MAX_PRODUCTS = 5_000
"""A group larger than a whole department of a hypermarket is a mistake in the file."""

ProductId = Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,64}$")]
"""An article number as the till and the import write it."""

_ASSURANCE = {"touch": Assurance.TOUCH, "possession": Assurance.POSSESSION}


class ShownText(ConfigModel):
    """A label in both languages, short enough for a ticket line."""

    fr: Annotated[str, Field(min_length=1, max_length=60)]
    en: Annotated[str, Field(min_length=1, max_length=60)]

    @field_validator("fr", "en")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("control characters and invisible marks are not allowed in a label")
        return value

    @property
    def local(self) -> LocalText:
        """The label as the wire carries it."""
        return LocalText(fr=self.fr, en=self.en)


class Discount(ConfigModel):
    """What one rewarded unit brings: a percentage of its shelf price, or a fixed amount off its line."""

    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    amount_minor: Annotated[int, Field(ge=1, le=10_000_000)] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.percent is None) == (self.amount_minor is None):
            raise ValueError("state either percent or amount_minor")
        return self

    def of(self, units: int, unit_price_minor: int, payable_minor: int) -> int:
        """Discount in minor units for `units` of a line, half up once a line, at most what the line costs."""
        if self.percent is not None:
            full = half_up(units * unit_price_minor * self.percent, 100)
        else:
            assert self.amount_minor is not None
            full = units * self.amount_minor
        return min(full, payable_minor)

    def most_units(self, unit_price_minor: int, payable_minor: int) -> int:
        """How many rewarded units the line can bear before a further one would bring nothing."""
        per_unit_x100 = (
            unit_price_minor * self.percent if self.percent is not None else 100 * (self.amount_minor or 0)
        )
        return -(-100 * payable_minor // per_unit_x100) if per_unit_x100 else 0


class Program(ConfigModel):
    """Every `every`-th unit (or visit) of a group of products is discounted, and paid from points.

    A right once reached stays until it is taken. Imported purchases move the counter and open no right
    themselves. `valid_from` and `valid_until` are whole UTC days, both included (acceptance D11).
    """

    id: Name
    kind: Literal["every_nth"]
    label: ShownText
    group: ShownText
    products: Annotated[tuple[ProductId, ...], Field(min_length=1, max_length=MAX_PRODUCTS)]
    every: Annotated[int, Field(ge=2, le=1000)]
    counts: Literal["units", "visits"] = "units"
    discount: Discount
    points_per_unit: Annotated[int, Field(ge=0, le=1_000_000)]
    valid_from: date | None = None
    valid_until: date | None = None
    reveal: Literal["touch", "possession"] = "touch"
    redeem: Literal["touch", "possession"] = "touch"
    on_return: Literal["rewarded_last", "rewarded_first"] = "rewarded_last"
    """Which units of a line come back first. Either way a returned unit leaves the counter; with
    `rewarded_last` its reward (and the points) is undone only when the units that carried it come back,
    with `rewarded_first` at once."""

    @field_validator("products")
    @classmethod
    def _once_each(cls, products: tuple[str, ...]) -> tuple[str, ...]:
        seen: set[str] = set()
        for product in products:
            if product in seen:
                raise ValueError(f"product {product} is listed twice")
            seen.add(product)
        return products

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError(f"valid_until {self.valid_until} is before valid_from {self.valid_from}")
        return self

    @cached_property
    def version(self) -> str:
        """SHA-256 of the canonical content, named in every decision; layout of the file does not enter."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def canonical(self) -> str:
        """The content as sorted JSON without spaces, every default written out."""
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )

    @cached_property
    def product_set(self) -> frozenset[str]:
        """The group, for look-ups."""
        return frozenset(self.products)

    @property
    def needed_to_reveal(self) -> Assurance:
        """How sure we must be before a screen shows it."""
        return _ASSURANCE[self.reveal]

    @property
    def needed_to_redeem(self) -> Assurance:
        """How sure we must be before it is given."""
        return _ASSURANCE[self.redeem]

    def open_at(self, at_s: float) -> bool:
        """Whether the program is in force at that moment."""
        day = datetime.fromtimestamp(at_s, UTC).date()
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


def load_programs(folder: Path) -> tuple[Program, ...]:
    """Every `*.toml` of a folder, in the order of the file names.

    Raises:
        ConfigError: the folder is missing, a file is faulty (names file, key and value), or an id occurs
            twice.
    """
    if not folder.is_dir():
        raise ConfigError(
            "no such folder of programs", where=str(folder), fix="create it, or correct `programs`"
        )
    files = sorted(folder.glob("*.toml"))
    if len(files) > MAX_PROGRAMS:
        raise ConfigError(
            f"{len(files)} programs, at most {MAX_PROGRAMS}", where=str(folder), fix="retire some"
        )
    programs: dict[str, Program] = {}
    for file in files:
        program = load_toml(file, Program)
        if program.id in programs:
            raise ConfigError(
                f"id = {program.id!r} is another file's too", where=str(file), fix="give it its own id"
            )
        programs[program.id] = program
    return tuple(programs.values())
