"""Opens a file by what it is, not by its name: our recording, btsnoop or pcapng."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from hardware.capture.btsnoop import MAGIC as BTSNOOP
from hardware.capture.btsnoop import read_btsnoop
from hardware.capture.entry import DAMAGED, Contents, Entry, EventKind, Report
from hardware.capture.pcapng import MAGIC as PCAPNG
from hardware.capture.pcapng import read_pcapng
from hardware.host.errors import DataError, NoInputError
from hardware.radio.ad import MAX_LEGACY_BYTES
from hardware.radio.recording import Record, read_recording, records_and_faults

_TO_PCAPNG: Final = "convert it: editcap -F pcapng"
_WHAT_IS_READ: Final = "give a recording of ours, a btsnoop or a pcapng file"

_LOOKS_LIKE: Final = (
    (b"\xd4\xc3\xb2\xa1", "a classic pcap capture", _TO_PCAPNG),
    (b"\xa1\xb2\xc3\xd4", "a classic pcap capture", _TO_PCAPNG),
    (b"\x4d\x3c\xb2\xa1", "a classic pcap capture", _TO_PCAPNG),
    (b"\xa1\xb2\x3c\x4d", "a classic pcap capture", _TO_PCAPNG),
    (b"snoop\0", "a Solaris snoop capture", _TO_PCAPNG),
    (b"\x1f\x8b", "a gzip archive", "unpack it: gunzip"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it: unzstd"),
    (b"\xfd7zXZ", "an xz archive", "unpack it: unxz"),
    (b"PK\x03\x04", "a zip archive", "unpack it: unzip"),
    (b"SQLite format 3\0", "an SQLite database", _WHAT_IS_READ),
    (b"\x7fELF", "a program", _WHAT_IS_READ),
    (b"\x89PNG", "a picture", _WHAT_IS_READ),
)
"""First bytes, what has them, what to do."""

_HEAD_BYTES: Final = 64


def read_entries(path: Path) -> Iterator[Entry]:
    """Read a file record by record, whatever is wrong with single ones; it need not fit in memory.

    A line of our own recording counts as a legacy event when its data fits one: which it was is not recorded.

    Raises:
        NoInputError: there is no such file, or it cannot be read.
        DataError: it is none of the three kinds, or of a version that is not read. Says what it looks like.
    """
    with _opened(path) as file:
        head = file.read(_HEAD_BYTES)
        file.seek(0)
        if head.startswith(BTSNOOP):
            yield from read_btsnoop(file, str(path))
        elif head.startswith(PCAPNG):
            yield from read_pcapng(file)
        elif head.lstrip().startswith(b"{"):
            yield from map(_of_recording, records_and_faults(path))
        else:
            raise _unknown(head, path)


def read_records(path: Path) -> Iterator[Record]:
    """Read the advertisements of a file, to be played again; `offset_s` counts from its first record, never back.

    Raises:
        NoInputError: there is no such file, or it cannot be read.
        DataError: it is none of the three kinds, or a recording of ours has a faulty line. What is damaged in a
            capture is left out: a radio's noise is no fault of the file.
    """
    with _opened(path) as file:
        ours = file.read(_HEAD_BYTES).lstrip().startswith(b"{")
    yield from read_recording(path) if ours else _played(read_entries(path))


def _played(entries: Iterator[Entry]) -> Iterator[Record]:
    first_s: float | None = None
    offset_s = 0.0
    for entry in entries:
        first_s = entry.at_s if first_s is None else first_s
        offset_s = max(offset_s, entry.at_s - first_s)
        for report in entry.contents.reports:
            yield Record(offset_s, report.rssi_dbm, report.ad)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise NoInputError(
            f"cannot be read: {error.strerror}",
            where=str(path),
            fix="give the path of a recording or a capture",
        ) from None


def _of_recording(line: Record | DataError) -> Entry:
    if isinstance(line, DataError):
        return Entry(0.0, DAMAGED)
    kind = EventKind.LEGACY if len(line.ad) <= MAX_LEGACY_BYTES else EventKind.EXTENDED
    return Entry(line.offset_s, Contents(kind, reports=(Report(line.rssi_dbm, line.ad),)))


def _unknown(head: bytes, path: Path) -> DataError:
    if not head:
        return DataError("an empty file", where=str(path), fix=_WHAT_IS_READ)
    for magic, what, fix in _LOOKS_LIKE:
        if head.startswith(magic):
            return DataError(f"looks like {what}", where=str(path), fix=fix)
    printable = all(byte >= 0x20 or byte in b"\t\r\n" for byte in head)
    what = "looks like text" if printable else "neither a recording of ours nor btsnoop nor pcapng"
    return DataError(what, where=str(path), fix=_WHAT_IS_READ)
