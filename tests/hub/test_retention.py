"""Raw bytes are forgotten when they are old enough, and nothing else is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from hub import journal
from hub.blobs import Blobs
from hub.channels import Channel
from hub.clock import Clock, now
from hub.connector import Raw
from hub.db import Database
from hub.journal import Inbound
from hub.retention import Sweeper

LARGE = b"a picture" * 40_000


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


async def received(db: Database, blobs: Blobs, key: str, body: bytes, **state: object) -> None:
    """Have an item in the journal, in this state."""

    def channel_id() -> int:
        return 1

    await journal.accept(
        db, blobs, channel_id(), key, Raw(body=body, headers={"from": "Karin"}, received_at=now())
    )
    values = {"due_at": None, **state}
    await db.write(
        lambda session: session.execute(Inbound.__table__.update().where(Inbound.key == key).values(values))  # type: ignore[attr-defined]
    )


async def of(db: Database, key: str) -> Inbound:
    return await db.read(lambda session: session.scalars(select(Inbound).where(Inbound.key == key)).one())


@pytest.fixture(autouse=True)
async def website(db: Database) -> None:
    channel = {"name": "website", "title": "Website", "kind": "form", "token": "t", "settings": {}}
    await db.write(lambda session: session.add(Channel(**channel)))


async def test_what_became_something_long_ago_loses_its_bytes_but_not_its_row(
    db: Database, blobs: Blobs, clock: Clock
) -> None:
    await received(db, blobs, "old", b"name=Karin", done_at=now(), became="Karin, task")
    clock.advance(days=181)
    await Sweeper(db, blobs, 180).sweep()
    item = await of(db, "old")
    assert (item.body, item.headers, item.became) == (None, {}, "Karin, task")


async def test_a_failed_item_and_a_young_one_keep_their_bytes(
    db: Database, blobs: Blobs, clock: Clock
) -> None:
    await received(db, blobs, "failed", b"name=Bo", failed_at=now())
    clock.advance(days=181)
    await received(db, blobs, "young", b"name=Siri", done_at=now())
    await Sweeper(db, blobs, 180).sweep()
    assert (await of(db, "failed")).body == b"name=Bo"
    assert (await of(db, "young")).body == b"name=Siri"


async def test_an_old_file_goes_when_no_row_names_it_any_more(
    db: Database, blobs: Blobs, clock: Clock
) -> None:
    await received(db, blobs, "large", LARGE, done_at=now())
    path = blobs.path((await of(db, "large")).blob or "")
    os.utime(path, (time.time() - 2 * 86400,) * 2)
    await Sweeper(db, blobs, 180).sweep()
    assert path.exists()
    clock.advance(days=181)
    await Sweeper(db, blobs, 180).sweep()
    assert not path.exists()
