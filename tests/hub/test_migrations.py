"""The migrations make exactly the tables that the code knows, on both engines."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, select, text

import hub.app  # noqa: F401 - loads every table
from crm.bulk import Deed
from crm.search_index import KINDS
from hub import audit, migrations  # noqa: F401 - the audit's table too
from hub.db import Base, Database

# Of the index the databases know tables of their own, each in its language.
OF_THE_INDEX = tuple(f"search_{kind}" for kind in KINDS)


def is_known(name: str | None, kind: str, _parents: object) -> bool:
    """Tell whether the code knows this one as a table."""
    return kind != "table" or not (name or "").startswith(OF_THE_INDEX)


async def test_the_migrated_store_has_exactly_the_tables_of_the_code(db: Database) -> None:
    differences: list[object] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"include_name": is_known})
        differences.extend(compare_metadata(context, Base.metadata))

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


async def test_a_deed_that_joined_several_is_kept_by_an_older_schema_as_that_of_the_first(
    db: Database,
) -> None:
    joined = {"organisation_id": 3, "from": [1, 2]}
    await db.write(lambda session: session.add(Deed(kind="join", words="", what=joined, total=2)))
    await db.migrate(lambda store: command.downgrade(migrations._config(store), "0010"))
    assert await db.read(lambda session: session.scalars(select(Deed.what)).one()) == {**joined, "from": 1}
    await db.migrate(migrations.upgrade)
    assert await db.read(lambda session: session.scalars(select(Deed.what)).one()) == {**joined, "from": [1]}
