"""The store's configuration file: floor, nodes, kiosks, tills, and where the data lives.

`hub/box/samples/store.toml` is a complete, commented example: the demo runs on it, and so the tests do.
"""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from hardware.host.config import BrokerConfig, ConfigModel
from hub.wire.base import Name


class ZoneConfig(ConfigModel):
    """A part of the floor an offer can depend on."""

    label_fr: str
    label_en: str


class NodeConfig(ConfigModel):
    """A Pi node: the zone its antenna stands in, and where, for drawing and to tell a repeated identifier by."""

    zone: Name
    x_m: float | None = None
    y_m: float | None = None
    offset_db: Annotated[float, Field(ge=-30, le=30)] = 0.0
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

    def beside(self, config_file: Path) -> Self:
        """The same configuration with its paths made absolute against the file's folder."""
        folder = config_file.resolve().parent
        return self.model_copy(
            update={key: folder / getattr(self, key) for key in ("database", "key_file", "programs")}
        )
