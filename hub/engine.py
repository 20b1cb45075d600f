"""Builds the store's zone engine from its configuration: the rules, or the radio map from its file."""

import json

from hardware.host.errors import ConfigError, DataError
from hub.config import StoreConfig
from hub.presence.locator import Locator
from hub.presence.map.geometry import Area
from hub.presence.map.radio_map import RadioMap
from hub.presence.rules import Rules
from hub.presence.zones import ZoneNode, Zones


def build_zones(config: StoreConfig) -> Zones:
    """Set up the zones of a store around the engine it asks for.

    Raises:
        ConfigError: the engine is the radio map and its file is missing, unreadable or none.
    """
    nodes = {name: ZoneNode(node.zone, node.offset_db) for name, node in config.nodes.items()}
    enter_dbm = {name: zone.enter_dbm for name, zone in config.zones.items() if zone.enter_dbm is not None}
    locator = _map_engine(config) if config.presence.engine == "radio_map" else Rules(nodes, enter_dbm)
    kiosk_zones = frozenset(kiosk.zone for kiosk in config.kiosks.values())
    near_dbm = {name: zone.near_dbm for name, zone in config.zones.items() if zone.near_dbm is not None}
    return Zones(nodes, locator, enter_dbm, kiosk_zones, near_dbm)


def areas_of(config: StoreConfig) -> dict[str, tuple[Area, ...]]:
    """Zone → its areas, as the map's engine wants them."""
    return {
        name: tuple(Area(area.x0_m, area.y0_m, area.x1_m, area.y1_m) for area in zone.areas)
        for name, zone in config.zones.items()
    }


def read_map(config: StoreConfig) -> RadioMap:
    """Read the store's radio map from its file, which the configuration names.

    Raises:
        ConfigError: it is missing, unreadable or none.
    """
    file = config.presence.radio_map
    assert file is not None, "the configuration asks for the file's name"
    fix = 'make it with `comptoir node calibrate`, or set presence.engine = "rules"'
    try:
        return RadioMap.from_document(json.loads(file.read_text()), file.name)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(file), fix=fix) from None
    except DataError as error:
        raise ConfigError(error.what, where=str(file), fix=fix) from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"is no JSON: {error}", where=str(file), fix=fix) from None


def _map_engine(config: StoreConfig) -> Locator:
    # numpy takes 30 MB and a tenth of a second: only a store with a map pays for it.
    from hub.presence.map.locator import MapLocator

    return MapLocator(read_map(config), areas_of(config))
