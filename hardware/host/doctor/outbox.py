"""The outbox of a node or a kiosk: its file, its folder, and what waits in it."""

from pathlib import Path
from typing import Final

from hardware.host.doctor import database, disk
from hardware.host.doctor.examination import Check, in_thread
from hardware.host.doctor.finding import Finding, ok, skipped

_WAITING: Final = "SELECT count(*) FROM message"


def checks(path: Path, about: Path, repair: str, precious: str | None = None) -> tuple[Check, ...]:
    """What to look at in an outbox.

    Args:
        path: of the outbox.
        about: the configuration file that names it.
        repair: what to do when it is damaged.
        precious: what a power cut would take if it were in memory; None when it may be there.
    """
    return (
        Check("disk.folder", lambda: disk.examine("disk.folder", path.parent, precious), str(about)),
        Check("outbox.file", lambda: database.examine("outbox", path, repair), str(about)),
        Check("outbox.waiting", lambda: _waiting(path), str(about)),
    )


async def runs(path: Path) -> bool:
    """Whether the program that owns the outbox runs: it holds the file."""
    try:
        return await in_thread(lambda: path.exists() and database.is_in_use(path))
    except OSError:
        return False


async def _waiting(path: Path) -> tuple[Finding, ...]:
    check = "outbox.waiting"
    if await runs(path):
        return (skipped(check, "its program runs, has the file for itself and sends what waits"),)
    try:
        n = await in_thread(lambda: database.read_value(path, _WAITING))
    except OSError:
        n = None  # told by the check of the file
    if n is None:
        return (skipped(check, "there is no outbox yet, or it cannot be read"),)
    return (ok(check, f"{n} messages wait for the hub"),)
