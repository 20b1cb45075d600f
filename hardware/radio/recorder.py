"""Writes a recording while it is being made: whole lines only, at the end of what is there.

Whatever ends the process, the file is a recording: each line comes with one write, and what a full disk cut is taken
away again. (Killed before its first line, it is empty, and begun by who records next.)
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hardware.beacon.frames import Wanted
from hardware.host.errors import DataError
from hardware.radio.recording import Record, header_line, read_recording, record_line

OWNER_ONLY: Final = 0o600
"""Identifiers of people's fobs are in it."""


class Recorder:
    """Appends to the recording at `path`, or begins it. A context manager.

    Args:
        path: one process records into it at a time.
        wanted: only its frames are written.

    Raises:
        DataError: what is there is no recording, somebody else records into it, or it cannot be written.
    """

    def __init__(self, path: Path, wanted: Wanted) -> None:
        self._path, self._wanted = path, wanted
        self.written = 0
        """Advertisements written by this one."""
        self.last_s = 0.0
        """Offset of the last one in the file; none may come before it."""
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, OWNER_ONLY)
        except OSError as error:
            raise self._cannot(error) from None
        try:
            self._own()
            if os.fstat(self._file).st_size == 0:
                self._append(header_line())
            for record in read_recording(path):
                self.last_s = record.offset_s
        except BaseException:
            os.close(self._file)
            raise

    def write(self, record: Record) -> bool:
        """Write the wanted frames of `record`; whether it had any.

        Raises:
            DataError: it cannot be written; the file ends with the record before.
        """
        assert record.offset_s >= self.last_s, "a recording does not go back"
        line = record_line(record, self._wanted)
        if not line:
            return False
        self._append(line)
        self.written += 1
        self.last_s = record.offset_s
        return True

    def close(self) -> None:
        """End it, on the disk.

        Raises:
            DataError: the disk did not take it.
        """
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._cannot(error) from None
        finally:
            os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, line: str) -> None:
        content = line.encode()
        try:
            end = os.fstat(self._file).st_size
            if os.write(self._file, content) < len(content):
                os.ftruncate(self._file, end)
                raise DataError(
                    "the disk is full", where=str(self._path), fix="make room, then go on recording"
                )
        except OSError as error:
            raise self._cannot(error) from None

    def _own(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                "another process records into it", where=str(self._path), fix="give another file"
            ) from None

    def _cannot(self, error: OSError) -> DataError:
        return DataError(
            f"cannot be written: {error.strerror}",
            where=str(self._path),
            fix="check the folder, its rights and its room",
        )
