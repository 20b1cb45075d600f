"""One advertisement as the rest of the system sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Advert:
    """A received BLE advertisement. The sender's hardware address is not read into it, on purpose.

    Attributes:
        rssi_dbm: received signal strength, as the controller reported it (127, 0 and −127 mean "none").
        heard_s: store seconds on this node's monotonic clock (`Clock.monotonic_s`).
        manufacturer_data: Bluetooth SIG company identifier → payload after it.
        service_data: lower-case 128-bit UUID string → payload (16- and 32-bit UUIDs are expanded).
    """

    rssi_dbm: int
    heard_s: float
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)
    service_data: Mapping[str, bytes] = field(default_factory=dict)
