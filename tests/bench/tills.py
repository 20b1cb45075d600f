"""What a till waits for, at tills' pace: eight of them, two requests a second each."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import httpx

from hardware.host.clock import wall_ms
from tests.bench.figures import spread
from tests.bench.processes import store
from tests.hub.shell.kit import PACK

TILLS = 8
REQUEST_EVERY_S = 0.5
SALES = 7
"""A sale is three requests: 10.5 s for each till."""


async def till_latency() -> dict[str, Any]:
    """Milliseconds a request, by kind; every second sale with a member's card."""
    took: dict[str, list[float]] = {"put": [], "hold": [], "commit": []}
    with tempfile.TemporaryDirectory() as name:
        async with store(Path(name), TILLS) as (_broker, hub, _config, _key), asyncio.TaskGroup() as tills:
            for number in range(TILLS):
                tills.create_task(_till(number, hub.port, took))
    return {kind: spread(values, 2).document() for kind, values in took.items()}


async def _till(number: int, port: int, took: dict[str, list[float]]) -> None:
    await asyncio.sleep(number * REQUEST_EVERY_S / TILLS)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        await http.get("/v1/health")

        async def ask(
            kind: str, method: str, path: str, body: dict[str, Any], key: str = ""
        ) -> dict[str, Any]:
            started_ms = wall_ms()
            answer = await http.request(
                method, path, json=body, headers={"Idempotency-Key": key} if key else {}
            )
            took[kind].append(wall_ms() - started_ms)
            assert answer.status_code == 200, answer.text
            await asyncio.sleep(REQUEST_EVERY_S - (wall_ms() - started_ms) / 1000.0)
            found: dict[str, Any] = answer.json()
            return found

        for sale in range(SALES):
            basket = f"/v1/baskets/t{number + 1}-{sale}"
            lines = [PACK, PACK | {"line": 2, "product_id": "p9", "description": "Lait"}]
            card = f"4000{number + 1}" if sale % 2 else None
            body = {"till": f"t{number + 1}", "revision": 1, "card": card, "lines": lines}
            quote = await ask("put", "PUT", basket, body)
            held = await ask("hold", "POST", f"{basket}/hold", {"revision": 1, "quote_id": quote["quote_id"]})
            key = f"key-{number}-{sale}-bench"
            await ask("commit", "POST", f"{basket}/commit", {"hold_id": held["hold_id"]}, key)
