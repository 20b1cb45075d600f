"""The store's configuration file: floor, nodes, kiosks, tills, and where the data lives.

`hub/box/samples/store.toml` is a complete, commented example: the demo runs on it, and so the tests do.
"""

import math
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hardware.host.config import BrokerConfig, ConfigModel
from hub.wire.base import Name

MAX_FLOOR_M = 10_000.0
"""Ten kilometres: no floor is larger, a place given in millimetres is."""

Metres = Annotated[float, Field(ge=-MAX_FLOOR_M, le=MAX_FLOOR_M, allow_inf_nan=False)]
OffsetDb = Annotated[float, Field(ge=-30, le=30)]
"""Added to an RSSI. Antennas and tags differ by some dB; thirty is a broken antenna or a slip of the pen."""


class AreaConfig(ConfigModel):
    """A rectangle of the floor, its sides along the axes; in the file four numbers: `[x0, y0, x1, y1]`."""

    x0_m: Metres
    y0_m: Metres
    x1_m: Metres
    y1_m: Metres

    @model_validator(mode="before")
    @classmethod
    def _four_numbers(cls, value: object) -> object:
        if isinstance(value, list):
            if len(value) != len(cls.model_fields):
                raise ValueError("an area is four numbers: [x0, y0, x1, y1], in metres")
            return dict(zip(cls.model_fields, value, strict=True))
        return value

    @model_validator(mode="after")
    def _right_way_round(self) -> Self:
        if not (self.x0_m < self.x1_m and self.y0_m < self.y1_m):
            raise ValueError("inside out or empty: x0 < x1 and y0 < y1, in metres")
        return self

    def holds(self, x_m: float, y_m: float) -> bool:
        """Whether a place lies in the area, its lower edges included."""
        return self.x0_m <= x_m < self.x1_m and self.y0_m <= y_m < self.y1_m

    def distance_m(self, x_m: float, y_m: float) -> float:
        """How far a place is from the area; 0 inside."""
        return math.hypot(
            max(self.x0_m - x_m, 0.0, x_m - self.x1_m), max(self.y0_m - y_m, 0.0, y_m - self.y1_m)
        )

    def meets(self, other: "AreaConfig") -> bool:
        """Whether two areas share more than an edge."""
        return max(self.x0_m, other.x0_m) < min(self.x1_m, other.x1_m) and max(self.y0_m, other.y0_m) < min(
            self.y1_m, other.y1_m
        )


class ZoneConfig(ConfigModel):
    """A part of the floor an offer can depend on."""

    label_fr: str
    label_en: str
    areas: tuple[AreaConfig, ...] = ()
    """Where it lies: for the radio map, and for the points a calibration proposes. Areas of two zones never overlap."""
    enter_dbm: Annotated[float, Field(ge=-110, le=-30)] | None = None
    """The level that counts as being in it; None for the engine's own. `comptoir node calibrate` measures it."""
    near_dbm: Annotated[float, Field(ge=-110, le=-30)] | None = None
    """The level of somebody who stands at the kiosk of its till; None: never measured."""


class NodeConfig(ConfigModel):
    """A Pi node: the zone its antenna stands in, and where, for drawing and to tell a repeated identifier by."""

    zone: Name
    x_m: Metres | None = None
    y_m: Metres | None = None
    offset_db: OffsetDb = 0.0
    """Added to every RSSI of this node, so that different antennas compare."""

    @model_validator(mode="after")
    def _place_is_whole(self) -> Self:
        if (self.x_m is None) is not (self.y_m is None):
            raise ValueError("x_m and y_m: give both, or neither while the node has no place yet")
        return self

    @property
    def place_m(self) -> tuple[float, float] | None:
        """Where the antenna stands; None while nobody has said."""
        return None if self.x_m is None or self.y_m is None else (self.x_m, self.y_m)


class KioskConfig(ConfigModel):
    """A kiosk: the zone it serves and the till it is paired with (a checkout kiosk) or none (an aisle display)."""

    zone: Name
    till: Name | None = None


class TillConfig(ConfigModel):
    """A till of the store."""

    label: str = ""


class TagModelConfig(ConfigModel):
    """A make of tag (or of telephone)."""

    offset_db: OffsetDb = 0.0
    """Added to every RSSI of a tag of this model, so that a weak make is not taken for a distant one."""


Engine = Literal["rules", "radio_map"]
"""How strengths become a zone: by rules, which need no calibration, or by a map of measured points."""


class PresenceConfig(ConfigModel):
    """The store's zone engine."""

    engine: Engine = "rules"
    radio_map: Path | None = None
    """The map's file, which `comptoir node calibrate` makes."""

    @model_validator(mode="after")
    def _map_is_named(self) -> Self:
        if self.engine == "radio_map" and self.radio_map is None:
            raise ValueError(
                'engine = "radio_map" needs radio_map = "…", its file; comptoir node calibrate makes it'
            )
        return self


class NoticeConfig(ConfigModel):
    """The privacy notice shown in the store. Without it nothing is recognised (acceptance B7)."""

    version: Annotated[str, Field(min_length=1, max_length=32)]


class HttpConfig(ConfigModel):
    """Where the till's interface listens: loopback only, a proxy in front gives it TLS and client certificates."""

    host: Annotated[str, Field(pattern=r"^(127\.\d+\.\d+\.\d+|::1|localhost)$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080


class StoreConfig(ConfigModel):
    """One store. Paths are relative to the file's own folder."""

    store: Name
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    database: Path
    key_file: Path
    programs: Path
    notice: NoticeConfig | None = None
    zones: dict[Name, ZoneConfig]
    nodes: dict[Name, NodeConfig]
    kiosks: Annotated[dict[Name, KioskConfig], Field(default_factory=dict)]
    tills: Annotated[dict[Name, TillConfig], Field(default_factory=dict)]
    presence: PresenceConfig = PresenceConfig()
    tag_models: Annotated[dict[Name, TagModelConfig], Field(default_factory=dict)]
    http: HttpConfig = HttpConfig()
    mqtt: BrokerConfig = BrokerConfig()
    points_per_unit_spent: Annotated[int, Field(ge=0, le=100)] = 1
    """Points earned per whole currency unit paid."""
    points_valid_days: Annotated[int, Field(ge=1, le=3660)] = 730
    redeem_by_touch_cap_minor: Annotated[int, Field(ge=0)] = 500
    """Largest discount of a basket that a touch on one's symbol may redeem; above it, a card or the app."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for kind, named in (("nodes", self.nodes), ("kiosks", self.kiosks)):
            for name, item in named.items():
                if item.zone not in self.zones:
                    raise ValueError(f"{kind}.{name}.zone = {item.zone!r} is no zone of this file")
        for name, kiosk in self.kiosks.items():
            if kiosk.till is not None and kiosk.till not in self.tills:
                raise ValueError(f"kiosks.{name}.till = {kiosk.till!r} is no till of this file")
        return self

    @model_validator(mode="after")
    def _areas_are_apart(self) -> Self:
        areas = [(name, area) for name, zone in self.zones.items() for area in zone.areas]
        for (one, area), (other, another) in combinations(areas, 2):
            if one != other and area.meets(another):
                raise ValueError(f"zones.{one}.areas and zones.{other}.areas overlap: a place is in one zone")
        return self

    @model_validator(mode="after")
    def _the_map_has_a_floor(self) -> Self:
        if self.presence.engine != "radio_map":
            return self
        if without := [name for name, zone in self.zones.items() if not zone.areas]:
            raise ValueError(f'zones.{without[0]}.areas is missing: presence.engine = "radio_map" needs them')
        if all(node.place_m is None for node in self.nodes.values()):
            raise ValueError('presence.engine = "radio_map" needs x_m and y_m of the nodes')
        return self

    def zone_at(self, x_m: float, y_m: float) -> str | None:
        """The zone whose area holds a place; None between and outside the areas."""
        for name, zone in self.zones.items():
            if any(area.holds(x_m, y_m) for area in zone.areas):
                return name
        return None

    def beside(self, config_file: Path) -> Self:
        """The same configuration with its paths made absolute against the file's folder."""
        folder = config_file.resolve().parent
        paths: dict[str, object] = {
            key: folder / getattr(self, key) for key in ("database", "key_file", "programs")
        }
        if self.presence.radio_map is not None:
            placed = {"radio_map": folder / self.presence.radio_map}
            paths["presence"] = self.presence.model_copy(update=placed)
        return self.model_copy(update=paths)
