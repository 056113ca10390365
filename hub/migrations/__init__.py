"""The store's schema, step by step: Alembic migrations, run by the hub itself when it starts."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

HERE = Path(__file__).parent


class TooNewError(Exception):
    """The store was written by a newer Ringback than this one."""


def upgrade(connection: Connection) -> None:
    """Bring the schema to this version, or raise TooNewError."""
    config = _config(connection)
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    current = current_revision(connection)
    if current is not None and current not in known:
        raise TooNewError(f"the store is of a newer Ringback (schema {current}); install that version or restore a backup")
    command.upgrade(config, "head")


def current_revision(connection: Connection) -> str | None:
    """Give the schema's version; None is an empty store."""
    return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """Give the schema's version that this Ringback writes."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config
