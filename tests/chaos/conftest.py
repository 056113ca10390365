"""What is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ringback import Hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """Give a hub that was never started yet."""
    made = Hub(tmp_path / "data")
    yield made
    made.stop()
