"""Mailboxes of the tests' own Dovecot: each test has one that is empty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from zlib import crc32

import pytest

from tests.connectors.mail.desk import Desk
from tests.connectors.mail.kept import Kept
from tests.servers.dovecot import Dovecot
from tests.servers.relay import Relay, relay


@pytest.fixture
async def desk(dovecot: Dovecot, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """Give a user's desk, whose mailbox is empty."""
    made = Desk(dovecot, f"u{crc32(request.node.nodeid.encode()):08x}")
    yield made
    await made.close()


@pytest.fixture
async def line(dovecot: Dovecot) -> AsyncIterator[Relay]:
    """Give a line to the server that can fall silent."""
    async with relay(dovecot.port) as made:
        yield made


@pytest.fixture
def kept() -> Kept:
    """Give a line that has kept nothing yet."""
    return Kept()
