"""A backup is whole, of one moment, and either database reads what either wrote."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from hub import backup, comparisons, journal, migrations
from hub.blobs import Blobs, digest
from hub.channels import Channels
from hub.clock import now
from hub.comparable import Day
from hub.connector import Raw
from hub.db import Base, Database
from hub.journal import IN_ROW, Inbound
from hub.postgres import PostgresDatabase
from hub.sqlite import SqliteDatabase
from hub.users import User, add_user

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postgres import Postgres

DRAWING = b"a drawing of forty windows " * IN_ROW
Rows = dict[str, list[dict[str, object]]]


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """Give the blob folder of the hub that is backed up."""
    return Blobs(tmp_path / "blobs")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Say where the backup goes."""
    return tmp_path / "monday.tar.gz"


@pytest.fixture
async def lived_in(db: Database, channels: Channels, blobs: Blobs) -> Database:
    """Give a store with two people and three items, the first of which is the same as the third, compared once."""
    await db.write(add_user, "elin@klarruta.example", "Elin Sandgren", "agent")
    await db.write(add_user, "sofia@klarruta.example", "Sofia Hjelm", "head")
    for key, body in (("first", b"\x00\xff not text"), ("second", DRAWING), ("third", b"hej")):
        raw = Raw(body=body, headers={"content-type": "text/plain", "user-agent": "Räka"}, received_at=now())
        await journal.accept(db, blobs, channels.get(1).id, key, raw)
    await db.write(lambda session: setattr(session.get_one(Inbound, 1), "duplicate_of", 3))
    await db.write(comparisons.keep, channels.get(1).id, [Day(now().date(), 3, 1)])
    return db


@pytest.fixture(params=["sqlite", "postgres"])
async def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Give another database with nothing in it, of each engine in turn."""
    if request.param == "sqlite":
        other: Database = SqliteDatabase(tmp_path / "other.db")
        yield other
        await other.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    async with server.database(migrations.upgrade) as url:
        other = PostgresDatabase(url)
        yield other
        await other.close()


def restoring(tmp_path: Path, file: Path) -> Callable[[Connection], None]:
    """Give the step that fills a database from a file."""
    return partial(backup.read, Blobs(tmp_path / "other-blobs"), file)


def rows_in(file: Path) -> Rows:
    """Read all rows of an archive."""
    with tarfile.open(file) as archive:
        members = [member for member in archive if member.name.startswith("tables/")]
        found = {member.name: archive.extractfile(member) for member in members}
        return {name: [msgspec.json.decode(line) for line in lines] for name, lines in found.items() if lines}


def break_off(file: Path) -> None:
    """Lose the end of a file."""
    file.write_bytes(file.read_bytes()[:-200])


def readers(file: Path) -> int:
    """Give what others than the owner may do with a file."""
    return file.stat().st_mode & 0o077


async def test_everything_comes_back_in_either_database(
    lived_in: Database, elsewhere: Database, blobs: Blobs, file: Path, tmp_path: Path
) -> None:
    await backup.write(lived_in, blobs, file)
    await elsewhere.migrate(restoring(tmp_path, file))
    again = tmp_path / "again.tar.gz"
    await backup.write(elsewhere, Blobs(tmp_path / "other-blobs"), again)
    assert rows_in(again) == rows_in(file)
    assert len(rows_in(file)["tables/inbound.jsonl"]) == 3
    carried = {name for name in Base.metadata.tables if not name.startswith(backup.MADE_ANEW)}
    assert {f"tables/{name}.jsonl" for name in carried} <= rows_in(file).keys()
    assert not [name for name in rows_in(file) if name.startswith("tables/search_")]  # made anew, not carried
    assert Blobs(tmp_path / "other-blobs").path(digest(DRAWING)).read_bytes() == DRAWING


async def test_who_comes_after_a_restore_gets_an_id_of_her_own(
    lived_in: Database, elsewhere: Database, blobs: Blobs, file: Path, tmp_path: Path
) -> None:
    await backup.write(lived_in, blobs, file)
    await elsewhere.migrate(restoring(tmp_path, file))
    await elsewhere.write(add_user, "amira@klarruta.example", "Amira Haddad", "agent")
    everybody = await elsewhere.read(lambda session: session.scalars(select(User.id).order_by(User.id)).all())
    assert everybody == [1, 2, 3]


async def test_a_backup_made_while_people_work_is_of_one_moment(
    lived_in: Database, elsewhere: Database, blobs: Blobs, file: Path, tmp_path: Path
) -> None:
    async def work() -> None:
        for number in range(100):
            await lived_in.write(_add_user_and_item, number)

    await asyncio.gather(work(), backup.write(lived_in, blobs, file))
    await elsewhere.migrate(restoring(tmp_path, file))
    rows = rows_in(file)
    assert len(rows["tables/users.jsonl"]) - 2 == len(rows["tables/inbound.jsonl"]) - 3


async def test_only_an_empty_database_is_filled(
    lived_in: Database, blobs: Blobs, file: Path, tmp_path: Path
) -> None:
    await backup.write(lived_in, blobs, file)
    with pytest.raises(backup.RefusalError, match="there is data here already"):
        await lived_in.migrate(restoring(tmp_path, file))


async def test_a_damaged_backup_leaves_nothing_behind(
    lived_in: Database, elsewhere: Database, blobs: Blobs, file: Path, tmp_path: Path
) -> None:
    await backup.write(lived_in, blobs, file)
    break_off(file)
    with pytest.raises(backup.RefusalError, match="no whole backup"):
        await elsewhere.migrate(restoring(tmp_path, file))
    await elsewhere.migrate(migrations.upgrade)
    assert await elsewhere.read(lambda session: session.scalars(select(User)).all()) == []


def test_what_is_no_backup_is_refused(file: Path) -> None:
    file.write_text("a shopping list", encoding="utf-8")
    with pytest.raises(backup.RefusalError, match="no whole backup"):
        backup.look_into(file)


async def test_a_backup_of_a_newer_ringback_is_refused(
    lived_in: Database, blobs: Blobs, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "current_revision", lambda _: "9999")
    await backup.write(lived_in, blobs, file)
    with pytest.raises(backup.RefusalError, match="which is newer"):
        backup.look_into(file)


async def test_nobody_else_may_read_it(lived_in: Database, blobs: Blobs, file: Path) -> None:
    await backup.write(lived_in, blobs, file)
    assert readers(file) == 0


async def test_a_backup_that_breaks_off_leaves_no_file(
    lived_in: Database, blobs: Blobs, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_write_blobs", full)
    with pytest.raises(OSError, match="No space"):
        await backup.write(lived_in, blobs, file)
    assert not [path for path in file.parent.iterdir() if "monday" in path.name]


def _add_user_and_item(session: Session, number: int) -> None:
    add_user(session, f"{number}@klarruta.example", str(number), "agent")
    moment = now()
    session.add(Inbound(channel_id=1, key=str(number), received_at=moment, headers={}, body=b"", size=0))
