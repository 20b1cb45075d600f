"""What this room's README claims."""

import re
from pathlib import Path

from hardware.beacon.frames import APP_SERVICE_UUID, IBEACON_EID_PREFIX, FrameKind

ROOM = Path(__file__).parents[2] / "hardware"
README = (ROOM / "README.md").read_text(encoding="utf-8")


def test_the_module_map_is_whole() -> None:
    named = set(re.findall(r"^\| `(\w+/\w+\.py)` \|", README, re.MULTILINE))
    modules = {
        path.relative_to(ROOM).as_posix() for path in ROOM.glob("*/*.py") if path.name != "__init__.py"
    }
    assert named == modules


def test_the_table_of_carriers_is_whole() -> None:
    assert {kind.value for kind in FrameKind} == set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    assert APP_SERVICE_UUID in README
    assert IBEACON_EID_PREFIX.hex() in README
