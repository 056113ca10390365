"""The migrations make exactly the tables that the code knows, on both engines."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

import hub.app  # noqa: F401 - loads every table
from hub import migrations
from hub.db import Base, Database


async def test_the_migrated_store_has_exactly_the_tables_of_the_code(db: Database) -> None:
    differences: list[object] = []

    def compare(connection: Connection) -> None:
        differences.extend(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    await db.migrate(compare)
    assert differences == []


async def test_a_store_of_this_version_is_left_as_it_is(db: Database) -> None:
    await db.migrate(migrations.upgrade)
    revisions: list[str | None] = []
    await db.migrate(lambda connection: revisions.append(migrations.current_revision(connection)))
    assert revisions == [migrations.head_revision()]


async def test_a_store_of_a_newer_ringback_is_refused_in_words(db: Database) -> None:
    await db.migrate(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    with pytest.raises(migrations.TooNewError, match="newer Ringback"):
        await db.migrate(migrations.upgrade)
