"""A recording as a test needs one: written by the product's own `Recorder`, whole."""

from collections.abc import Iterable
from pathlib import Path

from hardware.beacon.frames import Wanted
from hardware.radio.recorder import Recorder
from hardware.radio.recording import Record


def write_recording(path: Path, records: Iterable[Record], wanted: Wanted) -> int:
    """Write the wanted frames of `records`, by time, to a new file; returns how many had any."""
    with Recorder(path, wanted) as recorder:
        for record in records:
            recorder.write(record)
    return recorder.written
