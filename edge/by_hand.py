"""What a person at a terminal runs: a radio that is there at once or not at all, until Ctrl-C, a time or an end."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from hardware.radio.settings import RadioConfig


async def require_radio(config: RadioConfig) -> None:
    """Find the configured adapter. An agent waits for a radio that comes later; a person wants to know at once.

    Raises:
        UnavailableError: there is none.
    """
    from hardware.bluez.client import Bluez, choose_adapter

    async with Bluez() as bluez:
        choose_adapter(await bluez.adapters(), config.adapter)


async def work_until_stopped(*works: Coroutine[Any, Any, None], seconds: float | None) -> None:
    """Do all these until one ends, SIGINT or SIGTERM comes, or `seconds` are over; then cancel the rest.

    Raises:
        Exception: what the one that ended first raised.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stopped.set)
    await work_until_one_ends(*works, _wait(stopped), seconds=seconds)


async def work_until_one_ends(*works: Coroutine[Any, Any, None], seconds: float | None = None) -> None:
    """Do all these until one ends or `seconds` are over; then cancel the rest.

    Raises:
        Exception: what the one that ended first raised.
    """
    tasks = {asyncio.create_task(work) for work in works}
    done, pending = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()


async def _wait(stopped: asyncio.Event) -> None:
    await stopped.wait()
