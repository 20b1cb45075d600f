"""`comptoir edge inspect`: what a recording or a capture holds, in counts. No address, name or identifier is shown."""

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from hardware.beacon.formats import Format, beacon_frames, format_of
from hardware.capture.entry import Entry, EventKind
from hardware.capture.reader import read_entries

WORDS: Final = {
    Format.IBEACON: "iBeacon",
    Format.ALTBEACON: "AltBeacon",
    Format.EDDYSTONE_UID: "Eddystone-UID",
    Format.EDDYSTONE_URL: "Eddystone-URL",
    Format.EDDYSTONE_TLM: "Eddystone-TLM",
    Format.EDDYSTONE_EID: "Eddystone-EID",
    Format.EXPOSURE_NOTIFICATION: "Exposure Notification",
}


@dataclass(slots=True)
class Counts:
    """What was found in a file.

    Attributes:
        records: packets of a capture, lines after the first of our recording; whole ones, of whatever kind.
        legacy_events: of HCI the LE Advertising Report events, *one however many reports it brings*; of a sniffer the
            legacy advertising PDUs (ADV_IND, ADV_DIRECT_IND, ADV_NONCONN_IND, ADV_SCAN_IND, SCAN_RSP) whose
            checksum is right; of our recording the lines whose data fits a legacy advertisement.
        extended_events: of HCI the LE Extended Advertising Report events (also those that bring a legacy PDU); of a
            sniffer the extended advertising PDUs; of our recording all other lines.
        damaged: records whose structure or checksum is wrong (a sniffer's word on the checksum counts before ours),
            faulty lines, and one for a file that breaks off within a record. How a sender fills its
            advertisement's data is not judged.
        frames: beacon frames by format, one of each AD structure that is one, in every report, those of several
            reports in one event and of fragments joined.
    """

    records: int = 0
    legacy_events: int = 0
    extended_events: int = 0
    damaged: int = 0
    frames: dict[Format, int] = field(default_factory=lambda: dict.fromkeys(Format, 0))

    def add(self, entry: Entry) -> None:
        """Count one entry of a file."""
        found = entry.contents
        self.records += entry.whole
        self.damaged += found.damaged
        self.legacy_events += found.event is EventKind.LEGACY
        self.extended_events += found.event is EventKind.EXTENDED
        for report in found.reports:
            for frame in beacon_frames(report.ad):
                self.frames[format_of(frame)] += 1


def count(entries: Iterable[Entry]) -> Counts:
    """Count the entries of a file, one after another."""
    counts = Counts()
    for entry in entries:
        counts.add(entry)
    return counts


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def inspect(file: Path, *, as_json: bool) -> None:
    """Count what FILE holds: a recording, a btsnoop file (btmon -w) or a pcapng capture of a sniffer.

    Counts only: addresses, names and identifiers are neither shown nor kept.
    """
    counts = count(read_entries(file))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(counts)))
        return
    for what, number in _rows(counts):
        click.echo(f"{number:>10}  {what}")


def _rows(counts: Counts) -> list[tuple[str, int]]:
    return [
        ("records", counts.records),
        ("damaged", counts.damaged),
        ("legacy advertising events", counts.legacy_events),
        ("extended advertising events", counts.extended_events),
        *((f"{WORDS[kind]} frames", number) for kind, number in counts.frames.items()),
    ]
