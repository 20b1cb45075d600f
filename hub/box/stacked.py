"""A whole of several parts: started together, stopped in the opposite order, all or nothing."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self


class Stacked(ABC):
    """An asynchronous context whose parts stand on a stack."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()

    @abstractmethod
    async def _start(self) -> None:
        """Start the parts, each with its end pushed onto `_stack`."""

    async def __aenter__(self) -> Self:
        """Start everything; what is started when one part fails is stopped again."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, the first part last."""
        await self._stack.aclose()


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end, whatever that is."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
