"""The till's socket of a running hub: requests that are none, halves, floods, and requests of another release.

What single bad requests are answered is in `tests/hub/till/test_api.py` and `tests/hub/shell/test_process.py`.
"""

import asyncio
import contextlib
import json
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.boundaries.corpus import CANARY, HOSTILE
from tests.hub.shell.kit import PACK, write_store
from tests.hub.shell.processes import HubProcess, free_port, hub_process

BASKET = {"till": "t1", "revision": 1, "lines": [PACK]}
JSON = {"Content-Type": "application/json", "Idempotency-Key": "a-key-for-garbage"}


@asynccontextmanager
async def a_hub(folder: Path) -> AsyncIterator[HubProcess]:
    port = free_port()
    async with hub_process(write_store(folder, http_port=port, mqtt_port=free_port()), port) as hub:
        await hub.serving()
        yield hub


async def said(hub: HubProcess, payload: bytes) -> bytes:
    """What the hub answers to these bytes until it closes, or half a second passes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    answer = b""
    try:
        writer.write(payload)
        await writer.drain()
        async with asyncio.timeout(0.5):
            while more := await reader.read(65_536):
                answer += more
    except (TimeoutError, ConnectionError):
        pass
    finally:
        await hang_up(writer)
    return answer


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def request(body: bytes, *, length: int | None = None, more: str = "") -> bytes:
    head = (
        "PUT /v1/baskets/t1-1 HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n{more}\r\n"
    )
    return head.encode() + body


GOOD = json.dumps(BASKET).encode()

STREAMS = {
    "garbage": random.Random(1).randbytes(4_000) + CANARY.encode(),
    "garbage behind a good request": request(GOOD) + b"\x00\xff" + CANARY.encode() + b"\r\n\r\n",
    "a tls hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + CANARY.encode(),
    "an endless line": b"GET /" + CANARY.encode() * 10_000,
    "endless headers": b"GET / HTTP/1.1\r\n" + f"X: {CANARY}\r\n".encode() * 10_000,
    "a negative length": request(GOOD, length=-1),
    "two lengths": request(GOOD, more="Content-Length: 3\r\n"),
    "length and chunks": request(GOOD, more="Transfer-Encoding: chunked\r\n"),
    "bad chunks": b"PUT /v1/returns HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + CANARY.encode(),
    "another protocol": b"MQTT " + CANARY.encode() + b"\r\n\r\n",
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no host": b"GET /v1/health HTTP/1.1\r\n\r\n",
    "an upgrade": b"GET /v1/health HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
}  # fmt: skip


async def test_bytes_that_are_no_request_close_their_own_connection_and_no_other(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        for name, stream in STREAMS.items():
            answer = await said(hub, stream)
            assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 200")) or not answer, (name, answer)
            assert CANARY.encode() not in answer, name
        async with asyncio.timeout(20):
            await asyncio.gather(*(said(hub, STREAMS["garbage"]) for _ in range(200)))
        assert (await hub.client.put("/v1/baskets/t1-2", json=BASKET)).status_code == 200
        log = hub.log()
        assert "Traceback" not in log
        assert CANARY not in log
        assert len(log.splitlines()) <= 10, log


async def test_half_a_request_holds_up_nobody_and_not_the_end(tmp_path: Path) -> None:
    async with a_hub(tmp_path) as hub:
        halves = [request(GOOD)[:at] for at in (1, 20, 100, len(request(GOOD)) - 1)] * 10
        opened = [await asyncio.open_connection("127.0.0.1", hub.port) for _ in halves]
        for (_, writer), half in zip(opened, halves, strict=True):
            writer.write(half)
        assert (await hub.client.put("/v1/baskets/t1-2", json=BASKET)).status_code == 200
        assert await hub.end(signal.SIGTERM) == 0
        assert "Traceback" not in hub.log()
        for _, writer in opened:
            await hang_up(writer)


BODIES: dict[str, tuple[bytes, int]] = {
    **{name: (body, 422) for name, body in HOSTILE.items()},
    "a field of a newer till": (json.dumps(BASKET | {"colour": 1}).encode(), 422),
    "no lines of an older till": (json.dumps({"till": "t1", "revision": 1}).encode(), 422),
    "five megabytes": (b" " * 5_000_000, 413),
}
"""A till's request is refused where it is not understood: a field we ignored might have changed the basket."""


async def test_bodies_and_types_of_another_release_or_of_nobody_are_refused_and_not_quoted(
    tmp_path: Path,
) -> None:
    async with a_hub(tmp_path) as hub:
        for method, path in (("PUT", "/v1/baskets/t1-1"), ("POST", "/v1/sales"), ("POST", "/v1/returns")):
            for name, (body, status) in BODIES.items():
                answer = await hub.client.request(method, path, content=body, headers=JSON)
                problem: dict[str, Any] = answer.json()
                assert answer.status_code in {status, 400}, (path, name, problem)
                if name != "unknown names":  # the till's maker is told which field it is
                    assert CANARY not in answer.text, (path, name)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
            answer = await hub.client.put("/v1/baskets/t1-1", content=GOOD, headers={"Content-Type": kind})
            assert answer.status_code == 422, kind
        newer = await hub.client.put("/v1/baskets/t1-1", json=BASKET | {"colour": 1})
        assert "body.colour" in newer.json()["detail"]
        assert (await hub.client.get("/v1/health")).json()["open_baskets"] == 0
        assert "Traceback" not in hub.log()
        assert CANARY not in hub.log()
