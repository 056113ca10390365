"""Elin's browser is a telephone at a real Asterisk, and a customer calls her from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.journeys.people import Join
from tests.journeys.softphone.desk import HERTZ, give, switch_on
from tests.servers.asterisk import Asterisk
from tests.servers.chromium import TELEPHONE, Shared, trusting
from tests.servers.cuttable import Cuttable, cuttable
from tests.servers.phone import Phone
from tests.servers.ringback import Hub


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(asterisk: Asterisk) -> AsyncIterator[Shared]:
    """Give a Chromium with a microphone, which believes the PBX's certificate."""
    shared = Shared(*TELEPHONE, trusting(asterisk.certificate), whole=True)
    yield shared
    await shared.close()


@pytest.fixture
async def line(asterisk: Asterisk) -> AsyncIterator[Cuttable]:
    """Give the way from the browser to the PBX."""
    async with cuttable(asterisk.https_port) as made:
        yield made


@pytest.fixture
async def trunk(asterisk: Asterisk) -> AsyncIterator[Phone]:
    """Give the telephone company, behind which the customer is."""
    phone = await Phone.open("trunk", asterisk.sip, asterisk.trunk, hertz=HERTZ)
    yield phone
    phone.close()
    await asyncio.sleep(0)  # the loop lets go of the socket


@pytest.fixture
async def elin(hub: Hub, join: Join, asterisk: Asterisk, line: Cuttable, tmp_path: Path) -> Page:
    """Give Elin's console, with a softphone that an admin gave her and that she switched on."""
    page = await join("Elin Sandgren", "agent")
    await give(hub, asterisk, tmp_path, f"wss://127.0.0.1:{line.port}/ws")
    await switch_on(page)
    return page
