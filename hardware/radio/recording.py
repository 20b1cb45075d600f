"""Our recording of loyalty advertisements: JSON lines, first a version, then one advertisement a line.

    {"comptoir_recording": 1}
    {"offset_s": 0.52, "rssi_dbm": -71, "ad": "0201060303aafe…"}

Only loyalty frames are ever written, without the names and other structures that came beside them: a
bystander's advertisement leaves no trace (acceptance B5). No hardware address exists at this point.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware.beacon.frames import Wanted
from hardware.host.config import explain
from hardware.host.errors import DataError, NoInputError
from hardware.radio.ad import MAX_AD_BYTES, structure, structures, to_advert

M = TypeVar("M", bound=BaseModel)

MAX_LINE_BYTES: Final = 4_096
"""The longest advertisement is 3,300 hexadecimal digits; a longer line is another kind of file."""


@dataclass(frozen=True, slots=True)
class Record:
    """One advertisement of a recording: seconds since its beginning, strength, raw AD structures."""

    offset_s: float
    rssi_dbm: int
    ad: bytes


class _Header(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    comptoir_recording: Literal[1]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    offset_s: Annotated[float, Field(ge=0, le=1e9)]
    rssi_dbm: Annotated[int, Field(ge=-128, le=127)]
    ad: Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$", max_length=2 * MAX_AD_BYTES)]


def read_recording(path: Path) -> Iterator[Record]:
    """Read a recording record by record; it need not fit in memory.

    Raises:
        NoInputError: there is no such file, or it cannot be read.
        DataError: not a recording of this version, a faulty line, or time goes back. Names file and line.
    """
    for line in records_and_faults(path):
        if isinstance(line, DataError):
            raise line
        yield line


def records_and_faults(path: Path) -> Iterator[Record | DataError]:
    """Read a recording, and go on after a faulty line, which comes as what is wrong with it.

    Raises:
        NoInputError: there is no such file, or it cannot be read.
        DataError: not a recording of this version. Names the file.
    """
    try:
        with path.open("rb") as file:
            yield from _records(file, path)
    except OSError as error:
        raise NoInputError(
            f"cannot be read: {error.strerror}", where=str(path), fix="give the path of a recording"
        ) from None


def _records(file: BinaryIO, path: Path) -> Iterator[Record | DataError]:
    header = file.readline(MAX_LINE_BYTES)
    try:
        header.decode()
    except UnicodeDecodeError:
        raise DataError("not UTF-8 text", where=str(path), fix="is this a recording?") from None
    _parse(_Header, header, f"{path}:1")
    number, last_s = 1, 0.0
    while line := file.readline(MAX_LINE_BYTES):
        number += 1
        try:
            record = _record(line, last_s, f"{path}:{number}")
        except DataError as fault:
            yield fault
        else:
            last_s = record.offset_s
            yield record


def _record(text: bytes, last_s: float, where: str) -> Record:
    line = _parse(_Line, text, where)
    if line.offset_s < last_s:
        raise DataError(
            f"offset_s = {line.offset_s}: goes back from {last_s}",
            where=where,
            fix="sort the lines by offset_s",
        )
    return Record(line.offset_s, line.rssi_dbm, bytes.fromhex(line.ad))


def _parse(model: type[M], text: bytes, where: str) -> M:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise DataError(explain(error), where=where, fix="correct or remove the line") from None


def header_line() -> str:
    """The first line of a recording."""
    return _Header(comptoir_recording=1).model_dump_json() + "\n"


def record_line(record: Record, wanted: Wanted) -> str:
    """The line that holds `record`'s wanted frames, and nothing that came with them; "" when it has none."""
    encoded = (structure(ad_type, data) for ad_type, data in structures(record.ad))
    kept = b"".join(one for one in encoded if wanted.frames(to_advert(one, record.rssi_dbm, 0.0)))
    if not kept:
        return ""
    line = _Line(offset_s=record.offset_s, rssi_dbm=record.rssi_dbm, ad=kept.hex())
    return line.model_dump_json() + "\n"
