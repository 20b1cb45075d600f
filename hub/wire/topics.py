"""Every topic of the system, in one place.

| topic | message | from → to | retained |
|---|---|---|---|
| `comptoir/v1/{store}/node/{node}/sightings` | `Sightings` | node → hub | no |
| `comptoir/v1/{store}/node/{node}/ack` | `SightingsAck` | hub → node | no |
| `comptoir/v1/{store}/node/{node}/state` | `NodeState` | node → hub | yes |
| `comptoir/v1/{store}/hub/state` | `HubState` | hub → all | yes |
| `comptoir/v1/{store}/kiosk/{kiosk}/view` | `KioskView` | hub → kiosk | below L2 |
| `comptoir/v1/{store}/kiosk/{kiosk}/act` | `SealedAct` | kiosk → hub | no |
| `comptoir/v1/{store}/kiosk/{kiosk}/ack` | `ActAck` | hub → kiosk | no |
| `comptoir/v1/{store}/doctor/{visit}` | empty | `comptoir doctor` → itself | no |
"""

from dataclasses import dataclass
from typing import Final

from hub.wire.base import Message
from hub.wire.display import ActAck, KioskView, SealedAct
from hub.wire.presence import HubState, NodeState, Sightings, SightingsAck

ROOT: Final = "comptoir/v1"

LEAVES: Final[dict[tuple[str, str], type[Message]]] = {
    ("node", "sightings"): Sightings,
    ("node", "ack"): SightingsAck,
    ("node", "state"): NodeState,
    ("kiosk", "view"): KioskView,
    ("kiosk", "act"): SealedAct,
    ("kiosk", "ack"): ActAck,
}
"""(room, last level) → the one message type that may travel there."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one store.

    Args:
        store: the store's name, a `Name`.
    """

    store: str

    def node(self, node: str, leaf: str) -> str:
        """Topic of one node; `leaf` is sightings, ack or state; `node` may be `+` to subscribe."""
        assert ("node", leaf) in LEAVES
        return f"{ROOT}/{self.store}/node/{node}/{leaf}"

    def kiosk(self, kiosk: str, leaf: str) -> str:
        """Topic of one kiosk; `leaf` is view, act or ack; `kiosk` may be `+` to subscribe."""
        assert ("kiosk", leaf) in LEAVES
        return f"{ROOT}/{self.store}/kiosk/{kiosk}/{leaf}"

    @property
    def hub_state(self) -> str:
        """Where the hub says that it is there."""
        return f"{ROOT}/{self.store}/hub/state"

    def doctor(self, visit: str) -> str:
        """Topic on which one run of the doctor sends itself a message; `visit` names the run."""
        return f"{ROOT}/{self.store}/doctor/{visit}"


@dataclass(frozen=True, slots=True)
class Address:
    """A topic taken apart: which store, which room, whose, and the message type that may travel there."""

    store: str
    room: str
    name: str
    message_type: type[Message]


def parse_topic(topic: str) -> Address | None:
    """Take a topic apart; None when it is none of ours."""
    levels = topic.split("/")
    if levels[:2] != ROOT.split("/"):
        return None
    match levels[2:]:
        case [store, "hub", "state"]:
            return Address(store, "hub", "hub", HubState)
        case [store, room, name, leaf] if (room, leaf) in LEAVES:
            return Address(store, room, name, LEAVES[room, leaf])
        case _:
            return None
