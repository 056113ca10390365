"""The store's schema, step by step: Alembic migrations, run by the hub itself when it starts.

A start that has nothing to migrate does not even load Alembic.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
NEWEST = "head"

_VERSION = table("alembic_version", column("version_num"))


class TooNewError(Exception):
    """The store was written by a newer Ringback than this one."""


def upgrade(connection: Connection, revision: str = NEWEST) -> None:
    """Bring the schema to this version, or to an earlier `revision`; raises TooNewError."""
    current = current_revision(connection)
    if current is not None and not knows(current):
        raise TooNewError(
            f"the store is of a newer Ringback (schema {current}); install that version or restore a backup"
        )
    if current != (head_revision() if revision == NEWEST else revision):
        from alembic import command  # noqa: PLC0415 - it takes as long to load as the rest of a start

        command.upgrade(_config(connection), revision)


def current_revision(connection: Connection) -> str | None:
    """Give the schema's version; None is an empty store."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.scalar(select(_VERSION.c.version_num))


def head_revision() -> str:
    """Give the schema's version that this Ringback writes."""
    return max(_revisions())


def knows(revision: str) -> bool:
    """Tell whether this Ringback can read a store of this version."""
    return revision in _revisions()


def _revisions() -> set[str]:
    """Take the versions from the names of the files: 0001_the_first_tables.py is 0001."""
    return {path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*_*.py")}


def _config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config
