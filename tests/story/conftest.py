"""One telling of the story on each bus, shared by every test that looks at it."""

import asyncio
from typing import cast

import pytest

from hub.box.shop import BusKind
from tests.story.telling import Told, needs, tell


@pytest.fixture(scope="session", params=["mqtt", "memory"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The story, told once on the real broker and once on the bus in memory."""
    bus = cast("BusKind", request.param)
    needs(bus)
    return asyncio.run(tell(tmp_path_factory.mktemp(f"story-{bus}"), bus))
