"""What a reader finds in a capture, record by record. No address gets this far."""

from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    """Which generation of advertising a record told of."""

    LEGACY = "legacy"
    EXTENDED = "extended"


@dataclass(frozen=True, slots=True)
class Report:
    """One advertisement: strength (127: none was written) and raw AD structures."""

    rssi_dbm: int
    ad: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """What one record held.

    Attributes:
        event: the advertising event or PDU it is; None: it is something else (a command, a scan request, data).
        damaged: its structure is wrong, or its checksum.
        reports: the advertisements read from it: several of one HCI event, none of a fragment whose rest comes
            later, of a damaged record what came before the fault.
    """

    event: EventKind | None = None
    damaged: bool = False
    reports: tuple[Report, ...] = field(default=())


NOTHING = Contents()
DAMAGED = Contents(damaged=True)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of a file.

    Attributes:
        at_s: when, seconds since some moment; only differences mean something, and a file may go back.
        contents: what it held.
        whole: False for what is no record of its own: the cut-off end of a file (damaged), or fragments of an
            advertisement whose rest never came.
    """

    at_s: float
    contents: Contents
    whole: bool = True
