"""A store into which the demonstration has moved, with a few days of history."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from crm import demo
from crm.demo import history
from hub import journal
from hub.app import fill
from hub.blobs import Blobs
from hub.channels import Channels
from hub.clock import now
from hub.db import Database
from hub.settings import default_file


class Stage(NamedTuple):
    """The store, its channels, and the moment at which history ends."""

    db: Database
    channels: Channels
    moment: datetime

    async def arrive(self, request: demo.Request) -> None:
        """Have a request kept and become what it becomes."""
        channel = next(each for each in self.channels if each.name == request.channel)
        await journal.accept(self.db, Blobs(Path()), channel.id, request.raw.key, request.raw)


@pytest.fixture
async def stage(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Give the store after everybody moved in."""
    monkeypatch.setattr(history, "DAYS", 4)
    await fill(db, default_file("company.toml"))
    await db.write(demo.add_service_form)
    channels = Channels(db)
    await channels.load()
    moment, blobs = now(), Blobs(tmp_path / "blobs")
    requests = demo.plan(moment, await db.read(demo.zone))
    ids = {channel.name: channel.id for channel in channels}
    arriving = (journal.accept(db, blobs, ids[each.channel], each.raw.key, each.raw) for each in requests)
    await asyncio.gather(*arriving)
    await db.write(demo.live_through, channels, requests, moment, "a hash")
    return Stage(db, channels, moment)
