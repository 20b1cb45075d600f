"""Floors and scenarios small enough to be read beside what is expected of them."""

from typing import Any

from hardware.beacon.identity import Fob
from hardware.sim.scenario import Scenario


def floor(**changes: Any) -> dict[str, Any]:
    """A hall of 10 m × 6 m, halved by a wall with a gap above y = 4; a till on the left, the door on the right."""
    return {
        "width_m": 10,
        "depth_m": 6,
        "door_m": [9, 1],
        "walls": [{"from_m": [5, 0], "to_m": [5, 4], "loss_db": 7}],
        "zones": {
            "left": {"areas": [[0, 0, 5, 6]], "label_fr": "Gauche", "label_en": "Left"},
            "right": {"areas": [[5, 0, 10, 6]]},
        },
        "nodes": {
            "node-l": {"at_m": [1, 3], "zone": "left"},
            "node-r": {"at_m": [9, 3], "zone": "right"},
        },
        "displays": {"kiosk": {"at_m": [1, 2], "zone": "left", "till": "till"}},
        "tills": {"till": {"at_m": [1, 2], "pay_at_m": [1.5, 2], "queue": [[1.5, 4], [4.5, 4]]}},
        "stops": {"gap": [5, 5], "shelf": [8, 2], "fridge": [2, 5]},
    } | changes


def scenario(**changes: Any) -> Scenario:
    """Two written-out people on that floor for two minutes; nothing else is on the air."""
    return Scenario.model_validate(
        {
            "name": "small",
            "duration_s": 120,
            "rotation_exponent": 5,
            "stand_spread_m": 0,
            "floor": floor(),
            "people": [
                {
                    "name": "ada",
                    "visits": [
                        {
                            "enters_s": 0,
                            "stops": [{"at": "shelf", "stay_s": 5}],
                            "till": "till",
                            "pay_s": 30,
                        }
                    ],
                },
                {"name": "bo", "visits": [{"enters_s": 4, "till": "till", "pay_s": 20}]},
            ],
        }
        | changes
    )


def fobs(of: Scenario) -> dict[str, Fob]:
    """A fob with a key of its own for everybody."""
    return {
        name: Fob(bytes([i]) * 16, of.rotation_exponent) for i, name in enumerate(of.member_names, start=1)
    }
