"""Runs a room's work as a service: signals, an orderly end within a limit, and word to the service manager.

One place for what the hub, the agents and the kiosks share. Nothing here needs systemd: started by hand, the same
signals end the process and nobody is told.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Final

import structlog

from hardware.host.errors import ComptoirError, UnavailableError
from hardware.host.failures import LoopFailures
from hardware.host.notify import ServiceManager

log = structlog.get_logger()

STOP_LIMIT_S: Final = 10.0
"""For the orderly end: the goodbye on the bus waits 5 s at most for its confirmation, the till's last answer 3 s.
The units' TimeoutStopSec is twice this."""

CUT_SHORT_S: Final = 2.0
"""For the rest of it, once the goodbye itself was cut short."""

STATUS_EVERY_S: Final = 2.0
"""Somebody who pulls a cable and looks at `systemctl status` sees it at the second look."""

END_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class StuckError(ComptoirError):
    """The work did not end within `STOP_LIMIT_S`; a bug of ours, or a disk that hangs."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a room gives to be run.

    Attributes:
        name: of the room, for logs.
        work: works until it is cancelled or `leave` was called; its value is the exit code, None means 0.
        ready: set by the work once only the world is waited for: READY is told then.
        status: one line a person understands, asked now and then.
        leave: asks the work to end by itself; None: it is cancelled.
        signals: each ends the service.
    """

    name: str
    work: Callable[[], Coroutine[Any, Any, int | None]]
    ready: asyncio.Event
    status: Callable[[], str]
    leave: Callable[[], object] | None = None
    signals: tuple[signal.Signals, ...] = END_SIGNALS


async def serve(service: Service, manager: ServiceManager | None = None) -> int:
    """Run a service until it ends or a signal ends it. In the main thread of a process of its own.

    Args:
        service: see `Service`.
        manager: by default the one this process' environment names; its variables are taken out of it.

    Returns:
        The exit code: the work's own, 0 after a signal.

    Raises:
        StuckError: the work did not end within `STOP_LIMIT_S` of being asked.
        Exception: what ended the work, or what a callback of the loop let out.
    """
    with manager or ServiceManager.take_from(os.environ, os.getpid()) as told:
        return await _Running(service, told).until_the_end()


@contextlib.contextmanager
def unavailable_on(kind: type[Exception], *, where: str, fix: str) -> Iterator[None]:
    """Turn an error of what we depend on, which knows no exit codes, into `UnavailableError`, the message kept."""
    try:
        yield
    except kind as error:
        raise UnavailableError(str(error), where=where, fix=fix) from None


class _Running:
    def __init__(self, service: Service, manager: ServiceManager) -> None:
        self._service, self._manager = service, manager
        self._loop = asyncio.get_running_loop()
        self._leaving = asyncio.Event()
        self._failures = LoopFailures(self._loop, self._leave)

    async def until_the_end(self) -> int:
        for number in self._service.signals:
            self._loop.add_signal_handler(number, self._leave)
        beside = [self._beside(self._tell_ready()), self._beside(self._tell_status())]
        if self._manager.watchdog_s is not None:
            beside.append(self._beside(self._tell_alive(self._manager.watchdog_s / 2)))
        try:
            return await self._work()
        finally:
            for number in self._service.signals:
                self._loop.remove_signal_handler(number)
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)

    async def _work(self) -> int:
        work = asyncio.create_task(self._service.work(), name=self._service.name)
        leaving = asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await self._end(work)
        finally:
            leaving.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait({work}, timeout=CUT_SHORT_S)
        self._failures.check()
        code = 0 if work.cancelled() else work.result() or 0
        log.info(f"{self._service.name}_stopped")
        return code

    async def _end(self, work: "asyncio.Task[int | None]") -> None:
        log.info(f"{self._service.name}_stopping")
        if self._service.leave is None:
            work.cancel()
        else:
            self._service.leave()
        await asyncio.wait({work}, timeout=STOP_LIMIT_S)
        if not work.done():
            raise StuckError(
                f"did not end within {STOP_LIMIT_S:g} s of being asked",
                where=self._service.name,
                fix="start it again, what was confirmed is on disk; report the log",
            )

    def _leave(self) -> None:
        if not self._leaving.is_set():
            self._manager.stopping()
            self._leaving.set()

    def _beside(self, telling: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(telling, name=f"{self._service.name} tells")
        task.add_done_callback(_report_crash)
        return task

    async def _tell_ready(self) -> None:
        await self._service.ready.wait()
        self._manager.ready()
        log.info(f"{self._service.name}_ready")

    async def _tell_status(self) -> None:
        told = ""
        while True:
            if (sentence := self._service.status()) != told:
                self._manager.status(sentence)
                log.debug(f"{self._service.name}_status", status=sentence)
                told = sentence
            await asyncio.sleep(STATUS_EVERY_S)

    async def _tell_alive(self, every_s: float) -> None:
        # A timer of the loop the work runs on: a loop that hangs tells nothing, and is what the watchdog is for.
        while True:
            self._manager.alive()
            await asyncio.sleep(every_s)


def _report_crash(task: asyncio.Task[None]) -> None:
    # What `LoopFailures` hears of ends the service.
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler({"message": "a status could not be told", "exception": error})
