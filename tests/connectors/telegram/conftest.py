"""Telegram, for the tests of its connector."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.servers import telegram as telegrams
from tests.servers.telegram import Telegram


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """Give a Telegram of our own."""
    async with telegrams.running() as server:
        yield server
