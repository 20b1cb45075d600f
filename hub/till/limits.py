"""Refuses a request body that is too large before it is read into memory, and answers nobody who is gone."""

from typing import Final

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES: Final = 262_144
"""500 lines of about 250 bytes make 125 kB; twice that is no basket."""


class BodyLimit:
    """ASGI middleware: counts the bytes as they come, whatever Content-Length says.

    A client that breaks off within its body gets no answer: on a connection that is no more, or that the server
    refused by itself, an answer would only be an error of ours in the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and stop its body at the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen, gone = 0, False

        async def counted() -> Message:
            nonlocal seen, gone
            message = await receive()
            gone = gone or message["type"] == "http.disconnect"
            seen += len(message.get("body", b""))
            if seen > MAX_BODY_BYTES:
                raise HTTPException(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
            return message

        async def answered(message: Message) -> None:
            if not gone:
                await send(message)

        await self._app(scope, counted, answered)
