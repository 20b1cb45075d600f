"""Serves the till's interface with uvicorn inside the hub's own event loop."""

import asyncio
import errno
import logging
import socket
from types import TracebackType
from typing import Self

import uvicorn
from fastapi import FastAPI

from hardware.host.errors import UnavailableError

STOP_GRACE_S = 2
"""A till's request takes milliseconds; what is still open after this is a client that went away."""


class TillServer:
    """An async context manager: listening inside it, closed after it.

    Args:
        app: the till's interface.
        host: a loopback address.
        port: 0 takes a free one.

    Raises:
        UnavailableError: on entering, when the port is taken or not allowed.
    """

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._host, self._port = host, port
        logging.getLogger("uvicorn.error").addFilter(_no_trace)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="error",  # below it is a line for every connection that speaks no HTTP
                access_log=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=STOP_GRACE_S,
                server_header=False,
            )
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    async def __aenter__(self) -> Self:
        """Bind and serve."""
        listener = self._bind()
        self._port = int(listener.getsockname()[1])
        self._task = asyncio.create_task(self._server._serve([listener]), name="till-http")  # noqa: SLF001
        # `_serve` is `serve` without uvicorn's own signal handlers: the hub's shell owns the signals.
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let requests under way finish, then close."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it Nagle's algorithm and delayed
        # acknowledgements add 40 ms to every answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._host, self._port))
        except OSError as error:
            listener.close()
            taken = error.errno == errno.EADDRINUSE
            why = "taken by another program" if taken else f"not to be had: {error.strerror}"
            raise UnavailableError(
                f"port {self._port} is {why}",
                where="http.port",
                fix="stop that program or choose another port in the store's configuration",
            ) from None
        listener.listen(64)
        listener.setblocking(False)
        return listener


def _no_trace(record: logging.LogRecord) -> bool:
    """Drop uvicorn's traceback of a failed request: it may quote a card; `hub.till.api` tells kind and place."""
    return record.exc_info is None
