"""A small store with a floor, and a walk through it with known antennas: what the fit must find again."""

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from random import Random

from hub.calibration.points import Place, propose
from hub.calibration.record import Point, Walk
from hub.config import StoreConfig

TOML = """\
# Our shop.
store = "lyon"
database = "hub.db"   # SQLite
key_file = "hub.key"
programs = "programs"

[notice]
version = "1"

[mqtt]
port = 1883

[zones.aisle]
label_fr = "Rayon"   # où l'on flâne
label_en = "Aisle"
areas = [[0.0, 0.0, 8.0, 6.0]]

[zones.tills]
label_fr = "Caisses"
label_en = "Tills"
areas = [[8.0, 0.0, 16.0, 6.0]]

[nodes]
n1 = { zone = "aisle", x_m = 1.0, y_m = 1.0 }
n2 = { zone = "aisle", x_m = 7.0, y_m = 5.0 }
n3 = { zone = "tills", x_m = 9.0, y_m = 5.0 }

[nodes.n4]           # behind the tills
zone = "tills"
x_m = 15.0
y_m = 1.0
offset_db = 0.0      # never measured
"""

EXPONENT, AT_1M_DBM = 1.8, -58.0
DEAF_DB = {"n1": 0.0, "n2": 0.0, "n3": 8.0, "n4": -4.0}
"""By how much each antenna hears less than it should."""


@cache
def config(toml: str = TOML) -> StoreConfig:
    """What a store's file says."""
    return StoreConfig.model_validate(tomllib.loads(toml))


def strength_dbm(place: Place, node: str, deaf_db: Mapping[str, float] = DEAF_DB) -> float:
    """What a node hears without noise."""
    x_m, y_m = config().nodes[node].place_m or (0.0, 0.0)
    distance_m = max(1.0, math.hypot(place.x_m - x_m, place.y_m - y_m))
    return AT_1M_DBM - 10 * EXPONENT * math.log10(distance_m) - deaf_db[node]


def walk(sigma_db: float = 2.0, spacing_m: float = 2.0, seed: int = 1, tag_model: str | None = None) -> Walk:
    """A walk over the whole floor."""
    random = Random(seed)
    places = propose((area for zone in config().zones.values() for area in zone.areas), spacing_m)
    points = [
        Point(
            x_m=place.x_m,
            y_m=place.y_m,
            seconds=20.0,
            heard_dbm={
                node: tuple(strength_dbm(place, node) + random.gauss(0.0, sigma_db) for _ in range(15))
                for node in DEAF_DB
            },
        )
        for place in places
    ]
    return Walk(store="lyon", tag_model=tag_model, points=tuple(points))
