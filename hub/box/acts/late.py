"""What the till sold without the hub goes up once the hub is back."""

import asyncio

from hardware.host.clock import wall_ms
from hub.box.scene import PATIENCE_WALL_S, Scene, StoryError


async def upload(scene: Scene) -> None:
    """Let the till upload until nothing waits."""
    deadline_ms = wall_ms() + PATIENCE_WALL_S * 1000
    while scene.shop.till.waiting_uploads:
        await scene.shop.till.upload()
        if wall_ms() > deadline_ms:
            raise StoryError("the till could not upload its sale")
        await asyncio.sleep(0.02)
