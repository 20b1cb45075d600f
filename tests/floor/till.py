"""The till as a process: `python -m tests.floor.till URL`. One JSON command a line in, one answer a line out.

What it does is the demo's till (`hub.box.till`): a real HTTP client that never lets a customer wait.
"""

import asyncio
import json
import sys
from typing import Any

from hardware.host.entropy import SystemEntropy
from hardware.host.journal import configure_logging
from hub.box.scene import recorded_baskets
from hub.box.till import CROWDED_LIMIT_S, Basket, Till
from tests.floor.running import Running


class Desk:
    """Carries commands out."""

    def __init__(self, base_url: str) -> None:
        self.till = Till("t1", base_url, SystemEntropy(), CROWDED_LIMIT_S)
        self._basket: Basket | None = None

    @property
    def basket(self) -> Basket:
        assert self._basket is not None, "open a basket first"
        return self._basket

    async def do(self, command: dict[str, Any]) -> Any:
        """One command: open, send, hold, commit, pay or upload."""
        match command:
            case {"do": "open", "member": str(member), "occasion": str(occasion), "card": card}:
                self._basket = self.till.open_basket(card=card)
                self._basket.items += recorded_baskets()[member, occasion]
                return {"basket_id": self._basket.basket_id}
            case {"do": "send"}:
                return await self.till.send(self.basket)
            case {"do": "hold"}:
                return await self.till.hold(self.basket)
            case {"do": "commit"}:
                return await self.till.commit(self.basket)
            case {"do": "pay"}:
                return await self.till.pay(self.basket)
            case {"do": "upload"}:
                return {"taken": await self.till.upload(), "waiting": self.till.waiting_uploads}
            case _:
                raise ValueError(f"no such command: {command}")


async def serve(base_url: str) -> None:
    """Answer commands until the input ends."""
    desk = Desk(base_url)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        sys.stdout.write(json.dumps(await desk.do(json.loads(line))) + "\n")
        sys.stdout.flush()
    await desk.till.close()


class TillProcess:
    """The test's end of the till's pipe."""

    def __init__(self, part: Running) -> None:
        self._part = part

    async def do(self, what: str, **values: Any) -> Any:
        """Give a command, wait for its answer."""
        writer, reader = self._part.process.stdin, self._part.process.stdout
        assert writer is not None
        assert reader is not None
        writer.write(json.dumps({"do": what, **values}).encode() + b"\n")
        async with asyncio.timeout(20.0):
            line = await reader.readline()
        assert line, f"the till ended: {self._part.log()}"
        return json.loads(line)


if __name__ == "__main__":
    configure_logging("debug")
    asyncio.run(serve(sys.argv[1]))
