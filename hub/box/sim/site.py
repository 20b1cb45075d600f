"""A scenario's store, set up: its configuration made from the floor plan, its people made members with fobs."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import tomlkit

from hardware.beacon.identity import Fob
from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hardware.sim.floor import FloorPlan
from hardware.sim.scenario import Scenario
from hardware.sim.simulation import Simulation
from hub.assembly import HubData, open_hub_data
from hub.box.provision import SAMPLES as STORE_SAMPLES
from hub.box.sim.tally import Screen, Spot
from hub.desk_key import kiosk_public_key
from hub.permission.records import How, Level, Purpose
from hub.permission.service import HOMES, Grant

SAMPLES: Final = Path(str(files("hardware.sim"))) / "samples"
"""The shipped scenarios."""

NOTICE: Final = "sim-1"
"""The version of the privacy notice that hangs in a simulated store."""

FOB_CLOCK_S: Final = 10_000.0
"""What the fobs' clocks show when the run begins."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the hub serves tills, and finds its broker."""

    http_port: int
    broker_host: str
    broker_port: int


IN_MEMORY: Final = Addresses(http_port=0, broker_host="127.0.0.1", broker_port=1883)
"""Any free port for tills; nobody asks for the broker."""


@dataclass(frozen=True, slots=True)
class Site:
    """A store set up.

    Attributes:
        members: person of the scenario → member id.
        fobs: person → fob.
    """

    config_file: Path
    kiosk_public_key: str
    members: Mapping[str, str]
    fobs: Mapping[str, Fob]


def screens_of(floor: FloorPlan) -> dict[str, Screen]:
    """The floor's displays as kiosks."""
    return {name: Screen(display.zone, display.till) for name, display in floor.displays.items()}


def truth_of(simulation: Simulation) -> Callable[[str, float], Spot | None]:
    """Where somebody is at a second of the scenario, as a tally asks; after its end everybody is out."""
    duration_s = simulation.scenario.duration_s

    def truth(person: str, at_s: float) -> Spot | None:
        place = simulation.truth(person, at_s) if at_s < duration_s else None
        return None if place is None else Spot(place.zone, place.till, place.queue)

    return truth


def write_store(scenario: Scenario, folder: Path, addresses: Addresses = IN_MEMORY) -> Path:
    """Write the configuration of the scenario's store, `store.toml`, and a loyalty program into an existing folder.

    Nothing is calibrated in it: what the antennas and tags truly differ in, the store has still to find out.
    """
    shutil.copytree(STORE_SAMPLES / "programs", folder / "programs", dirs_exist_ok=True)
    config_file = folder / "store.toml"
    config_file.write_text(tomlkit.dumps(store_document(scenario, addresses)), encoding="utf-8")
    return config_file


def store_document(scenario: Scenario, addresses: Addresses) -> dict[str, Any]:
    """The store's configuration as a TOML document."""
    floor = scenario.floor
    return {
        "store": scenario.name,
        "database": "data/hub.db",
        "key_file": "data/hub.key",
        "programs": "programs",
        "notice": {"version": NOTICE},
        "http": {"port": addresses.http_port},
        "mqtt": {"host": addresses.broker_host, "port": addresses.broker_port},
        "zones": {
            name: {
                "label_fr": zone.label_fr or name,
                "label_en": zone.label_en or name,
                "areas": [[area.x0_m, area.y0_m, area.x1_m, area.y1_m] for area in zone.areas],
            }
            for name, zone in floor.zones.items()
        },
        "nodes": {
            name: {"zone": node.zone, "x_m": node.at_m[0], "y_m": node.at_m[1]}
            for name, node in floor.nodes.items()
        },
        "kiosks": {
            name: {"zone": display.zone} | ({"till": display.till} if display.till else {})
            for name, display in floor.displays.items()
        },
        "tills": {name: {"label": name} for name in floor.tills},
    }


def new_fobs(scenario: Scenario, now_s: float, entropy: Entropy) -> dict[str, Fob]:
    """A fob for everybody, its clock at `FOB_CLOCK_S` now (store time)."""
    k = scenario.rotation_exponent
    return {
        person: Fob(entropy.token(16), k, now_s - FOB_CLOCK_S) for person in sorted(scenario.member_names)
    }


def set_up(
    scenario: Scenario,
    folder: Path,
    fobs: Mapping[str, Fob],
    clock: Clock,
    entropy: Entropy,
    addresses: Addresses = IN_MEMORY,
) -> Site:
    """Set the scenario's store up in an empty folder; everybody allows recognition and suggestions.

    Through the same stores as `comptoir hub member` and `… permission`, but on the caller's clock and chance, so that
    one seed is one run.

    Args:
        scenario: its floor and people.
        folder: exists.
        fobs: person → fob.
        clock: when everybody joins.
        entropy: makes keys and ids.
        addresses: for the configuration.

    Raises:
        ConfigError: the floor plan makes no store, as when two zones overlap.
    """
    config_file = write_store(scenario, folder, addresses)
    data = open_hub_data(config_file, clock, entropy)
    try:
        members = {person: _join(data, fob) for person, fob in fobs.items()}
        return Site(config_file, kiosk_public_key(data.vault), members, fobs)
    finally:
        data.close()


def _join(data: HubData, fob: Fob) -> str:
    now_s = data.clock.now_s()
    member_id = data.people.add_member(now_s=now_s)
    data.people.add_fob(member_id, fob.ik, fob.k, now_s=now_s, beacon_time_s=now_s - fob.epoch_s)
    for purpose in (Purpose.RECOGNITION, Purpose.SUGGESTION):
        given = Grant(purpose, HOMES[purpose], Level.STANDING, How.OWN_DEVICE, NOTICE)
        data.permissions.grant(member_id, given, now_s)
    return member_id
