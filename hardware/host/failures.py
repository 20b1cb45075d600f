"""A fault in a callback of the event loop ends the process: never log and go on."""

import asyncio
from collections.abc import Callable
from typing import Any


class LoopFailures:
    """Keeps the first exception that a callback let out, and tells somebody who can end what runs.

    asyncio only logs such an exception, and the process would go on without what failed.

    Args:
        loop: whose callbacks; its exception handler is replaced.
        failed: called once, with the first failure.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, failed: Callable[[], object]) -> None:
        self._failed = failed
        self._first: BaseException | None = None
        loop.set_exception_handler(self._take)

    def _take(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is None:
            loop.default_exception_handler(context)
        elif self._first is None:
            self._first = error
            self._failed()

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self._first is not None:
            raise self._first
