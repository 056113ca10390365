"""Alive, ready, and how much waits."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from hub.channels import Channel
from hub.clock import now
from hub.db import Database
from tests.hub.web.conftest import SignIn, Visitor


async def test_it_says_that_it_lives_and_is_ready(visitor: Visitor) -> None:
    assert await (await visitor.get("/healthz")).text() == "ok\n"
    assert await (await visitor.get("/readyz")).text() == "ready\n"


async def test_without_its_store_it_lives_but_is_not_ready(
    visitor: Visitor, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(db, "read", away)
    assert (await visitor.get("/healthz")).status == 200
    assert (await visitor.get("/readyz")).status == 503


async def test_figures_count_what_waits_and_who_looks(visitor: Visitor, sign_in: SignIn, intake: str) -> None:
    await sign_in("agent")
    await visitor.post(intake, data=b"x")
    socket = await visitor.ws_connect("/live")
    await socket.receive()
    figures = (await (await visitor.get("/metrics")).text()).splitlines()
    assert "ringback_journal_waiting 1" in figures
    assert "ringback_outbox_waiting 0" in figures
    assert "ringback_live_consoles 1" in figures


async def test_figures_count_the_channels_that_are_heard_and_those_in_trouble(
    visitor: Visitor, db: Database, intake: str
) -> None:
    del intake
    await db.write(lambda session: setattr(session.get_one(Channel, 1), "trouble_at", now()))
    figures = (await (await visitor.get("/metrics")).text()).splitlines()
    assert "ringback_channels_in_trouble 1" in figures
    assert "ringback_channels_heard 0" in figures
    await db.write(lambda session: setattr(session.get_one(Channel, 1), "paused_at", now()))
    assert "ringback_channels_in_trouble 0" in await (await visitor.get("/metrics")).text()
