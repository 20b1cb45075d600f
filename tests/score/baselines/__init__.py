"""The peers' public rules, re-implemented to stand beside ours. Where a rule leaves room, the better reading is taken.

A peer decides on a scanner; its zone is the decision. All scanners of a zone compete on their own.
"""

from collections.abc import Mapping
from functools import partial

from tests.score.baselines.altbeacon import AltBeacon
from tests.score.baselines.bermuda import Bermuda
from tests.score.baselines.espresense import ESPresense
from tests.score.baselines.habluetooth import HaBluetooth
from tests.score.baselines.mqtt_room import MqttRoom
from tests.score.baselines.room_assistant import RoomAssistant
from tests.score.baselines.strongest import Strongest
from tests.score.engines import MakeEngine

BASELINES: Mapping[str, MakeEngine] = {
    "mqtt_room": MqttRoom,
    "room_assistant": RoomAssistant,
    "bermuda": Bermuda,
    "altbeacon": AltBeacon,
    "habluetooth": HaBluetooth,
    "espresense": ESPresense,
    "strongest_1s": partial(Strongest, window_s=1.0),
    "strongest_2s": partial(Strongest, window_s=2.0),
    "strongest_5s": partial(Strongest, window_s=5.0),
}
