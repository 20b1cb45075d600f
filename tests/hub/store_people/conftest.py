"""A store's people on a real database."""

from pathlib import Path

import pytest

from hardware.host.entropy import SeededEntropy
from tests.hub.store_people.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path, SeededEntropy(1))
