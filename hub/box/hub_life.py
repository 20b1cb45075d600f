"""The box's hub: started, killed as by SIGKILL, and started again on what lay on the disk at that instant.

The box is one process, so a killed hub is played as what it leaves: its files are read as they lie, its cables
break without a goodbye, and whatever it still does while its tasks end reaches nobody, neither by a wire nor by
a file: the files are put back as they were read before the next one opens them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from hardware.host.clock import Clock
from hardware.host.entropy import Entropy
from hub.app import Hub
from hub.assembly import HubData, open_hub_data
from hub.box.stacked import end
from hub.observer import BatchName, HubObserver
from hub.wire.bus import Bus
from hub.wire.display import KioskView


class HubLife:
    """One hub after the other.

    Args:
        config_file: the store's.
        clock: the shop's.
        entropy: the shop's.
        observer: watches each of them while it lives.
        bus: makes the next one's bus, not yet started.
    """

    def __init__(
        self,
        config_file: Path,
        clock: Clock,
        entropy: Entropy,
        observer: HubObserver,
        bus: Callable[[], Awaitable[Bus]],
    ) -> None:
        self._config_file, self._clock, self._entropy = config_file, clock, entropy
        self._observer, self._bus = observer, bus
        self._task: asyncio.Task[None] | None = None
        self._ear: _Ear
        self.data: HubData
        self.hub: Hub

    async def start(self) -> None:
        """Open the store's data and run a hub on it; returns when it is ready.

        Raises:
            ComptoirError: it could not start.
        """
        assert self._task is None, "one hub at a time"
        self.data = open_hub_data(self._config_file, self._clock, self._entropy)
        self._ear = _Ear(self._observer)
        self.hub = Hub(self.data, await self._bus(), self._ear)
        self._task = asyncio.create_task(self.hub.run(), name="hub")
        waiter = asyncio.create_task(self.hub.ready.wait())
        await asyncio.wait([waiter, self._task], return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()
        self.check()

    async def kill(self, cut: Callable[[], None]) -> None:
        """Let it end at this instant; returns when only its files are left.

        Args:
            cut: breaks every cable of the hub.
        """
        left = {path: path.read_bytes() for path in self._files() if path.exists()}
        self._ear.close()
        cut()
        await self.stop()
        for path in self._files():
            path.unlink(missing_ok=True)
        for path, content in left.items():
            path.write_bytes(content)
            path.chmod(0o600)

    async def stop(self) -> None:
        """End it, with a goodbye where a cable is left. Idempotent."""
        if self._task is None:
            return
        task, self._task = self._task, None
        await end(task)
        self.data.close()

    def check(self) -> None:
        """Raise what ended it, if something did."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    def _files(self) -> tuple[Path, Path]:
        # Not the -shm: it is shared memory that SQLite makes anew from the write-ahead log.
        database = self.data.config.database
        return database, database.with_name(database.name + "-wal")


class _Ear(HubObserver):
    """Passes on what a hub does until it is killed; what its tasks do while they end, no real one would have done."""

    def __init__(self, observer: HubObserver) -> None:
        self._observer: HubObserver | None = observer

    def close(self) -> None:
        """Pass on nothing any more."""
        self._observer = None

    def batch_taken(self, batch: BatchName, *, fresh: bool) -> None:
        """See `HubObserver`."""
        if self._observer is not None:
            self._observer.batch_taken(batch, fresh=fresh)

    def resolved(self, member_id: str) -> None:
        """See `HubObserver`."""
        if self._observer is not None:
            self._observer.resolved(member_id)

    def view_published(self, view: KioskView, cause: BatchName | None) -> None:
        """See `HubObserver`."""
        if self._observer is not None:
            self._observer.view_published(view, cause)
