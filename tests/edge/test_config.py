"""The node's configuration: wrong keys are named, the filter is what it says."""

import uuid
from pathlib import Path

import pytest

from edge.config import EdgeConfig
from hardware.beacon.frames import FrameKind
from hardware.host.config import load_toml
from hardware.host.errors import ConfigError

MINIMAL = 'store = "lyon"\nnode = "aisle-1"\noutbox = "outbox.db"\n'
UUID = "41424344-4546-4748-4940-414243444546"


def load(tmp_path: Path, text: str) -> EdgeConfig:
    path = tmp_path / "edge.toml"
    path.write_text(text)
    return load_toml(path, EdgeConfig).beside(path)


def test_by_default_the_three_eid_carriers_are_heard(tmp_path: Path) -> None:
    config = load(tmp_path, MINIMAL)
    assert config.outbox == tmp_path / "outbox.db"
    loyalty = config.frame_filter()
    assert loyalty.kinds == {FrameKind.EDDYSTONE_EID, FrameKind.APP_EID, FrameKind.IBEACON_EID}
    assert not loyalty.ibeacon_uuids
    assert not loyalty.eddystone_namespaces


def test_static_fobs_are_named(tmp_path: Path) -> None:
    text = (
        f'{MINIMAL}frames = ["ibeacon", "eddystone_uid"]\nibeacon_uuids = ["{UUID}"]\n'
        'eddystone_namespaces = ["12345678901234678901"]\n'
    )
    loyalty = load(tmp_path, text).frame_filter()
    assert loyalty.ibeacon_uuids == {uuid.UUID(UUID).bytes}
    assert loyalty.eddystone_namespaces == {bytes.fromhex("12345678901234678901")}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('node = "a"\noutbox = "o"\n', "store: Field required"),
        (MINIMAL + 'fames = ["ibeacon"]\n', "fames"),
        (MINIMAL + "frames = []\n", "frames = "),
        (MINIMAL + 'frames = ["wifi"]\n', "frames.0 = 'wifi'"),
        (MINIMAL + 'frames = ["ibeacon"]\n', "ibeacon_uuids is empty"),
        (MINIMAL + 'frames = ["eddystone_uid"]\n', "eddystone_namespaces is empty"),
        (MINIMAL + f'ibeacon_uuids = ["{UUID}"]\n', "it would never be used"),
        (MINIMAL + 'ibeacon_uuids = ["no"]\n', "ibeacon_uuids.0 = 'no'"),
        (MINIMAL + 'eddystone_namespaces = ["12"]\n', "eddystone_namespaces.0 = '12'"),
        (MINIMAL + "[mqtt]\nport = 0\n", "mqtt.port = 0"),
        (MINIMAL.replace("aisle-1", "Aisle 1"), "node = 'Aisle 1'"),
    ],
)
def test_a_wrong_key_is_named_with_its_value(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert what in str(caught.value)
    assert str(tmp_path / "edge.toml") in str(caught.value)
