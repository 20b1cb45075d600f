"""What turns strengths into zones: the map's file, the nodes and zones it knows, the tags' models."""

from collections.abc import Sequence
from typing import Final

from hardware.host.doctor.examination import Tools, in_thread
from hardware.host.doctor.finding import Finding, ok, problem, skipped, warning
from hardware.host.errors import ComptoirError
from hub.config import AreaConfig, StoreConfig
from hub.doctor.data import vault_of
from hub.engine import read_map
from hub.presence.map.radio_map import RadioMap
from hub.store.peek import fob_models

ENGINE_CHECK: Final = "presence.engine"
MODELS_CHECK: Final = "tag_models"


async def examine_engine(config: StoreConfig) -> Sequence[Finding]:
    """Whether the zone engine the store asks for can be built.

    Raises:
        ConfigError: see `read_map`.
    """
    if config.presence.engine == "rules":
        return (ok(ENGINE_CHECK, "the rules, which need no calibration"),)
    radio_map = await in_thread(lambda: read_map(config))
    return (judge_map(radio_map, config),)


def judge_map(radio_map: RadioMap, config: StoreConfig) -> Finding:
    """Whether a map knows every node and reaches every zone; what it does not know counts for nothing."""
    if strangers := sorted(set(config.nodes) - set(radio_map.nodes)):
        return problem(
            ENGINE_CHECK,
            f"the radio map does not know {', '.join(strangers)}: what is heard there counts for nothing",
            "give these nodes x_m and y_m, then make the map anew with `comptoir node calibrate`",
        )
    floor = _floor_of(radio_map)
    if off := [name for name, zone in config.zones.items() if not any(map(floor.meets, zone.areas))]:
        return problem(
            ENGINE_CHECK,
            f"the radio map does not reach {', '.join(off)}: nobody is ever found there",
            "correct the zones' areas, or make the map anew with `comptoir node calibrate`",
        )
    return ok(ENGINE_CHECK, f"the radio map knows all nodes ({len(config.nodes)}) and reaches every zone")


def _floor_of(radio_map: RadioMap) -> AreaConfig:
    grid, half_m = radio_map.grid, radio_map.grid.cell_m / 2
    return AreaConfig(
        x0_m=grid.x0_m - half_m,
        y0_m=grid.y0_m - half_m,
        x1_m=grid.centres_x_m[-1] + half_m,
        y1_m=grid.centres_y_m[-1] + half_m,
    )


async def examine_models(config: StoreConfig, tools: Tools, config_file: str) -> Sequence[Finding]:
    """Whether every model that fobs name is configured: of any other the strengths are taken as they are.

    Raises:
        StorageError: a fob's secret does not open.
    """
    try:
        vault = await in_thread(lambda: vault_of(config, tools.entropy))
    except ComptoirError:
        vault = None  # told by the check of the key itself
    if vault is None:
        return (skipped(MODELS_CHECK, "the key cannot be had: which models the fobs are of is not known"),)
    try:
        counted = await in_thread(lambda: fob_models(config.database, vault))
    except OSError as error:
        return (skipped(MODELS_CHECK, f"the database cannot be read: {error.strerror}"),)
    if counted is None:
        return (skipped(MODELS_CHECK, "there is no database yet, or it cannot be read"),)
    unknown = sorted(set(counted) - set(config.tag_models))
    if unknown:
        named = ", ".join(f"{name} ({counted[name]})" for name in unknown)
        said = f"fobs are of models the store does not name: {named}; their strengths are taken as they are"
        return (warning(MODELS_CHECK, said, f"add [tag_models.{unknown[0]}] to {config_file}"),)
    return (ok(MODELS_CHECK, f"every model that fobs name is configured ({len(counted)} in use)"),)
