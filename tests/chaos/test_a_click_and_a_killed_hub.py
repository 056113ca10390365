"""A hub that is killed between the click and the ring lets a telephone ring once, or not at all, and never later."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm.calls import Call
from crm.company import Company
from hub import tokens
from hub.db import Database
from hub.store import open_store
from hub.users import User
from tests.connectors.asterisk.stage import CUSTOMER, on_stage
from tests.eventually import eventually
from tests.servers.asterisk import Asterisk
from tests.servers.ringback import Hub

AFTER = (0.0, 0.005, 0.02, 0.05)  # seconds between the hub's answer and its end


@pytest.fixture
async def hub(tmp_path: Path, asterisk: Asterisk) -> AsyncIterator[Hub]:
    """Give a running hub with a PBX, and Elin at 101."""
    made = Hub(tmp_path / "data")
    made.start()
    await made.listening()
    made.tell("user", "add", "elin@klarruta.example", "--name", "Elin Sandgren", "--role", "agent")
    settings = tmp_path / "pbx.toml"
    settings.write_text(f"port = {asterisk.ami_port}\nsecret = {json.dumps(asterisk.secret)}\n")
    made.tell("channel", "add", "pbx", "--kind", "asterisk", "--title", "Office", "--settings", str(settings))
    yield made
    made.stop()


async def is_heard(hub: Hub) -> bool:
    """Tell whether the hub hears the PBX."""
    async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
        return "ringback_channels_heard 1" in await answer.text()


def furnish(session: Session) -> str:
    """Give Elin her telephone, and a program its token."""
    session.scalars(select(User).where(User.email == "elin@klarruta.example")).one().extension = "101"
    company = session.get_one(Company, 1)
    company.calls_from = company.calls_until = "00:00"
    return tokens.create(session, "dialler", ["calls:write"])


@pytest.mark.timeout(300)
async def test_at_most_one_ring(hub: Hub, asterisk: Asterisk) -> None:
    async with open_store(hub.data) as db, on_stage(asterisk) as stage:
        token = await db.write(furnish)
        for number, seconds in enumerate(AFTER, 1):
            await eventually(lambda: is_heard(hub), 40)
            rang = len(stage.phones["101"].calls)
            stage.expects("101")
            await click(hub, token)
            await asyncio.sleep(seconds)  # the moment of the power cut
            hub.kill()
            hub.start()
            await hub.listening()
            await eventually(lambda: is_heard(hub), 40)
            ringing = list(stage.phones["101"].calls.values())
            assert len(ringing) - rang <= 1
            for call in ringing:
                call.hang_up()
            calls = await eventually(lambda: all_ended(db), 60)
            assert len(calls) == number  # type: ignore[arg-type]
            await stage.quiet()


async def click(hub: Hub, token: str) -> None:
    """Have a program dial for Elin."""
    body, headers = {"number": CUSTOMER, "agent": 1}, {"Authorization": f"Bearer {token}"}
    async with aiohttp.request("POST", f"{hub.address}/api/v1/calls", json=body, headers=headers) as answer:
        assert answer.status == 202, await answer.text()


async def all_ended(db: Database) -> Sequence[Call]:
    """Give all calls, once each of them has ended."""
    calls = await db.read(lambda session: session.scalars(select(Call)).all())
    return calls if all(call.ended_at for call in calls) else []
