"""What tests of every room share: the real parts a machine may lack, and the recorded data."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

import pytest
import pytest_asyncio
from hypothesis import settings

from hub.box.broker import Mosquitto, find_mosquitto

# CI looks for regressions with the same examples each time; a developer's machine looks for news. No deadlines: the
# machines are shared.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("developer", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "developer")


def missing_part(what: str) -> NoReturn:
    """Skip for a part this machine lacks; in CI, where the set-up installs all of them, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and CI must have it")
    pytest.skip(what)


@pytest_asyncio.fixture
async def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mosquitto]:
    """A real broker of this test's own, on a free port."""
    if find_mosquitto() is None:
        missing_part("Mosquitto is not installed")
    async with Mosquitto(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of recorded data: skips when COMPTOIR_DATA is unset, fails when it names nothing."""
    named = os.environ.get("COMPTOIR_DATA")
    if not named:
        pytest.skip("COMPTOIR_DATA is not set")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"COMPTOIR_DATA={named} is no folder")
    return folder
