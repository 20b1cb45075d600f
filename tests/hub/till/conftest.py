"""What the tests of the till share."""

from pathlib import Path

import pytest

from tests.hub.till.kit import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)
