"""A PBX says 200,000 things a second while people work: pages stay quick, and the one call among it is right."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.calls import Call
from hub.channels import Channel, add_channel
from hub.store import open_store
from hub.users import User
from tests.bench.console import signed_in
from tests.eventually import eventually
from tests.fake_pbx import SECRET
from tests.hostile.conftest import MEMORY, STALL
from tests.hostile.flood import CALLER, EXTENSION
from tests.hostile.pulse import Pulse
from tests.servers.ringback import Hub

RATE = 200_000
ENOUGH = 3 * RATE  # events, however long it takes to say them
PAGES = ("/", "/calls", "/contacts", "/wallboard", "/healthz")
SECONDS = 120


class Pbx:
    """The one that floods."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Speak to it."""
        self._process = process

    async def read(self) -> int:
        """Give the number that it says next."""
        assert self._process.stdout is not None
        return int(await asyncio.wait_for(self._process.stdout.readline(), SECONDS))

    async def tell(self, word: str) -> int:
        """Ask something of it, and give how many events it told so far."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())
        return await self.read()


@pytest.fixture
async def pbx() -> AsyncIterator[Pbx]:
    """Give a PBX that is still quiet."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hostile.flood", str(RATE),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    yield Pbx(process)
    process.kill()
    await process.wait()


@pytest.fixture
async def hub(tmp_path: Path, pbx: Pbx) -> AsyncIterator[Hub]:
    """Give a hub that hears it, with somebody at the telephone."""
    made = Hub(tmp_path / "data")
    made.start()
    await made.listening()
    port = await pbx.read()
    await signed_in(made.data)  # makes her
    async with open_store(made.data) as db:
        await db.write(furnish, port)
        await eventually(lambda: db.read(is_heard), 30)
    yield made
    assert made.memory() < MEMORY
    assert made.stop() == 0, made.words()
    assert "Traceback" not in made.words()


def furnish(session: Session, port: int) -> None:
    session.scalars(select(User)).one().extension = EXTENSION
    add_channel(session, "pbx", "Office", "asterisk", {"port": port, "secret": SECRET})


def is_heard(session: Session) -> bool:
    return session.scalars(select(Channel).where(Channel.name == "pbx")).one().up_at is not None


class Console:
    """Somebody who works; `worst` is the slowest page."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        """Sit down."""
        self._client = client
        self.worst, self.slowest = 0.0, ""

    async def open(self, page: str) -> str:
        """Open a page."""
        begun = time.perf_counter()
        async with self._client.get(page) as answer:
            text = await answer.text()
            assert answer.status == 200, page
        taken = time.perf_counter() - begun
        if taken > self.worst:
            self.worst, self.slowest = taken, page
        return text

    async def sees(self, words: str) -> bool:
        """Tell whether what rings says this."""
        return words in await self.open("/popups")


@pytest.mark.timeout(300)
async def test_pages_stay_quick_and_the_call_among_it_is_right(hub: Hub, pbx: Pbx) -> None:
    async with aiohttp.ClientSession(hub.address, cookies=await signed_in(hub.data)) as client:
        console = Console(client)
        for page in PAGES:
            await console.open(page)  # what is loaded once is loaded
        console.worst = 0.0
        with Pulse(hub.port) as pulse:
            await pbx.tell("flood")
            await pbx.tell("rings")
            await eventually(lambda: console.sees(f"{CALLER[-4:-2]} {CALLER[-2:]}"), SECONDS)
            await pbx.tell("answers")
            while await pbx.tell("tell") < ENOUGH:
                for page in PAGES:
                    await console.open(page)
            await pbx.tell("ends")
            async with open_store(hub.data) as db:
                call = await eventually(lambda: db.read(ended), SECONDS)
    assert call is not None
    assert (call.outcome, call.ended_by, call.customer, call.rang) == (
        "answered",
        "customer",
        CALLER,
        [EXTENSION],
    )
    assert [talk.extension for talk in call.spoken] == [EXTENSION]
    assert pulse.worst < STALL + pulse.usual
    assert console.worst < STALL + pulse.usual, f"{console.slowest}: {console.worst:.2f} s"


def ended(session: Session) -> Call | None:
    """Give the one call once it has ended."""
    call = session.scalars(select(Call)).one()
    return call if call.ended_at else None
