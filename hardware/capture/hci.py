"""Advertising reports out of HCI events, several reports in one event, fragments joined.

Sources: Bluetooth Core Specification, Vol 4 Part A §2 (H4 indicators), Part E §5.4.4 (event format), §7.7.65.2 (LE
Advertising Report), §7.7.65.13 (LE Extended Advertising Report). Directed reports (§7.7.65.11) carry no data.
"""

import struct
from typing import Final

from hardware.capture.entry import DAMAGED, NOTHING, Contents, EventKind, Report
from hardware.radio.ad import MAX_AD_BYTES, MAX_LEGACY_BYTES

H4_EVENT: Final = 0x04
H4_OTHERS: Final = frozenset((0x01, 0x02, 0x03, 0x05))
"""Command, ACL, SCO, ISO: no advertisement in them."""

LE_META: Final = 0x3E
LEGACY_REPORT: Final = 0x02
EXTENDED_REPORT: Final = 0x0D

MAX_PENDING: Final = 64
"""Advertisements waiting for their next fragment: a controller joins a handful at once, and each holds 1,650 bytes."""

_LEGACY_HEADER_BYTES: Final = 9
"""Event type, address type, address, length; the strength comes after the data."""

_EXTENDED: Final = struct.Struct("<HB6sxxBxb9xB")
"""Event type, address type, address, SID, strength, length; the rest is skipped."""

_MORE_TO_COME: Final = 0b01

_Key = tuple[int, int, bytes, int]


class HciReader:
    """Reads the HCI packets of one capture, in order.

    A long extended advertisement comes in fragments that name their sender; its address joins them, inside this
    object, until the last has come.
    """

    def __init__(self) -> None:
        self._pending: dict[_Key, tuple[int, bytes]] = {}

    def read_h4(self, packet: bytes, adapter: int = 0) -> Contents:
        """Read a packet that begins with its H4 indicator; `adapter` tells apart those of one capture."""
        if packet[:1] == bytes((H4_EVENT,)):
            return self.read_event(packet[1:], adapter)
        return NOTHING if packet and packet[0] in H4_OTHERS else DAMAGED

    def read_event(self, event: bytes, adapter: int = 0) -> Contents:
        """Read an event: code, length, parameters."""
        if len(event) < 2:
            return DAMAGED
        code, parameters = event[0], event[2 : 2 + event[1]]
        cut = len(parameters) != event[1]
        if code != LE_META:
            return DAMAGED if cut else NOTHING
        if len(parameters) < 1:
            return DAMAGED
        if parameters[0] == LEGACY_REPORT:
            reports, whole = _legacy(parameters)
            return Contents(EventKind.LEGACY, cut or not whole, reports)
        if parameters[0] == EXTENDED_REPORT:
            reports, whole = self._extended(parameters, adapter)
            return Contents(EventKind.EXTENDED, cut or not whole, reports)
        return DAMAGED if cut else NOTHING

    def rest(self) -> tuple[Report, ...]:
        """The advertisements whose last fragment never came, as far as they did; afterwards none is left."""
        reports = tuple(Report(rssi_dbm, ad) for rssi_dbm, ad in self._pending.values())
        self._pending.clear()
        return reports

    def _extended(self, parameters: bytes, adapter: int) -> tuple[tuple[Report, ...], bool]:
        """The advertisements that this event ends, and whether all its reports were there."""
        reports: tuple[Report, ...] = ()
        at = 2
        for _ in range(_count(parameters)):
            if at + _EXTENDED.size > len(parameters):
                return reports, False
            event_type, address_type, address, sid, rssi_dbm, length = _EXTENDED.unpack_from(parameters, at)
            at += _EXTENDED.size
            data = parameters[at : at + length]
            at += length
            if len(data) < length:
                return reports, False
            key = (adapter, address_type, address, sid)
            reports += self._join(key, rssi_dbm, data, more=(event_type >> 5) & 0b11 == _MORE_TO_COME)
        return reports, len(parameters) > 1

    def _join(self, key: _Key, rssi_dbm: int, data: bytes, *, more: bool) -> tuple[Report, ...]:
        """The advertisement that this fragment ends; a truncated one ends with what there is."""
        _, before = self._pending.pop(key, (0, b""))
        ad = (before + data)[:MAX_AD_BYTES]
        if not more:
            return (Report(rssi_dbm, ad),)
        self._pending[key] = (rssi_dbm, ad)
        if len(self._pending) <= MAX_PENDING:
            return ()
        oldest = self._pending.pop(next(iter(self._pending)))
        return (Report(*oldest),)


def _count(parameters: bytes) -> int:
    return parameters[1] if len(parameters) > 1 else 0


def _legacy(parameters: bytes) -> tuple[tuple[Report, ...], bool]:
    """The event's advertisements, and whether all were there."""
    reports: tuple[Report, ...] = ()
    at = 2
    for _ in range(_count(parameters)):
        start = at + _LEGACY_HEADER_BYTES
        if start > len(parameters):
            return reports, False
        length = parameters[start - 1]
        strength_at = start + length
        if length > MAX_LEGACY_BYTES or strength_at >= len(parameters):
            return reports, False
        (rssi_dbm,) = struct.unpack_from("<b", parameters, strength_at)
        reports += (Report(rssi_dbm, parameters[start:strength_at]),)
        at = strength_at + 1
    return reports, len(parameters) > 1
